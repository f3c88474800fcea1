"""Run with the Python of Dagster's environment: what the example did there, as JSON.

    python dagster_driver.py definitions.py PARTITION…     runs partitions in this process

It is not a test, and no test imports it.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from typing import Any

import dagster as dg  # type: ignore[import-not-found]


def run(file: str, *partitions: str) -> list[dict[str, Any]]:
    """Run partitions of the asset in this process, one after another."""
    spec = importlib.util.spec_from_file_location("definitions", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    keys = module.contact_center.partitions_def
    with dg.instance_for_test() as instance:
        runs = [
            dg.materialize(
                [module.contact_center],
                partition_key=keys.get_partition_key_from_str(partition),
                instance=instance,
                raise_on_error=False,
            )
            for partition in partitions
        ]
        return [told(instance, each.run_id) for each in runs]


def told(instance: Any, run_id: str) -> dict[str, Any]:
    """Return what became of a run."""
    run = instance.get_run_by_id(run_id)
    events = [entry.dagster_event for entry in instance.all_logs(run_id) if entry.dagster_event]
    kinds = [event.event_type_value for event in events]
    made = next((e.materialization for e in events if e.is_step_materialization), None)
    return {
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
    json.dump(run(*sys.argv[1:]), sys.stdout)
