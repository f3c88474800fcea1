"""The dbt package, built by the dbt that meltano.yml names over what a loader stored."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.loaders import environment, project

if TYPE_CHECKING:
    from collections.abc import Mapping

DBT = CHECKOUT / "dbt"


def dbt(target: str, *arguments: str, env: Mapping[str, str]) -> str:
    """Run a command of dbt in the package.

    Args:
        target: Output of the package's profiles: duckdb, postgres or snowflake.
        *arguments: The command.
        env: What the profile reads from the environment.

    Returns:
        What dbt printed.
    """
    utilities = project()["plugins"]["utilities"]
    (pins,) = (u["pip_url"] for u in utilities if u["name"] == f"dbt-{target}")
    executable = environment(f"dbt-{target}", pins) / "bin" / "dbt"
    with tempfile.TemporaryDirectory() as directory:
        own = {
            "DBT_TARGET": target,
            "DBT_PROFILES_DIR": str(DBT / "profiles"),
            "DBT_TARGET_PATH": str(Path(directory, "target")),
            "DBT_LOG_PATH": str(Path(directory, "logs")),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DBT_USE_COLORS": "false",
        }
        ran = subprocess.run(
            [executable, *arguments],
            cwd=DBT,
            env={**os.environ, **own, **env},
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stdout[-4000:] + ran.stderr[-2000:]
    return ran.stdout
