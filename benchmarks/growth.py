"""How cost grows: ten times the rows, windows or streams should take ten times as long.

The time that the tap takes to start is measured by itself and left out. Each factor is 10.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.figures import Figure
from benchmarks.measure import BenchmarkError, best, run_tap, serving
from benchmarks.server import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from benchmarks.measure import Usage

FACTOR = 10


@dataclass(frozen=True, slots=True)
class Growth:
    """Two workloads, of which the second is FACTOR times the first.

    Args:
        what: What grows.
        small: The first.
        large: The second.
        data_format: The tap's setting.
    """

    what: str
    small: Workload
    large: Workload
    data_format: str


CASES = (
    Growth("rows, csv", Workload(rows=60_000), Workload(rows=600_000), "auto"),
    Growth("rows, json", Workload(8, 8000), Workload(80, 8000), "json"),
    Growth("windows", Workload(30, 100), Workload(300, 100), "auto"),
    Growth("streams", Workload(25, 100, 4, 1), Workload(25, 100, 40, 8), "auto"),
)


def measure(growth: Growth, repeats: int) -> Iterator[Figure]:
    """Sync both workloads; give the time per unit and the memory of the larger over the smaller."""
    start, small = _usages(growth.small, growth.data_format, repeats)
    large_start, large = _usages(growth.large, growth.data_format, repeats)
    wall = (large.wall - large_start.wall) / (small.wall - start.wall) / FACTOR
    cpu = (large.cpu - large_start.cpu) / (small.cpu - start.cpu) / FACTOR
    case = f"{growth.what} x {FACTOR}"
    yield Figure("growth", case, "wall, per unit", f"{wall:.2f}", "about 1")
    yield Figure("growth", case, "CPU, per unit", f"{cpu:.2f}", "about 1")
    yield Figure("growth", case, "CPU of the start", f"{large_start.cpu / start.cpu:.2f}")
    yield Figure("growth", case, "peak memory", f"{large.memory / small.memory:.2f}", "about 1")
    yield Figure("growth", case, "peak memory, MB", f"{large.memory:.0f}", "below 150")


def figures(*, quick: bool) -> Iterator[Figure]:
    """Measure all cases."""
    for growth in CASES:
        yield from measure(growth, 1 if quick else 2)


def _usages(workload: Workload, data_format: str, repeats: int) -> tuple[Usage, Usage]:
    """Measure the start alone, and the sync of a workload."""
    with serving(workload) as origin:
        starts = [run_tap(origin, workload, windows=0) for _ in range(repeats)]
        syncs = [run_tap(origin, workload, data_format=data_format) for _ in range(repeats)]
    total = workload.rows * workload.windows * workload.streams
    if syncs[0].lines < total:
        raise BenchmarkError(f"{syncs[0].lines} lines were written for {total} rows.")
    return best(starts), best(syncs)
