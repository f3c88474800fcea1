"""The dbt package over a load of the contact center: its marts are the center's own figures."""

from __future__ import annotations

from contextlib import closing
from datetime import date, datetime
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest

from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.mart_truth import same_marts
from tests.support.models import STREAMS, ZONE, dbt, figures, read_center

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.databases import Postgres, Row
    from tests.support.mart_truth import Mart
    from tests.support.tapcli import Run


@pytest.fixture(scope="module")
def expected() -> dict[str, Mart]:
    return figures().marts()


@pytest.fixture(scope="module")
def run() -> Run:
    return read_center()


@pytest.fixture(scope="module")
def in_duckdb(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "center.duckdb"
    load_duckdb(run.stdout, path)
    dbt("duckdb", "build", env={"DBT_DUCKDB_PATH": str(path)})
    return path


def mart_in(path: Path, name: str) -> list[Row]:
    return duckdb_rows(path, f"eight_by_eight__{name}", "analytics")


def test_marts_in_duckdb_are_the_contact_centers_own_figures(
    in_duckdb: Path, expected: dict[str, Mart], run: Run
) -> None:
    same_marts(lambda name: mart_in(in_duckdb, name), expected)
    repeats = {row["is_repeat_contact"] for row in expected["interactions"].values()}
    assert repeats == {None, True, False}

    read = {
        stream: (len(rows), max(row["read_at"] for row in rows))
        for stream, rows in run.records.items()
        if stream != "extractions"
    }
    assert read.keys() == set(STREAMS) - {"extractions"}
    assert {
        row["stream"]: (row["rows_read"], f"{row['last_read_at'].isoformat()[:23]}Z")
        for row in mart_in(in_duckdb, "freshness")
    } == read
    for row in mart_in(in_duckdb, "freshness"):
        assert row["read_until"] == datetime(2026, 3, 10, 4)  # noqa: DTZ001 - UTC, untold
        assert row["ranges_read"] == 1


def test_marts_in_postgres_are_the_contact_centers_own_figures(
    run: Run, postgres: Postgres, expected: dict[str, Mart]
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
    same_marts(lambda name: postgres_rows(marts, f"eight_by_eight__{name}"), expected)


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
