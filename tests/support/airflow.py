"""Airflow as `examples/airflow` sets it up: an installation with the example's DAGs."""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import psycopg
from psycopg.sql import SQL, Identifier
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.loaders import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

EXAMPLE = CHECKOUT / "examples" / "airflow"


def airflow_environment() -> Path:
    """Return a virtual environment of Airflow with the example's own pins; made where missing."""
    pins = (EXAMPLE / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [pin for pin in pins if not pin.startswith((" ", "#"))]
    return environment("airflow", shlex.join(wanted))


def new_database(dsn: str) -> str:
    """Return the connection string of a new database of the same server."""
    name = f"db_{uuid4().hex[:12]}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return dsn.replace("/postgres?", f"/{name}?", 1)


def sqlalchemy(dsn: str, driver: str) -> str:
    """Return a connection string as an SQLAlchemy URL."""
    return dsn.replace("postgresql://postgres:@/", f"postgresql+{driver}://postgres@/", 1)


def installation(home: Path, project: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of an Airflow whose tables are a file in its directory.

    Args:
        home: Its directory.
        project: The Meltano project that its tasks run in.
        settings: Variables of the tap, the loader, Meltano and the example.
    """
    own = ("MELTANO_", "TAP_8X8_CC_", "TARGET_", "AIRFLOW_", "VIRTUAL_ENV")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    meltano = home / "bin"
    meltano.mkdir()
    (meltano / "meltano").symlink_to(Path(sys.executable).with_name("meltano"))
    return {
        **inherited,
        "PATH": f"{meltano}:{inherited['PATH']}",
        "NO_PROXY": "127.0.0.1",
        "MELTANO_PROJECT_ROOT": str(project),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLE / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "PYTHONWARNINGS": "ignore",
        **settings,
    }
