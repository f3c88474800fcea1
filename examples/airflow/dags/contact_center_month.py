"""Every month: the last one once more, with everything that was corrected since.

It runs at noon on the 15th. By then the night has ended, and no night reads the last month any
more, if `lookback_days` is at most 13: no range is read twice at the same time.

For past months, let Airflow fill in the runs:

    airflow backfill create --dag-id contact_center_month --max-active-runs 1 \
        --from-date 2025-01-01 --to-date 2025-12-31
"""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import CronDataIntervalTimetable, dag, task
from meltano_shards import DEFAULTS, ZONE, cut, load


@dag(
    schedule=CronDataIntervalTimetable("0 12 15 * *", timezone=ZONE),
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
        """Cut the calendar month in which the data interval starts."""
        # The contact center's dates: `ds` is in UTC, a day early east of Greenwich.
        start, end = (
            moment.in_timezone(ZONE).start_of("month").to_date_string()
            for moment in (data_interval_start, data_interval_end)
        )
        return cut("--backfill", start_date=start, end_date=end)

    load(shards(), priority=1)


contact_center_month()
