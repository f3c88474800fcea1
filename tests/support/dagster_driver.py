"""Run with the Python of Dagster's environment: what the example did there, as JSON.

    python dagster_driver.py once definitions.py PARTITION     runs a partition in this process
    python dagster_driver.py wait RUNS SECONDS                 waits for runs of the instance

It is not a test, and no test imports it.
"""

from __future__ import annotations

import importlib.util
import json
import sys
import time
from typing import Any

import dagster as dg  # type: ignore[import-not-found]


def once(file: str, partition: str) -> dict[str, Any]:
    """Run a partition of the asset in this process."""
    spec = importlib.util.spec_from_file_location("definitions", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    with dg.instance_for_test() as instance:
        result = dg.materialize(
            [module.contact_center],
            partition_key=module.contact_center.partitions_def.get_partition_key_from_str(
                partition
            ),
            instance=instance,
            raise_on_error=False,
        )
        return told(instance, result.run_id)


def wait(runs: int, seconds: float) -> list[dict[str, Any]]:
    """Wait until so many runs of the instance have ended."""
    until = time.monotonic() + seconds
    with dg.DagsterInstance.get() as instance:
        while time.monotonic() < until:
            found = instance.get_runs()
            if len(found) == runs and all(run.is_finished for run in found):
                break
            time.sleep(1)
        return [told(instance, run.run_id) for run in instance.get_runs()]


def told(instance: Any, run_id: str) -> dict[str, Any]:
    """Return what became of a run."""
    run = instance.get_run_by_id(run_id)
    events = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    kinds = [event.event_type_value for event in events]
    made = next((e.materialization for e in events if e.is_step_materialization), None)
    return {
        "partition": run.tags.get("dagster/partition"),
        "status": run.status.value,
        "retries": kinds.count("STEP_UP_FOR_RETRY"),
        "metadata": {k: v.value for k, v in made.metadata.items()} if made else {},
        "failures": [
            event.event_specific_data.user_failure_data.description
            for event in events
            if event.is_step_failure and event.event_specific_data.user_failure_data
        ],
        "log": [e.user_message for e in instance.all_logs(run_id) if not e.dagster_event],
    }


if __name__ == "__main__":
    what, first, second = sys.argv[1:]
    said = once(first, second) if what == "once" else wait(int(first), float(second))
    json.dump(said, sys.stdout)
