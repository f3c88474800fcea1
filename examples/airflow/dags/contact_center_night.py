"""Every night: what is new since the last, a task for each group of tenants."""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag, task
from meltano_shards import DEFAULTS, ZONE, cut, load

GROUPS = "16"
"""Groups of tenants, a task each. Another number makes other groups, which begin from nothing."""


@dag(
    # A plain cron string has no data interval in Airflow 3: both of its ends are the same.
    schedule=CronDataIntervalTimetable("15 4 * * *", timezone=ZONE),
    start_date=pendulum.datetime(2026, 1, 1, tz=ZONE),
    catchup=False,  # a night reads all since the last one that went well
    max_active_runs=1,  # two runs must not share a state
    default_args=DEFAULTS,
    tags=["8x8"],
)
def contact_center_night() -> None:
    """What is new since the last night."""

    @task
    def shards(data_interval_end: Any = None) -> list[Any]:
        """Cut the night; a run that is repeated later reads no further than it would have."""
        end = data_interval_end.to_iso8601_string()
        return cut("--nightly", "--max-shards", GROUPS, end_date=end)

    load(shards(), priority=10)


contact_center_night()
