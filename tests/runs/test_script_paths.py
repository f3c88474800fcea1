"""Script paths: a tree a day, from a download that is only taken for whole when it is."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any, BinaryIO, cast
from zoneinfo import ZoneInfo

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.api.statuses import Report
from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.reading.csv_file import CsvMistrustError, ends_whole
from tap_8x8_cc.reading.job import Job
from tap_8x8_cc.reading.script_paths import ScriptPathsReader, read_tree
from tap_8x8_cc.records.event_columns import script_columns
from tests.support.cursor_api import CursorApi, served
from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.detailed_truth import nodes
from tests.support.fakes import FakeClock
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.requests import script_paths_request
from tests.support.tapcli import Run, config, discover, select, sync, tap
from tests.support.truth import same_rows, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.model.reports import ReportRequest
    from tests.support.databases import Postgres

STREAM = "script_paths"
DAYS = ("2026-03-07", "2026-03-08", "2026-03-09")
"""The second of them has 23 hours."""


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=CenterConfig(agents=4, queues=3))) as running:
        yield running


@pytest.fixture(scope="module")
def run(server: SandboxServer) -> Run:
    """Three days of script paths; the first answers break off, or are not what they should be."""
    server.configure(
        faults=[
            FaultRule("download", "truncate", keep=0.5, times=1),
            FaultRule("download", "truncate", skip=1, keep=0.0, times=1),
            FaultRule("download", "html", skip=2, times=1),
            FaultRule("download", "not_ready", tries=1),
        ]
    )
    found = sync(three_days(server), [STREAM])
    server.configure(faults=[])
    assert found.exit_code == 0, found.stderr
    return found


def three_days(server: SandboxServer, **settings: Any) -> dict[str, Any]:
    known = {"date_range_reading": "instant", **settings}
    return config(server.url, start_date=DAYS[0], end_date="2026-03-10", **known)


def expected(server: SandboxServer) -> list[dict[str, Any]]:
    return [node for day in DAYS for node in nodes(server.center(), day)]


def test_trees_are_the_contact_centers_own(server: SandboxServer, run: Run) -> None:
    records = run.records[STREAM]
    same_rows(records, expected(server))
    assert len({row["row_id"] for row in records}) == len(records) > 30
    assert run.bookmark(STREAM) == "2026-03-10T04:00:00Z"


def test_every_node_but_the_root_has_its_parent_in_its_own_day(run: Run) -> None:
    for day in DAYS:
        tree = {row["path_id"]: row for row in run.records[STREAM] if row["local_date"] == day}
        roots = [row for row in tree.values() if row["parent_path_id"] is None]
        assert [row["node_type"] for row in roots] == ["ENTRY_POINT"]
        for row in tree.values():
            if row["parent_path_id"] is not None:
                assert tree[row["parent_path_id"]]["depth"] == row["depth"] - 1


def test_requests_hold_what_this_report_may_have_and_no_more(
    server: SandboxServer, run: Run
) -> None:
    assert run.exit_code == 0
    creates = [entry for entry in server.requests() if entry.operation == "create"]
    assert len(creates) >= len(DAYS)
    for entry in creates:
        body: Any = entry.body
        assert set(body) == {"type", "title", "dateRange", "timezone"}
    assert "data" not in {entry.operation for entry in server.requests()}


def test_second_look_gives_the_same_ids(server: SandboxServer, run: Run) -> None:
    again = sync(three_days(server), [STREAM], state=run.state)
    assert [row["row_id"] for row in again.records[STREAM]] == [
        row["row_id"] for row in run.records[STREAM]
    ]


def test_databases_hold_the_trees(
    server: SandboxServer, run: Run, tmp_path: Path, postgres: Postgres
) -> None:
    path = tmp_path / "rows.duckdb"
    load_duckdb(run.stdout, path)
    load_postgres(run.stdout, postgres.url, postgres.schema)
    wanted = expected(server)
    for rows in (duckdb_rows(path, STREAM), postgres_rows(postgres, STREAM)):
        same_rows(({**row, "local_date": str(row["local_date"])} for row in rows), wanted)


@pytest.mark.parametrize("listing", ["fields", "absent"])
def test_listing_may_name_fields_or_leave_the_report_out(
    server: SandboxServer, run: Run, listing: str
) -> None:
    server.configure(quirks={"script_paths_listing": listing})
    try:
        catalog = discover(three_days(server))
        names = {entry["tap_stream_id"] for entry in catalog["streams"]}
        assert (STREAM in names) == (listing == "fields")
        if listing == "fields":
            found = tap(three_days(server), catalog=select(catalog, [STREAM]))
            assert found.lasting == run.lasting
            assert found.schemas == run.schemas
    finally:
        server.configure(quirks={"script_paths_listing": "bare"})


def test_search_reaches_the_api_as_lists_of_ids(server: SandboxServer) -> None:
    queue = server.center().roster.queues[0].id
    search = [{"field": "queue", "operator": "in", "value": queue}]
    report = {"name": "one_queue", "type": "script-paths", "search_query": search}
    server.clear_requests()
    found = sync(three_days(server, reports=[report]), ["one_queue"])
    assert found.exit_code == 0, found.stderr
    bodies: list[Any] = [e.body for e in server.requests() if e.operation == "create"]
    assert bodies[0]["searchQuery"] == [{"field": "queue", "operator": "in", "value": [queue]}]
    labels = {row["node_label"] for row in found.records["one_queue"] if row["depth"] == 2}
    assert len(labels) == 1


# -- the download by itself ----------------------------------------------------------------------

HEADER = "Path ID,Parent Path ID,Script ID,Script Name,Node Type,Node Label,Depth,Count,Terminal"
ROOT = "1,,,,ENTRY_POINT,Start,0,3,false"
LEAF = '2,1,51,"Main, day",HANG_UP,"Said ""no""\nand left",1,3,true'


def tree_of(*lines: str, end: str = "\r\n") -> bytes:
    return ("\r\n".join(lines) + end).encode()


class FakeReports:
    """Gives these downloads in turn, the last one again and again; counts them."""

    def __init__(self, downloads: Sequence[bytes]) -> None:
        self.clock = FakeClock()
        self._downloads = list(downloads)
        self.given = 0

    def obtain(
        self,
        request: ReportRequest,
        read: Callable[[Report], object],
        on_created: Callable[[], None],
        *,
        until: float | None = None,
    ) -> object:
        del until
        on_created()
        return read(Report("7", request, 0.0, self.clock.now()))

    def download(self, _: Report, sink: BinaryIO) -> Response:
        sink.write(self._downloads[min(self.given, len(self._downloads) - 1)])
        self.given += 1
        return Response(b"", {})


def fetched(*downloads: bytes) -> tuple[list[tuple[str, ...]], FakeReports]:
    """Read a report of these downloads; gives its nodes, as texts, without their keys."""
    start, end = utc("2026-03-07T05:00:00Z"), utc("2026-03-08T05:00:00Z")
    zone, window = ZoneInfo("America/New_York"), Window(start, end, start)
    request = script_paths_request(stream=STREAM, title=STREAM, window=window, zone=zone)
    reports = FakeReports(downloads)
    reader = ScriptPathsReader(cast("Reports", reports))
    reading = reader.fetch(Job(request, (), reader.fetch))
    rows = [
        tuple(str(value) for value in row) for _, group in reading.groups() for _, *row in group
    ]
    assert len(rows) == reading.count
    reading.close()
    return rows, reports


def read(*downloads: bytes) -> Run:
    api = CursorApi([{"type": "script-paths"}], downloads=list(downloads))
    with served(api) as url:
        return sync(
            config(
                url, date_range_reading="instant", start_date="2026-03-07", end_date="2026-03-08"
            ),
            [STREAM],
        )


@pytest.mark.parametrize(
    ("downloads", "reads"),
    [
        ([tree_of(HEADER, ROOT, LEAF)], 1),
        ([b"\xef\xbb\xbf" + tree_of(HEADER, ROOT, LEAF, "")], 1),
        ([tree_of(HEADER, ROOT, LEAF, end="")], 3),
        ([tree_of(HEADER, LEAF), tree_of(HEADER, ROOT, LEAF)], 2),
        ([tree_of(HEADER, ROOT, "2,1"), b"", tree_of(HEADER, ROOT, LEAF)], 3),
        (
            [
                tree_of(
                    "pathId,parentPathId,scriptId,scriptName,nodeType,nodeLabel,depth,count,terminal",
                    ROOT.replace("false", "FALSE"),
                    LEAF.replace("true", "True"),
                )
            ],
            1,
        ),
    ],
    ids=["plain", "mark", "no line end", "parent missing", "cut twice", "keys"],
)
def test_tree_is_read_whole(downloads: list[bytes], reads: int) -> None:
    (root, leaf), reports = fetched(*downloads)
    assert root[:5] == ("1", "None", "None", "None", "ENTRY_POINT")
    assert leaf[:4] == ("2", "1", "51", "Main, day")
    assert leaf[5].splitlines() == ['Said "no"', "and left"]
    assert leaf[6:8] == ("1", "3")
    assert leaf[8].lower() == "true"
    assert reports.given == reads


@pytest.mark.parametrize(
    ("download", "why"),
    [
        (b"", "does not name the columns"),
        (tree_of(HEADER, LEAF), "a node is missing"),
        (tree_of(HEADER, ROOT, "2,1,51"), "differ in their number of columns"),
        (b"Sorry,not today\n", "does not name the columns"),
        (tree_of(HEADER.replace("Script ID", "Path ID"), ROOT), "does not name the columns"),
        (b"\xff\xfe\n", "not a well-formed CSV"),
    ],
)
def test_download_that_is_no_whole_tree_is_an_error(download: bytes, why: str) -> None:
    with pytest.raises(ReportError, match=why):
        fetched(download)


def test_day_without_paths_has_no_rows() -> None:
    assert fetched(tree_of(HEADER))[0] == []


def test_day_without_paths_moves_the_bookmark() -> None:
    found = read(tree_of(HEADER))
    assert found.exit_code == 0, found.stderr
    assert not found.records
    assert found.bookmark(STREAM) == "2026-03-08T05:00:00Z"


def test_tree_that_is_not_whole_leaves_the_bookmark() -> None:
    found = read(tree_of(HEADER, LEAF))
    assert found.exit_code == 1
    assert "a node is missing" in found.errors[0]
    assert not found.records
    assert found.bookmark(STREAM) is None


def test_column_that_nobody_announced_is_kept() -> None:
    found = read(tree_of(f"{HEADER},Average Duration", f"{ROOT},12:00"))
    assert found.records[STREAM][0]["average_duration"] == "12:00"
    assert "average_duration" in found.schemas[STREAM][-1]["schema"]["properties"]


def test_columns_that_the_listing_names_are_announced() -> None:
    names = [
        column.name for column in script_columns(["pathId", "Depth", "mood"], with_tenant=True)
    ]
    assert names.count("path_id") == names.count("depth") == names.count("mood") == 1
    assert names.index("tenant_id") == 1


def test_end_of_a_download() -> None:
    assert [ends_whole(io.BytesIO(text)) for text in (b"", b"a", b"a\n", b"a\r")] == [
        False,
        False,
        True,
        True,
    ]
    with pytest.raises(CsvMistrustError):
        read_tree(io.BytesIO(tree_of(HEADER, ROOT, LEAF)[:-20]))
