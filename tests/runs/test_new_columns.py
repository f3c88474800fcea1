"""Columns that discovery never announced: in the tables after the run, whatever the catalog."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tap_8x8_cc.records.columns import Rows, fixed_names
from tests.support.databases import Postgres, as_sent, duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.plain_api import KEYS, LABELS, STREAM, PlainApi, row, serve
from tests.support.tapcli import Run, config, discover, select, tap
from tests.support.truth import same_rows, truth
from tests.support.vanished import delete_vanished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Row

TYPE, GROUPING = "queue-interactions-summary", "queue"
QUEUES = "queue_interactions_summary_by_queue"
START, END = "2026-03-02T05:00:00Z", "2026-03-04T05:00:00Z"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig()) as server:
        yield server


@pytest.fixture(scope="module")
def catalog(sandbox: SandboxServer) -> dict[str, Any]:
    """A catalog from before anything was added."""
    sandbox.configure(center={"extra_dimension": False, "extra_metric": False})
    return select(discover(settings(sandbox)), [QUEUES])


def settings(sandbox: SandboxServer, **more: Any) -> dict[str, Any]:
    return config(sandbox.url, end_date="2026-03-04", **more)


@pytest.fixture
def extended(sandbox: SandboxServer, catalog: dict[str, Any]) -> Iterator[list[dict[str, Any]]]:
    """The sandbox with a dimension and a metric that no listing names; gives its rows."""
    del catalog  # made before
    sandbox.configure(center={"extra_dimension": True, "extra_metric": True})
    rows = truth(sandbox.center(), TYPE, GROUPING, START, END)
    assert {"site"} < rows[0].keys()
    yield rows
    sandbox.configure(center={"extra_dimension": False, "extra_metric": False})


def unannounced(run: Run, catalog: dict[str, Any]) -> set[str]:
    """Return the columns that the last SCHEMA has beyond the catalog."""
    (entry,) = (e for e in catalog["streams"] if e["tap_stream_id"] == QUEUES)
    last = run.schemas[QUEUES][-1]["schema"]["properties"]
    return set(last) - set(entry["schema"]["properties"])


def test_a_dimension_that_comes_between_two_nights_gives_no_row_another_key(
    sandbox: SandboxServer, catalog: dict[str, Any], tmp_path: Path, postgres: Postgres
) -> None:
    """It comes and goes, and after each night the tables' sums are the contact center's own."""
    catalog = select(catalog, [QUEUES, "extractions"])
    path = tmp_path / "warehouse.duckdb"
    state: dict[str, Any] = {}
    keys: list[set[str]] = []
    for night, with_site in enumerate((False, True, True, False)):
        end = f"2026-03-0{4 + night}"
        sandbox.configure(center={"extra_dimension": with_site, "extra_metric": False})
        run = tap(config(sandbox.url, end_date=end), catalog=catalog, state=state)
        assert run.exit_code == 0, run.stderr
        state = run.state
        keys.append({row["row_id"] for row in run.records[QUEUES]})
        assert len(keys[-1]) == len(run.records[QUEUES])
        load_duckdb(run.stdout, path)
        load_postgres(run.stdout, postgres.url, postgres.schema)
        if night == 3:  # what parted rows by site is vanished now
            delete_vanished(path, postgres, QUEUES)
        own = sums(truth(sandbox.center(), TYPE, GROUPING, START, f"{end}T05:00:00Z"))
        assert sums(as_sent(duckdb_rows(path, QUEUES))) == own
        assert sums(as_sent(postgres_rows(postgres, QUEUES))) == own
    sandbox.configure(center={"extra_dimension": False, "extra_metric": False})
    assert keys[0] < keys[1] < keys[2]  # where it parts rows, all but the first of each are new


def sums(rows: list[Row]) -> dict[tuple[str, str], tuple[float, float]]:
    """Add up what a day's rows of a queue count."""
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for each in rows:
        key = each["start_time"], each["queue_id"]
        entered, accepted = found.get(key, (0, 0))
        found[key] = entered + each["entered"], accepted + each["accepted"]
    return found


def test_new_dimension_and_metric_are_in_the_tables(
    sandbox: SandboxServer,
    catalog: dict[str, Any],
    extended: list[dict[str, Any]],
    postgres: Postgres,
    tmp_path: Path,
) -> None:
    """Under a catalog from before, as a cached one is, and in tables from before."""
    sandbox.configure(center={"extra_dimension": False, "extra_metric": False})
    before = tap(settings(sandbox), catalog=catalog)
    sandbox.configure(center={"extra_dimension": True, "extra_metric": True})
    after = tap(settings(sandbox), catalog=catalog)
    new = unannounced(after, catalog)
    assert len(new) == 2
    path = tmp_path / "warehouse.duckdb"
    for run in (before, after):
        load_duckdb(run.stdout, path)
        load_postgres(run.stdout, postgres.url, postgres.schema)
    keys = {r["row_id"] for r in after.records[QUEUES]}
    wanted = [{name: r[name] for name in (*new, "queue", "queue_id", "accepted")} for r in extended]
    for stored in (duckdb_rows(path, QUEUES), postgres_rows(postgres, QUEUES)):
        same_rows([r for r in stored if r["row_id"] in keys], wanted)


def test_a_column_that_only_the_catalog_knows_is_filled_without_another_schema(
    sandbox: SandboxServer, catalog: dict[str, Any], extended: list[dict[str, Any]]
) -> None:
    """A cached catalog may have columns of an earlier run, which discovery does not list."""
    first = tap(settings(sandbox), catalog=catalog)
    new = unannounced(first, catalog)
    assert len(new) == 2
    cached = json.loads(json.dumps(catalog))
    (entry,) = (e for e in cached["streams"] if e["tap_stream_id"] == QUEUES)
    properties = first.schemas[QUEUES][-1]["schema"]["properties"]
    entry["schema"]["properties"] |= {name: properties[name] for name in new}
    again = tap(settings(sandbox), catalog=cached)
    assert again.exit_code == 0, again.stderr
    assert len(again.schemas[QUEUES]) == 1
    names = (*new, "queue", "queue_id", "accepted")
    same_rows(again.records[QUEUES], [{name: r[name] for name in names} for r in extended])


def test_deselected_columns_stay_out_and_new_ones_come(
    sandbox: SandboxServer, catalog: dict[str, Any], extended: list[dict[str, Any]]
) -> None:
    few = select(catalog, [QUEUES], ["row_id", "start_time", "end_time", "queue_id", "accepted"])
    run = tap(settings(sandbox), catalog=few)
    assert run.exit_code == 0, run.stderr
    new = unannounced(run, catalog)
    chosen = {*fixed_names(Rows.SUMMARY), "queue_id", "accepted", *new} - {
        "tenant_id",
        "total_type",
    }
    assert {frozenset(r) for r in run.records[QUEUES]} == {frozenset(chosen)}
    assert set(run.schemas[QUEUES][-1]["schema"]["properties"]) == chosen
    same_rows(run.records[QUEUES], [{n: r[n] for n in chosen & r.keys()} for r in extended])
    whole = tap(settings(sandbox), catalog=catalog)
    ids = [{r["row_id"] for r in found.records[QUEUES]} for found in (run, whole)]
    assert ids[0] == ids[1]


def test_new_columns_go_through_stream_maps(
    sandbox: SandboxServer, catalog: dict[str, Any], extended: list[dict[str, Any]]
) -> None:
    maps = {QUEUES: {"queue": None, "place": "site.upper() if site else None", "__alias__": "q"}}
    run = tap(settings(sandbox, stream_maps=maps), catalog=catalog)
    assert run.exit_code == 0, run.stderr
    last = run.schemas["q"][-1]["schema"]["properties"]
    assert {"site", "place"} <= set(last)
    assert all(set(r) <= set(last) for r in run.records["q"])
    same_rows(
        run.records["q"],
        [
            {"place": r["site"] and r["site"].upper(), "site": r["site"], "queue_id": r["queue_id"]}
            for r in extended
        ],
    )


def test_new_key_that_clashes_and_values_that_fit_nothing_arrive(
    postgres: Postgres, tmp_path: Path
) -> None:
    """A key named like a fixed column; a text in a number's column, only in the second window."""

    def odd(cells: tuple[str | None, ...]) -> Any:
        listed = [
            {"key": key, "label": label, "value": value}
            for key, label, value in zip(KEYS, LABELS, cells, strict=True)
        ]
        late = str(cells[0]) >= "2026-03-30"
        if late:
            listed[4]["value"] = "a few"
            listed.append({"key": "rowId", "label": "Row", "value": f"r{cells[3]}"})
            listed.append({"key": "callbacksOffered", "label": "Callbacks", "value": "7"})
        return listed

    api = PlainApi(32 * 3, per_day=3, items=odd)
    with serve(api) as url:
        own = config(url, start_date="2026-03-01", end_date="2026-04-02", timezone="UTC")
        run = tap(own, catalog=select(discover(own), [STREAM]))
    assert run.exit_code == 0, run.stderr
    assert "a few" in run.stderr
    path = tmp_path / "warehouse.duckdb"
    load_duckdb(run.stdout, path)
    load_postgres(run.stdout, postgres.url, postgres.schema)
    (clash,) = {n for r in run.records[STREAM] for n in r if n.startswith("row_id_")}
    for stored in (duckdb_rows(path, STREAM), postgres_rows(postgres, STREAM)):
        assert len(stored) == 96
        late = [r for r in stored if r[clash]]
        assert len(late) == 9
        assert {r["callbacks_offered"] for r in late} == {7}
        assert {r["accepted"] for r in late} == {None}
        raw = [r["unparsed_values"] for r in late]
        assert [json.loads(v) if isinstance(v, str) else v for v in raw] == [
            {"accepted": "a few"}
        ] * 9
        early = [r for r in stored if not r[clash]]
        assert sum(r["accepted"] for r in early) == sum(
            int(row(n, day)[4] or 0) for day in range(29) for n in range(3)
        )
