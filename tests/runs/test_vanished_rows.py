"""Rows that vanish at the contact center vanish from the tables, by the statement of the docs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig, Filter

from tap_8x8_cc.planning.catalog import participants_name
from tests.support import tapcli
from tests.support.cursor_api import CursorApi, served
from tests.support.databases import as_sent, duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.tapcli import config, discover, kill_after, select, tap
from tests.support.truth import same_rows, truth, utc
from tests.support.vanished import STATEMENTS, delete_vanished

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Postgres, Row

pytestmark = pytest.mark.pipeline

TYPE, METRIC = "agent-interactions-by-wrap-up-code", "transactionCodeCount"
DETAILS = "detailed_reports_interaction_details"
CODES, ONE = "codes", "one_code"
START, ZONE = "2025-03-05T05:00:00Z", "America/New_York"
FIRST_NIGHT = utc("2025-03-07T06:40:00Z")
DAY = timedelta(days=1)
CENTER = CenterConfig(agents=3, queues=2, late_changes=True, corrected_codes=True)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=CENTER)) as server:
        yield server


@pytest.fixture(scope="module")
def code(sandbox: SandboxServer) -> str:
    """A wrap-up code, as filters name it, that all calls of some hours are corrected from."""
    for each in sandbox.center().roster.wrap_up_codes:
        name = f"{each.list_id}-{each.id}"
        first, last = (
            {row["start_time"] for row in own(sandbox, ONE, name, FIRST_NIGHT + nights * DAY)}
            for nights in (0, 2)
        )
        if first - last:
            return name
    pytest.fail("no hour becomes empty")


@pytest.mark.parametrize("dialect", ["snowflake", "postgres", "duckdb"])
def test_statements_are_sql_of_the_three(dialect: str) -> None:
    assert len(STATEMENTS) == 3
    for text in STATEMENTS:
        sqlglot.parse_one(text, dialect=dialect, error_level=sqlglot.ErrorLevel.RAISE)


def settings_of(server: SandboxServer, code: str, now: datetime) -> dict[str, Any]:
    common = {"type": TYPE, "granularity": "hour", "metrics": [METRIC]}
    filters = [{"name": "wrap-up-code", "values": [code]}]
    reports = [
        {**common, "name": CODES, "group_by": "agent-and-wrap-up-code"},
        {**common, "name": ONE, "group_by": "wrap-up-code", "filters": filters},
    ]
    end = (now - timedelta(minutes=40)).isoformat()
    return config(
        server.url,
        start_date=START,
        end_date=end,
        lookback_days=3,
        reports=reports,
        date_range_reading="instant",
        max_window_days=2,
        max_concurrent_reports=1,
    )


def own(server: SandboxServer, stream: str, code: str, now: datetime) -> list[dict[str, Any]]:
    """Return what the contact center says of all that is settled."""
    options: dict[str, Any] = {"group_by": "agent-and-wrap-up-code"}
    if stream == ONE:
        options = {"group_by": "wrap-up-code", "filters": (Filter("wrap-up-code", (code,)),)}
    end = (now - timedelta(minutes=40)).isoformat()
    known: dict[str, Any] = {
        "granularity": "hour",
        "timezone": ZONE,
        "now": now,
        "metrics": (METRIC,),
    }
    return truth(server.center(), TYPE, start=START, end=end, **known, **options)


def test_three_nights_with_corrections_and_a_crash_end_with_the_last_truth(
    sandbox: SandboxServer, code: str, tmp_path: Path, postgres: Postgres
) -> None:
    file = tmp_path / "warehouse.duckdb"
    catalog = select(discover(settings_of(sandbox, code, FIRST_NIGHT)), [CODES, ONE, "extractions"])
    state: dict[str, Any] = {}
    created: list[tuple[str, str, str]] = []

    def load(messages: bytes) -> dict[str, Any] | None:
        load_postgres(messages, postgres.url, postgres.schema)
        states = load_duckdb(messages, file).states
        return states[-1] if states else None

    for night in range(3):
        now = FIRST_NIGHT + night * DAY
        sandbox.clock.set(now)
        sandbox.clear_requests()
        settings = settings_of(sandbox, code, now)
        if night == 1:  # it dies among the rows of the second report
            cut = kill_after(settings, 60, catalog=catalog, state=state)
            state = load(cut.stdout[: cut.stdout.rfind(b"\n") + 1]) or state
        run = tap(settings, catalog=catalog, state=state)
        assert run.exit_code == 0, run.stderr
        state = load(run.stdout) or state
        created += [
            (str(body["title"]), body["dateRange"]["start"], body["dateRange"]["end"])
            for body in (e.body for e in sandbox.requests() if e.operation == "create")
            if isinstance(body, dict)
        ]
    third = FIRST_NIGHT + 2 * DAY
    before = duckdb_rows(file, CODES), duckdb_rows(file, ONE)
    delete_vanished(file, postgres, CODES, ONE)
    for stream, held in zip((CODES, ONE), before, strict=True):
        expected = own(sandbox, stream, code, third)
        assert len(held) > len(expected)
        same_rows(as_sent(duckdb_rows(file, stream)), expected)
        same_rows(as_sent(postgres_rows(postgres, stream)), expected)
    hours = {row["start_time"] for row in own(sandbox, ONE, code, third)}
    assert {row["start_time"] for row in as_sent(before[1])} - hours  # all of some hours vanished

    log = duckdb_rows(file, "extractions")
    assert as_sent(log) == as_sent(postgres_rows(postgres, "extractions"))
    check_log(log, created)


def check_log(log: list[Row], created: list[tuple[str, str, str]]) -> None:
    """Each report that was read whole is logged; of each stream, without a gap."""
    logged = {(row["stream"], instant(row["start_time"]), instant(row["end_time"])) for row in log}
    asked = {
        (title, utc(start), utc(end) + timedelta(milliseconds=1)) for title, start, end in created
    }
    assert logged == asked
    assert len(log) <= len(created) <= len(log) + 2  # two may have been under way at the crash
    for stream in (CODES, ONE):
        ranges = sorted((start, end) for name, start, end in logged if name == stream)
        assert ranges[0][0] == utc(START)
        reached = ranges[0][1]
        for (_, _), (start, end) in pairwise(ranges):
            assert start <= reached
            reached = max(reached, end)
        assert reached == utc("2025-03-09T06:00:00Z")


def instant(moment: datetime) -> datetime:
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


PEOPLE = participants_name(DETAILS)


def interaction(number: int, day: int, agents: str) -> dict[str, Any]:
    """Return an interaction and who took part."""
    return {
        "interactionId": f"i{number}",
        "creationTime": f"2026-03-{day:02}T{10 + number % 8}:30:00-05:00",
        "participants": [
            {"participantId": agent, "participantAssignNumber": place}
            for place, agent in enumerate(agents, 1)
        ],
    }


class DailyApi(CursorApi):
    """Gives the rows of the day for which the newest report was created."""

    def page(self, document: str | None, size: int) -> tuple[bytes, dict[str, str], bool]:
        """Return a page of the day's rows."""
        day = self.bodies[-1]["dateRange"]["start"][:10]
        whole = self.rows
        self.rows = [row for row in whole if row["creationTime"].startswith(day)]
        try:
            return super().page(document, size)
        finally:
            self.rows = whole


def test_events_and_their_participants_vanish_too(
    tmp_path: Path,
    postgres: Postgres,
) -> None:
    """One of a day, all of a day, and one of those who took part; of two tenants."""
    listing = ["interactionId", "creationTime", "participantId", "participantAssignNumber"]
    api = DailyApi([{"type": "detailed-reports-interaction-details", "metrics": listing}])
    held = {day: [interaction(day * 10 + n, day, "ab") for n in range(3)] for day in range(2, 7)}
    file = tmp_path / "warehouse.duckdb"
    state: dict[str, Any] = {}
    for night, first in enumerate((2, 3, 4)):
        if night == 1:
            held[3] = []
            held[4] = [held[4][0], interaction(41, 4, "a")]
        if night == 2:
            held[5] = held[5][1:]
        api.rows = [row for day in range(first, 5 + night) for row in held[day]]
        with served(api) as url:
            settings = config(
                url,
                end_date=f"2026-03-0{5 + night}",
                lookback_days=2,
                date_range_reading="instant",
                max_concurrent_reports=1,
                tenant_ids=["north", "south"],
            )
            streams = [DETAILS, PEOPLE, "extractions"]
            done = tapcli.sync(settings, streams, state=state)
        assert not done.failed, done.lines
        state = done.state
        load_duckdb(done.stdout, file)
        load_postgres(done.stdout, postgres.url, postgres.schema)
    before = [len(duckdb_rows(file, stream)) for stream in (DETAILS, PEOPLE)]
    delete_vanished(file, postgres, DETAILS, PEOPLE, events=True, tenants=True)
    rows = [row for day in held.values() for row in day]
    people = [
        (row["interactionId"], each["participantId"])
        for row in rows
        for each in row["participants"]
    ]
    assert before == [2 * 15, 2 * 30]
    tables = [
        [duckdb_rows(file, stream) for stream in (DETAILS, PEOPLE)],
        [postgres_rows(postgres, stream) for stream in (DETAILS, PEOPLE)],
    ]
    for interactions, participants in tables:
        names = {row["row_id"]: row["interaction_id"] for row in interactions}
        assert sorted(names.values()) == sorted([row["interactionId"] for row in rows] * 2)
        found = [(names[row["interaction_row_id"]], row["participant_id"]) for row in participants]
        assert sorted(found) == sorted(people * 2)
