"""A stand-in for Snowflake, kept in a directory, with the real loader and the real dbt."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.loaders import environment, loader
from tests.support.models import DBT, pins, profile

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

LOADED, BUILT = "TAP_8X8_CC", "ANALYTICS"
"""Schemas of what the loader stores and of what dbt builds."""
_FAKESNOW = "fakesnow==0.12.1"
_SCRIPT = CHECKOUT / "tests" / "support" / "fake_snowflake.py"
_SETTINGS = {
    "account": "account",
    "user": "user",
    "password": "password",
    "database": "DB1",
    "warehouse": "warehouse",
    "default_target_schema": LOADED,
    "add_record_metadata": False,
}


def load_snowflake(messages: bytes, directory: Path, **config: object) -> dict[str, Any]:
    """Load messages with `target-snowflake`."""
    file = directory / "config.json"
    file.write_text(json.dumps({**_SETTINGS, **config}), encoding="utf-8")
    requirements = f"{loader('target-snowflake').pip_url} {_FAKESNOW}"
    command = ("fake-snowflake", requirements, directory, LOADED)
    return _run(*command, "load", str(file), messages=messages)


def dbt_snowflake(directory: Path, *arguments: str) -> dict[str, Any]:
    """Run a command of dbt; its output is left in the directory's folder `target`."""
    names = ("ACCOUNT", "USER", "PASSWORD", "WAREHOUSE", "ROLE")
    connection = {f"DBT_SNOWFLAKE_{name}": "x" for name in names}
    env = {**profile("snowflake", directory), **connection, "DBT_SNOWFLAKE_DATABASE": "DB1"}
    requirements = f"{pins('snowflake')} {_FAKESNOW}"
    command = ("fake-dbt-snowflake", requirements, directory, BUILT)
    return _run(*command, "dbt", *arguments, env=env)


def _run(
    name: str,
    requirements: str,
    directory: Path,
    *arguments: str,
    messages: bytes = b"",
    env: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    databases = directory / "databases"
    databases.mkdir(exist_ok=True)
    python = environment(name, requirements) / "bin" / "python"
    ran = subprocess.run(
        [python, "-P", _SCRIPT, databases, *arguments],
        input=messages,
        capture_output=True,
        cwd=DBT if env else directory,  # the loader leaves its batches where it is run
        env={**os.environ, **(env or {})},
        check=False,
    )
    assert ran.returncode == 0, (ran.stdout + ran.stderr).decode()[-4000:]
    (said,) = (line for line in ran.stdout.splitlines() if line.startswith(b"STORED "))
    return dict(json.loads(said.removeprefix(b"STORED ")))
