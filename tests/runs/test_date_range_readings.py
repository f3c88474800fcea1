"""The `Z` of a date range as an instant and as the zone's clock: the same tables, over HTTP."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.quirks import Quirks
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support.tapcli import Run, config, discover, select, tap
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPE, GROUP = "queue-interactions-summary", "queue"
METRICS = ("entered", "accepted", "avgWaitTime")
START, END = "2026-03-02", "2026-03-09"
ZONES = ("America/New_York", "Asia/Kolkata")
BASE = {"type": TYPE, "group_by": GROUP, "metrics": list(METRICS)}
READINGS = ("instant", "local")


@pytest.fixture(scope="module", params=READINGS)
def server(request: pytest.FixtureRequest) -> Iterator[SandboxServer]:
    quirks = Quirks(range=request.param, future="refused")
    center = CenterConfig(agents=20, queues=4)
    settings = SandboxConfig(center=center, quirks=quirks, timezones=("*",))
    with SandboxServer(settings) as running:
        yield running


def edge(day: str, zone: str) -> str:
    return datetime.fromisoformat(day).replace(tzinfo=ZoneInfo(zone)).isoformat()


def run_of(
    server: SandboxServer, reports: list[dict[str, Any]], state: Any = None, **more: Any
) -> Run:
    settings = config(
        server.url, start_date=START, end_date=END, reports=reports, **{"timezone": None, **more}
    )
    settings = {name: value for name, value in settings.items() if value is not None}
    catalog = select(discover(settings), [report["name"] for report in reports])
    server.clear_requests()
    return tap(settings, catalog=catalog, state=state)


def expected(server: SandboxServer, zone: str, **options: Any) -> list[dict[str, Any]]:
    return truth(
        server.center(), TYPE, GROUP, edge(START, zone), edge(END, zone),
        timezone=zone, metrics=METRICS, **options,
    )  # fmt: skip


def creates(server: SandboxServer) -> list[Any]:
    return [entry.body for entry in server.requests() if entry.operation == "create"]


@pytest.mark.parametrize("zone", ZONES)
def test_figures_of_the_whole_range_are_the_contact_centers(
    server: SandboxServer, zone: str
) -> None:
    reports: list[dict[str, Any]] = [
        {**BASE, "name": "whole", "granularity": "none"},
        {**BASE, "name": "totals", "include_grand_total": True, "include_subtotals": True},
        {**BASE, "name": "mornings",
         "intra_day_time_range": {"start": "08:00:00", "end": "12:00:00"}},
    ]  # fmt: skip
    run = run_of(server, reports, timezone=zone)
    assert run.exit_code == 0, run.stderr
    same_rows(run.records["whole"], expected(server, zone, granularity="none"))
    totals = expected(server, zone, subtotals=True, grand_total=True)
    same_rows(
        [row for row in run.records["totals"] if row["total_type"] != "grandtotal"],
        [row for row in totals if row["total_type"] != "grandtotal"],
    )
    names = ("entered", "accepted", "total_type")
    (grand,) = [r for r in run.records["totals"] if r["total_type"] == "grandtotal"]
    (wanted,) = [r for r in totals if r["total_type"] == "grandtotal"]
    assert {name: grand[name] for name in names} == {name: wanted[name] for name in names}
    hours = tuple(datetime.fromisoformat(f"2026-01-01T{h}").time() for h in ("08:00", "12:00"))
    same_rows(run.records["mornings"], expected(server, zone, intra_day=hours))
    # A few small reports told which reading holds; the state keeps it.
    assert len(creates(server)) <= 3 + 3
    reading = server.config.quirks.range
    assert run.state["bookmarks"]["mornings"]["date_range_reading"] == reading


@pytest.mark.parametrize("zone", ZONES)
def test_a_proven_reading_needs_no_more_than_the_window(server: SandboxServer, zone: str) -> None:
    report = {**BASE, "name": "daily"}
    first = run_of(server, [report], timezone=zone)
    assert first.exit_code == 0, first.stderr
    same_rows(first.records["daily"], expected(server, zone))
    reading = server.config.quirks.range
    assert first.state["bookmarks"]["daily"]["date_range_reading"] == reading
    second = run_of(server, [report], first.state, lookback_days=7, timezone=zone)
    same_rows(second.records["daily"], expected(server, zone))
    (body,) = creates(server)
    written = datetime.fromisoformat(body["dateRange"]["start"]).replace(tzinfo=None)
    begins = datetime.fromisoformat(START).replace(tzinfo=ZoneInfo(zone))
    shown = begins.astimezone(ZoneInfo("UTC" if reading == "instant" else zone))
    assert written == shown.replace(tzinfo=None)


@pytest.mark.parametrize("zone", ZONES)
def test_a_reading_that_no_longer_holds_ends_the_stream_before_a_row_is_written(
    server: SandboxServer, zone: str
) -> None:
    wrong = next(name for name in READINGS if name != server.config.quirks.range)
    report = {**BASE, "name": "daily"}
    bookmark = {
        "replication_key": "end_time",
        "replication_key_value": "2026-03-03T12:00:00Z",
        "date_range_reading": wrong,
    }
    state = {"bookmarks": {"daily": bookmark}}
    run = run_of(server, [report], state, lookback_days=30, timezone=zone)
    assert run.exit_code == 1
    assert not run.records
    line = run.errors[0]
    assert f"contradict the reading that was proven before, {wrong}" in line
    assert "date_range_reading" in line
    assert "timezone" in line


def test_a_setting_that_is_wrong_is_one_line(server: SandboxServer) -> None:
    wrong = next(name for name in READINGS if name != server.config.quirks.range)
    report = {**BASE, "name": "daily"}
    run = run_of(server, [report], date_range_reading=wrong, timezone="Asia/Kolkata")
    assert run.exit_code == 1
    assert not run.records
    assert f"contradict the reading that was set, {wrong}" in run.errors[0]


def test_another_zone_than_the_tenants_proves_nothing(server: SandboxServer) -> None:
    report = {**BASE, "name": "daily", "timezone": "Asia/Kolkata"}
    run = run_of(server, [report], timezone="America/New_York")
    assert run.exit_code == 0, run.stderr
    same_rows(run.records["daily"], expected(server, "Asia/Kolkata"))
    assert "date_range_reading" not in run.state["bookmarks"]["daily"]


def test_the_setting_asks_nothing(server: SandboxServer) -> None:
    zone = "Asia/Kolkata"
    report = {**BASE, "name": "whole", "granularity": "none", "timezone": zone}
    run = run_of(server, [report], date_range_reading=server.config.quirks.range)
    assert run.exit_code == 0, run.stderr
    same_rows(run.records["whole"], expected(server, zone, granularity="none"))
    assert len(creates(server)) == 1


def test_without_proof_whole_range_figures_stop_and_name_the_setting(
    server: SandboxServer,
) -> None:
    """Small reports are refused, so nothing shows the reading."""
    zone = "Asia/Kolkata"
    report = {**BASE, "name": "whole", "granularity": "none", "timezone": zone}
    settings = config(server.url, start_date=START, end_date=END, reports=[report])
    catalog = select(discover(settings), ["whole"])
    refused = FaultRule("create", "status", status=400, body="Not so small.", times=3)
    server.configure(faults=[refused])  # of each of the three types that are tried
    run = tap(settings, catalog=catalog)
    server.configure(faults=[])
    assert run.exit_code == 1
    assert not run.records
    assert "Set date_range_reading to instant or local" in run.errors[0]
