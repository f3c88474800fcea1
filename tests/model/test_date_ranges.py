"""What is written into a date range covers its window, whatever the API takes its `Z` for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.date_ranges import DateRange, DateRangeReading, date_range
from tap_8x8_cc.model.windows import Limits, Window, plan, settled_end
from tests.support.calendar_oracle import instants, zones
from tests.support.window_oracle import (
    MILLISECOND,
    accepted,
    around_or_itself,
    at,
    granularities,
    months_from,
    ranges,
)

INSTANT, LOCAL = DateRangeReading
NEW_YORK, HELSINKI = ZoneInfo("America/New_York"), ZoneInfo("Europe/Helsinki")


def meanings(written: DateRange, zone: ZoneInfo) -> list[tuple[datetime, datetime]]:
    """Work out a second time what an API may take a date range for: first instant, and last."""
    found = [(written.start.replace(tzinfo=UTC), written.end.replace(tzinfo=UTC))]
    for first in (0, 1):
        for last in (0, 1):
            start = written.start.replace(tzinfo=zone, fold=first).astimezone(UTC)
            end = written.end.replace(tzinfo=zone, fold=last).astimezone(UTC)
            found.append((start, end))
    return found


# --- by hand ---


@pytest.mark.parametrize(
    ("zone", "reading", "start", "end"),
    [
        # New York's 2 March, five hours behind: begins at 00:00 on the wall, ends at 05:00Z.
        (NEW_YORK, None, "2026-03-02T00:00:00", "2026-03-03T04:59:59.999"),
        (NEW_YORK, INSTANT, "2026-03-02T05:00:00", "2026-03-03T04:59:59.999"),
        (NEW_YORK, LOCAL, "2026-03-02T00:00:00", "2026-03-02T23:59:59.999"),
        # Helsinki's, two hours ahead: begins at 22:00Z, ends at midnight on the wall.
        (HELSINKI, None, "2026-03-01T22:00:00", "2026-03-02T23:59:59.999"),
        (HELSINKI, INSTANT, "2026-03-01T22:00:00", "2026-03-02T21:59:59.999"),
        (HELSINKI, LOCAL, "2026-03-02T00:00:00", "2026-03-02T23:59:59.999"),
    ],
)
def test_a_day_is_written_as_each_reading_needs_it(
    zone: ZoneInfo, reading: DateRangeReading | None, start: str, end: str
) -> None:
    first = datetime(2026, 3, 2, tzinfo=zone).astimezone(UTC)
    last = datetime(2026, 3, 3, tzinfo=zone).astimezone(UTC)
    written = date_range(first, last, zone, reading)
    assert written == DateRange(datetime.fromisoformat(start), datetime.fromisoformat(end))


def test_an_hour_that_the_clock_shows_twice_is_not_written() -> None:
    """The second 01:00 of 1 November 2026 is 06:00Z, the first 05:00Z."""
    first, second = at("2026-11-01T05:00"), at("2026-11-01T06:00")
    written = date_range(first, second, NEW_YORK, LOCAL)
    assert written.start <= datetime(2026, 11, 1, 0, 59, 59, 999_000)  # noqa: DTZ001
    assert written.end >= datetime(2026, 11, 1, 1, 59, 59, 999_000)  # noqa: DTZ001
    for begin, end in meanings(written, NEW_YORK)[1:]:
        assert begin <= first
        assert end >= second - MILLISECOND


@pytest.mark.parametrize("reading", [None, INSTANT, LOCAL])
@pytest.mark.parametrize("name", ["UTC", "Africa/Abidjan", "Atlantic/Reykjavik"])
def test_a_zone_without_an_offset_costs_nothing(
    name: str, reading: DateRangeReading | None
) -> None:
    written = date_range(at("2026-03-01T00:00"), at("2026-03-08T00:00"), ZoneInfo(name), reading)
    assert written.start.isoformat() == "2026-03-01T00:00:00"
    assert written.end.isoformat(timespec="milliseconds") == "2026-03-07T23:59:59.999"


@pytest.mark.parametrize(
    ("granularity", "days"), [("15m", 6), ("30m", 6), ("hour", 27), ("day", 27)]
)
@pytest.mark.parametrize("zone", [NEW_YORK, HELSINKI, ZoneInfo("Pacific/Kiritimati")])
def test_windows_leave_room_for_the_offset(granularity: str, days: int, zone: ZoneInfo) -> None:
    start = datetime(2026, 1, 5, tzinfo=zone).astimezone(UTC)
    end = start + timedelta(days=60)
    grid = Grid(Granularity(granularity), zone)
    unsure = plan(start, end, grid, Limits(reading=None))
    assert unsure[0].end - unsure[0].start == timedelta(days=days)
    for reading in DateRangeReading:
        sure = plan(start, end, grid, Limits(reading))
        assert sure[0].end - sure[0].start == timedelta(days=days + 1)


@pytest.mark.parametrize(
    ("zone", "begin", "reading"),
    [
        (NEW_YORK, "2026-03-01T05:00", INSTANT),  # the day before: only UTC's 00:00 is that early
        (NEW_YORK, "2026-03-03T05:00", LOCAL),
        (NEW_YORK, "2026-03-02T05:00", None),
        (HELSINKI, "2026-02-28T22:00", LOCAL),
        (HELSINKI, "2026-03-02T22:00", INSTANT),
        (HELSINKI, "2026-03-01T22:00", None),
    ],
)
def test_a_day_beyond_the_window_proves_a_reading(
    zone: ZoneInfo, begin: str, reading: DateRangeReading | None
) -> None:
    start = datetime(2026, 3, 2, tzinfo=zone).astimezone(UTC)
    written = date_range(start, start + timedelta(days=1), zone, None)
    found = written.readings_of(at(begin), at(begin) + timedelta(days=1), zone)
    assert found == ((reading,) if reading else (INSTANT, LOCAL))


# --- rules ---


@given(st.data(), zones, granularities)
def test_one_plan_is_right_under_both_readings(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    windows = plan(start, end, Grid(granularity, zone), Limits(reading=None))
    assert (windows[0].start, windows[-1].end) == (start, end)
    assert all(earlier.end == later.start for earlier, later in pairwise(windows))
    for window in windows:
        written = window.asked(zone)
        for first, last in meanings(written, zone):
            assert first <= window.request_start
            assert last >= window.end - MILLISECOND
            for upto in (last, last + MILLISECOND):
                assert all(
                    accepted(granularity, first, upto, month) for month in months_from(first, zone)
                )


@given(st.data(), zones, granularities, st.sampled_from(DateRangeReading))
def test_a_known_reading_asks_for_the_window_and_no_bucket_more(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity, reading: DateRangeReading
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    for window in plan(start, end, Grid(granularity, zone), Limits(reading)):
        written = window.asked(zone)
        possible = meanings(written, zone)
        possible = possible[:1] if reading is INSTANT else possible[1:]
        for first, last in possible:
            # An hour and a half at most, and only where the clock shows a time twice or never.
            assert timedelta(0) <= window.request_start - first <= timedelta(hours=3)
            assert -MILLISECOND <= last - window.end <= timedelta(hours=3)


@given(st.data(), zones, granularities, st.integers(0, 300))
def test_nothing_unsettled_is_asked_for_under_either_reading(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity, minutes: int
) -> None:
    now = data.draw(instants(zone))
    settle = timedelta(minutes=minutes)
    grid = Grid(granularity, zone)
    end = settled_end(now, settle, None, grid, Limits(reading=None))
    assert end == around_or_itself(end, granularity, zone)
    start = grid.floor(end - timedelta(days=1))
    for window in plan(start, end, grid, Limits(reading=None)):
        for _, last in meanings(window.asked(zone), zone):
            assert last < now - settle


@given(st.data(), zones, st.sampled_from(DateRangeReading))
def test_what_comes_back_under_one_reading_never_proves_the_other(
    data: st.DataObject, zone: ZoneInfo, reading: DateRangeReading
) -> None:
    start, end = data.draw(ranges(Granularity.HOUR, zone))
    window = Window(start, end, start, None)
    written = window.asked(zone)
    possible = meanings(written, zone)
    first, last = possible[0] if reading is INSTANT else data.draw(st.sampled_from(possible[1:]))
    moment = data.draw(st.datetimes(first.replace(tzinfo=None), last.replace(tzinfo=None)))
    begin = Grid(Granularity.QUARTER, zone).floor(moment.replace(tzinfo=UTC))
    assert reading in written.readings_of(begin, begin + timedelta(minutes=15), zone)
