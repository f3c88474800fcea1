"""Detailed reports: single interactions, changes of status, surveys."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.center.model import (
    DetailedSpec,
    DetailedTable,
    Ongoing,
    Operator,
    Search,
)

from sandbox_tests.data import CENTER, LATER, QUEUE, sums

if TYPE_CHECKING:
    from collections.abc import Callable

SPEC = DetailedSpec(
    "detailed-reports-interaction-details",
    QUEUE.start,
    QUEUE.start + timedelta(days=1),
    QUEUE.timezone,
    show_ongoing=True,
)
TYPES = (
    "detailed-reports-interaction-details",
    "detailed-reports-agent-status-change",
    "detailed-reports-survey",
)


def records(table: DetailedTable) -> list[dict[str, object]]:
    keys = [column.key for column in table.columns]
    return [dict(zip(keys, row, strict=True)) for row in table.rows]


def ask(spec: DetailedSpec, now: datetime = LATER) -> list[dict[str, object]]:
    return records(CENTER.detailed(spec, now))


@pytest.mark.parametrize("type_", TYPES)
@pytest.mark.parametrize("inclusive", [False, True])
def test_events_belong_to_the_range_by_their_time(type_: str, inclusive: bool) -> None:  # noqa: FBT001
    spec = replace(SPEC, type=type_, end_inclusive=inclusive)
    times = [row["time"] for row in ask(spec)]
    moments = [moment for moment in times if isinstance(moment, datetime)]
    assert moments
    assert len(moments) == len(times)
    assert moments == sorted(moments)
    assert spec.start <= moments[0] <= moments[-1] < spec.end
    middle = moments[len(moments) // 2]
    first = ask(replace(spec, end=middle))
    second = ask(replace(spec, start=middle, end_inclusive=False))
    repeated = moments.count(middle) if inclusive else 0
    assert len(first) + len(second) == len(moments) + repeated


def test_interactions_agree_with_the_summary() -> None:
    rows = ask(replace(SPEC, include_participants=True))
    assert len({row["interactionId"] for row in rows}) == len(rows)
    counted = Counter(row["queueId"] for row in rows if row["queueId"] is not None)
    spec = replace(QUEUE, group_by="queue", end=SPEC.end)
    new = sums(CENTER.table(spec, LATER), ["newInQueue"])
    assert counted == {queue: count for (_, queue), (count,) in new.items() if count}


def test_participants_come_as_rows_or_as_a_list() -> None:
    together = {row["interactionId"]: row for row in ask(replace(SPEC, include_participants=True))}
    apart = Counter(row["interactionId"] for row in ask(SPEC))
    assert apart.keys() == together.keys()
    sizes = set()
    for id_, row in together.items():
        people = row["participants"]
        assert isinstance(people, list)
        assert apart[id_] == max(1, len(people))
        assert all("participantId" in person for person in people)
        assert "participantId" not in row
        sizes.add(len(people))
    assert {0, 1, 2} <= sizes


def test_what_has_not_ended_is_ongoing() -> None:
    now = SPEC.end - timedelta(hours=8)
    rows = ask(SPEC, now)
    running = [row for row in rows if row["state"] != "Finished"]
    assert running
    for row in running:
        assert row["finishedTime"] == Ongoing(None, ongoing=True)
        created = row["creationTime"]
        assert isinstance(created, datetime)
        elapsed = (now - created) // timedelta(milliseconds=1)
        assert row["interactionDuration"] == Ongoing(elapsed, ongoing=True)
        assert row["outcome"] is None
    finished = ask(replace(SPEC, show_ongoing=False), now)
    assert finished == [row for row in rows if row["state"] == "Finished"]
    assert all(row["time"] <= now for row in rows)  # type: ignore[operator]
    assert all(row["state"] == "Finished" for row in ask(SPEC))


def test_some_interactions_finish_the_next_day() -> None:
    def day(value: object) -> int:
        moment = value.value if isinstance(value, Ongoing) else value
        assert isinstance(moment, datetime)
        return moment.toordinal()

    assert any(day(row["finishedTime"]) == day(row["time"]) + 1 for row in ask(SPEC))


def test_columns_grow_with_the_version() -> None:
    old = {column.key for column in CENTER.detailed(replace(SPEC, version=3), LATER).columns}
    new = {column.key for column in CENTER.detailed(SPEC, LATER).columns}
    assert old < new
    assert "participantFocus" in new - old
    some = CENTER.detailed(replace(SPEC, metrics=("time", "queueId")), LATER)
    assert {column.key for column in some.columns} == {"time", "queueId"}
    with pytest.raises(KeyError):
        CENTER.detailed(replace(SPEC, metrics=("participantFocus",), version=3), LATER)
    with pytest.raises(KeyError):
        CENTER.detailed(replace(SPEC, type="nonsense"), LATER)


SEARCHES: dict[str, tuple[Search, Callable[[Any], bool]]] = {
    "in": (Search("mediaType", Operator.IN, ("chat", "email")), {"chat", "email"}.__contains__),
    "not-in": (Search("mediaType", Operator.NOT_IN, ("chat",)), lambda v: v != "chat"),
    "contains": (Search("customerName", Operator.CONTAINS, ("doe",)), lambda v: "Doe" in v),
    "empty": (Search("queueId", Operator.IS_EMPTY), lambda v: v is None),
    "not empty": (Search("wrapUpCode", Operator.IS_NOT_EMPTY), lambda v: v is not None),
    "list": (Search("transfers", Operator.IN, ("BlindTransfer",)), lambda v: "BlindTransfer" in v),
    "empty list": (Search("transfers", Operator.IS_EMPTY), lambda v: not v),
    "=": (Search("participantHold", Operator.EQUAL, ("2",)), lambda v: v == 2),
    "!=": (Search("participantHold", Operator.NOT_EQUAL, ("0",)), lambda v: v in {1, 2}),
    ">": (Search("participantHold", Operator.GREATER, ("0",)), lambda v: v in {1, 2}),
    "<=": (Search("participantHold", Operator.LESS_OR_EQUAL, ("1",)), lambda v: v in {0, 1}),
    "<": (Search("queueWaitDuration", Operator.LESS, ("5000",)), lambda v: v.value < 5000),
    ">=": (
        Search("queueWaitDuration", Operator.GREATER_OR_EQUAL, ("5000",)),
        lambda v: v.value >= 5000,
    ),
}


@pytest.mark.parametrize("name", SEARCHES)
def test_searches_keep_the_rows_that_match(name: str) -> None:
    search, expected = SEARCHES[name]
    everything = ask(SPEC)
    kept = ask(replace(SPEC, search=(search,)))
    assert 0 < len(kept) < len(everything)
    assert kept == [row for row in everything if expected(row[search.field])]


def test_time_of_day_leaves_out_the_rest() -> None:
    rows = ask(replace(SPEC, intra_day=(time(9), time(9, 5))))
    hours = {row["time"].strftime("%H:%M") for row in rows}  # type: ignore[attr-defined]
    assert hours <= {f"09:0{minute}" for minute in range(5)}
    assert hours


def test_status_codes_come_with_breaks_and_offline_work() -> None:
    rows = ask(replace(SPEC, type=TYPES[1]))
    for row in rows:
        assert (row["statusCode"] is not None) is (row["status"] in {"onBreak", "workingOffline"})
    assert {"onBreak", "wrapUp", "handling"} <= {row["status"] for row in rows}


def test_surveys_agree_with_the_summary() -> None:
    rows = ask(replace(SPEC, type=TYPES[2]))
    spec = replace(QUEUE, type="surveys-summary", group_by="survey", end=SPEC.end)
    totals = sums(CENTER.table(spec, LATER), ["actualScore"])
    for (_, survey), (score,) in totals.items():
        own = [row["actualScore"] for row in rows if row["surveyId"] == survey]
        assert sum(own) == score  # type: ignore[arg-type]
