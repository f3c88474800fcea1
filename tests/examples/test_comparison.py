"""What the tests of the examples rest on: a comparison that finds every difference."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from tap_8x8_cc_sandbox.api.log import LoggedRequest

from tests.support.comparison import assert_same_tables
from tests.support.databases import Postgres
from tests.support.flight import most_in_flight

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.api.operations import Operation

QUEUES = "queues"
LOG = "extractions"
WHOLE = [("s", "2026-01-01", "2026-03-01", 7)]


def filled(dsn: str, rows: list[tuple[str, int, str]], log: list[tuple[Any, ...]]) -> Postgres:
    """Return a new schema that holds these rows, and a log of ranges."""
    made = Postgres(dsn, f"test_{uuid4().hex[:12]}")
    schema = Identifier(made.schema)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SQL("CREATE SCHEMA {}").format(schema))
        columns = SQL("(row_id text, n numeric, read_at text)")
        connection.execute(SQL("CREATE TABLE {}.queues {}").format(schema, columns))
        columns = SQL(
            "(stream text, start_time timestamp, end_time timestamp, row_count bigint,"
            " granularity text, timezone text)"
        )
        connection.execute(SQL("CREATE TABLE {}.extractions {}").format(schema, columns))
        with connection.cursor() as cursor:
            queues = SQL("INSERT INTO {}.queues VALUES (%s, %s, %s)")
            ranges = SQL("INSERT INTO {}.extractions VALUES (%s, %s, %s, %s, 'day', 'UTC')")
            cursor.executemany(queues.format(schema), rows)
            cursor.executemany(ranges.format(schema), log)
    return made


def test_moments_of_reading_and_cuts_do_not_count(postgres_dsn: str) -> None:
    one = filled(postgres_dsn, [("a", 1, "monday"), ("b", 2, "monday")], WHOLE)
    cut = [("s", "2026-02-01", "2026-03-01", 4), ("s", "2026-01-01", "2026-02-01", 3)]
    other = filled(postgres_dsn, [("b", 2, "friday"), ("a", 1, "friday")], cut)
    assert assert_same_tables(one, other) == {LOG: 2, QUEUES: 2}


@pytest.mark.parametrize(
    ("rows", "log", "said"),
    [
        ([("a", 1, "x")], WHOLE, "queues: 1 rows missing"),
        ([("a", 1, "x"), ("b", 2, "x"), ("b", 2, "x")], WHOLE, "queues: 1 rows too many"),
        ([("a", 1, "x"), ("b", 3, "x")], WHOLE, "queues: 1 rows missing"),
        (
            [("a", 1, "x"), ("b", 2, "x")],
            [("s", "2026-01-01", "2026-02-28", 7)],
            "extractions covers",
        ),
        (
            [("a", 1, "x"), ("b", 2, "x")],
            [("s", "2026-01-01", "2026-03-01", 6)],
            "extractions covers",
        ),
    ],
)
def test_any_other_difference_is_found(
    postgres_dsn: str, rows: list[tuple[str, int, str]], log: list[tuple[Any, ...]], said: str
) -> None:
    expected = filled(postgres_dsn, [("a", 1, "x"), ("b", 2, "x")], WHOLE)
    with pytest.raises(AssertionError, match=said):
        assert_same_tables(filled(postgres_dsn, rows, log), expected)


def asked(clock: float, operation: Operation, report: int | None, status: int) -> LoggedRequest:
    return LoggedRequest(
        time="",
        clock=clock,
        method="",
        path="",
        query={},
        operation=operation,
        accept="",
        tenant=None,
        report_id=report,
        status=status,
    )


def test_reports_are_in_flight_from_creation_to_their_last_request() -> None:
    requests = [
        asked(1, "create", 1, 200),
        asked(2, "create", 2, 201),
        asked(3, "create", None, 429),
        asked(4, "data", 1, 200),
        asked(5, "create", 3, 200),
        asked(6, "download", 2, 200),
        asked(7, "status", 3, 200),
    ]
    assert most_in_flight(requests) == 2
    assert most_in_flight([*requests, asked(8, "data", 1, 200)]) == 3
