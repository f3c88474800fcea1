"""The example for Dagster: partitions, run with a stand-in for Meltano and with Meltano."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tests.support.dagster import EXAMPLE, command, run
from tests.support.databases import as_sent, postgres_rows
from tests.support.meltano import installed
from tests.support.tapcli import PACE
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from tests.support.databases import Postgres

pytestmark = pytest.mark.pipeline

STREAM = "queue_interactions_abandoned_by_queue"
CLOSING = "Read 2 of 2 reports: 7 rows of 1 streams, up to 2026-04-30T21:00:00Z, in 3 s."
FAILURE = "1 of the selected streams failed: queue_by_queue (bookmark 2026-04-01T00:00:00Z)."
ARGUMENTS = "--log-format json el tap-8x8-cc target-postgres"
MELTANO = """#!/bin/sh
printf '{"event": "%s"}\\n' "args $*"
printf '{"event": "%s"}\\n' "dates $TAP_8X8_CC_START_DATE $TAP_8X8_CC_END_DATE"
echo "tenants $TAP_8X8_CC_TENANT_IDS at a time $TAP_8X8_CC_MAX_CONCURRENT_REPORTS"
"""
DAILY = """
import json, runpy
(found,) = runpy.run_path("daily.py")["defs"].schedules
print(json.dumps([found.job_name, found.cron_schedule, found.execution_timezone]))
"""


def stub(folder: Path, *more: str) -> dict[str, str]:
    """Return settings under which a stand-in for Meltano is run, which tells what it was told."""
    file = folder / "meltano"
    file.write_text("\n".join([MELTANO, *more]), encoding="utf-8")
    file.chmod(0o755)
    return {
        "MELTANO": str(file),
        "MELTANO_PROJECT_ROOT": str(folder),
        "TAP_8X8_CC_TENANT_IDS": '["acme", "globex"]',
        "TAP_8X8_CC_TIMEZONE": "Asia/Kolkata",
        "TAP_8X8_CC_START_DATE": "2026-03-15",
        "RETRY_SECONDS": "0.1",
    }


def test_partition_is_a_month_by_the_calendar_of_the_zone_and_a_failure_names_the_streams(
    tmp_path: Path,
) -> None:
    """The first midnight of May in Kolkata is on 30 April in UTC; March fails, three times more."""
    said, failed = (json.dumps({"event": line}) for line in (CLOSING, FAILURE))
    env = stub(
        tmp_path,
        f"case $TAP_8X8_CC_START_DATE in 2026-04*) echo '{said}'; exit;; esac",
        f"echo '{failed}'; echo after; exit 1",
    )
    april, march = run("2026-04|globex", "2026-03|acme", env=env)
    assert april["status"] == "SUCCESS"
    assert april["metadata"]["closing_line"] == CLOSING
    figures = ("reports_read", "reports_planned", "dagster/row_count")
    assert [april["metadata"][name] for name in figures] == [2, 2, 7]
    assert april["log"] == [
        f"args {ARGUMENTS} --state-id dagster-globex-2026-04 --full-refresh --force --no-install",
        "dates 2026-04-01 2026-05-01",
        'tenants ["globex"] at a time 1',
        CLOSING,
    ]
    assert (march["status"], march["failures"]) == ("FAILURE", [FAILURE])
    assert march["retries"] == 3


def test_run_that_is_ended_ends_meltano_and_is_not_retried(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    loader = "(trap 'echo ended > loader_ended; exit 1' TERM; sleep 60 & wait) &"
    env = stub(tmp_path, "trap 'echo ended > ended; exit 1' TERM", loader)
    with (tmp_path / "meltano").open("a", encoding="utf-8") as file:
        file.write(f"\nsleep 1\ntouch {begun}\nwait\n")
    (told,) = run("2026-03|acme", env=env, stop_after=begun)
    assert (told["status"], told["retries"]) == ("FAILURE", 0)
    assert told["failures"] == ["Dagster ended the run."]
    assert (tmp_path / "ended").exists()
    until = time.monotonic() + 10
    while not (tmp_path / "loader_ended").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert (tmp_path / "loader_ended").exists()


def test_partition_is_the_month_of_the_contact_center(tmp_path: Path, postgres: Postgres) -> None:
    """March begins in winter time and ends in summer time."""
    project = installed(tmp_path / "project", "tap-8x8-cc", "target-postgres")
    zone, pair = "Europe/Helsinki", ("queue-interactions-abandoned", "queue")
    config = SandboxConfig(tenants=("acme", "globex"), default_timezone=zone)
    with SandboxServer(config) as server:
        env = {
            "MELTANO": str(Path(sys.executable).with_name("meltano")),
            "MELTANO_PROJECT_ROOT": str(project.root),
            "NO_PROXY": "127.0.0.1",
            "TAP_8X8_CC_CLIENT_ID": config.client_id,
            "TAP_8X8_CC_CLIENT_SECRET": config.client_secret,
            "TAP_8X8_CC_API_URL": server.url,
            "TAP_8X8_CC_TENANT_IDS": json.dumps(config.tenants),
            "TAP_8X8_CC_TIMEZONE": zone,
            "TAP_8X8_CC_START_DATE": "2026-01-01",
            "TAP_8X8_CC_TEST_PACE": PACE,
            "TAP_8X8_CC__SELECT": json.dumps([f"{STREAM}.*"]),
            "TARGET_POSTGRES_SQLALCHEMY_URL": postgres.url,
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": postgres.schema,
        }
        (told,) = run("2026-03|globex", env=env)
        march = truth(
            server.center("globex"),
            *pair,
            "2026-02-28T22:00:00Z",
            "2026-03-31T21:00:00Z",
            timezone=zone,
        )
    assert (told["status"], told["failures"]) == ("SUCCESS", [])
    assert told["metadata"]["closing_line"].startswith("Read ")
    assert told["metadata"]["dagster/row_count"] == len(march) > 100
    rows = as_sent(postgres_rows(postgres, STREAM))
    assert {row["tenant_id"] for row in rows} == {"globex"}
    same_rows(rows, march)


def test_ten_lines_run_the_daily_job_by_the_clock_of_the_contact_center() -> None:
    ran = subprocess.run(
        [command("python"), "-c", DAILY],
        cwd=EXAMPLE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(ran.stdout.splitlines()[-1])
    assert found == ["contact_center_daily", "15 4 * * *", "America/New_York"]


def test_limits_are_the_same_number_of_reports() -> None:
    """A run has one report in flight: the pool's slots and the runs at a time are both reports."""
    limits = YAML(typ="safe").load((EXAMPLE / "dagster.yaml").read_text("utf-8"))["concurrency"]
    assert limits["pools"]["default_limit"] == limits["runs"]["max_concurrent_runs"] == 4
