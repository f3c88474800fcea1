"""Events whose keys change at the API between two nights: what stays the same row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.support import tapcli
from tests.support.cursor_api import CursorApi, served
from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.tapcli import config
from tests.support.vanished import delete_vanished

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.databases import Postgres

STREAM, TYPE = "detailed_reports_survey", "detailed-reports-survey"
KEYS = ["surveyId", "agent", "time", "score"]


@pytest.fixture
def api() -> CursorApi:
    """Ten answers a day to two surveys."""
    rows = [
        {
            "surveyId": f"s{number % 2}",
            "agent": f"Agent {number}",
            "time": f"2026-03-{2 + day:02}T{8 + number:02}:00:00-05:00",
            "score": number,
        }
        for day in range(4)
        for number in range(10)
    ]
    return CursorApi([listed(KEYS)], rows)


def listed(keys: list[str]) -> dict[str, Any]:
    return {"type": TYPE, "metrics": keys, "searchQuery": {}}


class Nights:
    """Runs one after another, each from the state of the one before, and the table they fill."""

    def __init__(self, api: CursorApi) -> None:
        self._api = api
        self.state: dict[str, Any] = {}
        self.table: dict[str, dict[str, Any]] = {}
        self.printed: list[bytes] = []

    def run(self, columns: list[str] | None = None, **settings: Any) -> tapcli.Run:
        """Run a night."""
        with served(self._api) as url:
            own = config(
                url,
                end_date="2026-03-06",
                lookback_days=9,
                date_range_reading="instant",
                **settings,
            )
            found = tapcli.sync(own, [STREAM, "extractions"], state=self.state, columns=columns)
        self.state = found.state
        self.table |= {row["row_id"]: row for row in found.records[STREAM]}
        self.printed.append(found.stdout)
        return found


@pytest.fixture
def nights(api: CursorApi) -> Nights:
    return Nights(api)


def test_row_ids_do_not_depend_on_the_state(api: CursorApi, nights: Nights) -> None:
    """Nor on a key that nobody lists, whose values look like another type each night."""
    api.rows = [{**row, "ticketId": None} for row in api.rows]
    assert not nights.run().lines
    before = set(nights.table)
    assert "identity" not in nights.state["bookmarks"][STREAM]
    api.rows = [{**row, "ticketId": "17"} for row in api.rows]
    nights.run()
    nights.state = {}
    api.rows = [{**row, "ticketId": "A7"} for row in api.rows]
    nights.run(["row_id", "score", "ticket_id"])
    assert api.bodies[-1]["metrics"] == ["surveyId", "time", "score"]
    assert set(nights.table) == before


def test_a_key_that_the_api_adds_leaves_the_latest_rows_once_the_vanished_are_deleted(
    api: CursorApi, nights: Nights, tmp_path: Path, postgres: Postgres
) -> None:
    """Two answers at the same time to the same survey, and only the new key distinguishes them."""
    nights.run()
    api.types[:] = [listed([*KEYS, "responseId"])]
    api.rows = [{**row, "responseId": f"r{n}{m}"} for n, row in enumerate(api.rows) for m in "ab"]
    nights.run()
    file = tmp_path / "surveys.duckdb"
    for printed in nights.printed:
        load_duckdb(printed, file)
        load_postgres(printed, postgres.url, postgres.schema)
    delete_vanished(file, postgres, STREAM, events=True)
    for table in (duckdb_rows(file, STREAM), postgres_rows(postgres, STREAM)):
        assert sum(row["score"] for row in table) == 2 * 4 * sum(range(10))
        assert {row["response_id"] for row in table} == {
            f"r{n}{m}" for n in range(40) for m in "ab"
        }


def test_rows_without_a_time_are_those_of_their_day(api: CursorApi, nights: Nights) -> None:
    """The day of the report is part of what identifies them."""
    day = [row for row in api.rows if row["time"].startswith("2026-03-02")]
    api.types[:] = [listed(["surveyId", "score", "agent"])]
    api.rows = [{key: row[key] for key in ("surveyId", "score", "agent")} for row in day]
    nights.run()
    assert len(nights.table) == 4 * len(day)  # the plain model returns them for each day
    days = {(row["report_date"], row["local_date"]) for row in nights.table.values()}
    assert days == {(f"2026-03-0{day}", f"2026-03-0{day}") for day in (2, 3, 4, 5)}
