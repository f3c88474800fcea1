"""`python -m benchmarks.tenants`: what a night of many tenants costs.

Each has two streams and one day to read, of few rows, from a sandbox that generates reports at
once: what is measured is the work of the tap and the sandbox, not the waiting. The shards are
those of `tap-8x8-cc shards --nightly`, run so many at a time; compared with them is one process
with all tenants.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.fleet import SMALL, Fleet, sandbox, seen, settings_for
from benchmarks.measure import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Usage

STREAMS = ("queue_interactions_summary_by_queue", "agent_interactions_summary_by_agent")
GROUPS = 8
HEADER = "shards  at a time  wall, s  ms a tenant  CPU, ms a tenant  requests a tenant  peak, MB"


@dataclass(frozen=True, slots=True)
class Night:
    """How a night went.

    Args:
        tenants: Tenants that were read.
        at_a_time: Shards that ran at a time.
        wall: Seconds that all shards took.
        usages: What each took.
        requests: Requests that the API saw, those of planning not among them.
    """

    tenants: int
    at_a_time: int
    wall: float
    usages: list[Usage]
    requests: int

    @property
    def cpu(self) -> float:
        """CPU seconds of all shards."""
        return sum(usage.cpu for usage in self.usages)


def measure(tenants: int, groups: int, at_a_time: int, pace: float = 0.02) -> Night:
    """Read a night of many tenants.

    Args:
        tenants: How many there are.
        groups: Groups that they are put in; 1: one process reads them all.
        at_a_time: Groups that are read at a time.
        pace: Factor on every wait of the tap.

    Raises:
        BenchmarkError: A shard failed, or reports are missing.
    """
    names = [f"tenant-{n}" for n in range(tenants)]
    with tempfile.TemporaryDirectory() as folder, sandbox(tenants=names, center=SMALL) as origin:
        settings = settings_for(
            origin, tenant_ids=names, start_date="2026-03-06", end_date="2026-03-07"
        )
        fleet = Fleet.prepare(folder, settings, STREAMS, pace)
        shards = fleet.shards("--nightly", "--max-shards", str(groups))
        before = seen(origin).requests
        wall, usages = fleet.run_all(shards, at_a_time)
        found = seen(origin)
    if found.created != tenants * len(STREAMS):
        raise BenchmarkError(f"{found.created} reports were created.")
    return Night(tenants, at_a_time, wall, usages, found.requests - before)


def line(night: Night) -> str:
    """Lay out a line of the table."""
    return (
        f"{len(night.usages):6}  {night.at_a_time:9}  {night.wall:7.1f}  "
        f"{1000 * night.wall / night.tenants:11.0f}  {1000 * night.cpu / night.tenants:16.0f}  "
        f"{night.requests / night.tenants:17.2f}  "
        f"{max(usage.memory for usage in night.usages):8.0f}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tenants", description=__doc__)
    parser.add_argument("--tenants", type=int, default=200)
    parser.add_argument("--groups", type=int, default=GROUPS)
    options = parser.parse_args(arguments)
    sys.stdout.write(f"{HEADER}\n")
    for groups, at_a_time in ((1, 1), *((options.groups, workers) for workers in (1, 2, 4))):
        try:
            night = measure(options.tenants, groups, at_a_time)
        except BenchmarkError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        sys.stdout.write(f"{line(night)}\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
