"""The dbt package over a load of the contact center: its marts are the center's own figures."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest

from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.mart_truth import same_marts
from tests.support.models import STREAMS, build_postgres, dbt, figures, read_center

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.databases import Postgres, Row
    from tests.support.mart_truth import Mart
    from tests.support.tapcli import Run


@pytest.fixture(scope="module")
def expected() -> dict[str, Mart]:
    return figures().marts()


@pytest.fixture(scope="module")
def run() -> Run:
    return read_center()


@pytest.fixture(scope="module")
def in_duckdb(run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("models") / "center.duckdb"
    load_duckdb(run.stdout, path)
    dbt("duckdb", "build", env={"DBT_DUCKDB_PATH": str(path)})
    return path


def mart_in(path: Path, name: str) -> list[Row]:
    return duckdb_rows(path, f"eight_by_eight__{name}", "analytics")


def test_marts_in_duckdb_are_the_contact_centers_own_figures(
    in_duckdb: Path, expected: dict[str, Mart], run: Run
) -> None:
    same_marts(lambda name: mart_in(in_duckdb, name), expected)
    repeats = {row["is_repeat_contact"] for row in expected["interactions"].values()}
    assert repeats == {None, True, False}

    read = {
        stream: (len(rows), max(row["read_at"] for row in rows))
        for stream, rows in run.records.items()
        if stream != "extractions"
    }
    assert read.keys() == set(STREAMS) - {"extractions"}
    assert {
        row["stream"]: (row["rows_read"], f"{row['last_read_at'].isoformat()[:23]}Z")
        for row in mart_in(in_duckdb, "freshness")
    } == read
    for row in mart_in(in_duckdb, "freshness"):
        assert row["read_until"] == datetime(2026, 3, 10, 4)  # noqa: DTZ001 - UTC, untold
        assert row["ranges_read"] == 1


def test_marts_in_postgres_are_the_contact_centers_own_figures(
    run: Run, postgres: Postgres, expected: dict[str, Mart]
) -> None:
    load_postgres(run.stdout, postgres.url, postgres.schema)

    marts = build_postgres(postgres)
    same_marts(lambda name: postgres_rows(marts, f"eight_by_eight__{name}"), expected)
