"""A report whose rows can't be had is never taken for one without rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_8x8_cc_sandbox import CenterConfig, FaultRule, SandboxConfig, SandboxServer

from tap_8x8_cc.api.responses import proves_empty
from tests.support import tapcli
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUEUES = "queue_interactions_summary_by_queue"
DETAILS = "detailed_reports_interaction_details"
PATHS = "script_paths"
START, END = "2026-03-02T05:00:00Z", "2026-03-04T05:00:00Z"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=CenterConfig(agents=4, queues=4))) as running:
        yield running


@pytest.fixture
def read(
    server: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tapcli.Run]:
    """Return what runs the tap against a sandbox with some faults."""
    monkeypatch.setenv("TAP_8X8_CC_TEST_PACE", "0.002")
    monkeypatch.setenv("TAP_8X8_CC_LOGLEVEL", "WARNING")

    def run(stream: str, *faults: FaultRule, **settings: Any) -> tapcli.Run:
        server.clear_requests()
        server.configure(faults=faults)
        config = tapcli.config(
            server.url, end_date="2026-03-04", detailed_reports=True, retry_seconds=60, **settings
        )
        return tapcli.sync(config, [stream])

    return run


def ranges_created(server: SandboxServer) -> list[str]:
    """Return the date range of each report that was created."""
    created = [r for r in server.requests() if r.operation in {"create", "detailed_create"}]
    bodies: list[Any] = [r.body for r in created]
    return [json.dumps(body["dateRange"]) for body in bodies]


def gone(on: Any, status: int, times: int | None) -> FaultRule:
    """Answer the rows of a report as if there were no such report."""
    return FaultRule(on, "status", status=status, times=times)


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    ("stream", "on"), [(QUEUES, "data"), (DETAILS, "detailed_data"), (PATHS, "download")]
)
def test_a_report_that_is_gone_is_created_again(
    server: SandboxServer, read: Callable[..., tapcli.Run], stream: str, on: Any, status: int
) -> None:
    plain = read(stream)
    # As often as one report is asked for.
    faulty = read(stream, gone(on, status, 1 if status == 410 else 3), max_concurrent_reports=1)
    assert not faulty.failed, faulty.lines
    assert plain.rows(stream)
    assert len(faulty.rows(stream)) == len(plain.rows(stream))
    assert faulty.bookmark(stream) == plain.bookmark(stream)
    asked = ranges_created(server)
    assert len(asked) == len(set(asked)) + 1
    if stream == QUEUES:
        same_rows(
            faulty.records[QUEUES],
            truth(server.center(), "queue-interactions-summary", "queue", START, END),
        )


@pytest.mark.parametrize("status", [404, 410])
@pytest.mark.parametrize(
    ("stream", "on"),
    [(QUEUES, ("data", "download")), (DETAILS, ("detailed_data",)), (PATHS, ("download",))],
)
def test_a_report_that_is_gone_again_fails_its_stream(
    server: SandboxServer,
    read: Callable[..., tapcli.Run],
    stream: str,
    on: tuple[str, ...],
    status: int,
) -> None:
    outcome = read(stream, *(gone(each, status, None) for each in on), max_concurrent_reports=1)
    assert outcome.failed
    assert "created twice and was gone both times" in outcome.lines[-2]
    assert outcome.bookmark(stream) is None
    assert max(Counter(ranges_created(server)).values()) == 2


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, b"[]", {}),
        (200, b" [] ", {"X-Total-Elements": "0"}),
        (200, b"", {"X-Total-Elements": "0"}),
        (200, b"null", {"X-Total-Elements": "0"}),
        (204, b"", {}),
        (400, b"less than the total number of pages, which is 0 for this request", {}),
        (400, b"The report has 0 pages.", {}),
    ],
)  # fmt: skip
def test_what_proves_that_there_are_no_rows(
    status: int, body: bytes, headers: dict[str, str]
) -> None:
    assert proves_empty(status, body, headers)


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (200, b"", {}),
        (200, b" " * 1000, {}),
        (200, b"null", {}),
        (200, b"{}", {}),
        (200, b"[]", {"X-Total-Elements": "24"}),
        (204, b"", {"X-Total-Elements": "24"}),
        (400, b"which is 2 for this request", {}),
        (400, b"the total number of pages, which is 20", {}),
        (400, b"The report has 10 pages.", {}),
        (404, b"[]", {"X-Total-Elements": "0"}),
        (410, b"The report has 0 pages.", {}),
        (500, b"[]", {}),
    ],
)
def test_what_proves_nothing(status: int, body: bytes, headers: dict[str, str]) -> None:
    assert not proves_empty(status, body, headers)


@given(st.sampled_from([404, 410, 401, 403, 429, 500, 503]), st.binary(max_size=40))
def test_an_error_never_proves_that_there_are_no_rows(status: int, body: bytes) -> None:
    assert not proves_empty(status, body, {"X-Total-Elements": "0"})


def test_a_csv_proves_it_by_its_header_alone() -> None:
    header = b"Start,End,Queue,Accepted\r\n"
    assert proves_empty(200, header, {}, columns=3)
    assert not proves_empty(200, header + b"1,2,3,4\r\n", {}, columns=3)
    assert not proves_empty(200, b"Sorry, not now\r\n", {}, columns=3)
    assert not proves_empty(200, b"", {}, columns=3)
