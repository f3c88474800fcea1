"""The dbt package, built by the dbt that meltano.yml names over what a loader stored."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import psycopg
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.dictionary import TABLES
from tests.support.loaders import environment, project

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.databases import Postgres

DBT = CHECKOUT / "dbt"
ZONE = ZoneInfo("America/New_York")
STREAMS = tuple(stream for stream, _ in TABLES.values())
"""All that the models read."""


def pins(target: str) -> str:
    """Return what meltano.yml installs for an output of the package's profiles."""
    utilities = project()["plugins"]["utilities"]
    (found,) = (u["pip_url"] for u in utilities if u["name"] == f"dbt-{target}")
    return str(found)


def profile(target: str, directory: Path) -> dict[str, str]:
    """Return the environment for a run of dbt whose output goes to a directory."""
    return {
        "DBT_TARGET": target,
        "DBT_PROFILES_DIR": str(DBT / "profiles"),
        "DBT_TARGET_PATH": str(directory / "target"),
        "DBT_LOG_PATH": str(directory / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "DBT_USE_COLORS": "false",
    }


def dbt(target: str, *arguments: str, env: Mapping[str, str]) -> str:
    """Run a command of dbt in the package."""
    executable = environment(f"dbt-{target}", pins(target)) / "bin" / "dbt"
    with tempfile.TemporaryDirectory() as directory:
        ran = subprocess.run(
            [executable, *arguments],
            cwd=DBT,
            env={**os.environ, **profile(target, Path(directory)), **env},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    return ran.stdout


def build_postgres(postgres: Postgres, *arguments: str) -> Postgres:
    """Build the models over the tables of a schema in PostgreSQL; return where they are."""
    marts = replace(postgres, schema=f"{postgres.schema}_marts")
    with psycopg.connect(postgres.dsn) as connection:
        info = connection.info
        env = {
            "DBT_POSTGRES_HOST": info.host,
            "DBT_POSTGRES_PORT": str(info.port),
            "DBT_POSTGRES_USER": info.user,
            "DBT_POSTGRES_PASSWORD": info.password or "unused",
            "DBT_POSTGRES_DATABASE": info.dbname,
            "DBT_SCHEMA": marts.schema,
            "DBT_SOURCE_SCHEMA": postgres.schema,
        }
    dbt("postgres", "build", *arguments, env=env)
    return marts
