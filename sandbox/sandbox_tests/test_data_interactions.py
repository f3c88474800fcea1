"""Summary reports against the list of interactions that they are made of."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
from tap_8x8_cc_sandbox.center.center import ContactCenter
from tap_8x8_cc_sandbox.center.model import CenterConfig, Granularity

from sandbox_tests.data import AGENT, CENTER, LATER, QUEUE, number, values
from tests.support.call_truth import (
    agent_figures,
    courses,
    queue_figures,
    without_zeros,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_8x8_cc_sandbox.center.dimensions import Leaf
    from tap_8x8_cc_sandbox.center.model import ReportSpec

    from tests.support.call_truth import Bucket, Figures

QUEUES = {
    "entered": "entered",
    "newInQueue": "new",
    "accepted": "accepted",
    "acceptedInSla": "accepted_in_time",
    "totalAbandoned": "abandoned",
    "shortAbandoned": "short_abandoned",
    "diverted": "diverted",
    "handlingTime": "handling",
    "wrapUpTime": "wrap_up",
    "longestWaitTime": "longest_wait",
    "waitingInQueue": "waiting",
}
AGENTS = {
    "presented": "presented",
    "accepted": "accepted",
    "rejected": "rejected",
    "transfersInitiated": "transfers",
    "handlingTime": "handling",
    "wrapUpTime": "wrap_up",
    "holdTime": "hold",
}
LATE = ContactCenter(CenterConfig(late_changes=True))
SEEN = datetime(2026, 11, 3, 15, 7, tzinfo=UTC)
"""Ten hours after the last of the days, when their figures still change."""


def reported(
    spec: ReportSpec, names: dict[str, str], center: ContactCenter, now: datetime
) -> dict[object, dict[str, int]]:
    table = center.table(spec, now)
    found: dict[object, dict[str, int]] = {}
    for row in table.rows:
        own = values(table, row)
        shown = {names[name]: value for name, value in own.items() if name in names}
        assert row.start
        key = row.start.astimezone(UTC), row.dimensions[-1]
        found[key] = {n: round(number(v)) for n, v in shown.items()}
    return without_zeros(found)


@pytest.mark.parametrize(
    ("zone", "granularity", "center", "now"),
    [
        ("America/New_York", Granularity.HOUR, LATE, SEEN),
        ("America/New_York", Granularity.DAY, LATE, SEEN),
        ("America/New_York", Granularity.WEEK, CENTER, LATER),
        ("Asia/Kathmandu", Granularity.DAY, CENTER, LATER),
    ],
)
def test_every_row_counts_the_interactions_that_touched_its_bucket(
    zone: str, granularity: Granularity, center: ContactCenter, now: datetime
) -> None:
    """Over a week or two; New York's clocks go back on the last Sunday."""
    weeks = 2 if granularity is Granularity.WEEK else 1
    end = datetime(2026, 11, 2, tzinfo=ZoneInfo(zone))
    start = end - timedelta(weeks=weeks)
    spec = replace(
        QUEUE, group_by="queue", granularity=granularity, timezone=zone, start=start, end=end
    )
    short = replace(spec, type="queue-interactions-abandoned", metrics=("shortAbandoned",))
    agents = replace(spec, type=AGENT.type, group_by="agent")
    buckets = sorted(
        {
            (row.start, row.end)
            for row in center.table(replace(spec, group_by="media"), now).rows
            if row.start and row.end
        }
    )
    found = courses(center, start, end)
    seen = None if center is CENTER else now

    def expected(
        count: Callable[..., Figures],
        identity: Callable[[Leaf], str],
        names: dict[str, str],
    ) -> dict[object, dict[str, int]]:
        def key(bucket: Bucket, leaf: Leaf) -> tuple[datetime, str]:
            return bucket[0].astimezone(UTC), identity(leaf)

        figures = count(found, buckets, key, seen)
        return without_zeros(
            {key: {n: own[n] for n in names.values()} for key, own in figures.items()}
        )

    queues = reported(spec, QUEUES, center, now)
    for key, own in reported(short, QUEUES, center, now).items():
        queues[key] |= own
    assert queues == expected(queue_figures, lambda leaf: leaf.queue.id, QUEUES)  # type: ignore[union-attr]
    assert reported(agents, AGENTS, center, now) == expected(
        agent_figures,
        lambda leaf: leaf.agent.id,  # type: ignore[union-attr]
        AGENTS,
    )


def test_emails_that_wait_for_days_enter_each_day_and_are_new_once() -> None:
    found = CENTER.table(replace(QUEUE, group_by="media"), LATER)
    emails = [values(found, row) for row in found.rows if row.dimensions == ("Email",)]
    entered = sum(number(own["entered"]) for own in emails)
    new = sum(number(own["newInQueue"]) for own in emails)
    assert entered > 1.2 * new
    assert any(number(own["waitingInQueue"]) > 2 for own in emails)
    assert all(own["handlingTime"] == 0 for own in emails)
    assert all(own["wrapUpTime"] for own in emails if own["accepted"])


@pytest.mark.parametrize("granularity", [Granularity.QUARTER, Granularity.DAY])
def test_service_level_leaves_out_short_abandons_and_those_who_may_still_be_in_time(
    granularity: Granularity,
) -> None:
    start = datetime(2026, 1, 5, 17, tzinfo=UTC)
    spec = replace(QUEUE, group_by="queue", granularity=granularity, start=start)
    table = CENTER.table(spec, LATER)
    found = courses(CENTER, spec.start, spec.end)
    cut = 0
    for row in table.rows:
        own, (_, queue) = values(table, row), row.dimensions
        assert row.start
        assert row.end
        bucket = (max(row.start, start), row.end)
        ((_, counted),) = queue_figures(
            (course for course in found if course.leaf.queue.id == queue),  # type: ignore[union-attr]
            [bucket],
            lambda _bucket, leaf: leaf.queue.id,  # type: ignore[union-attr]
        ).items()
        whole = counted["entered"] - counted["short_abandoned"] - counted["still_in_time"]
        cut += counted["still_in_time"]
        expected = 100 * counted["accepted_in_time"] / whole if whole else None
        assert own["slaPercentage"] == expected
    assert cut
