"""One stream for one tenant: any nights leave what the state says whole, whatever happens."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.listing import parse_entry
from tap_8x8_cc.api.statuses import Report
from tap_8x8_cc.api.unread import UnreadReports
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.errors import RefusedError, ReportFailedError, TapError
from tap_8x8_cc.planning.catalog import define_streams
from tap_8x8_cc.streams.partition import Choice, Partition
from tap_8x8_cc.streams.state import StreamState
from tap_8x8_cc.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.reading.job import Job
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.run import Run

ENTRIES = [
    {"type": "s", "groupBy": [{"name": "queue"}], "metrics": ["m"]},
    {"type": "detailed-reports-x", "metrics": ["xId", "time"]},
    {"type": "script-paths"},
]
LISTING = {entry.type: entry for entry in map(parse_entry, ENTRIES) if entry}
ORIGIN, UTC_ZONE = date(2026, 1, 1), ZoneInfo("UTC")
"""Days are counted from here."""
BOOKMARK = "replication_key_value"


def at(day: float) -> datetime:
    return datetime.combine(ORIGIN, datetime.min.time(), UTC) + timedelta(days=day)


def number(moment: datetime) -> int:
    return (moment.date() - ORIGIN).days


class Queue:
    """Gives reports without rows, at once; or the error that a window has."""

    def __init__(self, fails: Callable[[ReportRequest], TapError | None]) -> None:
        self.created: list[ReportRequest] = []
        self._fails = fails

    def append(self, jobs: Iterable[Job]) -> None:
        """Nothing is generated ahead."""

    insert = drop = append

    def replace(self, job: Job, parts: Iterable[Job]) -> bool:
        """Nothing is under way."""
        del job, parts
        return True

    def take(self, job: Job, meanwhile: Callable[[], None]) -> ReportRows:
        """Create a report."""
        meanwhile()
        self.created.append(job.request)
        if error := self._fails(job.request):
            raise error
        rows = SimpleNamespace(count=0, close=lambda: None, buckets=())
        return cast("ReportRows", rows)


@dataclass
class World:
    """A state, and a run over it that reads one stream.

    Args:
        state: The stream's state.
        failures: What failed in the last run.
    """

    state: dict[str, Any] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def open(
        self,
        now: datetime,
        fails: Callable[[ReportRequest], TapError | None] = lambda _: None,
        stream: str = "s_by_queue",
        **config: Any,
    ) -> tuple[Partition, Queue]:
        """Start a run."""
        given = {"client_id": "k", "client_secret": "s", "timezone": "UTC", "settle_minutes": 0}
        settings = Settings.from_config({**given, "detailed_reports": True, **config})
        definition = next(d for d in define_streams(LISTING, settings) if d.name == stream)
        clock = cast("Clock", SimpleNamespace(now=lambda: now, monotonic=lambda: 0.0))
        queue = Queue(fails)
        self.failures = []
        run = SimpleNamespace(
            settings=settings,
            clock=clock,
            queue=queue,
            unread=UnreadReports("api", clock, settings.report_reuse),
            progress=Progress(),
            listings={None: LISTING},
            fetch=None,
            note_failure=lambda name, _, error: self.failures.append(f"{name}: {error}"),
        )
        tenant = Tenant(None, LISTING, settings, clock, cast("Reports", None))
        choice = Choice(("m",), (), "end_time" if definition.is_incremental else None)
        state = StreamState(definition.name, self.state)
        return Partition(cast("Run", run), tenant, definition, state, choice), queue

    def run(self, now: datetime, **more: Any) -> list[tuple[int, int]]:
        """Read everything; gives the windows completed, in order."""
        partition, _ = self.open(now, **more)
        partition.enqueue()
        done = []
        try:
            for request, _ in partition.read(lambda: None):
                done.append((number(request.window.start), number(request.window.end)))
                partition.complete(request)
        except TapError as error:
            partition.fail(error)
        return done


class Progress:
    """Counts nothing."""

    def plan(self, reports: int) -> None:
        """Ignore them."""

    def waiting(self) -> Progress:
        """Take no time."""
        return self

    def __enter__(self) -> None:
        """Wait for nothing."""

    def __exit__(self, *_: object) -> None:
        """Swallow nothing."""


def read_all(partition: Partition, reports: Iterable[tuple[ReportRequest, ReportRows]]) -> None:
    for request, _ in reports:
        partition.complete(request)


def day(count: int) -> str:
    return str(ORIGIN + timedelta(days=count))


# --- what earlier runs left


def test_a_lookback_range_that_failed_is_read_again_by_the_next_run() -> None:
    """And what an interrupted run has created never makes a run read less."""
    world = World()
    world.run(at(10), start_date=day(0))

    def eighth(request: ReportRequest) -> TapError | None:
        hit = request.window.start <= at(8) < request.window.end
        return ReportFailedError("The API failed.") if hit else None

    partition, queue = world.open(at(11), eighth, start_date=day(0))
    partition.enqueue()
    reports = partition.read(lambda: None)
    with pytest.raises(ReportFailedError):
        read_all(partition, reports)
    # What came after it was created and not read.
    later = replace(queue.created[-1].window, start=at(9), end=at(11), request_start=at(9))
    unread = UnreadReports("api", cast("Clock", SimpleNamespace(now=lambda: at(11))), HOUR)
    world.state["reports"] = [
        {
            "id": "7",
            "identity": unread.identity(queue.created[-1].within(later)),
            "created": at(11).isoformat(),
            "start": at(9).isoformat(),
            "end": at(11).isoformat(),
        }
    ]
    assert world.state[BOOKMARK] == "2026-01-11T00:00:00Z"
    assert world.run(at(11), start_date=day(0)) == [(7, 9), (9, 11)]


HOUR = timedelta(hours=1)


def test_a_raised_lookback_is_read_whole_beside_unread_reports() -> None:
    world = World()
    world.run(at(50), start_date=day(0))
    world.state["reports"] = [
        {
            "id": "7",
            "identity": "x",
            "created": at(50).isoformat(),
            "start": at(47).isoformat(),
            "end": at(50).isoformat(),
        }
    ]
    done = world.run(at(50), start_date=day(0), lookback_days=47)
    assert done[0][0] == 3
    assert done[-1][1] == 50


def test_a_report_that_was_created_and_not_read_is_planned_as_it_was() -> None:
    world = World()
    partition, _ = world.open(at(20), start_date=day(0), max_window_days=6)
    first = [report.request for report in partition.plan()]
    unread = UnreadReports("api", cast("Clock", SimpleNamespace(now=lambda: at(20))), HOUR)
    world.state["reports"] = [
        {
            "id": str(n),
            "identity": unread.identity(request),
            "created": at(20).isoformat(),
            "start": request.window.start.isoformat(),
            "end": request.window.end.isoformat(),
        }
        for n, request in enumerate(first)
    ]
    # A day later the last window would be longer.
    partition, _ = world.open(at(20.01), start_date=day(0), max_window_days=6)
    again = [report.request for report in partition.plan()]
    assert [each.body() for each in again] == [each.body() for each in first]


def test_detailed_reports_are_not_said_to_be_created_already() -> None:
    """They are DONE at once, and no documented call says whether one still exists."""
    world = World()
    partition, _ = world.open(at(3), stream="detailed_reports_x", start_date=day(0))
    request = partition.plan()[0].request
    clock = cast("Clock", SimpleNamespace(now=lambda: at(3), monotonic=lambda: 0.0))
    unread = UnreadReports("api", clock, HOUR)
    unread.add(Report("1", request, 0.0, at(3)))
    assert unread.find(request) is None


def test_events_are_read_a_local_day_a_report() -> None:
    for stream in ("detailed_reports_x", "script_paths"):
        done = World().run(at(9), stream=stream, start_date=day(0), max_window_days=7)
        assert done == [(n, n + 1) for n in range(9)]


def test_two_years_of_days_take_as_many_reports_as_four_weeks_each_do() -> None:
    config = {"start_date": day(0), "date_range_reading": "instant"}
    assert len(World().run(at(730), **config)) == 27  # 730 / 28, rounded up
    config = {"start_date": day(0), "timezone": "America/New_York"}
    # Of 27 days each, so that there is room for either reading; the last day is not over there.
    assert len(World().run(at(730), **config)) == 27


# --- the night and the past


def test_history_that_the_api_no_longer_has_does_not_hold_up_new_days() -> None:
    world = World()
    world.run(at(40), start_date=day(30))

    def lost(request: ReportRequest) -> TapError | None:
        return RefusedError("No longer kept.", 400) if request.window.start < at(20) else None

    done = world.run(at(41), fails=lost, start_date=day(0), max_window_days=5)
    assert done == [(37, 41), (25, 30), (20, 25)]
    assert world.failures
    assert world.state[BOOKMARK] == "2026-02-11T00:00:00Z"
    assert world.state["since"] == "2026-01-21T00:00:00Z"
    again = world.run(at(42), fails=lost, start_date=day(0), max_window_days=5)
    assert again == [(38, 42)]
    assert world.state[BOOKMARK] == "2026-02-12T00:00:00Z"


def test_a_since_within_a_bucket_is_not_read_again_each_night() -> None:
    world = World({"since": "2026-01-11T07:30:00Z", BOOKMARK: "2026-01-31T00:00:00Z"})
    first = world.run(at(31), start_date=day(5))
    assert first == [(27, 31), (5, 10)]
    assert world.run(at(32), start_date=day(5)) == [(28, 32)]


def test_only_the_newest_window_asks_for_the_grand_total() -> None:
    world = World({"since": at(30).isoformat(), BOOKMARK: at(35).isoformat()})
    config: dict[str, Any] = {
        "include_grand_total": True,
        "max_window_days": 5,
        "date_range_reading": "instant",
    }
    partition, _ = world.open(at(36), start_date=day(20), **config)
    found = [report.request for report in partition.plan()]
    newest = max(request.window.end for request in found)
    assert [bool(r.definition.include_grand_total) for r in found] == [
        r.window.end == newest for r in found
    ]


def test_a_start_date_in_the_future_is_too_early() -> None:
    partition, _ = World().open(at(3), start_date=day(5))
    assert partition.plan() == []
    assert partition.is_too_early
    partition, _ = World().open(at(6), start_date=day(5))
    assert partition.plan()
    assert not partition.is_too_early


def test_a_changed_shape_stops_the_stream_and_says_both_ways_on() -> None:
    world = World()
    world.run(at(5), start_date=day(0))
    before = dict(world.state)
    assert world.run(at(6), start_date=day(0), granularity="hour") == []
    assert world.state == before
    (line,) = world.failures
    assert "granularity was day and is hour now" in line
    assert "Put granularity back; or read the stream again" in line


# --- any nights


@dataclass(frozen=True)
class Night:
    """A run, and what it is given.

    Args:
        today: The day on which it runs.
        start: Its `start_date`.
        end: Its `end_date`, if any.
        lookback: Its `lookback_days`.
        most: Its `max_window_days`.
        dies: Before which of its reports it is killed; None if it comes to its end.
        writes: Whether the rows of that report were written, and only the state was not.
        broken: The day that can't be read, if any.
    """

    today: int
    start: int
    end: int | None
    lookback: int
    most: int
    dies: int | None
    writes: bool
    broken: int | None


nights = st.builds(
    Night,
    today=st.integers(20, 60),
    start=st.integers(0, 40),
    end=st.none() | st.integers(0, 60),
    lookback=st.integers(0, 10),
    most=st.integers(2, 20),
    dies=st.none() | st.integers(0, 3),
    writes=st.booleans(),
    broken=st.none() | st.integers(0, 60),
)


def night_of(world: World, table: dict[int, int], night: Night, count: int) -> bool:
    """Run a night as a stream does; gives whether it came to its end."""

    def fails(request: ReportRequest) -> TapError | None:
        if night.broken is None or not at(night.broken) < request.window.end:
            return None
        return ReportFailedError("x") if request.window.start <= at(night.broken) else None

    config: dict[str, Any] = {
        "start_date": day(night.start),
        "lookback_days": night.lookback,
        "max_window_days": night.most,
    }
    if night.end is not None:
        config["end_date"] = day(max(night.end, night.start))
    partition, _ = world.open(at(night.today), fails, **config)
    partition.enqueue()
    try:
        for done, (request, _) in enumerate(partition.read(lambda: None)):
            dies = night.dies is not None and done >= night.dies
            if not dies or night.writes:
                days = range(number(request.window.start), number(request.window.end))
                table |= dict.fromkeys(days, count)
            if dies:
                return False
            partition.complete(request)
    except ReportFailedError:
        return False
    return not world.failures  # a clock that has gone back stops it before anything is read


def covered(state: dict[str, Any]) -> tuple[int, int] | None:
    if "since" not in state:
        return None
    since, until = (datetime.fromisoformat(state[key]) for key in ("since", BOOKMARK))
    return number(since), number(until)


def expected(before: tuple[int, int] | None, night: Night) -> tuple[int, int] | None:
    """Say from when to when a table is whole after a night that comes to its end."""
    limit = night.today if night.end is None else max(night.end, night.start)
    end = min(night.today, limit)
    if before is None or night.start > before[1]:
        return (night.start, end) if night.start < end else before
    since, until = before
    filled = min(since, night.start) if end >= since else since
    return filled, max(until, end)


@given(st.lists(nights, min_size=1, max_size=6))
def test_any_nights_leave_what_the_state_says_whole(sequence: list[Night]) -> None:
    world, table = World(), dict[int, int]()
    for count, night in enumerate(sequence, 1):
        before = covered(world.state)
        ended = night_of(world, table, night, count)
        after = covered(world.state)
        if after:
            assert set(range(*after)) <= table.keys()  # no hole, whenever it ended
        if before and after:
            assert after[1] >= before[1]
        if not ended:
            continue
        assert after == expected(before, night)
        fresh = {number for number, run in table.items() if run == count}
        assert all(number >= night.start for number in fresh)
        if night.end is None and after is not None:
            # What is new, and the days of the lookback, are of this run.
            first = after[0] if before is None else max(before[1] - night.lookback, night.start)
            assert set(range(max(first, after[0]), night.today)) <= fresh
