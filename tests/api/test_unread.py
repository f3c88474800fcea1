"""Reports that wait to be read are found by what they were created for, and by nothing less."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.statuses import Report
from tap_8x8_cc.api.unread import UnreadReport, UnreadReports
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.windows import Window
from tests.support.fakes import FakeClock
from tests.support.requests import summary_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.model.reports import ReportRequest

START = datetime(2026, 3, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
API = "https://api.example/analytics"


def window(begin: int, end: int) -> Window:
    """Return a window from one day to another, counted from START."""
    first, last = START + timedelta(days=begin), START + timedelta(days=end)
    return Window(first, last, first)


DEFINITION: dict[str, Any] = {
    "stream": "queues",
    "title": "tap-8x8-cc queues",
    "tenant_id": "acme",
    "type": "queue-interactions-summary",
    "window": window(0, 7),
    "zone": ZoneInfo("UTC"),
    "group_by": "queue",
    "granularity": Granularity.DAY,
    "metrics": ("accepted", "abandoned"),
}
REQUEST = summary_request(**DEFINITION)
OTHERS: dict[str, Sequence[Any]] = {
    "tenant_id": ["acme", "branch", None],
    "type": ["queue-interactions-summary", "agent-interactions-summary"],
    "window": [
        REQUEST.window,
        window(0, 8),
        window(-1, 7),
    ],
    "zone": [ZoneInfo("UTC"), ZoneInfo("Asia/Tokyo")],
    "group_by": ["queue", "channel"],
    "granularity": [Granularity.DAY, Granularity.HOUR],
    "metrics": [("accepted", "abandoned"), ("accepted",)],
    "filters": [(), (("queue-ids", ("1",)),)],
    "include_subtotals": [False, True],
    "include_grand_total": [False, True],
}
"""Each part of a definition that makes another report of it, and values of it."""


def known(most: timedelta = HOUR, api: str = API) -> tuple[UnreadReports, FakeClock]:
    clock = FakeClock()
    return UnreadReports(api, clock, most), clock


def created(request: ReportRequest, number: str, clock: FakeClock) -> Report:
    return Report(number, request, clock.monotonic(), clock.now())


@given(st.fixed_dictionaries({name: st.sampled_from(values) for name, values in OTHERS.items()}))
def test_a_report_is_found_for_its_own_definition_alone(changes: dict[str, Any]) -> None:
    unread, clock = known()
    unread.add(created(REQUEST, "1", clock))
    asked = summary_request(**{**DEFINITION, **changes})
    same = all(OTHERS[name][0] == value for name, value in changes.items())
    assert (unread.find(asked) is not None) is same


def test_neither_the_title_nor_the_order_of_runs_counts_but_the_stream_and_the_api_do() -> None:
    unread, clock = known()
    unread.add(created(REQUEST, "1", clock))
    found = unread.find(summary_request(**{**DEFINITION, "title": "another"}))
    assert found is not None
    assert (found.id, found.created_at, found.start) == ("1", clock.now(), START)
    assert unread.find(summary_request(**{**DEFINITION, "stream": "custom"})) is None
    elsewhere, _ = known(api="https://eu.example/analytics")
    elsewhere.recall(("queues", "acme"), found)
    assert elsewhere.find(REQUEST) is None


def test_what_is_read_or_too_old_or_wanted_by_nobody_is_forgotten() -> None:
    unread, clock = known()
    owner = ("queues", "acme")
    weeks = [replace(REQUEST, window=window(7 * n, 7 * n + 7)) for n in range(3)]
    for number, week in enumerate(weeks):
        unread.add(created(week, str(number), clock))
    edges = {edge for week in weeks for edge in (week.window.start, week.window.end)}
    assert unread.edges(owner) == edges
    unread.remove(weeks[0])
    unread.remove(weeks[0])
    assert [report.id for report in unread.of(owner)] == ["1", "2"]
    unread.keep_only(weeks[2:])
    assert [report.id for report in unread.of(owner)] == ["2"]
    clock.sleep(3599)
    assert unread.find(weeks[2])
    clock.sleep(2)
    assert unread.find(weeks[2]) is None


def test_an_old_report_of_the_run_before_is_left_out_and_the_state_is_to_say_so() -> None:
    unread, clock = known()
    owner = ("queues", "acme")
    identity = unread.identity(REQUEST)
    unread.recall(owner, UnreadReport("1", identity, clock.now() - 2 * HOUR, START, START + HOUR))
    assert (unread.of(owner), unread.changes()) == ([], {owner})
    fresh = UnreadReport("2", identity, clock.now() - HOUR / 2, START, START + HOUR)
    unread.recall(owner, fresh)
    assert (unread.find(REQUEST), unread.changes()) == (fresh, set())


def test_without_an_age_nothing_is_kept() -> None:
    unread, clock = known(timedelta())
    unread.add(created(REQUEST, "1", clock))
    assert (unread.find(REQUEST), unread.changes()) == (None, set())


def test_changes_are_due_some_time_after_the_first() -> None:
    unread, clock = known()
    assert not unread.is_due(0)
    unread.add(created(REQUEST, "1", clock))
    assert unread.is_due(0)
    assert not unread.is_due(1)
    clock.sleep(0.5)
    unread.remove(REQUEST)
    clock.sleep(0.5)
    assert unread.is_due(1)
    assert unread.changes() == {("queues", "acme")}
    assert not unread.is_due(0)
