"""What a row costs: beside decoding and encoding the same bytes, and beside a bare script."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from benchmarks import floor
from benchmarks.figures import Figure
from benchmarks.measure import BenchmarkError, median, run, run_tap, serving
from benchmarks.server import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = (
    ("json", Workload(windows=20, rows=9900), "1.0"),
    ("csv", Workload(windows=20, rows=9900), "0.35"),
    ("csv", Workload(windows=1, rows=200_000), "0.35"),
)
"""200,000 rows of 36 cells, and how many a second there should be for one of the bare script."""
FORMATS = {"json": "auto", "csv": "csv"}
"""The tap's setting for each form."""
MANY = Workload(windows=12, rows=9900)
SAME = (
    Workload(windows=6, rows=2500, streams=5, types=2, seconds=0.2),
    Workload(windows=2, rows=15_000, streams=3, types=1, seconds=0.2),
)
"""What is synced twice to see that the order does not depend on what runs side by side."""

PACE = 0.05
"""There the tap's waits are cut short: the order is the point, not the time."""


def cost(form: str, workload: Workload, wanted: str, repeats: int) -> Iterator[Figure]:
    """Sync a workload and compare it with the floor.

    Args:
        form: `json` or `csv`.
        workload: What to sync, of one stream.
        wanted: Rows a second there should be, of one that the bare script writes.
        repeats: How often; the median counts.
    """
    rows, windows = workload.rows, workload.windows
    with serving(workload) as origin:
        # By turns, so that what else the machine does falls on all of them alike.
        floors, syncs, starts, bares, imports = [], [], [], [], []
        for _ in range(repeats):
            floors.append(float(run(floor.command("convert", form, rows, windows)).last))
            syncs.append(run_tap(origin, workload, data_format=FORMATS[form]))
            starts.append(run_tap(origin, workload, windows=0))
            bares.append(run(floor.command("bare", form, origin, windows)))
            imports.append(run(floor.command("bare", form, origin, 0)))
    total = rows * windows
    _check_rows(total, syncs[0].lines, int(bares[0].last))
    sync, start, lowest = median(syncs), median(starts), statistics.median(floors)
    bare, beginning = median(bares), median(imports)
    rest = sync.cpu - start.cpu
    ratio = (bare.wall - beginning.wall) / (sync.wall - start.wall)
    case = f"{form}, {windows} x {rows} rows"
    yield Figure("rows", case, "rows/s", f"{total / sync.wall:.0f}")
    yield Figure("rows", case, "rows/s, bare script", f"{total / bare.wall:.0f}")
    whole = f"{bare.wall / sync.wall:.2f}"
    yield Figure("rows", case, "rows/s / bare", whole, f"at least {wanted}")
    yield Figure("rows", case, "rows/s / bare, without start", f"{ratio:.2f}")
    yield Figure("rows", case, "CPU / floor", f"{sync.cpu / lowest:.2f}")
    yield Figure("rows", case, "CPU / floor, without start", f"{rest / lowest:.2f}")
    yield Figure("rows", case, "CPU, us a row", f"{sync.cpu / total * 1e6:.1f}")
    yield Figure("rows", case, "floor, us a row", f"{lowest / total * 1e6:.1f}")
    yield Figure("rows", case, "peak memory, MB", f"{sync.memory:.0f}", "below 130")


def in_flight(form: str) -> Iterator[Figure]:
    """Measure the memory of a sync with many reports in flight, and of one ten times as long."""
    peaks = []
    for windows in (12, 120):
        workload = Workload(windows=windows, rows=1000)
        with serving(workload) as origin:
            peaks.append(run_tap(origin, workload, data_format=FORMATS[form]).memory)
    case = f"{form}, 12,000 and 120,000 rows"
    yield Figure("rows", case, "peak memory, MB", f"{peaks[0]:.0f}, {peaks[1]:.0f}", "the same")
    with serving(MANY) as origin:
        number = MANY.windows
        peak = run_tap(
            origin, MANY, data_format=FORMATS[form], max_concurrent_reports=number
        ).memory
    case = f"{form}, {MANY.windows} reports in flight"
    yield Figure("rows", case, "peak memory, MB", f"{peak:.0f}", "below 130")


def same(workload: Workload) -> Iterator[Figure]:
    """Sync a workload with one and with four reports in being.

    Raises:
        BenchmarkError: What is written differs in more than `time_extracted`.
    """
    with serving(workload) as origin:
        runs = {
            number: run_tap(
                origin,
                workload,
                digest=True,
                pace=PACE,
                max_concurrent_reports=number,
                report_reuse_minutes=0,  # or states tell which reports wait to be read
            )
            for number in (1, 4)
        }
    if runs[1].digest != runs[4].digest:
        raise BenchmarkError("The output depends on max_concurrent_reports.")
    total = workload.rows * workload.windows * workload.streams
    _check_rows(total, runs[1].lines, total)
    case = f"{workload.streams} streams x {workload.windows} x {workload.rows} rows"
    yield Figure("rows", case, "output with 4 and with 1", "same", "same")


def figures(*, quick: bool) -> Iterator[Figure]:
    """Measure all cases."""
    for form, workload, wanted in CASES:
        yield from cost(form, workload, wanted, 1 if quick else 5)
    for form in FORMATS:
        yield from in_flight(form)
    for workload in SAME:
        yield from same(workload)


def _check_rows(total: int, lines: int, written: int) -> None:
    """Make sure that all rows came: a run that loses some measures nothing."""
    if lines < total or written != total:
        raise BenchmarkError(f"{lines} lines and {written} rows of {total} were written.")
