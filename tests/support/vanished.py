"""The statements of the docs that delete rows which have vanished, run in both databases."""

from __future__ import annotations

import re
from contextlib import closing
from typing import TYPE_CHECKING

import duckdb
import psycopg
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.databases import Postgres

TEXT = (CHECKOUT / "docs" / "vanished-rows.md").read_text(encoding="utf-8")
STATEMENTS = re.findall(r"```sql\n(.*?)```", TEXT, re.DOTALL)
SUMMARY, EVENTS, FRESHNESS = STATEMENTS
_TABLE = re.compile(r"DELETE FROM (\w+)")


def statement(stream: str, *, events: bool = False, tenants: bool = False) -> str:
    """Return the statement for a stream."""
    text = EVENTS if events else SUMMARY
    found = _TABLE.match(text)
    assert found
    lines = text.replace(found[1], stream).splitlines()
    return "\n".join(line for line in lines if tenants or "tenant_id" not in line)


def delete_vanished(
    file: Path, postgres: Postgres, *streams: str, events: bool = False, tenants: bool = False
) -> None:
    """Run the statement for some streams, in a DuckDB file and in PostgreSQL."""
    statements = [statement(stream, events=events, tenants=tenants) for stream in streams]
    with closing(duckdb.connect(str(file))) as warehouse:
        for each in statements:
            warehouse.execute(each)
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(f"SET search_path TO {postgres.schema}".encode())
        for each in statements:
            connection.execute(each.encode())
