"""The life of a report, against an API that goes through any sequence of statuses."""

from __future__ import annotations

import itertools
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.patience import NEW_TRIES, Throttle, TransientError
from tap_8x8_cc.api.reports import Reports
from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.api.statuses import Report, Status, read_status
from tap_8x8_cc.errors import (
    RefusedError,
    ReportError,
    ReportFailedError,
    ReportTimeoutError,
    TapError,
    UnavailableError,
)
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.windows import Window
from tests.support.fakes import FakeClock
from tests.support.requests import summary_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_8x8_cc.api.calls import ApiCall

START = datetime(2026, 3, 2, tzinfo=UTC)
REQUEST = summary_request(
    stream="queues",
    title="queues",
    tenant_id=None,
    type="queue-interactions-summary",
    group_by="queue",
    granularity=Granularity.DAY,
    window=Window(START, START + timedelta(days=7), START),
    zone=ZoneInfo("UTC"),
    metrics=("accepted",),
)
TIMEOUT = 600.0
STATUSES = ["QUEUED", "IN_PROGRESS", "in_progress", "DONE", "FAILED", "vanished", "ARCHIVED"]


def answer(**members: Any) -> Response:
    """Make a JSON answer."""
    return Response(json.dumps(members).encode(), {})


@dataclass(slots=True)
class Api:
    """Creates reports; each goes through its statuses and stays at its last.

    Args:
        lives: The statuses of each report, from its creation on; beyond, it is DONE.
        unreadable: How often each report is not found when it is read.
    """

    lives: list[list[str]]
    unreadable: list[int] = field(default_factory=list)
    throttle: Throttle = field(default_factory=lambda: Throttle(4, FakeClock()))
    creates: int = 0
    polls: list[int] = field(default_factory=list)
    refused_creates: list[Exception] = field(default_factory=list)

    def get(self, call: ApiCall, decode: Callable[[Response], Any]) -> Any:
        """Stand in for the client's `get`."""
        if call.body is not None:
            if self.refused_creates:
                raise self.refused_creates.pop(0)
            self.creates += 1
            self.polls.append(0)
            return decode(self.status(self.creates - 1))
        number = int(call.path.split("/")[1])
        assert call.path == f"/{number}/status"
        self.polls[number] += 1
        return decode(self.status(number))

    def life(self, number: int) -> list[str]:
        return self.lives[number] if number < len(self.lives) else ["DONE"]

    def now(self, number: int) -> str:
        return self.life(number)[min(self.polls[number], len(self.life(number)) - 1)]

    def status(self, number: int) -> Response:
        if self.now(number) == "vanished":
            raise RefusedError("status: HTTP 404 Not Found", 404)
        return answer(id=number, status=self.now(number), reason="too busy")

    def read(self, report: Report) -> str:
        """Read a report; only one that is DONE may be read."""
        number = int(report.id)
        assert self.now(number) == "DONE"
        if number < len(self.unreadable) and self.unreadable[number]:
            raise RefusedError("page 0: HTTP 404 Not Found", 404)
        return f"rows of {number}"


def reports(api: Api, clock: FakeClock, timeout: float = TIMEOUT) -> Reports:
    """Make what is tested."""
    return Reports(cast("Any", api), clock, timeout=timeout, longest_poll=30)


life = st.lists(st.sampled_from(STATUSES), min_size=1, max_size=6).filter(
    lambda statuses: statuses[0] != "vanished"  # a create answers with a report
)


@given(st.lists(life, max_size=4), st.lists(st.integers(0, 1), max_size=4))
def test_any_life_ends_in_rows_or_in_an_error_and_only_what_is_done_is_read(
    lives: list[list[str]], unreadable: list[int]
) -> None:
    api, clock = Api(lives, unreadable), FakeClock()
    message = ""
    try:
        rows = reports(api, clock).obtain(REQUEST, api.read)
    except TapError as error:
        message = str(error)
    else:
        assert rows == f"rows of {api.creates - 1}"
    assert message.isprintable()
    assert 1 <= api.creates <= NEW_TRIES + 1
    assert sum(clock.waits) <= api.creates * (TIMEOUT + 20)


@pytest.mark.parametrize("status", ["QUEUED", "IN_PROGRESS"])
def test_a_report_that_is_never_done_fails_at_its_deadline_and_is_not_created_anew(
    status: str,
) -> None:
    api, clock = Api([[status]]), FakeClock()
    with pytest.raises(ReportFailedError, match=rf"was still {status} after 600 s"):
        reports(api, clock).obtain(REQUEST, api.read)
    assert api.creates == 1
    assert TIMEOUT <= clock.monotonic() <= TIMEOUT + 1


def test_failed_is_tried_again_as_a_new_report_twice_with_growing_pauses() -> None:
    api, clock = Api([["FAILED"], ["FAILED"], ["FAILED"]]), FakeClock()
    with pytest.raises(ReportFailedError, match=r"failed 3 times; the API said: too busy"):
        reports(api, clock).obtain(REQUEST, api.read)
    assert api.creates == 3
    assert clock.waits == sorted(clock.waits)
    assert len(clock.waits) == 3  # after the last one too: parts of it come next
    assert clock.waits[0] >= 1
    again = Api([["FAILED"], ["IN_PROGRESS", "FAILED"]])
    assert reports(again, FakeClock()).obtain(REQUEST, again.read) == "rows of 2"


def test_an_id_that_vanishes_is_created_anew() -> None:
    for lives, unreadable in (
        ([["QUEUED", "IN_PROGRESS", "vanished"]], []),
        ([["QUEUED", "vanished"]], []),
        ([["DONE"]], [1]),
    ):
        api = Api(lives, unreadable)
        assert reports(api, FakeClock()).obtain(REQUEST, api.read) == "rows of 1"


def test_a_report_just_created_may_not_be_known_everywhere_yet() -> None:
    api = Api([["QUEUED", "vanished", "vanished", "IN_PROGRESS", "DONE"]])
    assert reports(api, FakeClock()).obtain(REQUEST, api.read) == "rows of 0"


@pytest.mark.parametrize("word", ["PENDING", "RUNNING", "In Progress", "ARCHIVED"])
def test_an_unknown_status_is_waited_for(word: str) -> None:
    api = Api([["QUEUED", word, word, "DONE"]])
    assert reports(api, FakeClock()).obtain(REQUEST, api.read) == "rows of 0"
    stuck, clock = Api([[word]]), FakeClock()
    with pytest.raises(ReportTimeoutError, match=rf"was still {word} after 600 s"):
        reports(stuck, clock).obtain(REQUEST, stuck.read)
    assert TIMEOUT <= clock.monotonic() <= TIMEOUT + 1


@pytest.mark.parametrize("word", ["COMPLETED", "complete", "SUCCESS", "Ready", "done"])
def test_other_words_for_done_are_understood(word: str) -> None:
    assert read_status(answer(status=word, id=7)).status is Status.DONE


@pytest.mark.parametrize("word", ["ERROR", "CANCELLED", "EXPIRED", "failed"])
def test_other_words_for_failed_are_understood(word: str) -> None:
    assert read_status(answer(status=word, id=7)).status is Status.FAILED


def test_a_refusal_in_reading_stops_at_once() -> None:
    api = Api([])

    def refuse(_: Report) -> str:
        raise RefusedError("page 0: HTTP 400 Bad Request: no", 400)

    with pytest.raises(RefusedError, match="HTTP 400"):
        reports(api, FakeClock()).obtain(REQUEST, refuse)
    assert api.creates == 1


@given(st.integers(1, 40))
def test_polls_are_at_least_a_second_apart_grow_and_are_few(polls: int) -> None:
    api, clock = Api([["IN_PROGRESS"] * polls + ["DONE"]]), FakeClock()
    reports(api, clock, timeout=7200).obtain(REQUEST, api.read)
    assert len(clock.waits) == polls
    assert all(0.97 <= wait <= 30 for wait in clock.waits)
    for earlier, later in itertools.pairwise(clock.waits):
        assert later >= earlier * 0.96  # jitter
    assert sum(clock.waits) <= 1.1 * 30 * polls


def test_the_time_that_a_create_took_is_not_the_report_s() -> None:
    clock = FakeClock()
    api = Api([["IN_PROGRESS", "IN_PROGRESS", "DONE"]])

    class Slow(Api):
        def get(self, call: ApiCall, decode: Callable[[Response], Any]) -> Any:
            if call.body is not None:
                clock.sleep(TIMEOUT)  # retried for ten minutes
            return super().get(call, decode)

    slow = Slow(api.lives)
    assert reports(slow, clock).obtain(REQUEST, slow.read) == "rows of 0"


def test_a_create_refused_for_too_many_reports_is_tried_as_long_as_others_are_under_way() -> None:
    throttled = UnavailableError("create: HTTP 429", throttled=True, processed=False)
    api = Api([], refused_creates=[throttled])
    with pytest.raises(UnavailableError):  # no other is under way: it would wait for ever
        reports(api, FakeClock()).obtain(REQUEST, api.read)

    clock, api = FakeClock(), Api([["DONE"]])
    shared = reports(api, clock)

    def read(_: Report) -> str:
        api.refused_creates = [throttled] * 9
        return shared.obtain(REQUEST, api.read)

    assert shared.obtain(REQUEST, read) == "rows of 1"
    assert len(clock.waits) == 9
    api.refused_creates = [throttled]
    with pytest.raises(UnavailableError):  # both have been read
        shared.obtain(REQUEST, api.read)


@pytest.mark.parametrize(
    ("body", "report_id"),
    [
        ({"id": 2710192, "status": "IN_PROGRESS"}, "2710192"),
        ({"id": "2710192", "status": "DONE"}, "2710192"),
        ([{"id": "a/b:c-1", "status": "QUEUED", "reason": None}], "a/b:c-1"),
    ],
)
def test_ids_are_numbers_or_texts_in_an_object_or_a_list_of_one(body: Any, report_id: str) -> None:
    assert read_status(Response(json.dumps(body).encode(), {})).id == report_id


def test_the_status_of_a_known_report_needs_no_id_and_another_id_does_not_count() -> None:
    assert read_status(answer(status="DONE"), "7").id == "7"
    assert read_status(answer(status="DONE", id=8), "7").id == "7"


def test_ids_are_quoted_where_they_are_part_of_a_url() -> None:
    paths = []

    class Client:
        throttle = Throttle(1, FakeClock())

        def get(self, call: ApiCall, decode: Callable[[Response], Any]) -> Any:
            paths.append(call.path)
            return decode(answer(id="../a b?#".replace(" ", "%"), status="IN_PROGRESS"))

    with pytest.raises(ReportFailedError):
        Reports(cast("Any", Client()), FakeClock(), timeout=5, longest_poll=30).obtain(
            REQUEST, lambda _: None
        )
    assert paths[1] == "/..%2Fa%25b%3F%23/status"


json_values = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
near_progress = st.fixed_dictionaries(
    {}, optional={"id": json_values, "status": st.sampled_from(STATUSES) | json_values}
)


@given(
    st.one_of(json_values, near_progress, near_progress.map(lambda value: [value])), st.booleans()
)
def test_any_answer_is_progress_or_an_error_of_ours(value: Any, is_known: bool) -> None:  # noqa: FBT001
    progress, message = None, ""
    try:
        progress = read_status(Response(json.dumps(value).encode(), {}), "7" if is_known else None)
    except (TransientError, ReportError) as error:
        message = str(error)
    assert message.isprintable()
    assert len(message) < 400
    if progress:
        assert progress.id not in {"", ".", ".."}
        assert progress.id.isascii()
        assert progress.id.isprintable()


def test_an_id_stays_one_part_of_the_path() -> None:
    clock = FakeClock()
    report = Report("7/../8?x", REQUEST, 0.0, clock.now())
    call = reports(Api([]), clock).call(report, "page of", "/data", "/detailed-reports")
    assert call.path == "/detailed-reports/7%2F..%2F8%3Fx/data"
