"""The example for Dagster: its definitions, and partitions run by its daemon."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.examples.dagster_at_scale import compare
from tests.support.dagster import run_ended, run_once

if TYPE_CHECKING:
    from pathlib import Path

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


def test_partition_is_a_month_by_the_calendar_of_the_zone(tmp_path: Path) -> None:
    """The first midnight of May in Kolkata is on 30 April in UTC."""
    event = json.dumps({"event": CLOSING})
    told = run_once("2026-04|globex", stub(tmp_path, f"echo '{event}'"))
    assert told["status"] == "SUCCESS"
    assert told["metadata"]["closing_line"] == CLOSING
    figures = ("reports_read", "reports_planned", "dagster/row_count")
    assert [told["metadata"][name] for name in figures] == [2, 2, 7]
    assert told["log"] == [
        f"args {ARGUMENTS} --state-id dagster-globex-2026-04 --full-refresh --force --no-install",
        "dates 2026-04-01 2026-05-01",
        'tenants ["globex"] at a time 1',
        CLOSING,
    ]


def test_failure_names_the_streams_after_its_retries(tmp_path: Path) -> None:
    event = json.dumps({"event": FAILURE})
    told = run_once("2026-03|acme", stub(tmp_path, f"echo '{event}'", "echo after", "exit 1"))
    assert (told["status"], told["failures"]) == ("FAILURE", [FAILURE])
    assert told["retries"] == 3


def test_run_that_is_ended_ends_meltano_and_is_not_retried(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    loader = "(trap 'echo ended > loader_ended; exit 1' TERM; sleep 60 & wait) &"
    env = stub(tmp_path, "trap 'echo ended > ended; exit 1' TERM", loader)
    with (tmp_path / "meltano").open("a", encoding="utf-8") as file:
        file.write(f"\nsleep 1\ntouch {begun}\nwait\n")
    told = run_ended("2026-03|acme", env, begun)
    assert (told["status"], told["retries"]) == ("FAILURE", 0)
    assert told["failures"] == ["Dagster ended the run."]
    assert (tmp_path / "ended").exists()
    until = time.monotonic() + 10
    while not (tmp_path / "loader_ended").exists() and time.monotonic() < until:
        time.sleep(0.05)
    assert (tmp_path / "loader_ended").exists()


def test_partitions_make_the_tables_of_one_run(tmp_path: Path) -> None:
    """March begins in winter time and ends in summer time."""
    tenants, months = ["acme", "globex"], ["2026-02", "2026-03"]
    seen = compare(tmp_path / "home", tenants, months, "2026-04-01", [STREAM])
    assert seen.rows[STREAM] > 100
    assert seen.in_flight <= 2
    assert all(run["metadata"]["closing_line"].startswith("Read ") for run in seen.runs)
    assert sum(run["metadata"]["dagster/row_count"] for run in seen.runs) == seen.rows[STREAM]
