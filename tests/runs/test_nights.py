"""Three nights in a row, while figures of the days before still change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.quirks import Quirks
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support.databases import postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.tapcli import config, discover, select, tap
from tests.support.truth import same_rows, truth, utc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Postgres

TYPE, GROUP = "queue-interactions-summary", "queue"
METRICS = ("entered", "accepted", "avgWaitTime", "handlingTime")
COLUMNS = (
    *("row_id", "start_time", "end_time", "queue", "queue_id"),
    *("entered", "accepted", "avg_wait_time", "handling_time"),
)
LOOKBACK = 3
DAILY, HOURLY = "queue_interactions_summary_by_queue", "hourly"
FIRST_NIGHT = utc("2025-03-11T06:00:00Z")
START = "2025-03-03T05:00:00Z"
DAY = timedelta(days=1)
EDGES = ("start", "end")


@pytest.fixture(scope="module", params=["instant", "local"])
def sandbox(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    center, quirks = CenterConfig(late_changes=True), Quirks(range=request.param)
    with SandboxServer(SandboxConfig(center=center, quirks=quirks)) as server:
        yield server


def settings_of(server: SandboxServer) -> dict[str, Any]:
    hourly = {
        "name": HOURLY,
        "type": TYPE,
        "group_by": GROUP,
        "granularity": "hour",
        "metrics": list(METRICS),
    }
    settings = config(server.url, start_date=START, lookback_days=LOOKBACK, reports=[hourly])
    del settings["end_date"]
    return settings


def settled(now: datetime, granularity: str) -> datetime:
    """Return the end of what is half an hour old: New York's midnight, or the hour."""
    if granularity == "hour":
        return (now - timedelta(minutes=30)).replace(minute=0)
    return now.replace(hour=4)


def own_rows(server: SandboxServer, granularity: str, now: datetime) -> list[dict[str, Any]]:
    """Return what the contact center says at a moment, of all that is settled then."""
    end = settled(now, granularity).isoformat()
    return truth(
        server.center(), TYPE, GROUP, START, end, granularity=granularity, now=now, metrics=METRICS
    )


def test_three_nights_leave_each_row_once_with_its_latest_figures(
    sandbox: SandboxServer, tmp_path: Path, postgres: Postgres
) -> None:
    settings = settings_of(sandbox)
    catalog = select(discover(settings), [DAILY, HOURLY], COLUMNS)
    file = tmp_path / "warehouse.duckdb"
    state: dict[str, Any] = {}
    for night in range(3):
        now = FIRST_NIGHT + night * DAY
        sandbox.clock.set(now)
        sandbox.clear_requests()
        end = (now - timedelta(minutes=30)).isoformat()
        run = tap({**settings, "end_date": end}, catalog=catalog, state=state)
        assert run.exit_code == 0, run.stderr
        load_duckdb(run.stdout, file)
        load_postgres(run.stdout, postgres.url, postgres.schema)
        if night:
            check_ranges(sandbox, now)
        state = run.state
    third = FIRST_NIGHT + 2 * DAY
    for stream, granularity in ((DAILY, "day"), (HOURLY, "hour")):
        expected = own_rows(sandbox, granularity, third)
        same_rows(loaded(file, stream), expected)
        same_rows(canonical(postgres_rows(postgres, stream)), expected)
        assert changed(own_rows(sandbox, granularity, FIRST_NIGHT), expected) > 0
        assert changed(own_rows(sandbox, granularity, FIRST_NIGHT + DAY), expected) > 0


def check_ranges(server: SandboxServer, now: datetime) -> None:
    """A later night asks for one report per stream: the lookback and the new buckets."""
    bodies: list[Any] = [e.body for e in server.requests() if e.operation == "create"]
    # The first night has proven how the API reads a date range; see `meant`.
    zone = "UTC" if server.config.quirks.range == "instant" else "America/New_York"
    ranges = {
        body["granularity"]: tuple(meant(body["dateRange"][edge], zone) for edge in EDGES)
        for body in bodies
    }
    assert len(bodies) == len(ranges) == 2
    for granularity, (start, end) in ranges.items():
        reached = settled(now, granularity)
        assert end == reached - timedelta(milliseconds=1)
        # New York's clocks changed on 9 March; three of its days before were 71 hours long then.
        days = (reached - DAY - start) / DAY
        assert LOOKBACK - 1 / 24 <= days <= LOOKBACK


def meant(written: str, zone: str) -> datetime:
    """Read an edge of a date range as the clock of a zone shows it."""
    return utc(written).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def loaded(file: Path, table: str) -> list[dict[str, Any]]:
    with duckdb.connect(str(file), read_only=True) as warehouse:
        found = warehouse.sql(f"select * from {table}")
        return canonical([dict(zip(found.columns, row, strict=True)) for row in found.fetchall()])


def canonical(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Write times as the contact center's own rows have them; each row is there once."""
    assert len({row["row_id"] for row in rows}) == len(rows)
    for row in rows:
        for name in ("start_time", "end_time"):
            moment = row[name]
            if isinstance(moment, str):
                moment = utc(moment)
            aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            row[name] = aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return rows


def changed(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> int:
    """Count the rows whose figures are no longer what they were."""

    def key(row: dict[str, Any]) -> tuple[Any, ...]:
        return row["start_time"], row["queue_id"]

    now = {key(row): row for row in after}
    return sum(now.get(key(row)) != row for row in before)
