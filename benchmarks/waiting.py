"""How much of a sync is waiting that need not be: reports generated side by side, and polls."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.measure import run_tap, serving, stats
from benchmarks.server import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

ROWS = 10
_WALL, _POLLS = "at most 1.2", "at most 4"


def cases(*, quick: bool) -> list[tuple[Workload, int]]:
    """Return the workloads, each with the number of reports in being."""
    one = Workload(windows=4, rows=ROWS, streams=12, types=3, seconds=3.0)
    each = Workload(windows=4, rows=ROWS, streams=12, types=8, seconds=3.0)
    if quick:
        return [(one, 4), (one, 8)]
    return [(one, 4), (one, 8), (each, 4), (each, 8), (one, 1)]


def measure(workload: Workload, side_by_side: int) -> Iterator[Figure]:
    """Sync a workload and hold the time against the ideal: whole rounds of generation."""
    with serving(workload) as origin:
        usage = run_tap(origin, workload, max_concurrent_reports=side_by_side)
        seen = stats(origin)
    rounds = math.ceil(workload.streams * workload.windows / side_by_side)
    name = f"{workload.streams} streams of {workload.types} types x {workload.windows}"
    case = f"{name}, {side_by_side} at a time"
    ratio = usage.wall / (rounds * workload.seconds)
    polls = seen["polls"]
    yield Figure("waiting", case, "wall / ideal", f"{ratio:.2f}", _WALL)
    yield Figure("waiting", case, "polls a report, most", f"{max(polls)}", _POLLS)
    yield Figure("waiting", case, "polls a report, mean", f"{sum(polls) / len(polls):.2f}")
    yield Figure(
        "waiting", case, "reports in being, most", f"{seen['most_in_being']}", f"{side_by_side}"
    )


def figures(*, quick: bool) -> Iterator[Figure]:
    """Measure all cases."""
    for workload, side_by_side in cases(quick=quick):
        yield from measure(workload, side_by_side)
