"""The Airflow example in earnest: a backfill by several workers, a killed one, a failed stream.

    uv run python -m tests.examples.airflow_at_scale --executor LocalExecutor
    uv run python -m tests.examples.airflow_at_scale --executor CeleryExecutor

Reads the sandbox once in one run and once through Airflow. A worker is killed in the middle, then
the API refuses a report type to the last tenant, until what failed is cleared; every row of every
table is compared. CeleryExecutor has two workers and needs `redis-server`.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.operations import READS
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.airflow import (
    Airflow,
    command_line,
    family,
    kill,
    meltano_project,
    new_database,
    redis_server,
    sqlalchemy,
    wait_for,
)
from tests.support.comparison import assert_same_tables
from tests.support.databases import Postgres, postgres_server
from tests.support.flight import most_in_flight

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


STREAMS = (
    "agent_interactions_summary_by_agent",
    "queue_interactions_abandoned_by_queue",
    "queue_interactions_summary_by_media_channel_queue",
)
START = date(2026, 1, 1)
IN_FLIGHT_A_SHARD = 2
POOL_SLOTS = 6
GENERATION_SECONDS = 2.0
SOME_REPORTS = 12
"""Reports read before a worker is killed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a backfill through Airflow came to.

    Attributes:
        rows: Rows of each table, the same as of one run.
        shards: Tasks that were mapped.
        most_in_flight: Reports in flight at a time, at the most.
        tries: Tries that each shard took, most first.
        failed: Shards that failed, and were run again once the API had no more objections.
        killed: Shard whose worker was killed.
        seconds: How long it took.
    """

    rows: Mapping[str, int]
    shards: int
    most_in_flight: int
    tries: Sequence[int]
    failed: Sequence[str]
    killed: str
    seconds: float


def backfill(executor: str, directory: Path, tenants: int = 6, months: int = 4) -> Outcome:
    """Read so many tenants and months with Airflow, and compare them with what one run reads.

    Raises:
        AssertionError: Something differs.
    """
    ids = [f"tenant-{n + 1}" for n in range(tenants)]
    end = date(START.year, START.month + months, 1)
    config = SandboxConfig(tenants=tuple(ids), generation_seconds=GENERATION_SECONDS)
    with ExitStack() as stack:
        dsn = stack.enter_context(postgres_server())
        server = stack.enter_context(SandboxServer(config))
        warehouse = new_database(dsn)
        settings = {
            "TAP_8X8_CC_CLIENT_ID": config.client_id,
            "TAP_8X8_CC_CLIENT_SECRET": config.client_secret,
            "TAP_8X8_CC_API_URL": server.url,
            "TAP_8X8_CC_TENANT_IDS": json.dumps(ids),
            "TAP_8X8_CC_START_DATE": START.isoformat(),
            "TAP_8X8_CC_END_DATE": end.isoformat(),
            "TAP_8X8_CC_TIMEZONE": "America/New_York",
            "TAP_8X8_CC_DATE_RANGE_READING": "instant",
            "TAP_8X8_CC_MAX_CONCURRENT_REPORTS": str(IN_FLIGHT_A_SHARD),
            "TAP_8X8_CC__SELECT": json.dumps([f"{stream}.*" for stream in STREAMS]),
            "TARGET_POSTGRES_SQLALCHEMY_URL": sqlalchemy(warehouse, "psycopg"),
            "MELTANO_DATABASE_URI": sqlalchemy(new_database(dsn), "psycopg"),
            "CONTACT_CENTER_RETRIES": "1",
            "CONTACT_CENTER_RETRY_SECONDS": "10",
        }
        project = meltano_project(directory / "project")
        say("One run, for comparison")
        whole = settings | {
            "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": "whole",
            "TAP_8X8_CC_MAX_CONCURRENT_REPORTS": str(POOL_SLOTS),
        }
        project.meltano("el", "tap-8x8-cc", "target-postgres", "--state-id", "whole", env=whole)
        server.clear_requests()
        settings["TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA"] = "sharded"
        home = directory / f"{executor}-{time.time_ns()}"
        if executor == "CeleryExecutor":
            home.mkdir(parents=True)
            broker = stack.enter_context(redis_server(home))
            settings |= {
                "AIRFLOW__CELERY__BROKER_URL": broker,
                "AIRFLOW__CELERY__RESULT_BACKEND": broker,
                "AIRFLOW__CELERY__WORKER_PREFETCH_MULTIPLIER": "1",
            }
        airflow = Airflow(home, project.root, dsn, settings, executor, POOL_SLOTS)
        begun = time.monotonic()
        say("Airflow's tables")
        airflow.prepare()
        with airflow.running():
            run_id, workers = begin(airflow, end)
            killed = kill_a_worker(airflow, server, workers)
            failed = fail_and_clear(airflow, server, run_id)
        tasks = airflow.tasks(run_id)
        return Outcome(
            rows=assert_same_tables(Postgres(warehouse, "sharded"), Postgres(warehouse, "whole")),
            shards=len(tasks),
            most_in_flight=most_in_flight(server.requests()),
            tries=sorted((task["try_number"] for task in tasks), reverse=True),
            failed=failed,
            killed=killed,
            seconds=round(time.monotonic() - begun),
        )


def begin(airflow: Airflow, end: date) -> tuple[str, list[int]]:
    """Begin a backfill; return its id, and the processes of Celery's workers."""
    workers = []
    if airflow.executor == "CeleryExecutor":
        for name in ("worker-1", "worker-2"):
            options = ("--concurrency", "2", "--celery-hostname", name, "--skip-serve-logs")
            workers.append(airflow.spawn(name, "celery", "worker", *options).pid)
    conf = {"start_date": START.isoformat(), "end_date": end.isoformat()}
    run_id = airflow.trigger("contact_center_backfill", conf)
    say(f"Run {run_id} has begun")
    return run_id, workers


def kill_a_worker(airflow: Airflow, server: SandboxServer, workers: Sequence[int]) -> str:
    """Kill a worker once some reports have been read; return its shard."""
    wait_for(lambda: reports_read(server) >= SOME_REPORTS, 600, "the first reports")
    victim, shard = worker_at_work(airflow, workers)
    doomed = family(victim)
    say(f"Killing {len(doomed)} processes of a worker at {shard}: {command_line(victim)}")
    kill(doomed)
    return shard


def fail_and_clear(airflow: Airflow, server: SandboxServer, run_id: str) -> list[str]:
    """Let the API refuse a report until the run has failed, then run again what failed.

    Returns:
        The shards that failed.
    """
    refused = FaultRule(
        on="create",
        action="status",
        status=400,
        tenant=server.config.tenants[-1],
        report_type="queue-interactions-abandoned",
    )
    server.configure(faults=[refused])
    finish(airflow, run_id, "failed")
    server.configure(faults=[])
    before = airflow.tasks(run_id)
    failed = [task["name"] for task in before if task["state"] == "failed"]
    say(f"Clearing what failed: {', '.join(failed)}")
    airflow.run("tasks", "clear", "--only-failed", "--yes", "contact_center_backfill")
    finish(airflow, run_id, "success")
    again = [
        task["name"]
        for task, earlier in zip(airflow.tasks(run_id), before, strict=True)
        if task["try_number"] > earlier["try_number"]
    ]
    assert again == failed, (again, failed)
    return failed


def finish(airflow: Airflow, run_id: str, state: str) -> None:
    """Wait for the end of a run, which must be in this state."""
    wait_for(lambda: airflow.state(run_id) in {"success", "failed"}, 1200, "the run", 1.0)
    assert airflow.state(run_id) == state, airflow.tasks(run_id)


def reports_read(server: SandboxServer) -> int:
    """Return how many reports have been read, in whole or in part."""
    return len({r.report_id for r in server.requests() if r.operation in READS})


def worker_at_work(airflow: Airflow, celery: Sequence[int]) -> tuple[int, str]:
    """Return the process of a worker that runs shards, and the name of one of them."""
    workers = celery or family(airflow.processes["scheduler"].pid)[1:]

    def found() -> tuple[int, str] | None:
        for worker in workers:
            for pid in family(worker):
                words = command_line(pid).split()
                if "el" in words and "--state-id" in words and "create-tables" not in words:
                    return worker, words[words.index("--state-id") + 1]
        return None

    worker, shard = wait_for(found, 120, "a shard at work")
    return int(worker), str(shard)


def say(text: str) -> None:
    """Tell people how far it is."""
    sys.stdout.write(f"{time.strftime('%H:%M:%S')} {text}\n")
    sys.stdout.flush()


def main() -> None:
    """Run it, and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--executor", choices=["LocalExecutor", "CeleryExecutor"], default="LocalExecutor"
    )
    parser.add_argument("--directory", type=Path, default=CHECKOUT / ".meltano/airflow-at-scale")
    parser.add_argument("--tenants", type=int, default=6)
    parser.add_argument("--months", type=int, default=4)
    options: Any = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # ends what it started, too
    outcome = backfill(options.executor, options.directory, options.tenants, options.months)
    assert outcome.most_in_flight <= POOL_SLOTS, outcome
    say(f"Equal, and never more than the pool's {POOL_SLOTS} reports in flight: {outcome}")


if __name__ == "__main__":
    main()
