"""Nights between which settings change: the tables stay true, or the stream stops with a line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tests.support.databases import as_sent, duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.tapcli import Run, config, discover, select, tap
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Postgres, Row

TYPE, METRICS = "queue-interactions-summary", ("entered", "accepted")
DAILY, TOTALS = "queue_interactions_summary_by_queue", "totals"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


def settings_of(server: SandboxServer, **more: Any) -> dict[str, Any]:
    totals = {
        "name": TOTALS,
        "type": TYPE,
        "group_by": "queue",
        "granularity": "day",
        "metrics": list(METRICS),
        "include_grand_total": True,
    }
    return config(server.url, reports=[totals], date_range_reading="instant", **more)


class Warehouses:
    """Both databases, and the nights that fill them.

    Attributes:
        state: The state after the last night.
    """

    def __init__(self, sandbox: SandboxServer, file: Path, postgres: Postgres) -> None:
        self._sandbox = sandbox
        self._file = file
        self._postgres = postgres
        streams = [DAILY, TOTALS, "extractions"]
        self._catalog = select(discover(settings_of(sandbox)), streams)
        self.state: dict[str, Any] = {}

    def night(self, **more: Any) -> Run:
        """Run a night, always with the catalog of the first."""
        settings = settings_of(self._sandbox, **more)
        run = tap(settings, catalog=self._catalog, state=self.state)
        load_postgres(run.stdout, self._postgres.url, self._postgres.schema)
        load_duckdb(run.stdout, self._file)
        self.state = run.state or self.state
        return run

    def tables(self, stream: str) -> list[list[Row]]:
        """Return a stream's table as either database has it."""
        found = duckdb_rows(self._file, stream), postgres_rows(self._postgres, stream)
        return [as_sent(rows) for rows in found]

    def truth(self, start: str, end: str, **more: Any) -> list[Row]:
        """Return what the contact center itself says."""
        center = self._sandbox.center()
        return truth(center, TYPE, "queue", start, end, metrics=METRICS, **more)

    def check(self, stream: str, start: str, end: str) -> None:
        """Assert that the tables hold what the contact center says, totals apart."""
        own = self.truth(start, end)
        for rows in self.tables(stream):
            same_rows([row for row in rows if not row.get("total_type")], own)

    def check_grand_total(self, start: str, end: str) -> None:
        """Assert that there is one grand total, that of a range."""
        own = self.truth(start, end, grand_total=True)
        (wanted,) = (row for row in own if row["total_type"] == "grandtotal")
        for rows in self.tables(TOTALS):
            same_rows([row for row in rows if row["total_type"] == "grandtotal"], [wanted])


def test_tables_stay_true_or_the_stream_stops(
    sandbox: SandboxServer, tmp_path: Path, postgres: Postgres
) -> None:
    """An earlier start fills in the past; hours instead of days, or tenants, stop the stream."""
    own = Warehouses(sandbox, tmp_path / "warehouse.duckdb", postgres)
    night, check, check_grand_total = own.night, own.check, own.check_grand_total

    first = night(start_date="2026-03-02", end_date="2026-03-05")
    assert first.exit_code == 0, first.stderr
    check(DAILY, "2026-03-02T05:00:00Z", "2026-03-05T05:00:00Z")
    check_grand_total("2026-03-02T05:00:00Z", "2026-03-05T05:00:00Z")

    earlier = night(start_date="2026-02-10", end_date="2026-03-06", max_window_days=8)
    assert earlier.exit_code == 0, earlier.stderr
    for stream in (DAILY, TOTALS):
        check(stream, "2026-02-10T05:00:00Z", "2026-03-06T05:00:00Z")
    check_grand_total("2026-03-02T05:00:00Z", "2026-03-06T05:00:00Z")
    begins = [s["bookmarks"].get(DAILY, {}).get("since") for s in earlier.states]
    steps = [*dict.fromkeys(begin for begin in begins if begin)]
    assert steps == sorted(steps, reverse=True)
    assert (steps[-1], len(steps)) == ("2026-02-10T05:00:00Z", 4)

    hours = night(start_date="2026-02-10", end_date="2026-03-07", granularity="hour")
    assert hours.exit_code == 1
    assert f"{DAILY}: granularity was day and is hour now." in hours.errors[0]
    assert set(hours.records) == {TOTALS, "extractions"}  # its own days are what they were
    check(DAILY, "2026-02-10T05:00:00Z", "2026-03-06T05:00:00Z")

    tenants = night(start_date="2026-02-10", end_date="2026-03-07", tenant_ids=["sandbox"])
    assert tenants.exit_code == 1
    assert any("tenant_ids was not set and is set now" in line for line in tenants.errors)
    assert tenants.records == {}

    back = night(start_date="2026-02-20", end_date="2026-03-07")
    assert back.exit_code == 0, back.stderr
    for stream in (DAILY, TOTALS):
        check(stream, "2026-02-10T05:00:00Z", "2026-03-07T05:00:00Z")
    check_grand_total("2026-03-04T05:00:00Z", "2026-03-07T05:00:00Z")

    check_what_lies_beyond(own)


def check_what_lies_beyond(own: Warehouses) -> None:
    """A start after the bookmark leaves a hole, and says so; totals that come later are marked."""
    beyond = own.night(start_date="2026-03-09", end_date="2026-03-11")
    assert beyond.exit_code == 0, beyond.stderr
    assert "which stays a hole in the table" in beyond.stderr
    assert own.state["bookmarks"][DAILY]["since"] == "2026-03-09T04:00:00Z"
    hole = ("2026-03-07T05:00:00Z", "2026-03-08T05:00:00Z")
    whole = own.truth("2026-02-10T05:00:00Z", "2026-03-11T04:00:00Z")
    expected = [row for row in whole if row["start_time"] not in hole]
    assert len(expected) < len(whole)
    for rows in own.tables(DAILY):
        same_rows(rows, expected)

    # Totals are asked for, and the catalog is from before: their mark is there all the same.
    marked = own.night(start_date="2026-03-09", end_date="2026-03-12", include_subtotals=True)
    assert marked.exit_code == 0, marked.stderr
    last = own.truth("2026-03-09T04:00:00Z", "2026-03-12T04:00:00Z", subtotals=True)
    assert {row["total_type"] for row in last} == {None, "subtotal"}
    for rows in own.tables(DAILY):
        same_rows([row for row in rows if row["start_time"] > hole[1]], last)
