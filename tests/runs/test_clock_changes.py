"""Buckets over clock changes, in zones that differ: what comes equals the contact center's own."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, get_args
from zoneinfo import ZoneInfo

import duckdb
import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.limits import Month, check_granularity
from tap_8x8_cc_sandbox.api.quirks import Quirks
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig, Granularity, HourCut

from tests.support.loaders import load_duckdb
from tests.support.tapcli import Run, config, discover, select, tap
from tests.support.truth import same_rows, truth, utc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPE, GROUP = "queue-interactions-summary", "media"
ZONES = (
    "America/New_York",
    "Europe/Helsinki",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Pacific/Kiritimati",
)
METRICS = ("entered", "accepted", "avgWaitTime")
HOUR = timedelta(hours=1)
SHORT, LONG = ("15m", "hour", "day", "week"), ("month", "year")
CENTERS = {
    "the end is included, hours by the wall clock": (True, HourCut.WALL, "instant"),
    "Z is the wall clock, the end is excluded": (False, HourCut.ELAPSED, "local"),
}
RANGES: dict[str, tuple[date, date, tuple[str, ...], tuple[str, ...]]] = {
    "spring": (date(2024, 3, 25), date(2024, 4, 15), SHORT, ZONES[1:4]),
    "autumn": (date(2024, 10, 21), date(2024, 11, 11), SHORT, (*ZONES[:2], ZONES[4])),
    "years": (date(2022, 1, 1), date(2023, 1, 1), LONG, ZONES[:1]),
}
"""Range, granularities and zones."""

CHANGES: dict[str, dict[str, str]] = {
    "spring": {
        "Europe/Helsinki": "2024-03-31T01:00:00Z",
        "Australia/Lord_Howe": "2024-04-06T15:00:00Z",  # back, by thirty minutes
    },
    "autumn": {
        "Europe/Helsinki": "2024-10-27T01:00:00Z",
        "America/New_York": "2024-11-03T06:00:00Z",
    },
    "years": {},
}


@pytest.fixture(scope="module", params=CENTERS.values(), ids=list(CENTERS))
def sandbox(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    end_inclusive, hour_cut, reading = request.param
    # Small, since only time matters here; but with work in each of the nights below.
    center = CenterConfig(
        seed=48,
        agents=8,
        groups=2,
        queues=3,
        channels_per_media=1,
        timezone="Asia/Tokyo",
        hour_cut=hour_cut,
    )
    quirks = Quirks(end_inclusive=end_inclusive, range=reading)
    with SandboxServer(SandboxConfig(center=center, quirks=quirks, timezones=ZONES)) as server:
        yield server


def stream(granularity: str, zone: str) -> str:
    words = {"15m": "quarter", "30m": "half"}
    return f"{words.get(granularity, granularity)}_in_{zone.split('/')[1].lower()}"


def reports(granularities: tuple[str, ...], zones: tuple[str, ...]) -> list[dict[str, Any]]:
    return [
        {
            "name": stream(granularity, zone),
            "type": TYPE,
            "group_by": GROUP,
            "granularity": granularity,
            "timezone": zone,
            "metrics": list(METRICS),
        }
        for granularity in granularities
        for zone in zones
    ]


def midnight(day: date, zone: str) -> datetime:
    """Return the start of a local date; in these zones and years each has one midnight."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def run_of(server: SandboxServer, name: str) -> tuple[Run, list[dict[str, Any]]]:
    start, end, granularities, zones = RANGES[name]
    own = reports(granularities, zones)
    settings = config(
        server.url,
        start_date=start.isoformat(),
        end_date=end.isoformat(),
        reports=own,
        max_concurrent_reports=8,
    )
    catalog = select(discover(settings), [report["name"] for report in own])
    server.clear_requests()
    return tap(settings, catalog=catalog), own


@pytest.mark.parametrize("name", list(RANGES))
def test_rows_over_clock_changes_are_the_contact_centers(
    sandbox: SandboxServer, name: str, tmp_path: Path
) -> None:
    run, own = run_of(sandbox, name)
    assert run.exit_code == 0, run.stderr
    records, bookmarks = run.records, run.state["bookmarks"]
    start, end, *_ = RANGES[name]
    for report in own:
        zone = report["timezone"]
        expected = truth(
            sandbox.center(),
            TYPE,
            GROUP,
            midnight(start, zone).isoformat(),
            midnight(end, zone).isoformat(),
            granularity=report["granularity"],
            timezone=zone,
            metrics=METRICS,
        )
        found = records[report["name"]]
        assert expected
        same_rows(found, expected)
        assert len({row["row_id"] for row in found}) == len(found)
        assert all(
            row["local_date"]
            == utc(row["start_time"]).astimezone(ZoneInfo(zone)).date().isoformat()
            for row in found
        )
        reached = bookmarks[report["name"]]["replication_key_value"]
        assert utc(reached) == midnight(end, zone)
    check_requests(sandbox)
    for zone, change in CHANGES[name].items():
        night = (utc(change) - HOUR, utc(change) + HOUR)
        quarters = records[stream("15m", zone)]
        assert any(night[0] <= utc(row["start_time"]) < night[1] for row in quarters)
    if sandbox.config.quirks.end_inclusive:
        check_loaded(run.stdout, records, tmp_path / "warehouse.duckdb")


def check_requests(server: SandboxServer) -> None:
    """Each report is accepted at once, and would be under every reading of a month."""
    creates = [entry for entry in server.requests() if entry.operation == "create"]
    assert creates
    assert {entry.status for entry in creates} == {200}
    for entry in creates:
        body: Any = entry.body
        begin, end = (utc(body["dateRange"][edge]) for edge in ("start", "end"))
        zone = ZoneInfo(body["timezone"])
        meant = [(moment.replace(tzinfo=zone).astimezone(UTC)) for moment in (begin, end)]
        for month in get_args(Month):
            for first, last in ((begin, end), meant):
                check_granularity(
                    Granularity(body["granularity"]), first, last, body["timezone"], month
                )
        # One millisecond before a boundary: right whether the end is included or not.
        assert end.microsecond == 999_000
        assert (end + timedelta(milliseconds=1)).minute % 15 == 0


def check_loaded(sent: bytes, streams: dict[str, list[dict[str, Any]]], file: Path) -> None:
    """The tables hold what was sent: each row once, with the same instants."""
    load_duckdb(sent, file)
    with duckdb.connect(str(file), read_only=True) as warehouse:
        for name, records in streams.items():
            table = warehouse.sql(f"select row_id, start_time, entered from {name}").fetchall()
            rows = {
                (row["row_id"], utc(row["start_time"]).replace(tzinfo=None), row["entered"])
                for row in records
            }
            assert {(key, begin.replace(tzinfo=None), n) for key, begin, n in table} == rows
            assert len(table) == len(records)
