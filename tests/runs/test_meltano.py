"""Pipelines of the Meltano project, with the streams that it selects by the day."""

from __future__ import annotations

import json
import re
from contextlib import closing
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import duckdb
import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, MeltanoProject, ProjectError

from tests.support.databases import (
    as_sent,
    duckdb_rows,
    duckdb_tables,
    postgres_rows,
    postgres_tables,
)
from tests.support.tapcli import timeless
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Postgres, Row

pytestmark = pytest.mark.pipeline

ZONE = ZoneInfo("America/New_York")
PAIRS = {
    "agent_interactions_summary_by_agent": ("agent-interactions-summary", "agent"),
    "agent_interactions_summary_by_group_agent": ("agent-interactions-summary", "group-and-agent"),
    "agent_status_time_on_status_by_agent": ("agent-status-time-on-status", "agent"),
    "queue_interactions_abandoned_by_queue": ("queue-interactions-abandoned", "queue"),
    "queue_interactions_summary_by_media_channel_queue": (
        "queue-interactions-summary",
        "media-and-channel-and-queue",
    ),
}
"""Report type and grouping of each stream of the default selection."""
STREAMS = list(PAIRS)
START, END = date(2026, 3, 2), date(2026, 3, 10)  # beyond the spring change of clocks on 8 March
STATE_ID = "dev:tap-8x8-cc-to-target-duckdb"


def test_missing_checkout_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_8x8_cc_sandbox.demo.project.CHECKOUT", tmp_path / "site-packages")

    with pytest.raises(ProjectError, match="in a clone of the repository"):
        MeltanoProject.create(tmp_path / "project")


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(default_timezone=ZONE.key, now=noon(START))) as running:
        yield running


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> MeltanoProject:
    """A project with the tap and two loaders installed by Meltano."""
    made = MeltanoProject.create(tmp_path_factory.mktemp("meltano"))
    made.meltano("install", "tap-8x8-cc", "target-duckdb", "target-postgres", "dbt-duckdb")
    return made


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


def environment(server: SandboxServer, end: date) -> dict[str, str]:
    """The settings of a run on the day `end`, which is the first not read."""
    server.configure(now=noon(end))
    return {
        "TAP_8X8_CC_CLIENT_ID": server.config.client_id,
        "TAP_8X8_CC_CLIENT_SECRET": server.config.client_secret,
        "TAP_8X8_CC_API_URL": server.url,
        "TAP_8X8_CC_START_DATE": START.isoformat(),
        "TAP_8X8_CC_END_DATE": end.isoformat(),
        "TAP_8X8_CC_REPORTS": "[]",
    }


def bookmarks(pipeline: MeltanoProject, state_id: str) -> dict[str, str]:
    state = json.loads(pipeline.meltano("state", "get", state_id))
    marks: dict[str, dict[str, str]] = state["singer_state"]["bookmarks"]
    return {stream: mark["replication_key_value"] for stream, mark in marks.items()}


def days(rows: list[Row]) -> set[date]:
    return {date.fromisoformat(str(row["local_date"])) for row in rows}


def every_day(end: date) -> set[date]:
    return {START + timedelta(days=n) for n in range((end - START).days)}


def created(server: SandboxServer) -> list[tuple[str, date, date]]:
    """Type, first and last local day of each report that rows were asked of."""
    reports = []
    for request in server.requests():
        if request.operation == "create" and isinstance(request.body, dict):
            first, last = (
                datetime.fromisoformat(request.body["dateRange"][edge]).astimezone(ZONE).date()
                for edge in ("start", "end")
            )
            reports.append((request.report_type, first, last))
    return reports


@pytest.fixture(scope="module")
def first(server: SandboxServer, pipeline: MeltanoProject) -> dict[str, list[Row]]:
    """The rows of each table after a first run."""
    pipeline.meltano("run", "tap-8x8-cc", "target-duckdb", env=environment(server, END))
    assert duckdb_tables(pipeline.database) == [*STREAMS[:3], "extractions", *STREAMS[3:]]
    assert bookmarks(pipeline, STATE_ID) == dict.fromkeys(STREAMS, "2026-03-10T04:00:00Z")
    return {stream: duckdb_rows(pipeline.database, stream) for stream in STREAMS}


def test_second_run_goes_on_from_the_state_of_the_first(
    server: SandboxServer, pipeline: MeltanoProject, first: dict[str, list[Row]]
) -> None:
    assert {stream: days(rows) for stream, rows in first.items()} == dict.fromkeys(
        STREAMS, every_day(END)
    )

    server.clear_requests()
    later = END + timedelta(days=1)
    env = environment(server, later) | {"TAP_8X8_CC_TIMEZONE": ZONE.key}
    pipeline.meltano("run", "daily", env=env)

    assert "eight_by_eight__queue_daily" in duckdb_tables(pipeline.database, "analytics")
    asked = created(server)
    assert len(asked) == len(STREAMS)
    assert {(first, last) for _, first, last in asked} == {(date(2026, 3, 7), END)}
    assert bookmarks(pipeline, STATE_ID) == dict.fromkeys(STREAMS, "2026-03-11T04:00:00Z")
    for stream in STREAMS:
        rows = duckdb_rows(pipeline.database, stream)
        assert days(rows) == every_day(later)
        assert len({row["row_id"] for row in rows}) == len(rows)
        read_before = [row for row in rows if days([row]) <= every_day(END)]
        assert timeless(read_before) == timeless(first[stream])


@pytest.mark.usefixtures("first")
def test_reading_a_range_again_as_the_docs_say(
    server: SandboxServer, pipeline: MeltanoProject
) -> None:
    """Rows that were damaged are mended; the daily job's state and all other days stay."""
    before = {stream: duckdb_rows(pipeline.database, stream) for stream in STREAMS}
    reached = bookmarks(pipeline, STATE_ID)
    again = START + timedelta(days=2)
    with closing(duckdb.connect(str(pipeline.database))) as connection:
        for stream in STREAMS:
            connection.execute(
                f"UPDATE {stream} SET timezone = 'damaged' WHERE CAST(local_date AS DATE) < ?",
                [again],
            )

    server.clear_requests()
    reference = (CHECKOUT / "docs" / "reference.md").read_text("utf-8")
    (advice,) = re.findall(r"^  meltano (el .*)$", reference, re.MULTILINE)
    env = environment(server, again) | {"TAP_8X8_CC_TIMEZONE": ZONE.key}
    pipeline.meltano(*advice.split(), env=env)

    assert {stream: timeless(rows) for stream, rows in before.items()} == {
        stream: timeless(duckdb_rows(pipeline.database, stream)) for stream in STREAMS
    }
    assert {first for _, first, _ in created(server)} <= {START, START - timedelta(days=1)}
    assert bookmarks(pipeline, STATE_ID) == reached


def as_in_duckdb(row: Row) -> Row:
    """A row of PostgreSQL in DuckDB's types: dates are text there, and numbers are doubles."""
    numbers = {name: float(value) for name, value in row.items() if isinstance(value, Decimal)}
    return {**row, **numbers, "local_date": row["local_date"].isoformat()}


def test_postgres_holds_what_duckdb_holds(
    server: SandboxServer, pipeline: MeltanoProject, postgres: Postgres, tmp_path: Path
) -> None:
    elsewhere = postgres.in_zone("Asia/Kolkata")
    env = environment(server, START + timedelta(days=3)) | {
        "TARGET_POSTGRES_SQLALCHEMY_URL": elsewhere.url,
        "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": elsewhere.schema,
        "TARGET_DUCKDB_FILEPATH": str(tmp_path / "same.duckdb"),
    }
    pipeline.meltano("run", "tap-8x8-cc", "target-postgres", env=env)
    pipeline.meltano("run", "--state-id-suffix", "same", "tap-8x8-cc", "target-duckdb", env=env)

    assert postgres_tables(elsewhere) == [*STREAMS[:3], "extractions", *STREAMS[3:]]
    for stream in STREAMS:
        in_postgres = postgres_rows(elsewhere, stream)
        in_duckdb = duckdb_rows(tmp_path / "same.duckdb", stream)
        assert timeless(map(as_in_duckdb, in_postgres)) == timeless(in_duckdb)
        own = truth(server.center(), *PAIRS[stream], "2026-03-02T05:00:00Z", "2026-03-05T05:00:00Z")
        assert own
        same_rows(as_sent(in_postgres), own)
        same_rows(as_sent(in_duckdb), own)


def test_failed_run_says_why_and_leaves_the_state(
    server: SandboxServer, pipeline: MeltanoProject
) -> None:
    env = environment(server, START + timedelta(days=3)) | {"TAP_8X8_CC_CLIENT_SECRET": "wrong"}

    with pytest.raises(ProjectError, match="8x8 refused the API key"):
        pipeline.meltano("run", "--state-id-suffix", "bad", "tap-8x8-cc", "target-duckdb", env=env)

    assert "dev:tap-8x8-cc-to-target-duckdb:bad" not in pipeline.meltano("state", "list")
