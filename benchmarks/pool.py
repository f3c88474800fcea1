"""`python -m benchmarks.pool`: how many shards at a time, where the API throttles all of them?

What several processes have in flight together none of them knows: each learns of the API's limit by
its own refused creations. Eight shards read from a sandbox that generates six reports at a time
and refuses to create more. Each has the same number of reports, and all must end well.
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

    from benchmarks.fleet import Seen

STREAMS = ("queue_interactions_summary_by_queue", "agent_interactions_summary_by_agent")
HEADER = (
    "at a time  reports each  in flight  wall, s  / least  refused  most unready  CPU, s a shard"
)


@dataclass(frozen=True, slots=True)
class Work:
    """What there is to read.

    Args:
        shards: Shards, each of one tenant.
        reports: Reports of each.
        limit: Reports that the API generates at a time; it refuses to create more.
        seconds: How long it takes to generate one.
        pace: Factor on every wait of the tap; `seconds` is not subject to it.
    """

    shards: int = 8
    reports: int = 6
    limit: int = 6
    seconds: float = 2.0
    pace: float = 0.2

    @property
    def least(self) -> float:
        """The seconds that all reports take at the least."""
        return -(-self.shards * self.reports // self.limit) * self.seconds


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a pool did.

    Args:
        at_a_time: Shards that ran at a time.
        side_by_side: `max_concurrent_reports` of each.
        wall: Seconds that all shards took.
        cpu: CPU seconds of a shard.
        seen: What the API saw.
    """

    at_a_time: int
    side_by_side: int
    wall: float
    cpu: float
    seen: Seen


def measure(work: Work, at_a_time: int, side_by_side: int) -> Outcome:
    """Run all shards, so many at a time.

    Raises:
        BenchmarkError: A shard failed, or reports are missing.
    """
    tenants = [f"tenant-{n}" for n in range(work.shards)]
    days = work.reports // len(STREAMS)
    with (
        tempfile.TemporaryDirectory() as folder,
        sandbox(
            tenants=tenants,
            center=SMALL,
            generation_seconds=work.seconds,
            parallel_generation=work.limit,
            most_unready=work.limit,
        ) as origin,
    ):
        settings = settings_for(
            origin,
            tenant_ids=tenants,
            start_date="2026-02-01",
            end_date=f"2026-02-{days + 1:02d}",
            max_window_days=1,
            max_concurrent_reports=side_by_side,
        )
        fleet = Fleet.prepare(folder, settings, STREAMS, work.pace)
        shards = fleet.shards("--max-shards", str(work.shards), "--min-reports", "1")
        if [shard["reports"] for shard in shards] != [work.reports] * work.shards:
            raise BenchmarkError(f"The shards are not of {work.reports} reports each.")
        wall, usages = fleet.run_all(shards, at_a_time)
        found = seen(origin)
    if found.created != work.shards * work.reports:
        raise BenchmarkError(f"{found.created} reports were created.")
    cpu = sum(usage.cpu for usage in usages) / work.shards
    return Outcome(at_a_time, side_by_side, wall, cpu, found)


def line(outcome: Outcome, work: Work) -> str:
    """Lay out a line of the table."""
    return (
        f"{outcome.at_a_time:9}  {outcome.side_by_side:12}  "
        f"{outcome.at_a_time * outcome.side_by_side:9}  {outcome.wall:7.1f}  "
        f"{outcome.wall / work.least:7.2f}  {outcome.seen.refused:7}  "
        f"{outcome.seen.most_unready:12}  {outcome.cpu:14.1f}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pool", description=__doc__)
    parser.add_argument("--pools", type=int, nargs="+", default=[1, 2, 3, 4, 6, 8])
    parser.add_argument("--reports", type=int, nargs="+", default=[1, 2, 4])
    options = parser.parse_args(arguments)
    work = Work()
    sys.stdout.write(f"{HEADER}\n")
    for side_by_side in options.reports:
        for at_a_time in options.pools:
            try:
                outcome = measure(work, at_a_time, side_by_side)
            except BenchmarkError as error:
                sys.stderr.write(f"{error}\n")
                return 1
            sys.stdout.write(f"{line(outcome, work)}\n")
            sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
