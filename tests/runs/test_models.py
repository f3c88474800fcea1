"""The dbt package over a load of the contact center: its marts are the center's own figures."""

from __future__ import annotations

from collections import defaultdict
from contextlib import closing
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import duckdb
import psycopg
import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import Granularity, ReportSpec

from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.models import dbt
from tests.support.tapcli import Run, config, sync
from tests.support.truth import FAR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from tap_8x8_cc_sandbox.center.center import ContactCenter

    from tests.support.databases import Postgres, Row

ZONE = ZoneInfo("America/New_York")
FIRST, END = date(2026, 3, 6), date(2026, 3, 10)  # over the spring change of clocks
STREAMS = (
    "agent_interactions_summary_by_group_agent",
    "agent_status_time_on_status_by_agent",
    "detailed_reports_interaction_details",
    "extractions",
    "queue_hourly",
    "queue_interactions_abandoned_by_queue",
    "queue_interactions_summary_by_media_channel_queue",
)
HOURLY = {
    "name": "queue_hourly",
    "type": "queue-interactions-summary",
    "group_by": "media-and-channel-and-queue",
    "granularity": "hour",
}


@pytest.fixture(scope="module")
def center() -> ContactCenter:
    return SandboxServer(SandboxConfig()).center()


@pytest.fixture(scope="module")
def run() -> Run:
    now = datetime(2026, 3, 20, tzinfo=UTC)
    with SandboxServer(SandboxConfig(default_timezone=ZONE.key, now=now)) as server:
        done = sync(
            config(
                server.url,
                start_date=FIRST.isoformat(),
                end_date=END.isoformat(),
                reports=[HOURLY],
            ),
            STREAMS,
        )
    assert done.exit_code == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def in_duckdb(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "center.duckdb"
    load_duckdb(run.stdout, path)
    dbt("duckdb", "build", env={"DBT_DUCKDB_PATH": str(path)})
    return path


def figures(
    center: ContactCenter,
    report_type: str,
    group_by: str,
    key: Callable[[datetime, dict[str, Any]], Any],
    granularity: str = "day",
) -> dict[Any, dict[str, float]]:
    """Metrics of the contact center, added up by what `key` says of a row."""
    table = center.table(
        ReportSpec(
            report_type,
            group_by,
            Granularity(granularity),
            datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=ZONE),
            datetime(END.year, END.month, END.day, tzinfo=ZONE),
            ZONE.key,
        ),
        FAR,
    )
    found: dict[Any, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    names = [column.key for column in table.dimensions]
    for row in table.rows:
        assert row.start
        own = found[key(row.start, dict(zip(names, row.dimensions, strict=True)))]
        for column, value in zip(table.metrics, row.values, strict=True):
            own[column.key] += value or 0
    return found


def expected_queue(own: dict[str, float], short: float | None) -> dict[str, Any]:
    """A queue's measures by their definitions in words, from the center's own sums."""
    entered, accepted, lost = own["entered"], own["accepted"], own["totalAbandoned"]
    expected = {
        "offered": entered,
        "accepted": accepted,
        "abandoned": lost,
        "service_level_offered": own["acceptedInSla"] / entered if entered else None,
        "service_level_answered": own["acceptedInSla"] / accepted if accepted else None,
        "abandonment_rate": lost / entered if entered else None,
        "average_handle_time_seconds": (own["handlingTime"] + own["wrapUpTime"]) / accepted / 1000
        if accepted
        else None,
    }
    if short is not None:
        rest = entered - short
        expected["abandonment_rate_without_short"] = (lost - short) / rest if rest else None
    return expected


def compare(rows: Iterable[Row], key: Callable[[Row], Any], expected: dict[Any, Any]) -> None:
    found = {key(row): row for row in rows}
    assert found.keys() == expected.keys()
    for own_key, own in expected.items():
        for name, value in own.items():
            shown = found[own_key][name]
            assert (shown is None) == (value is None), (own_key, name)
            if value is not None:
                assert float(shown) == pytest.approx(value, abs=1e-6), (own_key, name)


def check_work(
    center: ContactCenter, rows: list[Row], column: str, group_by: str, id_: str
) -> None:
    """Check what agents or teams did, on the days on which anything was presented to them."""
    work = figures(
        center, "agent-interactions-summary", group_by, lambda at, own: (at.date(), own[id_])
    )
    expected = {
        key: {
            "accepted": own["accepted"],
            "transfers": own["transfersInitiated"],
            "transfer_rate": own["transfersInitiated"] / own["accepted"]
            if own["accepted"]
            else None,
        }
        for key, own in work.items()
        if own["presented"]
    }
    compare(
        [row for row in rows if row["presented"]],
        lambda row: (row["local_date"], row[column]),
        expected,
    )


def check_marts(center: ContactCenter, mart: Callable[[str], list[Row]]) -> None:
    by_queue = ("media-and-channel-and-queue", lambda at, own: (at.date(), own["queueId"]))
    daily = figures(center, "queue-interactions-summary", *by_queue)
    short = figures(
        center, "queue-interactions-abandoned", "queue", lambda at, own: (at.date(), own["queueId"])
    )
    compare(
        mart("queue_daily"),
        lambda row: (row["local_date"], row["queue_id"]),
        {key: expected_queue(own, short[key]["shortAbandoned"]) for key, own in daily.items()},
    )
    hourly = figures(
        center,
        "queue-interactions-summary",
        by_queue[0],
        lambda at, own: (at.date(), at.hour, own["queueId"]),
        "hour",
    )
    compare(
        mart("queue_hourly"),
        lambda row: (row["local_date"], row["local_hour"], row["queue_id"]),
        {key: expected_queue(own, None) for key, own in hourly.items()},
    )
    check_work(center, mart("agent_daily"), "agent_id", "agent", "agentId")
    check_work(center, mart("team_daily"), "team_id", "group", "groupId")
    presence = figures(
        center,
        "agent-status-time-on-status",
        "agent",
        lambda at, own: (at.date(), own["agentId"]),
    )
    compare(
        [row for row in mart("agent_daily") if row["logged_in_seconds"] is not None],
        lambda row: (row["local_date"], row["agent_id"]),
        {
            key: {"occupancy": own["busyTime"] / (own["busyTime"] + own["availableTime"])}
            for key, own in presence.items()
        },
    )
    whole = figures(center, "queue-interactions-summary", "media", lambda at, _: at.date())
    compare(
        mart("overview_daily"),
        lambda row: row["local_date"],
        {day: {"offered": own["entered"]} for day, own in whole.items()},
    )


def test_marts_in_duckdb_are_the_contact_centers_own_figures(
    in_duckdb: Path, center: ContactCenter, run: Run
) -> None:
    def mart(name: str) -> list[Row]:
        return duckdb_rows(in_duckdb, f"eight_by_eight__{name}", "analytics")

    check_marts(center, mart)
    interactions = run.records["detailed_reports_interaction_details"]
    assert len(mart("interactions")) == len(interactions)
    assert {row["is_repeat_contact"] for row in mart("interactions")} == {None, True, False}
    until = {row["stream"]: row["read_until"] for row in mart("freshness")}
    assert until == dict.fromkeys(set(STREAMS) - {"extractions"}, datetime(2026, 3, 10, 4))  # noqa: DTZ001


def test_marts_in_postgres_are_the_contact_centers_own_figures(
    run: Run, postgres: Postgres, center: ContactCenter
) -> None:
    load_postgres(run.stdout, postgres.url, postgres.schema)
    with psycopg.connect(postgres.dsn) as connection:
        info = connection.info
        env = {
            "DBT_POSTGRES_HOST": info.host,
            "DBT_POSTGRES_PORT": str(info.port),
            "DBT_POSTGRES_USER": info.user,
            "DBT_POSTGRES_PASSWORD": info.password or "unused",
            "DBT_POSTGRES_DATABASE": info.dbname,
            "DBT_SCHEMA": f"{postgres.schema}_marts",
        }
    variables = f"{{eight_by_eight__schema: {postgres.schema}}}"
    dbt("postgres", "build", "--vars", variables, env=env)

    marts = type(postgres)(postgres.dsn, f"{postgres.schema}_marts")
    check_marts(center, lambda name: postgres_rows(marts, f"eight_by_eight__{name}"))


def test_rows_that_a_later_extraction_no_longer_found_are_left_out(
    in_duckdb: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "center.duckdb"
    copy.write_bytes(in_duckdb.read_bytes())
    stream = "queue_interactions_summary_by_media_channel_queue"
    with closing(duckdb.connect(str(copy))) as connection:
        columns = connection.execute(f"SELECT * FROM {stream} LIMIT 0").description
        if "read_at" not in {column[0] for column in columns}:
            connection.execute(f"ALTER TABLE {stream} ADD COLUMN read_at TIMESTAMP")
        connection.execute(f"UPDATE {stream} SET read_at = TIMESTAMP '2026-03-10 08:00:00'")
        # The next night finds all queues of 9 March but one.
        connection.execute(f"""
            UPDATE {stream} SET read_at = TIMESTAMP '2026-03-11 08:00:00'
            WHERE CAST(local_date AS DATE) = DATE '2026-03-09' AND queue_id <> '101'
        """)
        connection.execute("DROP TABLE IF EXISTS extractions")
        connection.execute(f"""
            CREATE TABLE extractions AS SELECT
                '{stream}' AS stream, TIMESTAMP '2026-03-09 04:00:00' AS start_time,
                TIMESTAMP '2026-03-10 04:00:00' AS end_time, '2026-03-09' AS local_date,
                '2026-03-10' AS local_end_date, NULL::VARCHAR AS tenant_id,
                TIMESTAMP '2026-03-11 08:00:00' AS read_at, 5 AS row_count,
                'day' AS granularity, '{ZONE.key}' AS timezone
        """)

    dbt(
        "duckdb",
        "build",
        "--select",
        "+eight_by_eight__queue_daily",
        env={
            "DBT_DUCKDB_PATH": str(copy),
        },
    )

    def days(path: Path) -> set[tuple[date, str]]:
        rows = duckdb_rows(path, "eight_by_eight__queue_daily", "analytics")
        return {(row["local_date"], row["queue_id"]) for row in rows}

    assert days(in_duckdb) - days(copy) == {(date(2026, 3, 9), "101")}
    assert days(copy) < days(in_duckdb)


def test_package_parses_for_snowflake() -> None:
    names = ("ACCOUNT", "USER", "PASSWORD", "DATABASE", "WAREHOUSE", "ROLE")
    dbt("snowflake", "parse", env={f"DBT_SNOWFLAKE_{name}": "x" for name in names})
