"""Airflow as `examples/airflow` sets it up: an installation with the example's DAGs."""

from __future__ import annotations

import os
import secrets
import shlex
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.loaders import environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EXAMPLE = CHECKOUT / "examples" / "airflow"


def airflow_environment() -> Path:
    """Return a virtual environment of Airflow with the example's own pins; made where missing."""
    pins = (EXAMPLE / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [pin for pin in pins if not pin.startswith((" ", "#"))]
    return environment("airflow", shlex.join(wanted))


def installation(home: Path, project: Path, settings: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of an Airflow whose tables are a file in its directory.

    Args:
        home: Its directory, which has Meltano in `bin`.
        project: The Meltano project that its tasks run in.
        settings: Variables of the tap, the loader, Meltano and the example.
    """
    own = ("MELTANO_", "TAP_8X8_CC_", "TARGET_", "AIRFLOW_", "VIRTUAL_ENV")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    return {
        **inherited,
        "PATH": f"{home / 'bin'}:{inherited['PATH']}",
        "NO_PROXY": "127.0.0.1",
        "MELTANO_PROJECT_ROOT": str(project),
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLE / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "PYTHONWARNINGS": "ignore",
        **settings,
    }
