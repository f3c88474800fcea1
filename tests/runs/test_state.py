"""The state: where a run goes on, whatever ended the one before."""

from __future__ import annotations

import json
import signal
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support.loaders import load_duckdb
from tests.support.tapcli import Run, config, discover, kill_after, select, tap
from tests.support.truth import same_rows, truth, utc

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TYPE = "queue-interactions-summary"
BY_QUEUE, BY_MEDIA = "queue_interactions_summary_by_queue", "queue_interactions_summary_by_media"
COLUMNS = ("row_id", "start_time", "end_time", "queue", "queue_id", "media", "entered")
METRICS = ("entered",)
STREAMS = {BY_QUEUE: "queue", BY_MEDIA: "media"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


@pytest.fixture(scope="module")
def settings(sandbox: SandboxServer) -> dict[str, Any]:
    """Return two months and a half of days: three windows for each stream."""
    return config(
        sandbox.url,
        start_date="2025-02-03",
        end_date="2025-04-14",
        date_range_reading="instant",  # so that what is asked for is the windows themselves
    )


@pytest.fixture(scope="module")
def catalog(settings: dict[str, Any]) -> dict[str, Any]:
    return select(discover(settings), STREAMS, COLUMNS)


@pytest.fixture(autouse=True)
def _quiet(sandbox: SandboxServer) -> Iterator[None]:
    sandbox.clear_requests()
    yield
    sandbox.configure(faults=[])


def own_rows(server: SandboxServer, group: str, start: str, end: str) -> list[dict[str, Any]]:
    return truth(server.center(), TYPE, group, start, end, metrics=METRICS)


def asked(server: SandboxServer) -> list[tuple[str, str, str]]:
    """Return grouping, begin and end of the reports created, the end as the boundary meant."""
    found = []
    for entry in server.requests():
        if entry.operation == "create":
            body: Any = entry.body
            end = utc(body["dateRange"]["end"]) + timedelta(milliseconds=1)
            start = utc(body["dateRange"]["start"])
            found.append((body["groupBy"]["name"], start.isoformat(), end.isoformat()))
    return found


def bookmarks(state: dict[str, Any]) -> dict[str, str]:
    return {
        name: entry["replication_key_value"]
        for name, entry in state["bookmarks"].items()
        if "replication_key_value" in entry
    }


def state_at(*values: str) -> dict[str, Any]:
    """Return a state in which the streams have come to these instants."""
    return {
        "bookmarks": {
            name: {"replication_key": "end_time", "replication_key_value": value}
            for name, value in zip(STREAMS, values, strict=True)
        }
    }


# --- one run after another ---


def test_a_second_run_asks_for_the_lookback_and_the_new_days_in_one_report_each(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    first = tap(settings, catalog=catalog)
    assert first.exit_code == 0, first.stderr
    assert len(asked(sandbox)) == 6
    for stream, group in STREAMS.items():
        expected = own_rows(sandbox, group, "2025-02-03T05:00:00Z", "2025-04-14T04:00:00Z")
        same_rows(first.records[stream], expected)
    # The state moves with each window, right behind its last row and never past it.
    marks = [bookmarks(state).get(BY_QUEUE) for state in first.states]
    assert [mark for mark in dict.fromkeys(marks) if mark] == [
        "2025-03-03T05:00:00Z",
        "2025-03-31T04:00:00Z",
        "2025-04-14T04:00:00Z",
    ]
    check_order(first)

    sandbox.clear_requests()
    second = tap({**settings, "end_date": "2025-04-16"}, catalog=catalog, state=first.state)
    reach = ("2025-04-11T04:00:00+00:00", "2025-04-16T04:00:00+00:00")
    assert sorted(asked(sandbox)) == [("media", *reach), ("queue", *reach)]
    assert set(bookmarks(second.state).values()) == {"2025-04-16T04:00:00Z"}
    for stream, group in STREAMS.items():
        same_rows(second.records[stream], own_rows(sandbox, group, *reach))

    sandbox.clear_requests()
    backfill = {**settings, "start_date": "2024-12-01", "end_date": "2025-01-10"}
    third = tap(backfill, catalog=catalog, state=second.state)
    assert (third.exit_code, third.records, asked(sandbox)) == (0, {}, [])
    assert bookmarks(third.state) == bookmarks(second.state)


def check_order(run: Run) -> None:
    """Each state is behind all rows up to its bookmark, and before all later ones."""
    reached = {stream: datetime.min.replace(tzinfo=UTC) for stream in STREAMS}
    for message in run.messages:
        if message["type"] == "RECORD":
            assert utc(message["record"]["start_time"]) >= reached[message["stream"]]
        elif message["type"] == "STATE":
            for stream, mark in bookmarks(message["value"]).items():
                assert utc(mark) >= reached[stream]
                reached[stream] = utc(mark)


def test_a_range_without_rows_moves_the_bookmark_too(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    """Nothing has happened yet in the contact center when its clock stands before the range."""
    sandbox.configure(now="2025-02-01T00:00:00Z")
    try:
        run = tap({**settings, "end_date": "2025-02-10"}, catalog=catalog)
    finally:
        sandbox.configure(now=None)
    assert (run.exit_code, run.records) == (0, {})
    assert set(bookmarks(run.state).values()) == {"2025-02-10T05:00:00Z"}


def test_a_bookmark_never_goes_back(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    """With a range that ends before the bookmark, and a lookback that reaches into it."""
    state = state_at("2025-04-14T04:00:00Z", "2025-03-15T04:00:00Z")
    wide = {**settings, "end_date": "2025-04-01", "lookback_days": 60}
    run = tap(wide, catalog=catalog, state=state)
    assert run.exit_code == 0, run.stderr
    assert asked(sandbox)
    for found in run.states:
        assert bookmarks(found)[BY_QUEUE] == "2025-04-14T04:00:00Z"
    assert bookmarks(run.state)[BY_MEDIA] == "2025-04-01T04:00:00Z"
    steps = [utc(bookmarks(found)[BY_MEDIA]) for found in run.states]
    assert steps == sorted(steps)


def test_a_changed_granularity_goes_on_from_whole_buckets(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    """From days to weeks: the week that holds bookmark and lookback is read from its Monday."""
    state = state_at("2025-03-12T04:00:00Z", "2025-03-12T04:00:00Z")
    weekly = {**settings, "granularity": "week", "end_date": "2025-03-26"}
    run = tap(weekly, catalog=catalog, state=state)
    assert run.exit_code == 0, run.stderr
    reach = ("2025-03-03T05:00:00+00:00", "2025-03-24T04:00:00+00:00")
    assert sorted(asked(sandbox)) == [("media", *reach), ("queue", *reach)]
    expected = truth(sandbox.center(), TYPE, "queue", *reach, granularity="week", metrics=METRICS)
    same_rows(run.records[BY_QUEUE], expected)
    assert set(bookmarks(run.state).values()) == {"2025-03-24T04:00:00Z"}


def test_no_granularity_is_one_range_read_in_full_each_time(
    sandbox: SandboxServer, settings: dict[str, Any]
) -> None:
    whole = {**settings, "granularity": "none"}
    catalog = select(discover(whole), STREAMS, COLUMNS)
    methods = {
        entry["replication_method"]
        for entry in catalog["streams"]
        if entry["tap_stream_id"] in STREAMS
    }
    assert methods == {"FULL_TABLE"}
    sandbox.clear_requests()
    first = tap(whole, catalog=catalog)
    assert first.exit_code == 0, first.stderr
    assert bookmarks(first.state or {"bookmarks": {}}) == {}
    later = tap({**whole, "end_date": "2025-04-20"}, catalog=catalog, state=first.state)
    begin, ends = "2025-02-03T05:00:00+00:00", ("2025-04-14T04:00:00", "2025-04-20T04:00:00")
    assert sorted(asked(sandbox)) == sorted(
        (group, begin, f"{end}+00:00") for end in ends for group in STREAMS.values()
    )
    expected = truth(
        sandbox.center(), TYPE, "queue", begin, f"{ends[1]}Z", granularity="none", metrics=METRICS
    )
    same_rows(later.records[BY_QUEUE], expected)
    # The later run's rows take the place of the earlier one's: a row for each queue stays.
    ids = [{row["row_id"] for row in run.records[BY_QUEUE]} for run in (first, later)]
    assert ids[0] <= ids[1]


# --- broken off ---


def test_runs_killed_anywhere_load_the_same_table_as_an_unbroken_one(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any], tmp_path: Path
) -> None:
    broken, unbroken = tmp_path / "broken.duckdb", tmp_path / "unbroken.duckdb"
    load_duckdb(tap(settings, catalog=catalog).stdout, unbroken)
    state: dict[str, Any] | None = None
    for lines in (3, 140, 450):  # before any row, and within two of the windows
        run = kill_after(settings, lines, catalog=catalog, state=state)
        assert run.exit_code in {0, -signal.SIGKILL}
        whole = run.stdout[: run.stdout.rfind(b"\n") + 1]
        states = load_duckdb(whole, broken).states
        # What the loader confirmed is what an orchestrator would keep.
        state = states[-1] if states else state
    last = tap(settings, catalog=catalog, state=state)
    assert last.exit_code == 0, last.stderr
    load_duckdb(last.stdout, broken)
    for stream, group in STREAMS.items():
        expected = own_rows(sandbox, group, "2025-02-03T05:00:00Z", "2025-04-14T04:00:00Z")
        tables = [rows(file, stream) for file in (broken, unbroken)]
        assert tables[0] == tables[1]
        assert len(tables[0]) == len(expected)
        assert sum(row[1] for row in tables[0]) == sum(row["entered"] for row in expected)


def rows(file: Path, table: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(file), read_only=True) as warehouse:
        query = f"select row_id, entered, start_time, end_time from {table} order by row_id"
        return warehouse.sql(query).fetchall()


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)], ids=["SIGTERM", "SIGINT"]
)
def test_a_stopped_run_writes_its_last_complete_state_and_says_so(
    sandbox: SandboxServer,
    settings: dict[str, Any],
    catalog: dict[str, Any],
    signum: int,
    code: int,
) -> None:
    """The third report never comes: two windows are written when the signal does."""
    sandbox.configure(faults=[FaultRule(on="create", action="stuck", skip=2)])
    one = json.loads(json.dumps(catalog))
    entries = [entry for entry in one["streams"] if entry["tap_stream_id"] == BY_QUEUE]
    # Without reuse, no STATE says which reports are not read yet.
    patient = {**settings, "max_concurrent_reports": 1, "report_reuse_minutes": 0}
    whole = own_rows(sandbox, "queue", "2025-02-03T05:00:00Z", "2025-03-31T04:00:00Z")
    # The first STATE, one SCHEMA, the rows, and a STATE behind each of the two windows.
    run = kill_after(
        patient, len(whole) + 4, catalog={"streams": entries}, state=None, signum=signum
    )
    assert run.exit_code == code, run.stderr
    assert "Traceback" not in run.stderr
    assert run.messages[-1]["type"] == "STATE"
    assert bookmarks(run.state) == {BY_QUEUE: "2025-03-31T04:00:00Z"}
    same_rows(run.records[BY_QUEUE], whole)


# --- states that others wrote ---


@pytest.mark.parametrize(
    "garbage",
    [
        [],
        {"bookmarks": []},
        {"bookmarks": {BY_QUEUE: []}},
        {"bookmarks": {BY_QUEUE: {"partitions": 7}}},
        {"bookmarks": {BY_QUEUE: {"partitions": [None]}}},
        {"bookmarks": {BY_QUEUE: {"partitions": [{"replication_key_value": "x"}]}}},
        {"bookmarks": 3},
    ],
    ids=str,
)
def test_a_state_that_makes_no_sense_is_refused_in_one_line(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any], garbage: Any
) -> None:
    run = tap(settings, catalog=catalog, state=garbage)
    assert run.exit_code == 1
    assert run.records == {}
    (line,) = run.errors
    assert "state" in line
    assert "Unexpected" not in line
    assert "Traceback" not in run.stderr
    assert asked(sandbox) == []


@pytest.mark.parametrize("bookmark", ["yesterday", 17, "9999-12-31T00:00:00Z", "2199-01-01"])
def test_a_bookmark_that_makes_no_sense_fails_its_stream_and_no_other(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any], bookmark: object
) -> None:
    state = {"bookmarks": {BY_QUEUE: {"replication_key_value": bookmark}}}
    run = tap({**settings, "end_date": "2025-02-10"}, catalog=catalog, state=state)
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    line, last = run.errors
    assert f"bookmark of {BY_QUEUE}" in line
    assert BY_QUEUE in last
    whole = own_rows(sandbox, "media", "2025-02-03T05:00:00Z", "2025-02-10T05:00:00Z")
    same_rows(run.records[BY_MEDIA], whole)
    assert set(run.records) == {BY_MEDIA}
    assert run.state["bookmarks"][BY_QUEUE] == {"replication_key_value": bookmark}


def test_what_a_state_says_of_other_streams_is_kept(
    settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    stranger = {"replication_key": "end_time", "replication_key_value": "2020-01-01T00:00:00Z"}
    run = tap(
        {**settings, "end_date": "2025-02-10"},
        catalog=catalog,
        state={"bookmarks": {"gone": stranger, BY_QUEUE: {}}},
    )
    assert run.exit_code == 0, run.stderr
    assert run.state["bookmarks"]["gone"] == stranger
    assert bookmarks(run.state)[BY_QUEUE] == "2025-02-10T05:00:00Z"


def test_a_bookmark_with_another_offset_is_the_same_instant(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    state = state_at("2025-04-01T00:00:00-04:00", "2025-04-01T06:00:00.000+02:00")
    run = tap({**settings, "lookback_days": 0}, catalog=catalog, state=state)
    assert run.exit_code == 0, run.stderr
    assert {begin for _, begin, _ in asked(sandbox)} == {"2025-04-01T04:00:00+00:00"}


def test_a_stream_that_fails_keeps_its_bookmark_and_the_others_go_on(
    sandbox: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    """By media, the second of two windows is refused; by queue, all is well."""
    refused = FaultRule(on="create", action="status", status=400, body="No such luck.")
    short = {**settings, "end_date": "2025-03-10", "max_concurrent_reports": 1}
    sandbox.configure(faults=[{**to_dict(refused), "skip": 1, "times": 1}])
    run = tap(short, catalog=catalog)
    assert run.exit_code == 1
    marks = bookmarks(run.state)
    assert sorted(marks.values()) == ["2025-03-03T05:00:00Z", "2025-03-10T04:00:00Z"]
    failed = min(marks, key=lambda name: marks[name])
    assert any(failed in line and "No such luck." in line for line in run.errors)
    assert failed in run.errors[-1]
    again = tap(short, catalog=catalog, state=run.state)
    assert again.exit_code == 0, again.stderr
    assert set(bookmarks(again.state).values()) == {"2025-03-10T04:00:00Z"}


def to_dict(rule: FaultRule) -> dict[str, Any]:
    return dict(SandboxConfig(center=CenterConfig(), faults=(rule,)).to_dict()["faults"][0])
