"""Figures of summary reports: they agree with each other, whatever way they are cut."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tap_8x8_cc_sandbox.center.center import ContactCenter
from tap_8x8_cc_sandbox.center.metrics import metrics_of, summary_types
from tap_8x8_cc_sandbox.center.model import (
    CenterConfig,
    Filter,
    Granularity,
    Kind,
    ReportSpec,
    Table,
    Total,
)

from sandbox_tests.data import AGENT, CENTER, LATER, QUEUE, added_metrics, number, sums, values

EVERY = [
    (entry.type, grouping.name)
    for entry in CENTER.report_types(8)
    for grouping in entry.group_by or ()
]


def table(spec: ReportSpec, center: ContactCenter = CENTER) -> Table:
    return center.table(spec, LATER)


@pytest.mark.parametrize("type_", summary_types())
@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kathmandu", "Europe/London"])
def test_a_range_has_the_same_sums_at_every_granularity(type_: str, zone: str) -> None:
    names = added_metrics(type_)
    group_by = next(name for entry, name in EVERY if entry == type_)
    start = datetime(2026, 10, 24, tzinfo=ZoneInfo(zone))
    spec = replace(
        QUEUE,
        type=type_,
        group_by=group_by,
        timezone=zone,
        start=start,
        end=start + timedelta(days=3),  # local days: London's clocks go back in between
        granularity=Granularity.NONE,
    )
    whole = sums(table(spec), names)
    assert whole
    for granularity in Granularity:
        assert sums(table(replace(spec, granularity=granularity)), names) == whole


@settings(max_examples=15, deadline=None)
@given(cut=st.integers(1, 7 * 96 - 1), granularity=st.sampled_from(Granularity))
def test_a_range_split_anywhere_adds_up(cut: int, granularity: Granularity) -> None:
    names = added_metrics(AGENT.type)
    spec = replace(AGENT, granularity=granularity)
    middle = spec.start + cut * timedelta(minutes=15)
    both = [table(replace(spec, end=middle)), table(replace(spec, start=middle))]
    joined = Table(both[0].dimensions, both[0].metrics, both[0].rows + both[1].rows)
    assert sums(joined, names) == sums(table(spec), names)


def test_a_week_equals_its_days() -> None:
    week = table(replace(QUEUE, granularity=Granularity.WEEK))
    names = added_metrics(QUEUE.type)
    assert {row.start for row in week.rows} == {QUEUE.start}
    assert {row.end for row in week.rows} == {QUEUE.end}
    assert sums(week, names) == sums(table(QUEUE), names)


def test_finer_groupings_add_up_to_coarser_ones() -> None:
    names = added_metrics(QUEUE.type)
    fine = sums(table(QUEUE), names)
    for media, total in sums(table(replace(QUEUE, group_by="media")), names).items():
        parts = [own for shown, own in fine.items() if shown[0] == media[0]]
        assert [sum(column) for column in zip(*parts, strict=True)] == total


@pytest.mark.parametrize(("type_", "group_by"), EVERY)
def test_every_report_on_offer_has_rows_that_fit_its_columns(type_: str, group_by: str) -> None:
    found = table(
        replace(QUEUE, type=type_, group_by=group_by, end=QUEUE.start + timedelta(days=1))
    )
    assert found.rows
    keys = [column.key for column in found.dimensions]
    assert len(set(keys)) == len(keys)
    order = [(row.start, row.dimensions) for row in found.rows]
    assert order == sorted(order)
    for row in found.rows:
        assert len(row.dimensions) == len(keys)
        assert None not in row.dimensions
        for column, value in zip(found.metrics, row.values, strict=True):
            if column.kind is Kind.COUNT:
                assert isinstance(value, int)
            if value is not None:
                assert value >= 0
            if value is not None and column.kind is Kind.PERCENTAGE:
                assert value <= 100 or column.key == "offeringPercentage"


@pytest.mark.parametrize("type_", summary_types())
def test_each_version_has_the_metrics_it_should(type_: str) -> None:
    for version in range(1, 9):
        listed = [entry for entry in CENTER.report_types(version) if entry.type == type_]
        names = [metric.name for metric in metrics_of(type_, 8) if metric.since <= version]
        assert [list(entry.metrics) for entry in listed] == ([names] if names else [])


def test_percentages_and_averages_follow_from_counts_and_sums() -> None:
    found = table(replace(QUEUE, subtotals=True, grand_total=True))
    for row in found.rows:
        own = values(found, row)
        entered, accepted = number(own["entered"]), number(own["accepted"])
        if accepted:
            assert own["avgHandlingTime"] == number(own["handlingTime"]) / accepted
            assert own["acceptedInSlaPercentage"] == 100 * number(own["acceptedInSla"]) / accepted
        else:
            assert own["avgHandlingTime"] is None
        if entered:
            assert own["acceptedPercentage"] == 100 * accepted / entered
        left = accepted + number(own["totalAbandoned"]) + number(own["diverted"])
        if row.total is None or row.total.type == "subtotal":
            waiting = number(own["waitingInQueue"])
            assert left + waiting <= entered <= left + waiting + 3  # some ring at midnight
        assert own["processingTime"] == number(own["handlingTime"]) + number(own["wrapUpTime"])
        assert number(own["longestWaitTime"]) <= number(own["waitingInQueueTime"])


@pytest.mark.parametrize(
    ("type_", "prefix", "total"),
    [
        ("queue-interactions-accepted-online", "accepted.", "accepted"),
        ("queue-interactions-accepted-offline", "accepted.", "accepted"),
        ("queue-interactions-abandoned", "abandon.", "totalAbandoned"),
    ],
)
def test_classes_of_waiting_time_add_up(type_: str, prefix: str, total: str) -> None:
    found = table(replace(QUEUE, type=type_, group_by="queue"))
    assert found.rows
    for row in found.rows:
        own = values(found, row)
        assert sum(number(v) for name, v in own.items() if name.startswith(prefix)) == own[total]


def test_time_of_agents_adds_up() -> None:
    found = table(replace(QUEUE, type="agent-status-time-on-status", group_by="agent"))
    for row in found.rows:
        own = values(found, row)
        parts = ("availableTime", "busyTime", "onBreakTime", "workingOfflineTime")
        assert sum(number(own[name]) for name in parts) == own["loggedInTime"]
        busy = ("offeringTime", "handlingTime", "wrapUpTime")
        assert sum(number(own[name]) for name in busy) == own["busyTime"]


def test_survey_questions_add_up_to_surveys() -> None:
    names = ["answered", "skipped", "hungUp", "achievableScore", "actualScore"]
    surveys = sums(table(replace(QUEUE, type="surveys-summary", group_by="survey")), names)
    questions = replace(QUEUE, type="survey-questions-summary", group_by="survey-and-question")
    for survey, total in surveys.items():
        parts = [own for shown, own in sums(table(questions), names).items() if shown[:2] == survey]
        assert [sum(column) for column in zip(*parts, strict=True)] == total


def test_a_partial_bucket_carries_the_times_of_the_whole() -> None:
    part = table(replace(QUEUE, granularity=Granularity.WEEK, end=datetime(2026, 1, 8, tzinfo=UTC)))
    whole = table(replace(QUEUE, granularity=Granularity.WEEK))
    assert {(row.start, row.end) for row in part.rows} == {(QUEUE.start, QUEUE.end)}
    entered = sums(whole, ["newInQueue"])
    assert all(own[0] < entered[shown][0] for shown, own in sums(part, ["newInQueue"]).items())


def test_an_included_end_adds_a_sliver_of_the_bucket_that_begins_there() -> None:
    spec = replace(QUEUE, end=datetime(2026, 1, 8, 5, tzinfo=UTC), group_by="queue")
    without, with_end = table(spec), table(replace(spec, end_inclusive=True))
    extra = with_end.rows[len(without.rows) :]
    assert without.rows == with_end.rows[: len(without.rows)]
    assert {row.start for row in extra} == {spec.end}
    full = table(replace(spec, start=spec.end, end=spec.end + timedelta(days=1)))
    assert sums(Table(full.dimensions, full.metrics, extra), ["entered"]) != sums(full, ["entered"])
    just_before = replace(spec, end=spec.end - timedelta(milliseconds=1), end_inclusive=True)
    assert table(just_before).rows == without.rows


def test_time_of_day_leaves_out_the_rest_of_the_day() -> None:
    hours = replace(QUEUE, granularity=Granularity.HOUR, group_by="media")
    day = table(replace(hours, intra_day=(time(8, 30), time(17))))
    assert {row.start.hour for row in day.rows if row.start} == set(range(8, 17))
    night = table(replace(hours, intra_day=(time(17), time(8, 30))))
    names = added_metrics(QUEUE.type)
    both = Table(day.dimensions, day.metrics, day.rows + night.rows)
    assert sums(both, names) == sums(table(hours), names)


@pytest.mark.parametrize(
    ("name", "value", "column"),
    [
        ("queue", CENTER.roster.queues[1].id, "queueId"),
        ("agent", CENTER.roster.agents[3].id, "agentId"),
        ("group", CENTER.roster.groups[1].id, "groupId"),
        ("media", "Chat", "media"),
    ],
)
def test_filters_keep_what_they_name(name: str, value: str, column: str) -> None:
    group_by = "group-and-agent-and-media-and-channel-and-queue"
    spec = replace(AGENT, group_by=group_by)
    everything = table(spec)
    position = [c.key for c in everything.dimensions].index(column)
    kept = table(replace(spec, filters=(Filter(name, (value,)),)))
    assert kept.rows
    assert kept.rows == [row for row in everything.rows if row.dimensions[position] == value]


def test_directions_split_phone_and_since_version_8_email() -> None:
    def by_media(value: str, version: int = 8) -> list[float]:
        spec = replace(QUEUE, group_by="media", version=version)
        found = sums(table(replace(spec, filters=(Filter("media", (value,)),))), ["entered"])
        return [total for parts in found.values() for total in parts]

    for media in ("Phone", "Email"):
        inbound, outbound, both = map(by_media, (f"Inbound{media}", f"Outbound{media}", media))
        assert inbound[0] + outbound[0] == both[0]
    assert by_media("InboundEmail", 7) == []


def test_wrap_up_codes_are_filtered_by_list_and_item() -> None:
    spec = replace(
        QUEUE,
        type="agent-interactions-by-wrap-up-code",
        group_by="wrap-up-code",
        filters=(Filter("wrap-up-code", ("170-1201",)),),
    )
    found = table(spec)
    assert {row.dimensions for row in found.rows} == {("Resolved", "1201", "Call results", "170")}


def test_only_the_metrics_asked_for_are_given() -> None:
    found = table(replace(QUEUE, metrics=("longestWaitTime", "accepted")))
    assert [column.key for column in found.metrics] == ["accepted", "longestWaitTime"]
    assert len(found.rows) == len(table(QUEUE).rows)


@pytest.mark.parametrize(
    "wrong",
    [
        {"metrics": ("nonsense",)},
        {"metrics": ("parked",), "version": 7},
        {"group_by": "agent"},
        {"type": "nonsense"},
        {"filters": (Filter("nonsense", ("1",)),)},
    ],
)
def test_what_does_not_exist_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(KeyError):
        table(replace(QUEUE, **wrong))  # type: ignore[arg-type]


def test_totals_follow_the_rows_they_sum_and_average_the_sums() -> None:
    center = ContactCenter(CenterConfig(subtotal_levels=2))
    found = table(replace(QUEUE, subtotals=True, grand_total=True), center)
    for index, row in enumerate(found.rows):
        if row.total is None or row.total.type == "grandtotal":
            continue
        first, last = number(row.total.start_index), number(row.total.end_index)
        assert last == index - 1
        parts = [part for part in found.rows[int(first) : index] if part.total is None]
        assert {part.start for part in parts} == {row.start}
        assert set(row.dimensions[1:]) == {None}
        if row.dimensions[0] is not None:
            assert {part.dimensions[0] for part in parts} == {row.dimensions[0]}
        accepted = sum(number(values(found, part)["accepted"]) for part in parts)
        handling = sum(number(values(found, part)["handlingTime"]) for part in parts)
        assert values(found, row)["accepted"] == accepted
        assert values(found, row)["avgHandlingTime"] == (handling / accepted if accepted else None)
    grand = found.rows[-1]
    assert grand.total == Total("grandtotal", None, None)
    assert (grand.start, grand.end, set(grand.dimensions)) == (None, None, {None})
    ordinary = sums(found, ["accepted"]).values()
    assert values(found, grand)["accepted"] == sum(own[0] for own in ordinary)


def test_one_level_of_subtotals_gives_one_row_a_bucket() -> None:
    found = table(replace(QUEUE, subtotals=True))
    totals = [row for row in found.rows if row.total is not None]
    assert len(totals) == 7
    assert all(set(row.dimensions) == {None} for row in totals)


def test_snapshots_tell_of_the_end_of_the_bucket() -> None:
    noon = datetime(2026, 1, 5, 17, tzinfo=UTC)
    spec = replace(QUEUE, group_by="queue", metrics=("waitingInQueue",), end=noon)
    quarters = table(replace(spec, granularity=Granularity.QUARTER))
    at_end = {row.dimensions: row.values for row in quarters.rows if row.end == noon}
    day = table(spec)
    assert any(row.values != (0,) for row in day.rows)
    for row in day.rows:
        assert row.values == at_end.get(row.dimensions, (0,))


def test_renames_keep_ids_and_figures() -> None:
    agent = CENTER.roster.agents[0]
    renamed = ContactCenter(CenterConfig(renames=((agent.id, "Maria Garcia-Smith"),)))
    before = {row.dimensions[1]: (row.dimensions[0], row.values) for row in table(AGENT).rows}
    after = {
        row.dimensions[1]: (row.dimensions[0], row.values) for row in table(AGENT, renamed).rows
    }
    assert before.keys() == after.keys()
    assert after[agent.id] == ("Maria Garcia-Smith", before[agent.id][1])


def test_extras_appear_unannounced() -> None:
    center = ContactCenter(CenterConfig(extra_dimension=True, extra_metric=True))
    spec = replace(QUEUE, group_by="queue", metrics=("accepted",))
    found = table(spec, center)
    assert [column.key for column in found.dimensions] == ["queue", "queueId", "site"]
    assert [column.key for column in found.metrics] == ["accepted", "callbacksOffered"]
    assert len({row.dimensions[2] for row in found.rows}) > 1
    assert sum(own[0] for own in sums(found, ["accepted"]).values()) == sum(
        own[0] for own in sums(table(spec), ["accepted"]).values()
    )


def test_dimensions_can_be_null_or_empty() -> None:
    center = ContactCenter(CenterConfig(null_dimensions=True))
    shown = {row.dimensions for row in table(AGENT, center).rows}
    assert {(None, None), ("", "")} < shown
    assert len(shown) == len({row.dimensions for row in table(AGENT).rows})


def test_two_agents_share_a_name() -> None:
    names = [agent.name for agent in CENTER.roster.agents]
    ids = [agent.id for agent in CENTER.roster.agents]
    assert len(set(names)) < len(set(ids)) == len(ids)


def test_large_contact_centers_have_distinct_ids() -> None:
    roster = ContactCenter(CenterConfig(agents=800, queues=60, groups=20)).roster
    for entities in (roster.agents, roster.queues, roster.groups, roster.channels):
        assert len({entity.id for entity in entities}) == len(entities)


PINNED = """
from hashlib import sha256
from sandbox_tests.data import CENTER, LATER, QUEUE
rows = CENTER.table(QUEUE, LATER).rows
print(sha256(repr([(row.dimensions, row.values) for row in rows]).encode()).hexdigest()[:16])
"""


def test_figures_are_the_same_in_every_process() -> None:
    found = subprocess.run(
        [sys.executable, "-c", PINNED],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parents[1],
        env={**os.environ, "PYTHONHASHSEED": "123"},
    )
    assert found.stdout.strip() == "e68c9fa6772134c5"


@pytest.mark.parametrize("other", [{"seed": 9}, {"tenant": "b"}])
def test_seeds_and_tenants_have_their_own_figures(other: dict[str, object]) -> None:
    center = ContactCenter(CenterConfig(**other))  # type: ignore[arg-type]
    names = ["accepted", "handlingTime"]
    assert sums(table(QUEUE, center), names) != sums(table(QUEUE), names)


def test_weekends_are_quiet() -> None:
    by_day: dict[int, float] = {}
    found = table(QUEUE)
    for row in found.rows:
        assert row.start is not None
        day = row.start.weekday()
        by_day[day] = by_day.get(day, 0) + number(values(found, row)["accepted"])
    assert max(by_day[5], by_day[6]) < min(by_day[day] for day in range(5)) / 2
