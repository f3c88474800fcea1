"""Every row once, through JSON pages as through the CSV download, whatever form either has."""

from __future__ import annotations

import csv
import os
import subprocess
import tempfile
from dataclasses import asdict
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support.plain_api import FIRST_DAY, LABELS, STREAM, Cells, PlainApi, serve
from tests.support.tapcli import Run, command_line, config, discover, environment_with, select, tap
from tests.support.truth import same_rows, snake, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

MANY = "queue_interactions_summary_by_media_channel_queue"
UNUSED = "JSON pages are read instead"
SPLIT = "the report is split instead"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    center = CenterConfig(agents=30, queues=20, channels_per_media=3)
    with SandboxServer(SandboxConfig(center=center)) as server:
        yield server


def read(api: PlainApi, days: int = 28, **settings: Any) -> Run:
    """Sync the plain API's one stream over so many days, one window up to 28."""
    end = FIRST_DAY.replace(day=min(1 + days, 29))
    with serve(api) as url:
        chosen = {
            "start_date": FIRST_DAY.date().isoformat(),
            "end_date": end.date().isoformat(),
            "timezone": "UTC",
            **settings,
        }
        return tap(config(url, **chosen), catalog=plain_catalog())


@cache
def plain_catalog() -> dict[str, Any]:
    """Return the plain API's catalog, its one stream selected."""
    with serve(PlainApi(0)) as url:
        return select(discover(config(url)), [STREAM])


def expected(api: PlainApi) -> list[dict[str, Any]]:
    """Return the rows that the plain API holds, in the tap's form."""
    return [
        {
            "start_time": str(cells[0]).replace("Z", ":00Z"),
            "end_time": str(cells[1]).replace("Z", ":00Z"),
            "queue": cells[2],
            "queue_id": cells[3],
            "accepted": int(cells[4] or 0),
            "handling_time": int(cells[5] or 0),
            "share": float(cells[6] or 0),
        }
        for cells in api.all_rows(range(28))
    ]


def complete(run: Run, api: PlainApi) -> None:
    """Assert that a run gave every row of the plain API once."""
    assert run.exit_code == 0, run.stderr
    rows = run.records.get(STREAM, [])
    same_rows(rows, expected(api))
    assert len({r["row_id"] for r in rows}) == len(rows)


def calls(api: PlainApi, what: str) -> int:
    return sum(what in request for request in api.requests)


def warnings(run: Run) -> list[str]:
    return [line for line in run.stderr.splitlines() if " | WARNING " in line]


@pytest.mark.parametrize("capped", [False, True])
@pytest.mark.parametrize(
    ("rows", "pages", "downloads"),
    [
        (0, 1, 0),
        (1, 1, 0),
        (999, 1, 0),
        (1000, 1, 0),
        (1001, 2, 0),
        (9_999, 10, 0),
        (10_000, 2, 1),
        (10_001, 2, 1),
    ],
)
def test_csv_is_read_only_from_ten_thousand_rows_on(
    rows: int, pages: int, downloads: int, *, capped: bool
) -> None:
    api = PlainApi(rows, capped=capped)
    run = read(api)
    complete(run, api)
    assert calls(api, "/data") == pages
    assert calls(api, "/download") == downloads
    assert len(api.ranges) == 1
    assert not warnings(run)


@pytest.mark.parametrize("capped", [False, True])
def test_json_alone_reads_what_is_longer_in_parts(*, capped: bool) -> None:
    for rows, parts in ((9_999, 1), (25_000, 7)):
        api = PlainApi(rows, capped=capped)
        run = read(api, days=-(-rows // 1000), data_format="json")
        complete(run, api)
        assert calls(api, "/download") == 0
        assert len(api.ranges) <= parts
        # Of a part that is too large, no page is read beyond the first that says so.
        assert calls(api, "/data") <= -(-rows // 1000) + 10 * parts


def test_bucket_that_json_can_not_hold_is_an_error_that_says_what_to_do() -> None:
    api = PlainApi(10_050 + 3, per_day=10_050)
    run = read(api, days=2, data_format="json")
    assert run.exit_code == 1
    assert "Traceback" not in run.stderr
    assert any("finer granularity" in line and "10050" in line for line in run.errors)
    assert run.records.get(STREAM, []) == []
    assert run.bookmark(STREAM) is None


def test_bucket_that_json_can_not_hold_is_read_as_csv() -> None:
    api = PlainApi(12_000, per_day=12_000, capped=True)
    complete(read(api, days=1), api)


@pytest.mark.parametrize(
    ("changes", "used"),
    [
        pytest.param({"header": ("\ufeffStart", *LABELS[1:])}, True, id="byte-order mark"),
        pytest.param({"line_end": "\n"}, True, id="plain line ends"),
        pytest.param({"tail": ""}, True, id="no last line end"),
        pytest.param({"tail": "\r\n\r\n"}, True, id="blank line at the end"),
        pytest.param({"cut": [9]}, True, id="broken off once"),
        pytest.param({"cut": [2]}, True, id="broken off within the last cell, once"),
        pytest.param({"cut": [9, 10, 11]}, False, id="broken off each time"),
        pytest.param(
            {"cells": lambda n, c: (*c[:4], "1" if n > 9000 else c[4], *c[5:])}, False, id="late"
        ),
        pytest.param({"cells": lambda _, c: (*c[:2], c[3], c[2], *c[4:])}, False, id="columns"),
        pytest.param({"header": (*LABELS[:-1], "Accepted")}, False, id="label twice"),
        pytest.param({"cells": lambda _, c: (*c, "x")}, False, id="too wide"),
        pytest.param({"cells": lambda n, c: c if n else ("x", *c[1:])}, False, id="no time"),
    ],
)
def test_csv_is_read_or_the_report_is_split_and_the_table_is_right(
    changes: dict[str, Any], *, used: bool
) -> None:
    api = PlainApi(10_500, **changes)
    run = read(api, days=11)
    complete(run, api)
    assert (len(api.ranges) == 1) is used
    assert [SPLIT in line for line in warnings(run) if "the CSV" in line] == [True] * (not used)


@pytest.mark.parametrize(("rows", "downloads"), [(2500, 0), (3000, 0), (12_000, 1)])
def test_count_of_a_page_is_not_taken_for_the_reports(rows: int, downloads: int) -> None:
    """The headers count the rows of each page, and a link names the next one."""
    api = PlainApi(rows, counts_page=True)
    run = read(api)
    complete(run, api)
    assert calls(api, "/download") == downloads
    assert not warnings(run)


@pytest.mark.parametrize("rows", [300, 3000])
def test_forced_csv_that_disagrees_is_not_read(rows: int) -> None:
    api = PlainApi(rows, header=(*LABELS[:-1], "Accepted"))
    run = read(api, data_format="csv")
    complete(run, api)
    assert [UNUSED in line for line in warnings(run)] == [True]
    assert calls(api, "/download") == 1


def test_forced_csv_that_can_not_be_checked_is_read_with_a_warning() -> None:
    api = PlainApi(12_000, refuses=False, last_pages=False)
    run = read(api, data_format="csv")
    complete(run, api)
    (line,) = warnings(run)
    assert "it can't be checked" in line
    assert line.endswith("it is read")
    unforced = PlainApi(12_000, last_pages=False)
    run = read(unforced, days=12)
    complete(run, unforced)
    assert len(unforced.ranges) > 1


@pytest.mark.parametrize(("torn", "readings"), [(1, 2), (2, 3)])
def test_rows_that_move_between_pages_are_read_again(torn: int, readings: int) -> None:
    api = PlainApi(3000, torn=torn)
    run = read(api)
    complete(run, api)
    assert calls(api, "/data") == 3 * readings


def test_rows_that_never_stand_still_are_an_error_and_csv_helps() -> None:
    run = read(PlainApi(3000, torn=99))
    assert run.exit_code == 1
    assert any("rows move from page to page" in line for line in run.errors)
    assert any("With data_format csv" in line for line in run.errors)
    assert run.records.get(STREAM, []) == []
    api = PlainApi(3000, torn=99)
    complete(read(api, data_format="csv"), api)


@pytest.mark.parametrize("capped", [False, True])
def test_sixty_thousand_rows_are_read_whole(*, capped: bool) -> None:
    api = PlainApi(60_000, per_day=2500, capped=capped)
    complete(read(api), api)
    assert (calls(api, "/data"), calls(api, "/download"), len(api.ranges)) == (2, 1, 1)


@pytest.mark.parametrize(("rows", "downloads"), [(10_000, 1), (12_000, 3)])
def test_download_that_lacks_its_last_byte_is_never_taken_for_whole(
    rows: int, downloads: int
) -> None:
    """Its last cell would be another number; that HTTP announces the short length hides it."""
    api = PlainApi(rows, tail="", cut=[1])
    complete(read(api), api)
    assert calls(api, "/download") >= downloads


def test_items_as_an_object_have_no_labels_and_keys_in_the_csv_are_enough() -> None:
    def as_object(cells: Cells) -> Any:
        return dict(zip(("startTime", "endTime", *KEYS_LEFT), cells, strict=True))

    api = PlainApi(1500, items=as_object, header=("startTime", "endTime", *KEYS_LEFT))
    run = read(api, data_format="csv")
    complete(run, api)
    assert not warnings(run)


KEYS_LEFT = ("queue", "queueId", "accepted", "handlingTime", "share")


def test_json_that_only_strict_parsers_refuse_is_read() -> None:
    def odd(cells: Cells) -> Any:
        listed = dict(zip(("startTime", "endTime", *KEYS_LEFT), cells, strict=True))
        return {**listed, "queue": f"{cells[2]} \ud83d", "share": float("nan")}

    run = read(PlainApi(3, items=odd))
    assert run.exit_code == 0, run.stderr
    assert [r["share"] for r in run.records[STREAM]] == [None] * 3
    assert [r["queue"] for r in run.records[STREAM]] == [f"Queue {n} \ufffd" for n in range(3)]


def peak(api: PlainApi) -> tuple[int, int]:
    """Run the tap; give the peak of its memory in bytes, and the lines that it wrote."""
    with serve(api) as url, tempfile.TemporaryDirectory() as folder:
        chosen = config(url, start_date="2026-03-01", end_date="2026-03-29", timezone="UTC")
        command = command_line(Path(folder), chosen, plain_catalog())
        with subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment_with(),
        ) as process:
            assert process.stdout is not None
            pieces = iter(partial(process.stdout.read, 1 << 16), b"")
            lines = sum(piece.count(b"\n") for piece in pieces)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss * 1024, lines


def test_memory_does_not_grow_with_the_report() -> None:
    small, few = peak(PlainApi(12_000, per_day=12_000 // 24))
    large, many = peak(PlainApi(120_000, per_day=120_000 // 24))
    # Beside the rows there may be a state more, while the longer report is waited for.
    assert 0 <= many - few - 108_000 <= 2
    assert large < 1.2 * small


READINGS: list[dict[str, Any]] = [
    {},
    {"items": "object", "total_key": "totals", "ids": "text", "csv_header": "key"},
    {"items": "mixed", "value_types": "native", "durations": "ms_decimal", "nothing": "na"},
    {"durations": "clock", "percentages": "sign", "nothing": "dash", "csv_bom": True},
    {"durations": "clock", "csv_durations": "ms", "seconds_in_times": True, "nothing": "empty"},
    {"csv_durations": "clock", "csv_percentages": "sign", "unasked_total": "absent"},
    {
        "csv_nothing": "dash",
        "none_times": False,
        "empty_total_pages": 0,
        "total_elements": "capped",
    },
    {"csv_disagrees": "late"},
    {"csv_disagrees": "values", "utc": "+00:00"},
    {"csv_disagrees": "order", "total_elements": "capped"},
    {"csv_disagrees": "duplicate_labels", "end_inclusive": False},
]


TYPE, GROUPING = "queue-interactions-summary", "media-and-channel-and-queue"
BASE = {"type": TYPE, "group_by": GROUPING}
REPORTS: list[dict[str, Any]] = [
    {**BASE, "name": "quarters", "granularity": "15m"},
    {**BASE, "name": "totals", "include_subtotals": True, "include_grand_total": True},
    {**BASE, "name": "whole", "granularity": "none"},
    {**BASE, "name": "utc", "granularity": "hour", "timezone": "UTC"},
]
TIMES = ("2026-03-02T05:00:00Z", "2026-03-03T05:00:00Z")
WANTED: dict[str, tuple[str, str, dict[str, Any]]] = {
    "quarters": (*TIMES, {"granularity": "15m"}),
    "totals": (*TIMES, {"subtotals": True, "grand_total": True}),
    "whole": (*TIMES, {"granularity": "none"}),
    "utc": (
        "2026-03-02T00:00:00Z",
        "2026-03-03T00:00:00Z",
        {"granularity": "hour", "timezone": "UTC"},
    ),
}
"""What each of the reports holds."""
AGENTS = "agent_interactions_summary_by_agent"
FRESH = asdict(SandboxConfig().quirks)
with (Path(__file__).parents[1] / "data" / "summary_metrics.csv").open(
    encoding="utf-8"
) as published:
    DURATIONS = {snake(r["metric"]) for r in csv.DictReader(published) if r["kind"] == "duration"}


@pytest.fixture(scope="module")
def catalog(sandbox: SandboxServer) -> dict[str, Any]:
    """The sandbox's catalog, with the custom reports in it."""
    return discover(config(sandbox.url, reports=REPORTS))


def close(found: list[dict[str, Any]], wanted: list[dict[str, Any]], tolerance: float) -> None:
    """Assert that two tables are the same, durations to within so many milliseconds."""
    same_rows(found, [{k: v for k, v in r.items() if k not in DURATIONS} for r in wanted])

    def by_identity(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
        names = ("start_time", "end_time", "media", "channel", "queue_id", "total_type")
        return {tuple(r.get(name) for name in names): r for r in rows}

    left, right = by_identity(found), by_identity(wanted)
    assert len(left) == len(found)
    for identity, r in right.items():
        for name in DURATIONS & r.keys():
            assert left[identity][name] == pytest.approx(r[name], abs=tolerance)


@pytest.mark.parametrize("quirks", READINGS, ids=str)
def test_table_is_right_under_every_reading(
    sandbox: SandboxServer, catalog: dict[str, Any], quirks: dict[str, Any]
) -> None:
    """Some 1,300 rows by quarter of an hour, and the same by day, with totals, and in one."""
    sandbox.configure(quirks={**FRESH, **quirks})
    settings = config(sandbox.url, end_date="2026-03-03", reports=REPORTS)
    run = tap(settings, catalog=select(catalog, WANTED))
    assert run.exit_code == 0, run.stderr
    # Where JSON, which has the last word, writes whole seconds or tenths, no more can be had.
    tolerance = {"clock": 501, "ms_decimal": 1}.get(quirks.get("durations", ""), 0)
    for name, (start, end, more) in WANTED.items():
        wanted = truth(sandbox.center(), TYPE, GROUPING, start, end, **more)
        close(run.records[name], wanted, tolerance)
    ids = [r["row_id"] for rows in run.records.values() for r in rows]
    assert len(set(ids)) == len(ids)


def test_json_and_csv_of_one_report_give_the_same_records(
    sandbox: SandboxServer, catalog: dict[str, Any]
) -> None:
    sandbox.configure(quirks=FRESH)
    runs = []
    for form in ("json", "csv"):
        settings = config(
            sandbox.url,
            end_date="2026-03-04",
            granularity="15m",
            data_format=form,
            max_concurrent_reports=1,
        )
        catalog = select(discover(settings), [MANY])
        runs.append(tap(settings, catalog=catalog))
    first, second = ([{**found, "read_at": None} for found in run.records[MANY]] for run in runs)
    assert len(first) > 500
    assert first == second


def test_csv_beyond_the_limit_holds_what_the_center_does(sandbox: SandboxServer) -> None:
    sandbox.configure(quirks=FRESH)
    settings = config(
        sandbox.url, granularity="hour", end_date="2026-03-30", date_range_reading="instant"
    )
    sandbox.clear_requests()
    run = tap(settings, catalog=select(discover(settings), [MANY]))
    assert run.exit_code == 0, run.stderr
    downloads = [entry for entry in sandbox.requests() if entry.operation == "download"]
    end = "2026-03-30T04:00:00Z"
    wanted = truth(sandbox.center(), TYPE, GROUPING, TIMES[0], end, granularity="hour")
    assert len(wanted) > 10_000
    assert len(downloads) == 1
    close(run.records[MANY], wanted, 0)


def test_renamed_queue_and_agent_keep_their_rows(
    sandbox: SandboxServer, catalog: dict[str, Any]
) -> None:
    streams = [MANY, AGENTS]
    sandbox.configure(quirks=FRESH)
    settings = config(sandbox.url, end_date="2026-03-04")
    before = tap(settings, catalog=select(catalog, streams))
    agent = before.records[AGENTS][0]["agent_id"]
    queue = before.records[MANY][0]["queue_id"]
    sandbox.configure(center={"renames": [[agent, "New Agent"], [queue, "New Queue"]]})
    try:
        after = tap(settings, catalog=select(catalog, streams))
    finally:
        sandbox.configure(center={"renames": []})
    for stream in streams:
        ids = [{r["row_id"] for r in run.records[stream]} for run in (before, after)]
        assert ids[0] == ids[1]
    assert "New Agent" in {r["agent"] for r in after.records[AGENTS]}
    assert "New Queue" in {r["queue"] for r in after.records[MANY]}


def test_null_and_empty_names_beyond_the_first_page(
    sandbox: SandboxServer, catalog: dict[str, Any]
) -> None:
    sandbox.configure(quirks=FRESH, center={"null_dimensions": True})
    try:
        settings = config(sandbox.url, granularity="15m", end_date="2026-03-04")
        run = tap(settings, catalog=select(catalog, [MANY]))
        end = "2026-03-04T05:00:00Z"
        wanted = truth(sandbox.center(), TYPE, GROUPING, TIMES[0], end, granularity="15m")
        forced = tap({**settings, "data_format": "csv"}, catalog=select(catalog, [MANY]))
    finally:
        sandbox.configure(center={"null_dimensions": False})
    assert {None, ""} <= {r["queue"] for r in wanted}
    same_rows(run.records[MANY], wanted)
    ids = [r["row_id"] for r in run.records[MANY]]
    assert len(set(ids)) == len(ids)
    same_rows(forced.records[MANY], wanted)
