"""Every month: the last one once more, whole, with all that was corrected since.

Past months are runs of Airflow's own backfill, whose dates are in UTC. Give them the contact
center's offset, or east of Greenwich the first month is left out:

    airflow backfill create --dag-id contact_center_month --max-active-runs 1 \
        --from-date 2025-01-01T00:00+09:00 --to-date 2025-12-31T00:00+09:00
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag, task
from meltano_shards import DEFAULTS, ZONE, cut, load


@dag(
    # At three, not at midnight: by then the month's last buckets have settled.
    schedule=CronDataIntervalTimetable("0 3 1 * *", timezone=ZONE),
    start_date=pendulum.datetime(2020, 1, 1, tz=ZONE),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["8x8"],
)
def contact_center_month() -> None:
    """Read a month once more."""

    @task
    def shards(data_interval_start: Any = None, data_interval_end: Any = None) -> list[Any]:
        """Cut the month of the data interval."""
        # The contact center's dates: `ds` is in UTC, a day early east of Greenwich.
        start, end = (
            moment.in_timezone(ZONE).to_date_string()
            for moment in (data_interval_start, data_interval_end)
        )
        return cut("--backfill", start_date=start, end_date=end)

    load(shards(), priority=1)


contact_center_month()
