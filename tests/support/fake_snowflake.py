"""Run by the Python that has target-snowflake, or dbt: they work on fakesnow, a stand-in.

    python -P fake_snowflake.py DATABASES SCHEMA load config.json < messages
    python -P fake_snowflake.py DATABASES SCHEMA dbt build …

`DATABASES` is the directory that the stand-in keeps its databases in, from one run to the next.
Prints the column types and the rows of all tables of a schema as JSON. The loader's own DDL is
executed, and so is all that dbt sends. The stand-in lacks these, which are done here by hand:

- `PUT` to, and `REMOVE` from, the user's stage `@~`: the batch files are read where they are;
- a staged file as a source (`from '@~/…' (file_format => …)`): its lines are put into a table, and
  the loader's own select with its casts is run over that, `$1` being the line;
- a `MERGE` with a select as its source: the select is made a table first, and the rest of the
  loader's own statement merges that one;
- `SEQ8()`, the number of a line;
- `DROP FILE FORMAT`.
"""

from __future__ import annotations

import gzip
import json
import sys
import warnings
from datetime import date, datetime
from decimal import Decimal
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import fakesnow  # type: ignore[import-not-found]

DATABASE = "DB1"
STAGED: dict[str, list[Path]] = {}


def put(_: Any, sync_id: str, files: list[str]) -> None:
    """Remember where a batch's files are."""
    STAGED[sync_id] = [Path(urlparse(file).path) for file in files]


def merge(self: Any, **named: Any) -> int:
    """Execute the loader's own MERGE over the lines of the batch."""
    from sqlalchemy import text  # noqa: PLC0415 - the loader's Python has it

    sync_id, file_format = named["sync_id"], named["file_format"]
    statement, _ = self._get_merge_from_stage_statement(**named)
    stage = f"'@~/target-snowflake/{sync_id}'(file_format => {file_format})"
    sql = str(statement)
    assert sql.count(stage) == 1
    sql = sql.replace(stage, "scratch.staged").replace("$1:", "line:").replace("SEQ8()", "number")
    into, _, rest = sql.partition(" using (")
    source, _, matched = rest.partition(") s on ")
    lines = [
        line
        for path in STAGED[sync_id]
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]
    with self._connect() as connection, connection.begin():
        connection.execute(text("create schema if not exists scratch"))
        connection.execute(
            text(
                "create or replace table scratch.staged as select index as number, value as line"
                " from table(flatten(input => parse_json(:lines)))"
            ),
            {"lines": f"[{','.join(lines)}]"},
        )
        escaped = source.replace(":", "\\:")
        connection.execute(text(f"create or replace table scratch.sourced as {escaped}"))
        connection.execute(text(f"{into} using scratch.sourced s on {matched}"))
    return len(lines)


def load(config: str) -> None:
    """Load what comes on standard input with the real loader."""
    from target_snowflake.connector import (  # type: ignore[import-not-found]  # noqa: PLC0415
        SnowflakeConnector,
    )
    from target_snowflake.target import (  # type: ignore[import-not-found]  # noqa: PLC0415
        TargetSnowflake,
    )

    SnowflakeConnector.put_batches_to_stage = put
    SnowflakeConnector.merge_from_stage = merge
    SnowflakeConnector.remove_staged_files = lambda *_, **__: None
    SnowflakeConnector.drop_file_format = lambda *_, **__: None
    TargetSnowflake.max_parallelism = 1  # the stand-in has one connection
    TargetSnowflake.cli(["--config", config], standalone_mode=False)


def dbt(*arguments: str) -> None:
    """Run a command of dbt; what it prints goes before the tables."""
    ran = import_module("dbt.cli.main").dbtRunner().invoke(list(arguments))
    if not ran.success:
        sys.exit(str(ran.exception or "dbt failed"))


def tables(schema: str) -> dict[str, Any]:
    """Return the types and the rows of a schema's tables."""
    import snowflake.connector  # type: ignore[import-not-found]  # noqa: PLC0415

    cursor = snowflake.connector.connect(database=DATABASE, schema=schema).cursor()
    columns = cursor.execute(
        "SELECT lower(table_name), lower(column_name), data_type FROM information_schema.columns"
        f" WHERE table_schema = '{schema.upper()}'"
    ).fetchall()
    found: dict[str, Any] = {}
    for table, column, kind in columns:
        found.setdefault(table, {"types": {}, "rows": []})["types"][column] = kind
    for table, own in found.items():
        rows = cursor.execute(f'SELECT * FROM "{table.upper()}"').fetchall()
        names = [column[0].lower() for column in cursor.description]
        own["rows"] = [dict(zip(names, row, strict=True)) for row in rows]
    return found


def written(value: object) -> object:
    """Write what JSON has no form of."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else str(value)


def main(databases: str, schema: str, command: str, *arguments: str) -> None:
    """Do one thing and print the tables."""
    warnings.simplefilter("ignore")  # the stand-in's own, a line for each statement
    with fakesnow.patch(db_path=databases):
        if command == "dbt":
            dbt(*arguments)
        else:
            load(*arguments)
        stored = json.dumps(tables(schema), default=written)
    sys.stdout.write(f"STORED {stored}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
