"""Everything that goes wrong on a night, over real HTTP: the table is whole, or the run says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import CenterConfig, FaultRule, SandboxConfig, SandboxServer

from tap_8x8_cc.reading.summary import SummaryReader
from tests.support import tapcli
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc.reading.job import Job
    from tap_8x8_cc.reading.spool import ReportRows

QUEUES = "queue_interactions_summary_by_queue"
AGENTS = "agent_interactions_summary_by_agent"
TYPES = {
    QUEUES: ("queue-interactions-summary", "queue"),
    AGENTS: ("agent-interactions-summary", "agent"),
}
START, END = "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"
QUICK = {"request_timeout": 5, "poll_interval_max": 2}


SMALL = CenterConfig(agents=3, queues=2)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=SMALL)) as running:
        yield running


@pytest.fixture(scope="module")
def catalog(server: SandboxServer) -> dict[str, Any]:
    server.configure(faults=())
    return tapcli.discover(tapcli.config(server.url))


def run(
    server: SandboxServer,
    catalog: dict[str, Any],
    *faults: FaultRule,
    streams: tuple[str, ...] = (QUEUES,),
    **settings: Any,
) -> tapcli.Run:
    """Run the tap against a sandbox with these faults."""
    server.configure(faults=faults)
    server.clear_requests()
    config = tapcli.config(server.url, **{**QUICK, **settings})
    done = tapcli.tap(config, catalog=tapcli.select(catalog, streams))
    server.configure(faults=())
    return done


def assert_whole(server: SandboxServer, done: tapcli.Run, *streams: str) -> None:
    """Assert that these streams have all the rows there are, and bookmarks behind them."""
    assert done.exit_code == 0, done.stderr
    for stream in streams:
        expected = truth(server.center(), *TYPES[stream], START, END)
        assert expected
        same_rows(done.records[stream], expected)
        assert done.bookmark(stream) == END


def assert_failed(done: tapcli.Run, *failed: str) -> list[str]:
    """Assert that these streams failed in words, left no bookmark, and give the error lines."""
    assert done.exit_code == 1
    assert "Traceback" not in done.stderr
    for stream in failed:
        assert done.bookmark(stream) is None
        assert sum(f"Stream {stream} failed: " in line for line in done.errors) == 1
        assert stream in done.errors[-1]  # the summary
    assert len(done.errors) == len(failed) + 1
    return done.errors


def retries(done: tapcli.Run) -> int:
    """Count the waits that the log tells of."""
    return done.stderr.count("Trying again in")


def faults(server: SandboxServer) -> int:
    """Count the requests that a fault hit."""
    return sum(bool(request.faults) for request in server.requests())


PASSING = {
    "throttled": [
        FaultRule("create", "status", status=429, headers={"Retry-After": "2"}, times=1),
        FaultRule("status", "status", status=429, retry_after_date_in=2, times=1),
        FaultRule("data", "status", status=429, times=1),
        FaultRule("token", "status", status=429, headers={"Retry-After": "soon"}, times=1),
    ],
    "gateways": [
        FaultRule("types", "status", status=500, times=1),
        FaultRule("create", "status", status=502, times=1),
        FaultRule("status", "status", status=503, headers={"Retry-After": "1"}, times=1),
        FaultRule("data", "status", status=504, body="<html>Bad gateway</html>", times=1),
        FaultRule("token", "status", status=500, times=1),
    ],
    "connections": [
        FaultRule("types", "cut_body", times=1),
        FaultRule("create", "reset_before", times=1),
        FaultRule("status", "reset_before", abrupt=False, times=1),
        FaultRule("data", "cut_body", keep=0.7, times=1),
        FaultRule("token", "reset_before", times=1),
    ],
    "bodies": [
        FaultRule("types", "html", times=1),
        FaultRule("create", "truncate", times=1),
        FaultRule("status", "html", times=1),
        FaultRule("data", "truncate", times=1),
        FaultRule("data", "html", skip=1, times=1),
        FaultRule("token", "html", times=1),
    ],
    "slow": [
        FaultRule("create", "slow", seconds=4.0, times=1),
        FaultRule("status", "slow", seconds=4.0, times=1),
        FaultRule("data", "slow", seconds=4.0, times=1),
    ],
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_costs_a_wait_and_no_row(
    server: SandboxServer, catalog: dict[str, Any], name: str
) -> None:
    timeout = 3 if name == "slow" else 60
    done = run(server, catalog, *PASSING[name], request_timeout=timeout, retry_seconds=3000)
    assert_whole(server, done, QUEUES)
    assert faults(server) == len(PASSING[name])
    assert retries(done) == len(PASSING[name])  # each wait is logged once
    assert not done.errors


def test_tokens_that_expire_in_mid_sync_are_renewed_once_each(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    issued = server.state()["tokens_issued"]
    done = run(
        server,
        catalog,
        FaultRule("status", "expire_token", times=1),
        FaultRule("data", "expire_token", times=1),
        streams=(QUEUES, AGENTS),
        max_concurrent_reports=1,
    )
    assert_whole(server, done, QUEUES, AGENTS)
    assert server.state()["tokens_issued"] - issued == 3
    assert sum(request.status == 401 for request in server.requests()) == 2
    server.configure(token_seconds=2, generation_seconds=2.5)
    try:
        done = run(server, catalog)
    finally:
        server.configure(token_seconds=1799, generation_seconds=0.0)
    assert_whole(server, done, QUEUES)
    assert not any(request.status == 401 for request in server.requests())  # renewed early


def test_failed_and_lost_and_unready_reports_are_had_all_the_same(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    done = run(
        server,
        catalog,
        FaultRule("create", "failed", report_type="queue", times=2),
        FaultRule("status", "vanish", report_type="agent", times=1),
        FaultRule("data", "not_ready", report_type="agent", tries=2),
        FaultRule("data", "not_ready", report_type="queue", tries=2, status=404),
        streams=(QUEUES, AGENTS),
    )
    assert_whole(server, done, QUEUES, AGENTS)
    creates = [r.report_type for r in server.requests() if r.operation == "create"]
    assert creates.count("queue-interactions-summary") == 3
    assert creates.count("agent-interactions-summary") == 2


def test_a_report_that_keeps_failing_is_read_in_parts(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    done = run(server, catalog, FaultRule("create", "failed", times=3))
    assert_whole(server, done, QUEUES)
    spans = [r.body["dateRange"] for r in server.requests() if r.operation == "create"]  # type: ignore[index]
    assert len(spans) == 5
    assert "in two parts" in done.stderr
    older, newer = sorted(spans[3:], key=lambda span: span["start"])  # created side by side
    assert older["start"] == spans[0]["start"]
    assert newer["end"] == spans[0]["end"]
    assert len(done.states) >= 2  # each part has its own


def test_a_report_past_its_deadline_is_read_in_parts_too(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    done = run(server, catalog, FaultRule("create", "stuck", times=1), report_timeout=50)
    assert_whole(server, done, QUEUES)
    assert re.search(r"was still IN_PROGRESS after \d+ s \(report_timeout\)", done.stderr)


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (FaultRule("create", "failed", reason="Quota\x07 used up"), r"The API said: Quota used up"),
        (FaultRule("create", "unknown_status"), r"still ARCHIVED after \d+ s \(report_timeout\)"),
        (FaultRule("status", "vanish"), r"HTTP 404"),
        (FaultRule("create", "status", status=400, body="Bad metric"), r"HTTP 400.*Bad metric"),
        (FaultRule("create", "status", status=403), r"HTTP 403 Forbidden"),
        (FaultRule("data", "status", status=400, body="No such page"), r"HTTP 400.*No such page"),
        (FaultRule("data", "html"), r"not the JSON it should be.*Please sign in"),
        (FaultRule("data", "fewer_rows"), r"received \d+ rows, expected \d+"),
        (FaultRule("data", "short"), r"received \d+ rows, expected \d+"),
        (FaultRule("status", "reset_before"), r"connection failed"),
        (FaultRule("create", "status", status=500), r"HTTP 500"),
    ],
)
def test_what_stays_fails_its_stream_in_one_line_and_no_other(
    server: SandboxServer, catalog: dict[str, Any], fault: FaultRule, words: str
) -> None:
    only_queues = FaultRule(
        **{name: getattr(fault, name) for name in FaultRule.__dataclass_fields__}
        | {"report_type": "queue-interactions"}
    )
    patience = 50 if fault.action == "unknown_status" else 3000
    done = run(server, catalog, only_queues, streams=(QUEUES, AGENTS), report_timeout=patience)
    errors = assert_failed(done, QUEUES)
    assert re.search(words, errors[0], re.IGNORECASE), errors[0]
    assert QUEUES not in done.records
    expected = truth(server.center(), *TYPES[AGENTS], START, END)
    same_rows(done.records[AGENTS], expected)
    assert done.bookmark(AGENTS) == END
    creates = [r for r in server.requests() if r.operation == "create"]
    assert len(creates) <= 20
    if fault.status in {400, 403}:
        assert sum(r.report_type.startswith("queue") for r in creates) == 1  # not tried again


def test_what_nobody_foresaw_fails_its_stream_in_one_line_and_no_other(
    server: SandboxServer, catalog: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch = SummaryReader.fetch

    def fail(reader: SummaryReader, job: Job) -> ReportRows:
        if job.request.stream == AGENTS:
            raise OverflowError("date value out of range")
        return fetch(reader, job)

    monkeypatch.setattr(SummaryReader, "fetch", fail)
    done = run(server, catalog, streams=(QUEUES, AGENTS))
    lines = assert_failed(done, AGENTS)
    assert "a report can't be read (OverflowError: date value out of range)" in lines[0]
    assert done.bookmark(QUEUES) == END


def test_a_bookmark_stays_before_the_window_that_failed(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    settings: dict[str, Any] = {"start_date": "2026-01-05", "granularity": "day"}
    first = run(server, catalog, **settings)
    bookmarks = [state["bookmarks"][QUEUES] for state in first.states]
    windows = [b["replication_key_value"] for b in bookmarks if "replication_key_value" in b]
    assert len(set(windows)) >= 3
    done = run(
        server, catalog, FaultRule("create", "status", status=400, skip=1, times=1),
        max_concurrent_reports=1, **settings,
    )  # fmt: skip
    assert done.exit_code == 1
    assert done.bookmark(QUEUES) == windows[0]
    rest = tapcli.tap(
        tapcli.config(server.url, **settings),
        catalog=tapcli.select(catalog, [QUEUES]),
        state=done.state,
    )
    read = tapcli.timeless(done.records[QUEUES] + rest.records[QUEUES])
    rows = {r["row_id"]: r for r in read}
    whole = {r["row_id"]: r for r in tapcli.timeless(first.records[QUEUES])}
    assert rows == whole


def test_throttling_means_fewer_reports_at_a_time_and_later_more_again(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    server.configure(generation_seconds=0.1)
    try:
        done = run(
            server,
            catalog,
            FaultRule("status", "status", status=429, headers={"Retry-After": "1"}, times=1),
            start_date="2025-03-02",
            max_concurrent_reports=4,
        )
    finally:
        server.configure(generation_seconds=0.0)
    assert done.exit_code == 0
    assert "The API throttles; reports in flight: 2." in done.stderr
    most = _in_being(server)
    throttled = next(i for i, r in enumerate(server.requests()) if r.status == 429)
    creates = [i for i, r in enumerate(server.requests()) if r.operation == "create"]
    after = [most[i] for i in creates if i > throttled]
    # Those that had been started before are created in any case.
    after = after[4 - most[throttled] :]
    assert max(most) <= 4
    assert after[0] <= 2
    assert max(after) > 2


def _in_being(server: SandboxServer) -> list[int]:
    """Give, at each request, how many reports had been created and not been read."""
    alive: set[int] = set()
    counts = []
    for request in server.requests():
        if request.report_id is not None and request.operation == "create":
            alive.add(request.report_id)
        if request.operation == "data" and request.report_id is not None:
            alive.discard(request.report_id)
        counts.append(len(alive))
    return counts


LONG: dict[str, Any] = {
    "granularity": "15m",
    "page_size": 100,
    "data_format": "csv",
    "start_date": "2026-03-02",
    "end_date": "2026-03-05",
}


def test_a_download_that_breaks_off_is_downloaded_again(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    done = run(
        server,
        catalog,
        FaultRule("download", "cut_body", times=1),
        FaultRule("download", "truncate", keep=0.6, skip=1, times=1),
        FaultRule("download", "html", skip=2, times=1),
        **LONG,
    )
    assert done.exit_code == 0, done.stderr
    expected = truth(
        server.center(), *TYPES[QUEUES], START, "2026-03-05T05:00:00Z", granularity="15m"
    )
    assert len(expected) > 100
    same_rows(done.records[QUEUES], expected)
    pages = [r for r in server.requests() if r.operation == "data"]
    assert len(pages) <= 2  # the first, and one to hold the end of the CSV against
    assert "JSON pages are" not in done.stderr


@pytest.mark.parametrize("data_format", ["csv", "json"])
def test_an_answer_that_lacks_rows_is_never_a_shorter_table(
    server: SandboxServer, catalog: dict[str, Any], data_format: str
) -> None:
    settings = {**LONG, "data_format": data_format}
    on_csv = data_format == "csv"
    done = run(
        server,
        catalog,
        FaultRule("download" if on_csv else "data", "fewer_rows", skip=0 if on_csv else 1),
        **settings,
    )
    if done.exit_code:
        assert_failed(done, QUEUES)
    else:  # the pages made up for the download
        expected = truth(
            server.center(), *TYPES[QUEUES], START, "2026-03-05T05:00:00Z", granularity="15m"
        )
        same_rows(done.records[QUEUES], expected)
        assert on_csv
