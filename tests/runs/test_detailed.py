"""Detailed reports over real HTTP: every row, once, typed, whatever happens on the way."""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from datetime import date, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import pytest
from jsonschema import Draft7Validator, FormatChecker
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support.cursor_api import CursorApi, served
from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.detailed_truth import INTERACTIONS, events
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.tapcli import Run, config, discover, select, sync, tap
from tests.support.truth import utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

from tests.support.databases import Postgres

STREAM = "detailed_reports_interaction_details"
STATUSES = "detailed_reports_agent_status_change"
SURVEYS = "detailed_reports_survey"
TYPES = {
    STREAM: INTERACTIONS,
    STATUSES: "detailed-reports-agent-status-change",
    SURVEYS: "detailed-reports-survey",
}
START, END = "2026-03-02T05:00:00Z", "2026-03-04T05:00:00Z"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT.*Z")
SMALL = CenterConfig(agents=4, queues=3)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=SMALL)) as running:
        yield running


@pytest.fixture(scope="module")
def catalog(server: SandboxServer) -> dict[str, Any]:
    """What discovery finds."""
    return discover(two_days(server))


@pytest.fixture(scope="module")
def run(server: SandboxServer, catalog: dict[str, Any]) -> Run:
    """Two days of all three detailed types."""
    found = tap(two_days(server), catalog=select(catalog, TYPES))
    assert found.exit_code == 0, found.stderr
    return found


def two_days(server: SandboxServer, **settings: Any) -> dict[str, Any]:
    return config(server.url, end_date="2026-03-04", **settings)


def same_events(found: Iterable[Mapping[str, Any]], expected: Iterable[Mapping[str, Any]]) -> None:
    """Assert that two lists of events are the same, each as often; lists and objects included."""
    wanted = list(expected)
    columns = sorted({name for row in wanted for name in row})
    left, right = (
        Counter(json.dumps([pruned(row.get(name)) for name in columns]) for row in rows)
        for rows in (list(found), wanted)
    )
    assert not right - left, f"missing: {next(iter(right - left))}; of {columns}"
    assert not left - right, f"surplus: {next(iter(left - right))}; of {columns}"


def pruned(value: Any) -> Any:
    """Leave out what is null in objects, where the tap names members that have no value."""
    if isinstance(value, list):
        return [pruned(entry) for entry in value]
    if isinstance(value, dict):
        return {name: value[name] for name in sorted(value) if value[name] is not None}
    return value


@pytest.mark.parametrize("stream", TYPES)
def test_rows_are_the_contact_centers_own(server: SandboxServer, run: Run, stream: str) -> None:
    options: dict[str, Any] = {"include_participants": True} if stream == STREAM else {}
    expected = events(server.center(), TYPES[stream], START, END, **options)
    assert len(expected) > 20
    same_events(run.records[stream], expected)
    assert len({row["row_id"] for row in run.records[stream]}) == len(expected)
    assert not {name for row in run.records[stream] for name in row} & {"granularity"}
    assert run.bookmark(stream) == "2026-03-04T05:00:00Z"


@pytest.mark.parametrize("stream", TYPES)
def test_records_are_valid_against_their_schema(run: Run, stream: str) -> None:
    """Loaders may run with validation off."""
    (message,) = run.schemas[stream]
    validator = Draft7Validator(message["schema"], format_checker=FormatChecker())
    for row in run.records[stream]:
        assert row.keys() == message["schema"]["properties"].keys()
        validator.validate(row)


def test_personal_data_is_not_selected_by_default(catalog: dict[str, Any]) -> None:
    by_default = {
        entry["tap_stream_id"]: next(
            item["metadata"].get("selected-by-default")
            for item in entry["metadata"]
            if not item["breadcrumb"]
        )
        for entry in catalog["streams"]
    }
    assert not any(by_default[name] for name in (*TYPES, "script_paths"))


def test_only_selected_metrics_and_identifying_ones_are_asked_for(
    server: SandboxServer, catalog: dict[str, Any], run: Run
) -> None:
    chosen = {"row_id", "local_date", "outcome", "interaction_duration_ongoing"}
    server.clear_requests()
    few = tap(two_days(server), catalog=select(catalog, [STREAM], chosen))
    assert few.exit_code == 0, few.stderr
    entries = [entry for entry in server.requests() if entry.operation == "detailed_create"]
    body: Any = entries[0].body
    assert len(entries) == 2  # a day each
    assert set(body["metrics"]) == {
        "interactionId",
        "creationTime",
        "time",
        "outcome",
        "interactionDuration",
    }
    assert body["includeParticipants"] is True
    assert "reportSettings" not in body
    assert {name for row in few.records[STREAM] for name in row} == {
        *chosen, "report_date", "local_date", "timezone", "read_at", "unparsed_values"
    }  # fmt: skip
    assert [row["row_id"] for row in few.records[STREAM]] == [
        row["row_id"] for row in run.records[STREAM]
    ]


def test_without_participants_each_has_a_row(server: SandboxServer) -> None:
    found = sync(two_days(server, include_participants=False), [STREAM])
    expected = events(server.center(), INTERACTIONS, START, END)
    assert len(expected) > len({row["interaction_id"] for row in expected})
    same_events(found.records[STREAM], expected)
    assert len({row["row_id"] for row in found.records[STREAM]}) == len(expected)


@pytest.mark.parametrize(
    "quirks",
    [
        {"detailed_create": "list", "detailed_values": "plain", "durations": "clock"},
        {"ids": "text", "value_types": "native", "utc": "+00:00", "end_inclusive": False},
        {"detailed_values": "plain", "durations": "ms_decimal", "nothing": "empty"},
    ],
    ids=str,
)
def test_every_form_of_values_gives_the_same_rows(
    server: SandboxServer, catalog: dict[str, Any], run: Run, quirks: dict[str, Any]
) -> None:
    before = {name: getattr(server.config.quirks, name) for name in quirks}
    server.configure(quirks=quirks)
    try:
        found = tap(two_days(server), catalog=select(catalog, [STREAM]))
    finally:
        server.configure(quirks=before)
    assert found.exit_code == 0, found.stderr
    for row, same in zip(found.records[STREAM], run.records[STREAM], strict=True):
        assert row["row_id"] == same["row_id"]
        for name in ("creation_time", "finished_time", "interaction_labels", "local_date"):
            assert row[name] == same[name]
        # H:MM:SS is rounded to the second; all else is exact.
        tolerance = 501 if quirks.get("durations") == "clock" else 0
        assert abs(row["interaction_duration"] - same["interaction_duration"]) <= tolerance
        assert row["unparsed_values"] is None
    assert found.schemas[STREAM] == run.schemas[STREAM]


def test_databases_hold_the_rows(
    server: SandboxServer, run: Run, tmp_path: Path, postgres: Postgres
) -> None:
    path = tmp_path / "rows.duckdb"
    load_duckdb(run.stdout, path)
    load_postgres(run.stdout, postgres.url, postgres.schema)
    for stream, report_type in TYPES.items():
        options: dict[str, Any] = {"include_participants": True} if stream == STREAM else {}
        expected = [
            {name: value for name, value in row.items() if not name.endswith("_time") or value}
            for row in events(server.center(), report_type, START, END, **options)
        ]
        for rows in (duckdb_rows(path, stream), postgres_rows(postgres, stream)):
            same_events(map(reread, rows), map(reread, expected))


def reread(row: Mapping[str, Any]) -> dict[str, Any]:
    """Put what a database gives, and what is expected of it, into one form."""
    return {name: _reread(value) for name, value in row.items() if name != "row_id"}


def _reread(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        value = json.loads(value)
    if isinstance(value, str) and _TIME.fullmatch(value):
        value = utc(value)
    match value:
        case datetime():
            return value.replace(tzinfo=None).isoformat(timespec="milliseconds")
        case date():
            return value.isoformat()
        case bool() | None | str():
            return value
        case list():
            return [_reread(entry) for entry in value]
        case dict():
            return {name: _reread(entry) for name, entry in value.items()}
    return float(value)


@pytest.mark.parametrize(("show_ongoing", "together"), [(True, False), (False, True)])
def test_interaction_over_midnight_is_there_once_and_final(
    server: SandboxServer, *, show_ongoing: bool, together: bool
) -> None:
    """What is unfinished at midnight of the first run is finished at that of the second."""
    center = server.center()
    first, second = "2026-03-03T05:40:00Z", "2026-03-05T05:40:00Z"
    options: dict[str, Any] = {"include_participants": together}
    unfinished = {
        row["interaction_id"]
        for row in events(
            center,
            INTERACTIONS,
            START,
            "2026-03-03T05:00:00Z",
            now=utc(first),
            show_ongoing=True,
            **options,
        )
        if row["finished_time_ongoing"]
    }
    assert unfinished
    settings = config(
        server.url, show_ongoing_interactions=show_ongoing, include_participants=together
    )
    catalog = select(discover(settings), [STREAM])
    table: dict[str, dict[str, Any]] = {}
    state: dict[str, Any] | None = None
    try:
        for now, end in ((first, "2026-03-03"), (second, "2026-03-05")):
            server.clock.set(utc(now))
            done = tap({**settings, "end_date": end}, catalog=catalog, state=state)
            assert done.exit_code == 0, done.stderr
            state = done.state
            table |= {row["row_id"]: row for row in done.records.get(STREAM, ())}
    finally:
        server.configure(now=None)
    last = "2026-03-05T05:00:00Z"
    expected = events(
        center, INTERACTIONS, START, last, now=utc(second), show_ongoing=show_ongoing, **options
    )
    same_events(table.values(), expected)
    final = {row["interaction_id"]: row for row in table.values()}
    for interaction in unfinished:
        assert final[interaction]["finished_time_ongoing"] is False
        assert final[interaction]["finished_time"] >= "2026-03-03T05:00:00Z"


METRICS = ["interactionId", "creationTime", "finishedTime", "outcome", "interactionLabels"]
LISTING = [{"type": INTERACTIONS, "metrics": METRICS, "searchQuery": {}}]


def event(number: int) -> dict[str, Any]:
    """Return a row of the plain model."""
    created = f"2026-03-{2 + number % 7:02}T{number % 10:02}:00:00.{number % 1000:03}-05:00"
    return {
        "interactionId": f"int-{number}",
        "creationTime": created,
        "finishedTime": {"value": None, "ongoing": True},
        "outcome": None if number % 3 else "Handled",
        "interactionLabels": ["Queued", str(number)],
    }


def read(api: CursorApi, **more: Any) -> Run:
    settings = {"end_date": "2026-03-03", "date_range_reading": "instant", **more}  # one report
    with served(api) as url:
        return sync(config(url, **settings), [STREAM])


@pytest.mark.parametrize(("cursor", "as_object"), [("header", False), ("link", True)])
def test_thirty_thousand_rows_through_the_cursor_with_cut_connections(
    cursor: str, *, as_object: bool
) -> None:
    rows = [event(number) for number in range(30_001)]
    api = CursorApi(LISTING, rows, cursor=cursor, cut={0, 13, 14, 30}, as_object=as_object)
    found = read(api)
    assert found.exit_code == 0, found.stderr
    records = found.records[STREAM]
    assert [row["interaction_id"] for row in records] == [row["interactionId"] for row in rows]
    assert len({row["row_id"] for row in records}) == len(rows)
    assert records[12345]["interaction_labels"] == ["Queued", "12345"]
    assert sum("/data" in asked for asked in api.asked) == 31 + 4
    assert not [asked for asked in api.asked if "elsewhere" in asked]


@pytest.mark.parametrize("circle", [False, True])
def test_pages_that_bring_no_new_rows_are_an_error(*, circle: bool) -> None:
    """Whether the first page's document comes again, or one page with a new document each time."""
    rows = [event(number) for number in range(3000)]
    api = CursorApi(LISTING, rows, circle=circle, stuck=not circle)
    found = read(api)
    assert found.exit_code == 1
    assert "brings no new rows" in found.errors[0]
    assert not found.records
    assert found.bookmark(STREAM) is None
    assert sum("/data" in asked for asked in api.asked) < 10


@pytest.mark.parametrize(("page_size", "again"), [(1000, 999), (20, 21)])
def test_full_page_is_the_last_only_if_that_is_shown(page_size: int, again: int) -> None:
    """The headers that name the next page are lost, or there is none: two full pages are all."""
    rows = [event(number) for number in range(2 * page_size)]
    lost = CursorApi(LISTING, rows, cursor="none")
    whole = CursorApi(LISTING, rows, cursor="header")
    failed, found = (read(api, page_size=page_size) for api in (lost, whole))
    assert failed.exit_code == 1
    assert "names no next page" in failed.errors[0]
    assert not failed.records
    assert found.exit_code == 0, found.stderr
    assert [r["interaction_id"] for r in found.records[STREAM]] == [
        r["interactionId"] for r in rows
    ]
    sizes = [int(size) for asked in whole.asked for size in re.findall(r"[?&]size=(\d+)", asked)]
    assert sizes == [page_size, page_size, again, *([page_size] if again < page_size else [])]


def test_rows_that_a_count_tells_of_must_come() -> None:
    found = read(CursorApi(LISTING, [event(1)], total=2))
    assert found.exit_code == 1
    assert "received 1 rows, expected 2" in found.errors[0]
    assert not found.records


def test_report_that_is_not_done_at_once_is_waited_for() -> None:
    api = CursorApi(LISTING, [event(1)], statuses=["QUEUED", "IN_PROGRESS", "DONE"])
    found = read(api)
    assert found.exit_code == 0, found.stderr
    assert len(found.records[STREAM]) == 1
    assert sum(asked.endswith("/7/status") for asked in api.asked) == 2


def test_report_of_a_day_that_fails_is_given_up() -> None:
    api = CursorApi(LISTING, [event(1)], statuses=["FAILED"])
    found = read(api, start_date="2026-03-02", end_date="2026-03-04")
    assert found.exit_code == 1
    assert "no reason" in found.errors[0]
    assert found.bookmark(STREAM) is None


def test_windows_are_whole_local_days_and_empty_ones_move_the_bookmark() -> None:
    api = CursorApi(LISTING)
    found = read(api, start_date="2026-03-02T17:00:00Z", end_date="2026-03-17T12:00:00Z")
    assert found.exit_code == 0
    ranges = sorted((body["dateRange"] for body in api.bodies), key=itemgetter("start"))
    assert len(ranges) == 15
    assert ranges[0] == {"start": "2026-03-02T05:00:00.000Z", "end": "2026-03-03T04:59:59.999Z"}
    # The clocks go forward on the 8th.
    assert ranges[6] == {"start": "2026-03-08T05:00:00.000Z", "end": "2026-03-09T03:59:59.999Z"}
    assert ranges[-1] == {"start": "2026-03-16T04:00:00.000Z", "end": "2026-03-17T03:59:59.999Z"}
    assert found.bookmark(STREAM) == "2026-03-17T04:00:00Z"
    assert {"granularity", "groupBy", "includeSubTotal"}.isdisjoint(api.bodies[0])


def test_column_that_comes_late_is_announced_before_its_first_row() -> None:
    rows = [event(number) for number in range(1500)]
    rows[1200] |= {"outcome": {"value": "Handled", "ongoing": True}}
    rows[1300] |= {"mood": "calm"}
    found = read(CursorApi(LISTING, rows))
    assert found.exit_code == 0, found.stderr
    announced: set[str] = set()
    for message in found.messages:
        if message["type"] == "SCHEMA":
            announced = set(message["schema"]["properties"])
        elif message["type"] == "RECORD":
            assert message["record"].keys() == announced
    assert found.records[STREAM][1200]["outcome_ongoing"] is True
    assert found.records[STREAM][1300]["mood"] == "calm"
    assert len(found.schemas[STREAM]) == 3


def test_reads_of_a_report_that_is_not_readable_yet_are_repeated() -> None:
    faults = (
        FaultRule("detailed_data", "not_ready", status=404),
        FaultRule("detailed_create", "failed", times=1),
        FaultRule("detailed_data", "truncate", skip=2, times=1),
    )
    with SandboxServer(SandboxConfig(center=SMALL, faults=faults)) as server:
        found = sync(two_days(server), [SURVEYS])
        expected = events(server.center(), TYPES[SURVEYS], START, END)
    assert found.exit_code == 0, found.stderr
    same_events(found.records[SURVEYS], expected)


def test_stream_maps_hash_and_drop_personal_data(
    server: SandboxServer, catalog: dict[str, Any], run: Run
) -> None:
    hashed = 'sha256(config["hash_seed"] + customer_phone) if customer_phone else None'
    maps = {"customer_name": "__NULL__", "customer_phone": hashed}
    settings = two_days(
        server, stream_maps={STREAM: maps}, stream_map_config={"hash_seed": "a-seed"}
    )
    found = tap(settings, catalog=select(catalog, [STREAM]))
    assert found.exit_code == 0, found.stderr
    for row, plain in zip(found.records[STREAM], run.records[STREAM], strict=True):
        assert "customer_name" not in row
        phone = plain["customer_phone"]
        assert row["customer_phone"] == hashlib.sha256(f"a-seed{phone}".encode()).hexdigest()
        assert row["participants"] == plain["participants"]
        assert row["row_id"] == plain["row_id"]


PEOPLE = f"{STREAM}_participants"


def test_participants_are_rows_of_the_same_report(
    server: SandboxServer, catalog: dict[str, Any], tmp_path: Path, postgres: Postgres
) -> None:
    """With the interactions or alone: one report a day, and each participant of each."""
    server.clear_requests()
    both = tap(two_days(server), catalog=select(catalog, [STREAM, PEOPLE]))
    assert both.exit_code == 0, both.stderr
    alone = tap(two_days(server), catalog=select(catalog, [PEOPLE]))
    assert alone.exit_code == 0, alone.stderr
    created = [entry for entry in server.requests() if entry.operation == "detailed_create"]
    assert len(created) == 2 * 2  # in each run one a day
    own = events(server.center(), INTERACTIONS, START, END, include_participants=True)
    expected = [person for row in own for person in row["participants"] or ()]
    assert len(expected) > len(own) / 2
    ids = {row["row_id"]: row["interaction_id"] for row in both.records[STREAM]}
    for run in (both, alone):
        same_events(run.records[PEOPLE], expected)
        assert len({row["row_id"] for row in run.records[PEOPLE]}) == len(expected)
        assert {row["interaction_row_id"] for row in run.records[PEOPLE]} <= ids.keys()
        assert run.bookmark(STREAM) == "2026-03-04T05:00:00Z"
    assert STREAM not in alone.records
    load_duckdb(both.stdout, tmp_path / "people.duckdb")
    load_postgres(both.stdout, postgres.url, postgres.schema)
    for rows in (
        duckdb_rows(tmp_path / "people.duckdb", PEOPLE), postgres_rows(postgres, PEOPLE)
    ):  # fmt: skip
        same_events(map(reread, rows), map(reread, expected))
