"""`python -m benchmarks.size`: what many tenants and years come to, computed from measured costs.

Nothing is run. What one report, one row and one shard cost was measured (`Costs` says by what);
how long the API takes to generate a report nobody here knows, so it is given.
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

JSON_ROWS = 10_000
"""From here on a report is divided, unless the tenant's CSV downloads can be trusted."""
MEGABYTE, MINUTE = 1e6, 60.0
WHOLE = 10
"""From here on figures are shown without a fraction."""


@dataclass(frozen=True, slots=True)
class Costs:
    """What was measured, on a machine with two slow cores that others used at once.

    Args:
        shard: CPU seconds of a shard without rows: Meltano, the tap's start, the loader's
            (`meltano el` of one day and two tenants into PostgreSQL).
        report: CPU seconds of the tap for a report of few rows (`benchmarks.tenants`).
        row: CPU seconds of the tap for a row of 36 cells (`benchmarks`, part rows).
        loaded_row: CPU seconds of target-postgres for such a row (`benchmarks`, part warehouse).
        json_row: Bytes of such a row in JSON.
    """

    shard: float = 8.0
    report: float = 0.015
    row: float = 40e-6
    loaded_row: float = 160e-6
    json_row: float = 2337.0


@dataclass(frozen=True, slots=True)
class Span:
    """What is read of each stream and tenant.

    Args:
        name: What it is called.
        days: Days, lookback included.
        days_a_report: Days that a report covers, where `date_range_reading` is set.
        buckets: Buckets of a day that have rows.
    """

    name: str
    days: int
    days_a_report: int
    buckets: int = 1

    @property
    def reports(self) -> int:
        """Reports that it takes."""
        return math.ceil(self.days / self.days_a_report)


SPANS = (
    Span("a night, by day", days=4, days_a_report=28),
    Span("two years, by day", days=731, days_a_report=28),
    Span("two years, by 15 minutes", days=731, days_a_report=7, buckets=40),
)


@dataclass(frozen=True, slots=True)
class Load:
    """What there is to read.

    Args:
        span: Days and buckets.
        tenants: Tenants.
        streams: Streams of each.
        rows: Rows of a stream in a bucket: queues, or agents.
        shards: Shards that it is divided into, at most.
        least: Reports that are worth a shard.
    """

    span: Span
    tenants: int
    streams: int = 5
    rows: int = 50
    shards: int = 32
    least: int = 8

    @property
    def reports(self) -> int:
        """Reports to create, each short enough for JSON."""
        created = self.tenants * self.streams * self.span.reports
        return created * (self.all_rows // created // JSON_ROWS + 1)

    @property
    def all_rows(self) -> int:
        """Rows to read and load."""
        return self.tenants * self.streams * self.span.days * self.span.buckets * self.rows

    @property
    def number(self) -> int:
        """Shards that are run."""
        return max(1, min(self.shards, self.reports // self.least))

    def read(self, costs: Costs) -> float:
        """Return the bytes that are read, all as JSON."""
        return self.all_rows * costs.json_row

    def waiting(self, seconds: float, in_flight: int) -> float:
        """Return the seconds until all reports are generated, so many at a time."""
        return math.ceil(self.reports / in_flight) * seconds

    def tap(self, costs: Costs) -> float:
        """Return the CPU seconds of the tap, its start not among them."""
        return self.reports * costs.report + self.all_rows * costs.row

    def loader(self, costs: Costs) -> float:
        """Return the CPU seconds of the loader; the warehouse's own are not known."""
        return self.all_rows * costs.loaded_row

    def starts(self, costs: Costs) -> float:
        """Return the CPU seconds before the first row, of all shards."""
        return self.number * costs.shard


def table(loads: Sequence[Load], costs: Costs, seconds: Sequence[float], in_flight: int) -> str:
    """Lay the figures out as a table in Markdown."""
    waits = [f"min at {each:g} s" for each in seconds]
    names = ["", "tenants", "reports", "rows", "MB read", *waits]
    names += ["CPU min: starts", "tap", "loader"]
    lines = [names, ["---"] + ["---:"] * (len(names) - 1)]
    for load in loads:
        figures = [load.reports, load.all_rows, load.read(costs) / MEGABYTE]
        figures += [load.waiting(each, in_flight) / MINUTE for each in seconds]
        figures += [
            part / MINUTE for part in (load.starts(costs), load.tap(costs), load.loader(costs))
        ]
        lines.append([load.span.name, str(load.tenants), *map(_shown, figures)])
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _shown(figure: float) -> str:
    return f"{figure:,.0f}" if figure >= WHOLE or figure == int(figure) else f"{figure:.1f}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Compute and print; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.size", description=__doc__)
    parser.add_argument("--tenants", type=int, nargs="+", default=[1, 20, 200])
    parser.add_argument("--streams", type=int, default=5)
    parser.add_argument("--rows", type=int, default=50, help="of a stream in a bucket")
    parser.add_argument("--seconds", type=float, nargs="+", default=[10, 30, 120],
                        help="that the API takes to generate a report")  # fmt: skip
    parser.add_argument("--in-flight", type=int, default=4, help="reports at a time, of all shards")
    options = parser.parse_args(arguments)
    loads = [
        Load(span, tenants, options.streams, options.rows)
        for span in SPANS
        for tenants in options.tenants
    ]
    sys.stdout.write(table(loads, Costs(), options.seconds, options.in_flight))
    return 0


if __name__ == "__main__":
    sys.exit(main())
