"""Columns that tell what a row is: in every table, whatever a catalog says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tap_8x8_cc.planning.catalog import EXTRACTIONS
from tap_8x8_cc.records.columns import Rows, fixed_names
from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.tapcli import config, discover, select, tap
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.databases import Postgres

TYPE, GROUPING = "agent-interactions-summary", "group-and-media"
STREAM = "agent_interactions_summary_by_group_media"
START, END = "2026-03-02T05:00:00Z", "2026-03-04T05:00:00Z"


def test_an_old_catalog_of_few_columns_loses_none_of_them(
    tmp_path: Path, postgres: Postgres
) -> None:
    """It was saved before totals and tenants were asked for, and selects one metric."""
    with SandboxServer(SandboxConfig(tenants=("north",))) as server:
        old = config(server.url, tenant_ids=["north"], end_date="2026-03-04", granularity="hour")
        catalog = select(discover(old), [STREAM, EXTRACTIONS], ["accepted"])
        entry = next(e for e in catalog["streams"] if e["tap_stream_id"] == STREAM)
        automatic = {
            item["breadcrumb"][-1]
            for item in entry["metadata"]
            if item["metadata"].get("inclusion") == "automatic"
        }
        assert automatic == set(fixed_names(Rows.SUMMARY)) - {"total_type"}
        log = next(e for e in catalog["streams"] if e["tap_stream_id"] == EXTRACTIONS)
        for item in log["metadata"]:
            if item["breadcrumb"]:
                item["metadata"] = {"inclusion": "available", "selected": False}
        del entry["schema"]["properties"]["tenant_id"]
        entry["metadata"] = [m for m in entry["metadata"] if "tenant_id" not in m["breadcrumb"]]
        run = tap({**old, "include_subtotals": True}, catalog=catalog)
        assert run.exit_code == 0, run.stderr
        rows = truth(
            server.center("north"), TYPE, GROUPING, START, END, granularity="hour", subtotals=True
        )
    (extraction,) = run.records[EXTRACTIONS]
    assert (extraction["stream"], extraction["tenant_id"]) == (STREAM, "north")
    assert (extraction["start_time"], extraction["end_time"]) == (START, END)
    columns = [*fixed_names(Rows.SUMMARY), "accepted"]
    assert {frozenset(row) for row in run.records[STREAM]} == {frozenset(columns)}
    assert set(run.schemas[STREAM][-1]["schema"]["properties"]) == set(columns)
    wanted = [
        {name: row[name] for name in ("start_time", "end_time", "accepted", "total_type")}
        for row in rows
    ]
    assert {row["total_type"] for row in wanted} == {None, "subtotal"}
    same_rows(run.records[STREAM], wanted)
    (read_at,) = {row["read_at"] for row in run.records[STREAM]}
    load_duckdb(run.stdout, tmp_path / "rows.duckdb")
    load_postgres(run.stdout, postgres.url, postgres.schema)
    tables = (duckdb_rows(tmp_path / "rows.duckdb", STREAM), postgres_rows(postgres, STREAM))
    sent = {row["row_id"]: row for row in run.records[STREAM]}
    for table in tables:
        assert len(table) == len(sent) == len(wanted)
        for row in table:
            begin = row["start_time"]
            local = sent[row["row_id"]]
            # New York is five hours behind until the 8th of March.
            hour = (begin.hour - 5) % 24
            assert str(row["local_time"]) == local["local_time"] == f"{hour:02}:00:00"
            assert str(row["local_date"]) == local["local_date"]
            assert row["tenant_id"] == "north"
            assert row["read_at"].isoformat(timespec="milliseconds") == read_at.rstrip("Z")
