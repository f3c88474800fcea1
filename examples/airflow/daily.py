"""One Meltano project, read every night: all that most people need of Airflow."""

import pendulum
from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import dag


@dag(
    schedule="15 4 * * *",
    start_date=pendulum.datetime(2026, 1, 1, tz="America/New_York"),
    catchup=False,  # a run reads everything since the last one that succeeded
    max_active_runs=1,  # two runs must not share a state
)
def contact_center_daily() -> None:
    """Read what is new."""
    BashOperator(
        task_id="run", bash_command="meltano run daily", cwd="/project/contact-center", retries=3
    )


contact_center_daily()
