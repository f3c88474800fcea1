"""Any past range, for the first time or again: a task for each shard of tenants, streams and dates.

Its form asks for the range. On the command line:

airflow dags trigger contact_center_backfill --conf '{"start_date": "…", "end_date": "…"}'
"""

from __future__ import annotations

from typing import Any

from airflow.sdk import Param, dag, task
from meltano_shards import DEFAULTS, cut, load

SHARDS = "200"
"""At the most; Airflow maps no more than 1,024 tasks unless told otherwise."""


@dag(
    schedule=None,
    max_active_runs=1,
    default_args=DEFAULTS,
    params={
        "start_date": Param(type="string", format="date"),
        "end_date": Param(type="string", format="date", description="The first day not read."),
    },
    tags=["8x8"],
)
def contact_center_backfill() -> None:
    """Read a past range."""

    @task
    def shards(params: Any = None) -> list[Any]:
        """Cut the range into shards of about equal work."""
        return cut("--backfill", "--max-shards", SHARDS, **params)

    load(shards(), priority=1)


contact_center_backfill()
