"""What counts as vanished: by the statements of the docs, and by the staging models of dbt.

Each case is a tenant of its own, in one set of tables; times are minutes of one night.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import duckdb
import psycopg
import pytest

from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.models import build_postgres, dbt
from tests.support.vanished import delete_vanished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Postgres

SUMMARY = "queue_interactions_abandoned_by_queue"
EVENTS = "detailed_reports_interaction_details"
MODELS = {
    SUMMARY: "stg_eight_by_eight__queue_abandoned",
    EVENTS: "stg_eight_by_eight__interactions",
}
TABLES = f"""
CREATE TABLE {SUMMARY} (
  row_id varchar(200), tenant_id varchar(200), start_time timestamp, end_time timestamp,
  local_date date, read_at timestamp, granularity varchar(9), timezone varchar(200),
  queue_id varchar(9), short_abandoned bigint);
CREATE TABLE {EVENTS} (
  row_id varchar(200), tenant_id varchar(200), report_date date, local_date date,
  timezone varchar(200), read_at timestamp, interaction_id varchar(200), creation_time timestamp);
CREATE TABLE extractions (
  row_id varchar(200), stream varchar(200), tenant_id varchar(200), start_time timestamp,
  end_time timestamp, local_date date, local_end_date date, read_at timestamp,
  created_at timestamp, granularity varchar(9), timezone varchar(200), row_count bigint);
"""


@dataclass(frozen=True)
class Case:
    """A night's outcome.

    Attributes:
        rows: Days of the rows in the tables, the minute at which each was read, and whether it
            stays.
        read: Ranges that were read: the first day, the last, the minute, the number of rows.
    """

    rows: list[tuple[int, int, bool]]
    read: list[tuple[int, int, int, int]]


CASES = {
    "a row that a later report of its day lacks": Case(
        [(1, 10, True), (2, 10, False), (3, 20, True)], [(1, 3, 10, 3), (2, 3, 20, 1)]
    ),
    "a day that a later report found empty": Case(
        [(1, 10, True), (2, 10, False)], [(1, 2, 10, 2), (2, 2, 20, 0)]
    ),
    "a month read again while the night ran, the night written last": Case(
        [*((day, 10, True) for day in range(1, 29)), *((day, 12, True) for day in range(29, 32))],
        [(1, 31, 10, 31), (29, 31, 12, 3)],
    ),
    "the same, the month loaded last over the night": Case(
        [(day, 10, True) for day in range(1, 32)], [(1, 31, 10, 31), (29, 31, 12, 3)]
    ),
    "a killed night whose report, older than that of another state, was written last": Case(
        [(1, 6, True), (2, 8, True), (3, 8, True), (4, 8, True)],
        [(1, 4, 6, 4), (2, 4, 8, 3)],
    ),
    "a report whose rows were all written again, over another range": Case(
        [(1, 10, False), (2, 20, True), (3, 20, True)], [(1, 2, 15, 1), (2, 3, 20, 2)]
    ),
    "a load that was cut off before the rows of the later report": Case(
        [(1, 10, True), (2, 10, True)], [(1, 2, 10, 2), (1, 2, 20, 2)]
    ),
}


def inserts() -> Iterator[str]:
    for second, (tenant, case) in enumerate(CASES.items()):
        for number, (day, minute, _) in enumerate(case.rows):
            own = f"'{tenant} {number}', '{tenant}'"
            yield (
                f"INSERT INTO {SUMMARY} VALUES ({own}, '{start(day)}', '{start(day + 1)}',"
                f" '{date_of(day)}', '{read_at(minute, second)}', 'day', 'UTC', '{number}', 1)"
            )
            # Each interaction began on the evening before the day whose report lists it.
            yield (
                f"INSERT INTO {EVENTS} VALUES ({own}, '{date_of(day)}', '{date_of(day - 1)}',"
                f" 'UTC', '{read_at(minute, second)}', 'i{number}', '{date_of(day - 1)} 23:50:00')"
            )
        for number, (first, last, minute, rows) in enumerate(case.read):
            for stream in (SUMMARY, EVENTS):
                yield (
                    f"INSERT INTO extractions VALUES ('{stream} {tenant} {number}', '{stream}',"
                    f" '{tenant}', '{start(first)}', '{start(last + 1)}', '{date_of(first)}',"
                    f" '{date_of(last + 1)}', '{read_at(minute, second)}',"
                    f" '{read_at(minute - 30, second)}',"
                    f" '{'day' if stream == SUMMARY else ''}', 'UTC', {rows})"
                )


def date_of(day: int) -> date:
    return date(2026, 3, 1) + timedelta(days=day - 1)


def start(day: int) -> str:
    return f"{date_of(day)} 00:00:00"


def read_at(minute: int, second: int) -> str:
    """Return a time of the night; each tenant's runs are at a second of their own."""
    moment = datetime(2026, 4, 2, 4, 30, second, tzinfo=UTC) + timedelta(minutes=minute)
    return f"{moment:%Y-%m-%d %H:%M:%S}"


EXPECTED = {
    f"{tenant} {number}"
    for tenant, case in CASES.items()
    for number, (_, _, stays) in enumerate(case.rows)
    if stays
}


@pytest.fixture
def warehouses(tmp_path: Path, postgres: Postgres) -> tuple[Path, Postgres]:
    file = tmp_path / "warehouse.duckdb"
    with closing(duckdb.connect(str(file))) as warehouse:
        for statement in (TABLES, *inserts()):
            warehouse.execute(statement)
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {postgres.schema}".encode())
        connection.execute(f"SET search_path TO {postgres.schema}".encode())
        for statement in (TABLES, *inserts()):
            connection.execute(statement.encode())
    return file, postgres


def test_statements_delete_what_has_vanished_and_nothing_else(
    warehouses: tuple[Path, Postgres],
) -> None:
    file, postgres = warehouses

    for _ in range(2):  # again at any time
        delete_vanished(file, postgres, SUMMARY, tenants=True)
        delete_vanished(file, postgres, EVENTS, events=True, tenants=True)

    for stream in (SUMMARY, EVENTS):
        assert {row["row_id"] for row in duckdb_rows(file, stream)} == EXPECTED
        assert {row["row_id"] for row in postgres_rows(postgres, stream)} == EXPECTED


def test_staging_models_leave_out_what_has_vanished_and_nothing_else(
    warehouses: tuple[Path, Postgres],
) -> None:
    file, postgres = warehouses
    models = ("--select", *MODELS.values())

    dbt("duckdb", "run", *models, env={"DBT_DUCKDB_PATH": str(file)})
    marts = build_postgres(postgres, *models)

    for model in MODELS.values():
        assert {row["row_id"] for row in duckdb_rows(file, model, "analytics")} == EXPECTED
        assert {row["row_id"] for row in postgres_rows(marts, model)} == EXPECTED
