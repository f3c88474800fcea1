"""Run by the Python that has target-snowflake: the real loader on fakesnow, a stand-in in memory.

    python -P fake_snowflake.py config.json TABLE < messages

Prints the table's column types and its rows as JSON. The loader's own DDL and MERGE are executed.
The stand-in lacks four things, which are done here by hand:

- `PUT` to, and `REMOVE` from, the user's stage `@~`: the batch files are read where they are;
- a staged file as a source (`from '@~/…' (file_format => …)`): its lines are put into a table, and
  the loader's own select with its casts is run over that, `$1` being the line;
- `SEQ8()`, the number of a line;
- `DROP FILE FORMAT`.
"""

from __future__ import annotations

import gzip
import json
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

import fakesnow  # type: ignore[import-not-found]

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
    sql = sql.replace(stage, "staged").replace("$1:", "line:").replace("SEQ8()", "number")
    into, _, rest = sql.partition(" using (")
    source, _, matched = rest.partition(") s on ")
    lines = [
        line
        for path in STAGED[sync_id]
        for line in gzip.decompress(path.read_bytes()).decode().splitlines()
    ]
    with self._connect() as connection, connection.begin():
        connection.execute(
            text("create or replace temporary table staged (number int, raw varchar, line variant)")
        )
        connection.execute(
            text("insert into staged (number, raw) values (:number, :raw)"),
            [{"number": number, "raw": line} for number, line in enumerate(lines)],
        )
        connection.execute(text("update staged set line = parse_json(raw)"))
        escaped = source.replace(":", "\\:")
        connection.execute(text(f"create or replace temporary table sourced as {escaped}"))
        connection.execute(text(f"{into} using sourced s on {matched}"))
    return len(lines)


def main(config: str, table: str) -> None:
    """Load what comes on standard input and print the table."""
    with fakesnow.patch():
        import snowflake.connector  # type: ignore[import-not-found]  # noqa: PLC0415
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
        TargetSnowflake.cli(["--config", config], standalone_mode=False)
        cursor = snowflake.connector.connect(database="DB1", schema="S1").cursor()
        types = cursor.execute(
            "SELECT lower(column_name), data_type FROM information_schema.columns"
            f" WHERE table_schema = 'S1' AND table_name = '{table.upper()}'"
        ).fetchall()
        rows = cursor.execute(f"SELECT * FROM {table}").fetchall()
        names = [column[0].lower() for column in cursor.description]
    named = [dict(zip(names, row, strict=True)) for row in rows]
    stored = json.dumps({"types": dict(types), "rows": named}, default=str)
    sys.stdout.write(f"STORED {stored}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
