"""Nights in any sequence, with any change of settings between, and a plain model of the table."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import settings as trial
from hypothesis import strategies as st

from tap_8x8_cc.api.listing import parse_entry
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.errors import StateError
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.planning.catalog import define_streams
from tap_8x8_cc.planning.planner import Asked, Planner
from tap_8x8_cc.streams.ledger import Ledger

if TYPE_CHECKING:
    from singer_sdk import Stream

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.session import Session

ENTRY = parse_entry({"type": "s", "groupBy": [{"name": "queue"}], "metrics": ["m"]})
ORIGIN, UTC_ZONE = date(2026, 1, 1), ZoneInfo("UTC")
"""Days are counted from here."""


@dataclass(frozen=True)
class Night:
    """A run, and what it is given.

    Args:
        today: The day on which it runs.
        start: Its `start_date`.
        end: Its `end_date`, if any.
        lookback: Its `lookback_days`.
        granularity: Its `granularity`.
        most: Its `max_window_days`.
        dies: Before which of its reports it is killed; None where it comes to its end.
        writes: Whether the rows of that report were written, and only the state was not.
        splits: Whether reports must be read in two parts.
    """

    today: int
    start: int
    end: int | None
    lookback: int
    granularity: str
    most: int
    dies: int | None
    writes: bool
    splits: bool


nights = st.builds(
    Night,
    today=st.integers(20, 60),
    start=st.integers(0, 40),
    end=st.none() | st.integers(0, 60),
    lookback=st.integers(0, 10),
    granularity=st.sampled_from(["day"] * 5 + ["hour"]),
    most=st.integers(2, 20),
    dies=st.none() | st.integers(0, 3),
    writes=st.booleans(),
    splits=st.booleans(),
)


def begin(day: int) -> datetime:
    return datetime.combine(ORIGIN + timedelta(days=day), datetime.min.time(), UTC)


def number(moment: datetime) -> int:
    return (moment.date() - ORIGIN).days


@dataclass
class Warehouse:
    """The table and the state: for each day, in which run its row was written last."""

    state: dict[str, Any] = field(default_factory=dict)
    table: dict[int, int] = field(default_factory=dict)
    runs: int = 0

    def run(self, night: Night) -> list[tuple[int, int]] | None:
        """Run a night as a stream does; gives the ranges completed, None where it was killed."""
        self.runs += 1
        ledger, planner, now = self._parts(night)
        covered = ledger.covered(None, UTC_ZONE)
        asked = Asked(None, UTC_ZONE, ("m",), covered, now)
        waiting = planner.requests(asked, DateRangeReading.INSTANT)
        done: list[tuple[int, int]] = []
        while waiting:
            request = waiting.pop(0)
            halves = planner.halves(request) if night.splits and not done else []
            if halves:
                waiting[:0] = ledger.in_order(halves)
                night = Night(**{**night.__dict__, "splits": False})
                continue
            dies = night.dies is not None and len(done) >= night.dies
            if not dies or night.writes:
                self._write(request)
            if dies:
                return None
            ledger.enter(request)
            done.append((number(request.window.start), number(request.window.end)))
        return done

    def _write(self, request: ReportRequest) -> None:
        days = range(number(request.window.start), number(request.window.end))
        self.table |= dict.fromkeys(days, self.runs)

    def _parts(self, night: Night) -> tuple[Ledger, Planner, datetime]:
        now = begin(night.today) + timedelta(minutes=30)  # when the day before has settled
        config: dict[str, Any] = {
            "client_id": "k",
            "client_secret": "s",
            "timezone": "UTC",
            "start_date": str(ORIGIN + timedelta(days=night.start)),
            "lookback_days": night.lookback,
            "granularity": night.granularity,
            "max_window_days": night.most,
        }
        if night.end is not None:
            config["end_date"] = str(ORIGIN + timedelta(days=max(night.end, night.start)))
        settings = Settings.from_config(config)
        assert ENTRY
        (definition,) = define_streams({"s": ENTRY}, settings)
        planner = Planner(definition, settings)
        stream = SimpleNamespace(
            name=definition.name,
            stream_state=self.state,
            replication_method="INCREMENTAL",
            replication_key="end_time",
            logger=logging.getLogger("test"),
        )
        session = SimpleNamespace(
            settings=settings,
            clock=SimpleNamespace(now=lambda: begin(90)),
            proven_reading=lambda _: None,
        )
        return Ledger(cast("Stream", stream), cast("Session", session), planner), planner, now


def expected(before: tuple[int, int] | None, night: Night) -> tuple[int, int] | None:
    """Say from when to when a table is whole after a night that comes to its end."""
    limit = night.today if night.end is None else max(night.end, night.start)
    end = min(night.today, limit)
    if before is None or night.start > before[1]:
        return (night.start, end) if night.start < end else before
    since, until = before
    filled = min(since, night.start) if end >= since else since
    return filled, max(until, end)


def covered(state: dict[str, Any]) -> tuple[int, int] | None:
    if "since" not in state:
        return None
    since, until = (datetime.fromisoformat(state[key]) for key in ("since", BOOKMARK))
    return number(since), number(until)


BOOKMARK = "replication_key_value"


@trial(max_examples=300)
@given(st.lists(nights, min_size=1, max_size=6))
def test_any_nights_leave_what_the_state_says_whole(sequence: list[Night]) -> None:
    warehouse = Warehouse()
    read_as: str | None = None
    for night in sequence:
        before, table = covered(warehouse.state), dict(warehouse.table)
        if read_as not in {None, night.granularity}:
            # It would count twice: nothing is touched, and the line says why.
            change = f"granularity was {read_as} and is {night.granularity} now"
            with pytest.raises(StateError, match=change):
                warehouse.run(night)
            assert (covered(warehouse.state), warehouse.table) == (before, table)
            continue
        done = warehouse.run(night)
        after = covered(warehouse.state)
        read_as = warehouse.state.get("read_as", {}).get("granularity")
        if after:
            assert set(range(*after)) <= warehouse.table.keys()  # no hole, whenever it died
        if before and after:
            assert after[1] >= before[1]
        if done is None:
            continue
        assert after == expected(before, night)
        for start, end in done:
            assert all(warehouse.table[day] == warehouse.runs for day in range(start, end))
        check_night(night, before, after, warehouse)


def check_night(
    night: Night,
    before: tuple[int, int] | None,
    after: tuple[int, int] | None,
    warehouse: Warehouse,
) -> None:
    """What is new and the lookback's days are of this run; nothing is from before its start."""
    fresh = {day for day, run in warehouse.table.items() if run == warehouse.runs}
    assert all(day >= night.start for day in fresh)
    if night.end is not None or after is None:
        return
    first = after[0] if before is None else max(before[1] - night.lookback, night.start)
    assert set(range(max(first, after[0]), night.today)) <= fresh
