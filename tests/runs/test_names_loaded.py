"""The longest names there can be, as tables and columns of real warehouses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_8x8_cc.records.columns import Column, Role, stream_schema, summary_columns
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.naming import resolve, stream_name
from tests.support.databases import (
    Postgres,
    duckdb_rows,
    duckdb_tables,
    postgres_rows,
    postgres_tables,
)
from tests.support.loaders import load_duckdb, load_postgres

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.pipeline

WORDS = ("agent", "group", "media", "channel", "queue", "wrap-up-code", "status-code")
LONG_TYPE = "agent-interactions-handling-and-wrap-up-by-status-code-summary"
GROUPINGS = ["-and-".join(WORDS[:length]) for length in range(1, 8)]
METRICS = [
    "acceptedPercentage.1h30m-2h",
    f"{'interactionsTransferredToAnother' * 2}Queue",
    f"{'interactionsTransferredToAnother' * 2}Agent",
]


def messages() -> tuple[dict[str, list[str]], list[dict[str, Any]]]:
    """Return the columns of each stream, and Singer messages with one row of each."""
    wanted = {grouping: stream_name(LONG_TYPE, grouping) for grouping in GROUPINGS}
    names = resolve(wanted)
    streams: dict[str, list[str]] = {}
    sent: list[dict[str, Any]] = []
    for grouping, name in names.items():
        columns = summary_columns(grouping, METRICS, with_tenant=True, with_totals=True)
        streams[name] = [column.name for column in columns]
        sent += [
            {
                "type": "SCHEMA",
                "stream": name,
                "schema": stream_schema(columns),
                "key_properties": ["row_id"],
            },
            {"type": "RECORD", "stream": name, "record": {c.name: value(c) for c in columns}},
        ]
    return streams, sent


def value(column: Column) -> object:
    values = {
        Kind.TIMESTAMP: "2026-03-02T05:00:00Z",
        Kind.DATE: "2026-03-02",
        Kind.TIME: "00:00:00",
        Kind.OBJECT: {"accepted": "a few"},
    }
    return 1.5 if column.role is Role.METRIC else values.get(column.kind, column.name)


def test_every_stream_and_column_is_a_table_and_column_of_its_own(
    postgres: Postgres, tmp_path: Path
) -> None:
    streams, sent = messages()
    assert max(map(len, streams)) == 63
    assert max(len(name) for columns in streams.values() for name in columns) == 63
    path = tmp_path / "warehouse.duckdb"
    load_postgres(sent, postgres.url, postgres.schema)
    load_duckdb(sent, path)
    assert postgres_tables(postgres) == sorted(streams)
    assert duckdb_tables(path) == sorted(streams)
    for name, columns in streams.items():
        for stored in (postgres_rows(postgres, name), duckdb_rows(path, name)):
            (row,) = stored
            assert set(row) == set(columns)
            assert row["row_id"] == "row_id"
