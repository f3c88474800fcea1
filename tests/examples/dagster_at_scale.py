"""The example for Dagster at some scale, against one run of everything.

    uv run python -m tests.examples.dagster_at_scale

Six tenants by four months by three streams, east of Greenwich and with a change of clocks; it takes
some minutes. `test_dagster` runs the same small.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.api.config import SandboxConfig

from scripts.playground import FOLDER, STREAMS, TENANTS, playground
from tests.support.comparison import assert_same_tables
from tests.support.dagster import backfill, instance
from tests.support.flight import most_in_flight

if TYPE_CHECKING:
    from collections.abc import Sequence

PACE = "0.1"
"""Waits take a tenth of what they take in earnest."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What a comparison saw.

    Attributes:
        rows: Rows of each table.
        in_flight: The most reports in flight at a time.
        alone: The same of the single run.
        seconds: How long the partitions took.
        runs: What became of each partition.
        reports: How many reports the partitions created.
        alone_reports: How many the single run did.
    """

    rows: dict[str, int]
    in_flight: int
    alone: int
    seconds: float
    runs: list[dict[str, Any]]
    reports: int
    alone_reports: int


def compare(
    home: Path,
    tenants: Sequence[str],
    months: Sequence[str],
    end: str,
    streams: Sequence[str],
    *,
    zone: str = "Europe/Helsinki",
    pool: int = 2,
    runs: int = 4,
    generation_seconds: float = 0.5,
    patience: float = 240,
) -> Seen:
    """Read everything in one run and by partitions, and assert that the tables are the same.

    Args:
        home: Folder for Dagster's instance.
        tenants: The tenants.
        months: The months, `2026-01`, in order.
        end: The day after the last month.
        streams: The streams.
        zone: Zone of the reports.
        pool: Slots of the pool.
        runs: Runs that Dagster may have at a time.
        generation_seconds: Seconds that the sandbox takes for a report.
        patience: Seconds in which the partitions are to be read.

    Returns:
        What was seen.
    """
    config = SandboxConfig(
        tenants=tuple(tenants), default_timezone=zone, generation_seconds=generation_seconds
    )
    with playground(FOLDER, config, streams, f"{months[0]}-01") as served:
        env = {**served.env, "TAP_8X8_CC_TEST_PACE": PACE, "RETRY_SECONDS": "2"}
        whole = replace(served.postgres, schema="whole")
        served.project.meltano(
            *("el", "tap-8x8-cc", "target-postgres", "--state-id", "whole", "--no-install"),
            env={
                **env,
                "TAP_8X8_CC_END_DATE": end,
                "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": whole.schema,
            },
        )
        alone = served.server.requests()
        served.server.clear_requests()
        instance(home, pool=pool, runs=runs)
        begun = time.monotonic()
        keys = [f"{month}|{tenant}" for month in months for tenant in tenants]
        told = backfill(home, keys, env, patience)
        seconds = time.monotonic() - begun
        assert [(r["status"], r["failures"]) for r in told] == [("SUCCESS", [])] * len(keys), told
        split = served.server.requests()
        return Seen(
            assert_same_tables(served.postgres, whole),
            most_in_flight(split),
            most_in_flight(alone),
            seconds,
            told,
            *(sum(r.operation == "create" for r in requests) for requests in (split, alone)),
        )


def main() -> None:
    """Compare at scale, and tell what was seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pool", type=int, default=3)
    parser.add_argument("--runs", type=int, default=6)
    parser.add_argument("--zone", default="Europe/Helsinki")
    parser.add_argument("--tenants", type=int, default=len(TENANTS), help="How many.")
    parser.add_argument("--generation-seconds", type=float, default=2, help="Of a report.")
    asked = parser.parse_args()
    months = ["2026-01", "2026-02", "2026-03", "2026-04"]
    with tempfile.TemporaryDirectory() as home:
        seen = compare(
            Path(home),
            TENANTS[: asked.tenants],
            months,
            "2026-05-01",
            STREAMS,
            zone=asked.zone,
            pool=asked.pool,
            runs=asked.runs,
            generation_seconds=asked.generation_seconds,
            patience=3000,
        )
    assert seen.in_flight <= asked.pool, seen.in_flight
    retries = sum(run["retries"] for run in seen.runs)
    print(  # noqa: T201
        f"{len(seen.runs)} partitions in {seen.seconds:.0f} s, {retries} retries; "
        f"at most {seen.in_flight} reports in flight of {asked.pool}; "
        f"{seen.reports} reports, {seen.alone_reports} by one run. "
        f"Every row equal: {seen.rows}"
    )


if __name__ == "__main__":
    main()
