"""The longest names there can be, as tables and columns of real warehouses."""

from __future__ import annotations

import json
import subprocess
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
from tests.support.loaders import environment, load_duckdb, load_postgres, loader

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


SNOWFLAKE = """
import json, sys
import fakesnow

with fakesnow.patch():
    import snowflake.connector
    from target_snowflake.target import TargetSnowflake

    TargetSnowflake.cli(["--config", sys.argv[1]], standalone_mode=False)
    connection = snowflake.connector.connect(database="DB1", schema="S1")
    query = (
        "SELECT table_name, column_name, data_type FROM information_schema.columns"
        " WHERE table_schema = 'S1' ORDER BY table_name, ordinal_position"
    )
    print("COLUMNS", json.dumps(connection.cursor().execute(query).fetchall()))
"""
"""Snowflake's loader on a stand-in for Snowflake, in memory; then the columns of its tables."""
TYPES = {
    Kind.TIMESTAMP: "TIMESTAMP_NTZ",
    Kind.DATE: "DATE",
    Kind.TIME: "TIME",
    Kind.OBJECT: "VARIANT",
}


def test_snowflakes_loader_makes_the_same_tables(tmp_path: Path) -> None:
    """Its DDL: SCHEMA messages, one of them again and wider. The stand-in takes no rows."""
    streams, sent = messages()
    schemas = [message for message in sent if message["type"] == "SCHEMA"]
    first = schemas[0]
    wider = json.loads(json.dumps(first))
    wider["schema"]["properties"]["callbacks_offered"] = {"type": ["integer", "null"]}
    streams[str(first["stream"])].append("callbacks_offered")
    settings = {
        "account": "account",
        "user": "user",
        "password": "password",
        "database": "DB1",
        "warehouse": "warehouse",
        "default_target_schema": "S1",
        "add_record_metadata": False,
    }
    config = tmp_path / "config.json"
    config.write_text(json.dumps(settings), encoding="utf-8")
    requirements = f"{loader('target-snowflake').pip_url} fakesnow==0.12.1"
    python = environment("fake-snowflake", requirements) / "bin" / "python"
    ran = subprocess.run(
        [python, "-c", SNOWFLAKE, config],
        input="".join(json.dumps(message) + "\n" for message in [*schemas, wider]),
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert ran.returncode == 0, ran.stderr[-3000:]
    (said,) = (line for line in ran.stdout.splitlines() if line.startswith("COLUMNS "))
    found: dict[str, list[str]] = {}
    types: dict[str, set[str]] = {}
    for table, column, type_ in json.loads(said.removeprefix("COLUMNS ")):
        found.setdefault(table.lower(), []).append(column.lower())
        types.setdefault(column.lower(), set()).add(type_)
    assert found == streams
    for column in summary_columns("queue", METRICS, with_tenant=True, with_totals=True):
        assert types[column.name] == {
            "FLOAT" if column.role is Role.METRIC else TYPES.get(column.kind, "TEXT")
        }
    assert types["callbacks_offered"] == {"NUMBER"}
