"""What changes with the moment at which a report is asked for."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tap_8x8_cc_sandbox.center.center import ContactCenter
from tap_8x8_cc_sandbox.center.model import CenterConfig, Filter, Granularity, ReportSpec

from sandbox_tests.data import AGENT, CENTER, LATER, QUEUE, number, sums, values

LATE = ContactCenter(CenterConfig(late_changes=True))
DAY = replace(AGENT, end=AGENT.start + timedelta(days=1), group_by="group")


def figure(center: ContactCenter, spec: ReportSpec, now: datetime, name: str) -> float:
    return sum(own[0] for own in sums(center.table(spec, now), [name]).values())


@pytest.mark.parametrize("name", ["accepted", "handlingTime", "wrapUpTime"])
def test_figures_grow_until_two_days_after_the_end(name: str) -> None:
    ages = [timedelta(0), timedelta(hours=12), timedelta(hours=36), timedelta(hours=48)]
    grown = [figure(LATE, DAY, DAY.end + age, name) for age in ages]
    assert grown == sorted(grown)
    assert grown[0] < grown[-1]
    assert grown[-1] == figure(CENTER, DAY, LATER, name)


def test_figures_are_final_two_days_after_the_end() -> None:
    assert LATE.table(DAY, DAY.end + timedelta(hours=48)) == CENTER.table(DAY, LATER)
    assert LATE.table(DAY, DAY.end + timedelta(hours=30)) != CENTER.table(DAY, LATER)


def test_early_figures_still_add_up() -> None:
    spec = replace(QUEUE, type="queue-interactions-accepted-online", group_by="queue")
    found = LATE.table(spec, spec.end)
    for row in found.rows:
        own = values(found, row)
        classes = [number(v) for name, v in own.items() if name.startswith("accepted.")]
        assert sum(classes) == own["accepted"]


def test_corrected_codes_leave_calls_and_move_them_from_the_codes_they_were_under() -> None:
    few = CenterConfig(agents=3, queues=2, late_changes=True)
    plain, corrected = ContactCenter(few), ContactCenter(replace(few, corrected_codes=True))
    hour = replace(DAY, granularity=Granularity.HOUR)
    by_code = replace(hour, type="agent-interactions-by-wrap-up-code", group_by="wrap-up-code")

    def codes(center: ContactCenter, now: datetime) -> dict[tuple[object, ...], float]:
        table = center.table(by_code, now)
        return {
            (row.start, *row.dimensions): number(values(table, row)["transactionCodeCount"])
            for row in table.rows
        }

    early, late = (codes(corrected, moment) for moment in (DAY.end, LATER))
    first, last = (codes(plain, moment) for moment in (DAY.end, LATER))
    assert late == last  # what is final is the same
    assert first.keys() <= last.keys()  # uncorrected, nothing vanishes
    assert early.keys() - late.keys()  # corrected, some hours of some codes do
    assert sum(early.values()) == sum(first.values())  # and no call does


@pytest.mark.parametrize("center", [CENTER, LATE])
def test_nothing_exists_after_now(center: ContactCenter) -> None:
    now = datetime(2026, 1, 7, 18, tzinfo=UTC)
    spec = replace(QUEUE, granularity=Granularity.QUARTER)
    rows = center.table(spec, now).rows
    assert max(row.end for row in rows if row.end) == now
    assert center.table(replace(spec, start=now), now).rows == []
    nothing = replace(spec, granularity=Granularity.NONE, start=now, grand_total=True)
    assert center.table(nothing, now).rows == []


def test_the_running_quarter_is_incomplete() -> None:
    start = datetime(2026, 1, 7, 18, tzinfo=UTC)
    spec = replace(QUEUE, granularity=Granularity.QUARTER, start=start, group_by="media")
    spec = replace(spec, end=start + timedelta(minutes=15))
    running = figure(CENTER, spec, start + timedelta(minutes=8), "handlingTime")
    assert 0 < running < figure(CENTER, spec, start + timedelta(minutes=15), "handlingTime")


def test_script_paths_form_one_tree_whose_counts_add_up() -> None:
    nodes = CENTER.script_paths(QUEUE.start, QUEUE.end, end_inclusive=False, filters=(), now=LATER)
    root, *others = nodes
    assert (root.node_type, root.parent_path_id, root.depth) == ("ENTRY_POINT", None, 0)
    by_id = {node.path_id: node for node in nodes}
    assert len(by_id) == len(nodes)
    for node in others:
        assert node.parent_path_id is not None
        assert by_id[node.parent_path_id].depth == node.depth - 1
    for node in nodes:
        children = [child.count for child in others if child.parent_path_id == node.path_id]
        assert node.terminal is not bool(children)
        assert not children or sum(children) == node.count
    phone_in = ("InboundPhone", "InboundEmail", "Chat", "VoiceMail")
    inbound = replace(QUEUE, group_by="media", filters=(Filter("media", phone_in),))
    left = ("accepted", "totalAbandoned", "diverted")
    assert root.count == sum(figure(CENTER, inbound, LATER, name) for name in left)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("script", "5201"),
        ("queue", CENTER.roster.queues[0].id),
        ("agent", CENTER.roster.agents[0].id),
        ("channel", "201"),
    ],
)
def test_script_paths_can_be_filtered(name: str, value: str) -> None:
    def root(*filters: Filter) -> int:
        nodes = CENTER.script_paths(
            QUEUE.start, QUEUE.end, end_inclusive=False, filters=filters, now=LATER
        )
        return nodes[0].count if nodes else 0

    assert 0 < root(Filter(name, (value,))) < root()
    assert root(Filter(name, ("nobody",))) == 0
