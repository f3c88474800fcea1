"""The history of a contact center in Dagster: a partition is a month of a tenant.

Settings come from the environment: the tap's and the loader's own (TAP_8X8_CC_…, TARGET_…), and
those read below. README.md beside this file says what each trap is that is avoided here.
"""

import json
import os
import re
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO

import dagster as dg

TENANTS: list[str] = json.loads(os.environ["TAP_8X8_CC_TENANT_IDS"])
ZONE = os.environ["TAP_8X8_CC_TIMEZONE"]
FIRST_MONTH = os.environ["TAP_8X8_CC_START_DATE"][:7]
PROJECT = os.environ.get("MELTANO_PROJECT_ROOT", str(Path(__file__).parents[2]))
MELTANO = os.environ.get("MELTANO", "meltano")
LOADER = os.environ.get("LOADER", "target-postgres")
RETRY_SECONDS = float(os.environ.get("RETRY_SECONDS", "60"))

REPORTS_OF_A_RUN = "1"
"""In flight at a time, so that a slot of the pool is a report."""
CLOSING = re.compile(r"Read (\d+) of (\d+) reports: (\d+) rows .*")
FAILED = re.compile(r"\d+ of the selected streams failed: .*")
STOPPING_SECONDS = 60

# In the tap's zone, so that a month begins at its midnight there. In UTC, Dagster's default, it
# would begin on the last day of the month before wherever clocks are ahead of Greenwich.
months = dg.MonthlyPartitionsDefinition(start_date=FIRST_MONTH, timezone=ZONE, fmt="%Y-%m")
tenants = dg.StaticPartitionsDefinition(TENANTS)


@dg.asset(
    partitions_def=dg.MultiPartitionsDefinition({"tenant": tenants, "month": months}),
    pool="reports_8x8",
    retry_policy=dg.RetryPolicy(
        max_retries=3,
        delay=RETRY_SECONDS,
        backoff=dg.Backoff.EXPONENTIAL,
        jitter=dg.Jitter.PLUS_MINUS,
    ),
)
def contact_center(context: dg.AssetExecutionContext) -> dg.MaterializeResult[None]:
    """All selected streams of a tenant for a month, read and loaded by Meltano."""
    partition = context.partition_key
    if not isinstance(partition, dg.MultiPartitionKey):
        raise TypeError(f"{partition} is not a tenant and a month")
    tenant, month = (partition.keys_by_dimension[name] for name in ("tenant", "month"))
    window = context.partition_time_window
    env = {
        # Dates, not instants: the tap takes them for midnights of its own zone.
        "TAP_8X8_CC_START_DATE": window.start.date().isoformat(),
        "TAP_8X8_CC_END_DATE": window.end.date().isoformat(),
        "TAP_8X8_CC_TENANT_IDS": json.dumps([tenant]),
        "TAP_8X8_CC_MAX_CONCURRENT_REPORTS": REPORTS_OF_A_RUN,
    }
    lines = run_meltano(context, f"dagster-{tenant}-{month}", env)
    return dg.MaterializeResult(metadata=closing_metadata(lines))


def run_meltano(
    context: dg.AssetExecutionContext, state_id: str, env: Mapping[str, str]
) -> list[str]:
    """Run the pipeline, its log in Dagster's.

    Args:
        context: Where the log goes.
        state_id: Names the run's folder and state, which no two runs at a time may share.
        env: Settings of this run.

    Returns:
        The messages that it logged.

    Raises:
        Failure: It failed; with the line that names the failed streams.
    """
    # Refreshed, or a month that was read before would be taken to be finished; by force, or
    # Meltano would refuse for five minutes to follow a run that was killed.
    command = [MELTANO, "--log-format", "json", "el", "tap-8x8-cc", LOADER]
    command += ["--state-id", state_id, "--full-refresh", "--force", "--no-install"]
    process = subprocess.Popen(
        command,
        cwd=PROJECT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A group of its own: what stops it stops the tap and the loader too.
        start_new_session=True,
    )
    try:
        lines = logged(context, process.stdout)
        exit_code = process.wait()
    except dg.DagsterExecutionInterruptedError as ended:
        # A failure, because the asset's retries would start what somebody wanted to end.
        raise dg.Failure("Dagster ended the run.", allow_retries=False) from ended
    finally:
        stop(process)
    if exit_code:
        raise dg.Failure(failure_line(lines, exit_code), metadata=closing_metadata(lines))
    return lines


def logged(context: dg.AssetExecutionContext, output: IO[str] | None) -> list[str]:
    """Return the messages that Meltano logs, each logged as it comes."""
    lines = []
    for line in output or ():
        message = message_of(line)
        lines.append(message)
        context.log.info(message)
    return lines


def message_of(line: str) -> str:
    """Return what a line of Meltano's log says, whether or not it is JSON."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line.rstrip()
    return str(entry["event"]) if isinstance(entry, dict) and "event" in entry else line.rstrip()


def closing_metadata(lines: list[str]) -> dict[str, dg.MetadataValue]:
    """Return the tap's closing line and its figures; nothing where it did not come to it."""
    found = next((m for line in reversed(lines) if (m := CLOSING.search(line))), None)
    if found is None:
        return {}
    read, planned, rows = (dg.MetadataValue.int(int(number)) for number in found.groups())
    return {
        "closing_line": dg.MetadataValue.text(found.group()),
        "reports_read": read,
        "reports_planned": planned,
        "dagster/row_count": rows,
    }


def failure_line(lines: list[str], exit_code: int) -> str:
    """Return the line that names the failed streams, or the last words where there is none."""
    for line in reversed(lines):
        if found := FAILED.search(line):
            return found.group()
    return f"Meltano ended with {exit_code}: {' / '.join(lines[-3:])}"


def stop(process: subprocess.Popen[str]) -> None:
    """Stop Meltano, the tap and the loader, where they have not ended."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        if process.poll() is not None:
            return
        os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(STOPPING_SECONDS)


# A run has one step: it needs no process of its own besides the run's.
history = dg.define_asset_job(
    "history", selection=[contact_center], executor_def=dg.in_process_executor
)
# The last month, at a time when no nightly run reads it any more: no range is read twice at once.
monthly = dg.build_schedule_from_partitioned_job(
    history, name="monthly", day_of_month=15, hour_of_day=12
)

defs = dg.Definitions(
    assets=[contact_center],
    jobs=[history],
    schedules=[monthly],
    executor=dg.in_process_executor,
)
