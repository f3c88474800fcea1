"""The ten lines for schedulers: each is loaded by the scheduler that it is for."""

from __future__ import annotations

import json
import os
import subprocess
from typing import TYPE_CHECKING

import pytest
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.airflow import airflow_environment
from tests.support.dagster import command

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.pipeline

AIRFLOW = """
import json, runpy
dag = runpy.run_path("daily.py")["contact_center_daily"]()
print(json.dumps([dag.dag_id, dag.schedule, str(dag.timezone), dag.max_active_runs, dag.catchup,
                  dag.get_task("run").bash_command]))
"""
DAGSTER = """
import json, runpy
(found,) = runpy.run_path("daily.py")["defs"].schedules
print(json.dumps([found.job_name, found.cron_schedule, found.execution_timezone]))
"""


def last_line(python: Path | str, script: str, example: str, **env: str) -> object:
    """Run a script in the folder of an example; give the JSON of the last line that it prints."""
    ran = subprocess.run(
        [python, "-c", script],
        cwd=CHECKOUT / "examples" / example,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout.splitlines()[-1])


def test_airflow_runs_the_daily_job_one_at_a_time(tmp_path: Path) -> None:
    python = airflow_environment() / "bin" / "python"

    found = last_line(python, AIRFLOW, "airflow", AIRFLOW_HOME=str(tmp_path))

    when = ["15 4 * * *", "America/New_York"]
    assert found == ["contact_center_daily", *when, 1, False, "meltano run daily"]


def test_dagster_runs_the_daily_job_by_the_clock_of_the_contact_center() -> None:
    found = last_line(command("python"), DAGSTER, "dagster")

    assert found == ["contact_center_daily", "15 4 * * *", "America/New_York"]
