"""A sync from end to end: what is asked of the API, and what comes of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tests.support.tapcli import config, discover, select, sync, tap
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPE = "queue-interactions-summary"
BY_QUEUE = "queue_interactions_summary_by_queue"
START, END = "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"  # as tapcli.config has it
STREAMS = {
    BY_QUEUE: (TYPE, "queue"),
    "queue_interactions_summary_by_media_channel_queue": (TYPE, "media-and-channel-and-queue"),
    "agent_interactions_summary_by_group_agent": ("agent-interactions-summary", "group-and-agent"),
    "agent_status_time_on_status_by_agent": ("agent-status-time-on-status", "agent"),
    "surveys_summary_by_survey": ("surveys-summary", "survey"),
}
TITLE = re.compile(r"[A-Za-z0-9\s!\-_.*'()]+")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture(autouse=True)
def _fresh(sandbox: SandboxServer) -> Iterator[None]:
    sandbox.clear_requests()
    yield
    sandbox.configure(tenants=[], quirks={"details_timezone": "filled"})


def creates(server: SandboxServer) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for entry in server.requests():
        if entry.operation == "create":
            assert isinstance(entry.body, dict)
            found.append(entry.body)
    return found


def test_rows_of_each_stream_are_the_contact_centers(sandbox: SandboxServer) -> None:
    run = sync(config(sandbox.url), STREAMS)
    assert run.exit_code == 0, run.stderr
    records = run.records
    for stream, (report_type, grouping) in STREAMS.items():
        expected = truth(sandbox.center(), report_type, grouping, START, END)
        assert expected
        same_rows(records[stream], expected)
        assert len({row["row_id"] for row in records[stream]}) == len(expected)
        assert {row["granularity"] for row in records[stream]} == {"day"}
        assert {row["timezone"] for row in records[stream]} == {"America/New_York"}
    ids = [row["row_id"] for rows in records.values() for row in rows]
    assert len(ids) == len(set(ids))
    for body in creates(sandbox):
        assert TITLE.fullmatch(body["title"])
    assert sandbox.state()["tokens_issued"] >= 1
    assert len([e for e in sandbox.requests() if e.operation == "token"]) == 2  # discovery, sync


def test_only_selected_metrics_are_asked_for_and_emitted(sandbox: SandboxServer) -> None:
    settings = config(sandbox.url)
    catalog = discover(settings)
    some = {"row_id", "start_time", "queue_id", "accepted", "avg_wait_time"}
    run = tap(settings, catalog=select(catalog, [BY_QUEUE], some))
    assert run.exit_code == 0, run.stderr
    (body,) = creates(sandbox)
    assert sorted(body["metrics"]) == ["accepted", "avgWaitTime"]
    for row in run.records[BY_QUEUE]:
        assert some <= set(row)
        assert not {"entered", "queue"} & set(row)
    sandbox.clear_requests()
    bare = tap(settings, catalog=select(catalog, [BY_QUEUE], {"row_id", "queue"}))
    assert bare.exit_code == 0, bare.stderr
    (body,) = creates(sandbox)
    assert len(body["metrics"]) == 1  # none would mean all
    emitted = {name for row in bare.records[BY_QUEUE] for name in row}
    assert not emitted & {"accepted", "entered", "avg_wait_time"}
    same = {row["row_id"] for row in run.records[BY_QUEUE]}
    assert {row["row_id"] for row in bare.records[BY_QUEUE]} == same


def test_filters_and_a_part_of_the_day(sandbox: SandboxServer) -> None:
    """Overnight too; the bucket stays the whole day's, the range is the report's."""
    spans = {"office": ("09:00:00", "17:00:00"), "night": ("22:00:00", "06:00:00")}
    own = [
        {
            "name": name,
            "type": TYPE,
            "group_by": "media",
            "filters": [{"name": "media", "values": ["Phone"]}] if name == "office" else [],
            "intra_day_time_range": {"start": start, "end": end},
        }
        for name, (start, end) in spans.items()
    ]
    run = sync(config(sandbox.url, reports=own), spans)
    assert run.exit_code == 0, run.stderr
    # Other reports are small ones that ask how the API reads date ranges.
    own_bodies = [body for body in creates(sandbox) if "intraDayTimeRange" in body]
    bodies = {body["intraDayTimeRange"]["start"]: body for body in own_bodies}
    assert bodies["09:00:00"]["groupBy"]["filters"] == [{"name": "media", "values": ["Phone"]}]
    assert bodies["22:00:00"]["intraDayTimeRange"] == {"start": "22:00:00", "end": "06:00:00"}
    assert {row["media"] for row in run.records["office"]} == {"Phone"}
    whole = truth(sandbox.center(), TYPE, "media", START, END)
    parts = {name: sum(row["entered"] for row in run.records.get(name, ())) for name in spans}
    assert 0 < parts["office"] < sum(row["entered"] for row in whole)


def test_the_zone_is_asked_of_the_api_where_none_is_set(sandbox: SandboxServer) -> None:
    settings = config(sandbox.url)
    del settings["timezone"]
    own = {"name": "in_india", "type": TYPE, "group_by": "queue", "timezone": "Asia/Kolkata"}
    run = sync({**settings, "reports": [own]}, [BY_QUEUE, "in_india"])
    assert run.exit_code == 0, run.stderr
    probe, *others = creates(sandbox)
    assert "timezone" not in probe
    assert probe["granularity"] == "15m"
    assert sorted(body["timezone"] for body in others) == ["America/New_York", "Asia/Kolkata"]
    same_rows(run.records[BY_QUEUE], truth(sandbox.center(), TYPE, "queue", START, END))


@pytest.mark.parametrize("details", ["absent", "null"])
def test_a_zone_that_cannot_be_known_is_not_guessed(sandbox: SandboxServer, details: str) -> None:
    sandbox.configure(quirks={"details_timezone": details})
    settings = config(sandbox.url)
    del settings["timezone"]
    run = sync(settings, [BY_QUEUE])
    assert (run.exit_code, run.records) == (1, {})
    line, _ = run.errors  # the second one closes the run
    assert "does not say the default time zone" in line
    assert "set timezone" in line
    assert "Traceback" not in run.stderr
    assert len(creates(sandbox)) <= 3


def test_a_zone_that_the_tenant_does_not_have_is_one_line(sandbox: SandboxServer) -> None:
    run = sync(config(sandbox.url, timezone="Asia/Tashkent"), [BY_QUEUE])
    assert (run.exit_code, run.records) == (1, {})
    assert "Asia/Tashkent" in run.errors[0]
    assert BY_QUEUE in run.errors[-1]
    assert "Traceback" not in run.stderr


def test_refusals_are_one_line_each(sandbox: SandboxServer) -> None:
    def refused(**changes: Any) -> str:
        run = tap(config(sandbox.url, **changes), "--discover")
        assert (run.exit_code, run.stdout) == (1, b"")
        assert "Traceback" not in run.stderr
        (line,) = run.errors
        return line

    secret = "not-the-secret-at-all"
    wrong = refused(client_secret=secret)
    assert "client_id and client_secret" in wrong
    assert secret not in wrong
    assert "client_id and client_secret" in refused(client_id="somebody-else")
    assert "report types" in refused(api_version="v99")
    sandbox.configure(tenants=["a", "b"])
    missing = refused()
    assert "X-Tenant-Info header is missing." in missing
    assert "tenant_ids" in missing
    assert "Invalid value for X-Tenant-Info header." in refused(tenant_ids=["c"])
    one_of_two = tap(config(sandbox.url, tenant_ids=["a", "c"]), "--discover")
    assert one_of_two.exit_code == 0  # the other tenant is none the worse for it
    (line,) = one_of_two.errors
    assert "tenant c" in line
    assert "Check the setting tenant_ids." in line
    assert creates(sandbox) == []


def test_a_connection_test_reads_and_a_failed_one_fails(sandbox: SandboxServer) -> None:
    settings = config(sandbox.url, api_version="v1")
    assert tap(settings, "--test").exit_code == 0
    assert tap({**settings, "timezone": "Asia/Tashkent"}, "--test").exit_code == 1
