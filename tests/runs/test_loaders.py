"""What the loaders do with rows shaped like the tap's: the ground its promises stand on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest

from tests.support.databases import Postgres, Row, duckdb_rows, postgres_rows, postgres_tables
from tests.support.loaders import (
    Loaded,
    LoaderError,
    Messages,
    executable,
    load,
    load_duckdb,
    load_postgres,
    loader,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
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
    """A loader and what it has stored."""

    name: str
    load: Callable[..., Loaded]
    rows: Callable[[str], list[Row]]


@pytest.fixture(params=["duckdb", "postgres"])
def warehouse(request: pytest.FixtureRequest, tmp_path: Path) -> Warehouse:
    if request.param == "duckdb":
        path = tmp_path / "warehouse.duckdb"
        return Warehouse(
            "duckdb",
            lambda messages, **config: load_duckdb(messages, path, **config),
            lambda table: duckdb_rows(path, table),
        )
    postgres: Postgres = request.getfixturevalue("postgres")
    return Warehouse(
        "postgres",
        lambda messages, **config: load_postgres(messages, postgres.url, postgres.schema, **config),
        lambda table: postgres_rows(postgres, table),
    )


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


def test_thousand_rows_arrive_with_their_sums_and_instants(warehouse: Warehouse) -> None:
    last = state(**{STREAM: "2026-04-18T21:00:00Z"})

    loaded = warehouse.load([schema(), *(record(row(n)) for n in range(1000)), last])

    rows = warehouse.rows(STREAM)
    assert len(rows) == 1000
    assert sum(r["accepted"] for r in rows) == 499_500
    assert sum(r["service_level"] for r in rows) == 124_875.0
    naive = FIRST_INSTANT.replace(tzinfo=None)
    assert [r["start_time"] for r in rows] == [naive + timedelta(hours=n) for n in range(1000)]
    assert [str(r["local_date"]) for r in rows][:20] == ["2026-03-08"] * 19 + ["2026-03-09"]
    assert loaded.states[-1] == last["value"]


def test_no_row_is_lost_at_the_edges_of_batches(warehouse: Warehouse) -> None:
    warehouse.load([schema(), *(record(row(n)) for n in range(1000))], batch_size_rows=99)

    assert [r["accepted"] for r in warehouse.rows(STREAM)] == list(range(1000))


def test_single_row_arrives(warehouse: Warehouse) -> None:
    warehouse.load([schema(), record(row(1, accepted=None, queue=None))])

    assert [r["row_id"] for r in warehouse.rows(STREAM)] == ["00000001"]


def test_later_run_replaces_rows_of_the_same_key(warehouse: Warehouse) -> None:
    warehouse.load([schema(), *(record(row(n)) for n in range(100))])

    later = [row(n, accepted=1000, queue=None) for n in range(90, 110)]
    warehouse.load([schema(), *(record(r) for r in later)])

    rows = warehouse.rows(STREAM)
    assert len(rows) == 110
    assert sum(r["accepted"] for r in rows) == sum(range(90)) + 20 * 1000
    assert {r["queue"] for r in rows[90:]} == {None}


@pytest.mark.parametrize("batch", [2, 100_000])
def test_last_of_several_rows_of_one_key_stays(warehouse: Warehouse, batch: int) -> None:
    rows = [row(1, accepted=1), row(2), row(1, accepted=2), row(3), row(1, accepted=3)]

    warehouse.load([schema(), *map(record, rows)], batch_size_rows=batch)

    assert [r["accepted"] for r in warehouse.rows(STREAM)] == [3, 2, 3]


def test_schema_sent_again_adds_its_column(warehouse: Warehouse) -> None:
    wider = schema({**COLUMNS, "callbacks_offered": NUMBER})
    messages = [
        schema(),
        *(record(row(n)) for n in range(10)),
        wider,
        *(record(row(n, callbacks_offered=n)) for n in range(5, 15)),
    ]

    warehouse.load(messages)

    rows = warehouse.rows(STREAM)
    assert [r["callbacks_offered"] for r in rows] == [None] * 5 + list(range(5, 15))
    assert [r["accepted"] for r in rows] == list(range(15))


def test_column_left_out_keeps_what_is_stored(warehouse: Warehouse) -> None:
    warehouse.load([schema(), record(row(1))])

    fewer = {name: column for name, column in COLUMNS.items() if name != "accepted"}
    warehouse.load([schema(fewer), record({k: v for k, v in row(1).items() if k != "accepted"})])

    assert [r["accepted"] for r in warehouse.rows(STREAM)] == [1]


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


def test_names_arrive_as_they_are(warehouse: Warehouse) -> None:
    rows = [row(n, queue=name) for n, name in enumerate(NAMES)]

    warehouse.load([schema(), *map(record, rows)])

    assert [r["queue"] for r in warehouse.rows(STREAM)] == list(NAMES)


def test_longest_table_name_arrives_whole(postgres: Postgres) -> None:
    name = "agent_interactions_by_" + "x" * 41
    assert len(name) == 63

    load_postgres([schema(stream=name), record(row(1), name)], postgres.url, postgres.schema)

    assert postgres_tables(postgres) == [name]


def test_postgres_stores_utc_whatever_the_zone_of_the_database(postgres: Postgres) -> None:
    kolkata = postgres.in_zone("Asia/Kolkata")

    load_postgres([schema(), record(row(0))], kolkata.url, kolkata.schema)

    (stored,) = postgres_rows(kolkata, STREAM)
    assert stored["start_time"] == datetime(2026, 3, 8, 5)  # noqa: DTZ001 - as stored


def test_postgres_stores_typed_columns(postgres: Postgres) -> None:
    raw = {"accepted": "1 d"}
    messages = [schema(), record(row(0, accepted=2**40, unparsed_values=raw))]

    load_postgres(messages, postgres.url, postgres.schema)

    (stored,) = postgres_rows(postgres, STREAM)
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
