"""The plan of a run: the reports that the run then creates, compared with the API's own log."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import SandboxConfig, SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAMS = [
    "queue_interactions_summary_by_queue",
    "agent_interactions_summary_by_agent",
    "detailed_reports_interaction_details",
]
TITLES_OF_PROBES = {"date range", "time zone"}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=CenterConfig(agents=3, queues=2))) as running:
        yield running


@pytest.fixture(scope="module")
def catalog(server: SandboxServer) -> dict[str, Any]:
    settings = tapcli.config(server.url, detailed_reports=True)
    return tapcli.select(tapcli.discover(settings), STREAMS)


def planned(
    server: SandboxServer,
    settings: dict[str, Any],
    catalog: dict[str, Any],
    state: dict[str, Any] | None = None,
    *arguments: str,
) -> dict[str, Any]:
    """Return the plan; no report may be created for it."""
    server.clear_requests()
    done = tapcli.tap(
        settings, "plan", *arguments, "--format", "json", catalog=catalog, state=state
    )
    assert done.exit_code == 0, done.stderr
    assert not created(server)
    return dict(json.loads(done.stdout))


def created(server: SandboxServer) -> list[tuple[str, str, str]]:
    """Return type and date range of each report that the API was asked for, in order."""
    bodies: list[Any] = [
        request.body
        for request in server.requests()
        if request.operation in {"create", "detailed_create"}
    ]
    return [
        (body["type"], body["dateRange"]["start"], body["dateRange"]["end"])
        for body in bodies
        if body["title"] not in TITLES_OF_PROBES
    ]


def foretold(plan: dict[str, Any]) -> list[tuple[str, str, str]]:
    """Return the same of each report that was planned."""
    return [
        (report["type"], report["date_range"]["start"], report["date_range"]["end"])
        for report in plan["reports"]
    ]


def test_a_plan_is_what_the_run_creates(server: SandboxServer, catalog: dict[str, Any]) -> None:
    first_run = tapcli.config(
        server.url, start_date="2026-01-15", end_date="2026-03-02", detailed_reports=True
    )
    nights = {
        "first": first_run,
        "nightly": first_run | {"end_date": "2026-03-09"},
        "moved": first_run | {"end_date": "2026-03-10", "start_date": "2025-11-01"},
    }
    counts = {}
    state = None
    for name, settings in nights.items():
        plan = planned(server, settings, catalog, state)
        counts[name] = plan["totals"]
        server.clear_requests()
        done = tapcli.tap(settings, catalog=catalog, state=state)
        assert done.exit_code == 0, done.stderr
        assert sorted(created(server)) == sorted(foretold(plan))
        total = plan["totals"]["reports"]
        assert f"To create: {total} reports of 3 streams (" in done.stderr
        state = done.state
    # 46 days, a day a report of details; then a week and three days again; then 75 days.
    assert counts["first"] == {"new": 2 + 2 + 46, "lookback": 0, "backfill": 0, "reports": 50}
    assert counts["nightly"] == {"new": 1 + 1 + 7, "lookback": 3, "backfill": 0, "reports": 12}
    assert counts["moved"] == {"new": 3, "lookback": 3, "backfill": 3 + 3 + 75, "reports": 87}


def test_why_a_report_is_read_is_said(server: SandboxServer, catalog: dict[str, Any]) -> None:
    settings = tapcli.config(server.url, lookback_days=40, detailed_reports=True)
    state = {
        "bookmarks": {
            "queue_interactions_summary_by_queue": {
                "replication_key": "end_time",
                "replication_key_value": "2026-03-05T05:00:00Z",
                "since": "2026-02-01T05:00:00Z",
            }
        }
    }
    settings |= {"start_date": "2026-01-01"}
    plan = planned(server, settings, catalog, state)
    mine = [r for r in plan["reports"] if r["stream"] == "queue_interactions_summary_by_queue"]
    assert [(r["purpose"], r["why"]) for r in mine] == [
        ("lookback", "read again (lookback_days) before the bookmark, 2026-03-05T05:00:00Z"),
        (
            "new",
            "goes beyond the bookmark, 2026-03-05T05:00:00Z; starts lookback_days before it",
        ),
        ("backfill", "start_date is before what has been read, from 2026-02-01T05:00:00Z"),
        ("backfill", "start_date is before what has been read, from 2026-02-01T05:00:00Z"),
    ]
    others = {r["why"] for r in plan["reports"] if r["stream"] != mine[0]["stream"]}
    assert others == {"not read before"}


def test_a_plan_is_a_table_that_fits_on_a_screen(server: SandboxServer) -> None:
    settings = tapcli.config(
        server.url, start_date="2024-03-02", max_concurrent_reports=10, detailed_reports=False
    )
    every = tapcli.discover(settings)
    listed = {entry["tap_stream_id"] for entry in every["streams"]}
    names = listed - {"extractions"}  # it needs no report of its own
    catalog = tapcli.select(every, names)
    done = tapcli.tap(settings, "plan", "--seconds-per-report", "60", catalog=catalog)
    assert done.exit_code == 0, done.stderr
    lines = done.stdout.decode().splitlines()
    assert len(lines) <= 45
    assert max(map(len, lines)) <= 140
    assert lines[0].split()[:5] == ["stream", "reports", "new", "lookback", "backfill"]
    (total,) = (line.split() for line in lines if line.startswith("total"))
    reports = 28 * len(names)  # 737 days; a report has 28, widened for either reading
    assert int(total[1]) == int(total[2]) == reports
    assert f"and {len(names) - 30} more" in done.stdout.decode()
    rounds = -(-reports // 10)
    assert f"About {rounds // 60}:{rounds % 60:02d}:00 h at 60 s a report" in done.stdout.decode()


def test_what_a_run_would_ask_by_a_report_is_assumed(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    settings = tapcli.config(server.url, end_date=None, timezone=None, detailed_reports=True)
    settings = {name: value for name, value in settings.items() if value is not None}
    plan = planned(server, settings, catalog)
    assert {report["timezone"] for report in plan["reports"]} == {"UTC"}
    assert any("planned in UTC" in each and "timezone" in each for each in plan["assumptions"])
    done = tapcli.tap(settings | {"start_date": "2026-03-02", "end_date": "2026-03-05"},
                      catalog=catalog)  # fmt: skip
    assert done.exit_code == 0, done.stderr
    plan = planned(server, settings, catalog, done.state)  # the state knows the zone
    assert {report["timezone"] for report in plan["reports"]} == {"America/New_York"}


def test_a_stream_that_a_run_would_not_read_is_named(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    settings = tapcli.config(server.url, detailed_reports=True)
    state = {"bookmarks": {STREAMS[0]: {"replication_key_value": "9999-01-01T00:00:00Z"}}}
    done = tapcli.tap(settings, "plan", catalog=catalog, state=state)
    assert done.exit_code == 1
    assert f"1 of the selected streams can't be read: {STREAMS[0]}." in done.errors[-1]
    assert STREAMS[1] in done.stdout.decode()
