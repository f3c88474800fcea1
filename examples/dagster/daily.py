"""One Meltano project, read every night: all that most people need of Dagster."""

import subprocess

import dagster as dg


@dg.op(retry_policy=dg.RetryPolicy(max_retries=3, delay=60))
def run_daily() -> None:
    """Read what is new."""
    subprocess.run(["meltano", "run", "daily"], cwd="/project/contact-center", check=True)


@dg.job
def contact_center_daily() -> None:
    """Read what is new."""
    run_daily()


defs = dg.Definitions(
    schedules=[
        dg.ScheduleDefinition(
            job=contact_center_daily,
            cron_schedule="15 4 * * *",
            execution_timezone="America/New_York",
        )
    ]
)
