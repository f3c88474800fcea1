"""What the loaders do with rows shaped like the tap's: the ground its promises stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

import pytest

from tests.support.databases import (
    Postgres,
    Row,
    duckdb_rows,
    duckdb_tables,
    postgres_rows,
    postgres_tables,
)
from tests.support.loaders import (
    LoaderError,
    Message,
    Messages,
    executable,
    load,
    load_duckdb,
    load_postgres,
    loader,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

pytestmark = pytest.mark.pipeline

Column: TypeAlias = dict[str, Any]

TEXT: Column = {"type": ["string", "null"]}
TIME: Column = {"type": "string", "format": "date-time"}
DATE: Column = {"type": ["string", "null"], "format": "date"}
COUNT: Column = {"type": ["integer", "null"]}
NUMBER: Column = {"type": ["number", "null"]}
OBJECT: Column = {"type": ["object", "null"]}

COLUMNS = {
    "row_id": {"type": "string"},
    "start_time": TIME,
    "local_date": DATE,
    "queue": TEXT,
    "accepted": COUNT,
    "service_level": NUMBER,
    "unparsed_values": OBJECT,
}
STREAM = "queue_interactions_summary_by_queue"
FIRST_INSTANT = datetime(2026, 3, 8, 5, tzinfo=UTC)  # midnight in New York as clocks go forward


@dataclass(frozen=True, slots=True)
class Warehouse:
    """What a loader has stored after two loads.

    Attributes:
        rows: The rows of a table.
        tables: The names of the tables.
        states: The states that the first load printed.
    """

    rows: Callable[[str], list[Row]]
    tables: list[str]
    states: list[dict[str, Any]]


def schema(columns: dict[str, Column] = COLUMNS, stream: str = STREAM) -> dict[str, object]:
    properties = {"type": "object", "properties": columns}
    return {"type": "SCHEMA", "stream": stream, "schema": properties, "key_properties": ["row_id"]}


def record(row: Row, stream: str = STREAM) -> dict[str, object]:
    return {"type": "RECORD", "stream": stream, "record": row}


def state(**ends: str) -> dict[str, object]:
    bookmarks = {stream: {"replication_key_value": end} for stream, end in ends.items()}
    return {"type": "STATE", "value": {"bookmarks": bookmarks}}


def row(number: int, **other: object) -> Row:
    start = FIRST_INSTANT + timedelta(hours=number)
    return {
        "row_id": f"{number:08x}",
        "start_time": start.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "local_date": start.date().isoformat(),
        "queue": f"Queue {number % 7}",
        "accepted": number,
        "service_level": number / 4,
        "unparsed_values": None,
        **other,
    }


NAMES: Sequence[str] = (
    "Sales, East",
    'Anna "Nan" O\'Neil',
    "Büro; Wien | 東京 🙂",
    "two\nlines",
    "two\r\nlines",
    "back\\slash",
    "tab\there",
    "=1+1",
    "NULL",
    " spaces ",
)
LONGEST = "agent_interactions_by_" + "x" * 41
LAST = state(**{STREAM: "2026-04-18T21:00:00Z"})
FEWER = {name: column for name, column in COLUMNS.items() if name != "accepted"}


def of(stream: str, rows: Iterable[Row], columns: dict[str, Column] = COLUMNS) -> list[Message]:
    """Return the messages of a stream."""
    return [schema(columns, stream), *(record(row, stream) for row in rows)]


def first() -> list[Message]:
    """Return the messages of a first load: a table for each promise."""
    several = [row(1, accepted=1), row(2), row(1, accepted=2), row(3), row(1, accepted=3)]
    wider = {**COLUMNS, "callbacks_offered": NUMBER}
    return [
        *of(STREAM, map(row, range(1000))),
        *of("single", [row(1, accepted=None, queue=None)]),
        *of("replaced", map(row, range(100))),
        *of("of_one_key", several),
        *of("wider", map(row, range(10))),
        *of("wider", (row(n, callbacks_offered=n) for n in range(5, 15)), wider),
        *of("fewer", [row(1)]),
        *of("names", (row(n, queue=name) for n, name in enumerate(NAMES))),
        *of(LONGEST, [row(1)]),
        LAST,
    ]


def second() -> list[Message]:
    """Return the messages of a later load, in batches of two rows."""
    several = [row(1, accepted=1), row(2), row(1, accepted=2), row(3), row(1, accepted=3)]
    short = {name: value for name, value in row(1).items() if name != "accepted"}
    return [
        *of("replaced", (row(n, accepted=1000, queue=None) for n in range(90, 110))),
        *of("fewer", [short], FEWER),
        *of("of_one_key_in_batches", several),
    ]


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def warehouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Warehouse:
    if request.param == "duckdb":
        path = tmp_path_factory.mktemp("loaded") / "warehouse.duckdb"
        loaded = load_duckdb(first(), path, batch_size_rows=99)
        load_duckdb(second(), path, batch_size_rows=2)
        return Warehouse(partial(duckdb_rows, path), duckdb_tables(path), loaded.states)
    postgres = Postgres(request.getfixturevalue("postgres_dsn"), f"test_{uuid4().hex[:12]}")
    loaded = load_postgres(first(), postgres.url, postgres.schema, batch_size_rows=99)
    load_postgres(second(), postgres.url, postgres.schema, batch_size_rows=2)
    return Warehouse(partial(postgres_rows, postgres), postgres_tables(postgres), loaded.states)


def test_thousand_rows_arrive_with_their_sums_and_instants(warehouse: Warehouse) -> None:
    """None is lost at the edges of batches, of which there are eleven."""
    rows = warehouse.rows(STREAM)
    assert [r["accepted"] for r in rows] == list(range(1000))
    assert sum(r["service_level"] for r in rows) == 124_875.0
    naive = FIRST_INSTANT.replace(tzinfo=None)
    assert [r["start_time"] for r in rows] == [naive + timedelta(hours=n) for n in range(1000)]
    assert [str(r["local_date"]) for r in rows][:20] == ["2026-03-08"] * 19 + ["2026-03-09"]
    assert warehouse.states[-1] == LAST["value"]


def test_single_row_arrives(warehouse: Warehouse) -> None:
    assert [r["row_id"] for r in warehouse.rows("single")] == ["00000001"]


def test_later_run_replaces_rows_of_the_same_key(warehouse: Warehouse) -> None:
    rows = warehouse.rows("replaced")
    assert len(rows) == 110
    assert sum(r["accepted"] for r in rows) == sum(range(90)) + 20 * 1000
    assert {r["queue"] for r in rows[90:]} == {None}


@pytest.mark.parametrize("table", ["of_one_key", "of_one_key_in_batches"])
def test_last_of_several_rows_of_one_key_stays(warehouse: Warehouse, table: str) -> None:
    assert [r["accepted"] for r in warehouse.rows(table)] == [3, 2, 3]


def test_schema_sent_again_adds_its_column(warehouse: Warehouse) -> None:
    rows = warehouse.rows("wider")
    assert [r["callbacks_offered"] for r in rows] == [None] * 5 + list(range(5, 15))
    assert [r["accepted"] for r in rows] == list(range(15))


def test_column_left_out_keeps_what_is_stored(warehouse: Warehouse) -> None:
    assert [r["accepted"] for r in warehouse.rows("fewer")] == [1]


def test_names_arrive_as_they_are(warehouse: Warehouse) -> None:
    assert [r["queue"] for r in warehouse.rows("names")] == list(NAMES)


def test_longest_table_name_arrives_whole(warehouse: Warehouse) -> None:
    assert len(LONGEST) == 63
    assert LONGEST in warehouse.tables


def test_postgres_stores_utc_whatever_the_zone_of_the_database(postgres: Postgres) -> None:
    """And typed columns."""
    kolkata = postgres.in_zone("Asia/Kolkata")
    raw = {"accepted": "1 d"}
    sent = [schema(), record(row(0, accepted=2**40, unparsed_values=raw))]

    load_postgres(sent, kolkata.url, kolkata.schema)

    (stored,) = postgres_rows(kolkata, STREAM)
    assert stored["start_time"] == datetime(2026, 3, 8, 5)  # noqa: DTZ001 - as stored
    assert stored["accepted"] == 2**40
    assert stored["local_date"] == date(2026, 3, 8)
    assert stored["unparsed_values"] == raw


def test_duckdb_state_never_runs_ahead_of_rows(tmp_path: Path) -> None:
    """A state must not cover rows of a stream whose batch is still waiting."""
    path = tmp_path / "warehouse.duckdb"
    messages: Messages = [
        schema(stream="a"),
        record(row(1), "a"),
        state(a="2026-03-09T05:00:00Z"),
        schema(stream="b"),
        *(record(row(n), "b") for n in range(20)),
        {"type": "broken"},
    ]

    with pytest.raises(LoaderError) as raised:
        load_duckdb(messages, path, batch_size_rows=10)

    assert raised.value.loaded.states[-1] == state(a="2026-03-09T05:00:00Z")["value"]
    assert len(duckdb_rows(path, "a")) == 1


def test_jsonl_writes_every_row_and_gives_back_the_state(tmp_path: Path) -> None:
    last = state(**{STREAM: "2026-04-18T21:00:00Z"})
    messages: Messages = [schema(), *(record(row(n)) for n in range(100)), last]

    loaded = load("target-jsonl", messages, {"destination_path": str(tmp_path / "out")})

    lines = (tmp_path / "out" / f"{STREAM}.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 100
    assert loaded.states == [last["value"]]


def test_loader_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(LoaderError, match="Unable to parse"):
        load_duckdb(b"no json\n", tmp_path / "warehouse.duckdb")


def test_duckdb_is_kept_below_the_version_that_drops_rows() -> None:
    assert "duckdb~=1.2.2" in loader("target-duckdb").pip_url.split()
    assert executable("target-duckdb").exists()
