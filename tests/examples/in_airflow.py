"""Run by Airflow's own Python: reads the DAGs, runs one, and writes what they are to a file.

One process for all of it: each command of Airflow's takes five seconds to begin.
"""

from __future__ import annotations

import json
import runpy
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from airflow.dag_processing.bundles.manager import (  # type: ignore[import-not-found]
    DagBundlesManager,
)
from airflow.dag_processing.dagbag import BundleDagBag  # type: ignore[import-not-found]
from airflow.utils.db import initdb  # type: ignore[import-not-found]


def facts(dag: Any) -> dict[str, Any]:
    """Return what a DAG is."""
    load = dag.get_task("load")
    return {
        "tasks": sorted(dag.task_ids),
        "before load": sorted(load.upstream_task_ids),
        "pool": [load.pool, load.pool_slots],
        "runs": dag.max_active_runs,
        "catchup": dag.catchup,
    }


def main(dag_id: str, logical_date: str, closing: str, output: str) -> None:
    """Read the DAGs and run one.

    Args:
        dag_id: Its name.
        logical_date: The run's logical date.
        closing: The tap's last line after failures, for what an alert says of it.
        output: File for the facts and the state that the run ended in.
    """
    initdb()
    manager = DagBundlesManager()
    manager.sync_bundles_to_db()
    (bundle,) = manager.get_all_dag_bundles()
    bag = BundleDagBag(bundle.path, bundle_path=bundle.path, bundle_name=bundle.name)
    run = bag.dags[dag_id].test(logical_date=datetime.fromisoformat(logical_date))
    daily = runpy.run_path(str(Path(bundle.path).with_name("daily.py")))["contact_center_daily"]()
    found = {
        "daily": [
            *(daily.dag_id, daily.schedule, str(daily.timezone), daily.max_active_runs),
            *(daily.catchup, daily.get_task("run").bash_command),
        ],
        "errors": bag.import_errors,
        "dags": {name: facts(dag) for name, dag in bag.dags.items()},
        "state": str(run.state),
        "reason": sys.modules["meltano_shards"].reason(closing, 1),
    }
    Path(output).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
