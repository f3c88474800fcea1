"""From where to where a run reads: by hand, and rules that hold in every zone."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.windows import first_start, intra_day_minutes, plan, settled_end
from tests.support.calendar_oracle import (
    DAY,
    HOUR,
    MINUTE,
    SUB_DAY,
    around,
    instants,
    opening,
    zones,
)
from tests.support.window_oracle import (
    SPANS,
    around_or_itself,
    at,
    granularities,
)

# --- how far a run reads ---


@pytest.mark.parametrize(
    ("granularity", "name", "now", "end", "expected"),
    [
        ("15m", "UTC", "2024-01-01T12:44", None, "2024-01-01T12:00"),
        ("15m", "UTC", "2024-01-01T12:45", None, "2024-01-01T12:15"),
        ("hour", "Asia/Kathmandu", "2024-01-01T00:44", None, "2023-12-31T23:15"),
        ("hour", "Asia/Kathmandu", "2024-01-01T00:45", None, "2024-01-01T00:15"),
        ("day", "America/New_York", "2024-11-04T05:29", None, "2024-11-03T04:00"),
        ("day", "America/New_York", "2024-11-04T05:30", None, "2024-11-04T05:00"),
        ("day", "America/New_York", "2024-11-09T12:00", "2024-11-04T05:00", "2024-11-04T05:00"),
        ("day", "America/New_York", "2024-11-09T12:00", "2024-11-04T04:59", "2024-11-03T04:00"),
        ("day", "UTC", "2024-11-04T12:00", "2025-01-01T00:00", "2024-11-04T00:00"),
        ("week", "UTC", "2024-01-08T00:29", None, "2024-01-01T00:00"),
        ("month", "UTC", "2024-03-01T00:30", None, "2024-03-01T00:00"),
        ("year", "UTC", "2024-03-01T00:30", None, "2024-01-01T00:00"),
        ("none", "UTC", "2024-03-01T00:30:10", None, "2024-03-01T00:00:10"),
    ],
)
def test_only_buckets_that_ended_half_an_hour_ago_are_read(
    granularity: str, name: str, now: str, end: str | None, expected: str
) -> None:
    until = None if end is None else at(end)
    settle = timedelta(minutes=30)
    unit, zone = Granularity(granularity), ZoneInfo(name)
    assert settled_end(at(now), settle, until, Grid(unit, zone)) == at(expected)


@given(st.data(), zones, granularities, st.integers(0, 3000), st.booleans())
def test_nothing_unsettled_is_read_and_no_settled_bucket_is_left(
    data: st.DataObject,
    zone: ZoneInfo,
    granularity: Granularity,
    minutes: int,
    limited: bool,  # noqa: FBT001 (hypothesis fills it in)
) -> None:
    now = data.draw(instants(zone))
    settle = minutes * MINUTE
    until = now + data.draw(st.integers(-5000, 5000)) * MINUTE if limited else None
    end = settled_end(now, settle, until, Grid(granularity, zone))
    limit = now - settle if until is None else min(now - settle, until)
    assert end <= limit
    if granularity is not Granularity.NONE:
        assert around(end, granularity, zone)[1] > limit
    if granularity in SUB_DAY:
        length = SUB_DAY[granularity] * MINUTE
        shift = offset(limit, zone) - offset(end, zone)
        assert limit - end < length or shift % length


def offset(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()


# --- where a run begins ---


@pytest.mark.parametrize(
    ("granularity", "name", "bookmark", "days", "expected"),
    [
        ("day", "America/New_York", None, 3, "2010-12-31T05:00"),
        ("week", "America/New_York", None, 3, "2010-12-27T05:00"),
        ("none", "America/New_York", None, 3, "2011-01-01T00:00"),
        # Local days, whatever their length.
        ("day", "America/New_York", "2024-11-05T05:00", 3, "2024-11-02T04:00"),
        ("hour", "America/New_York", "2024-11-05T14:00", 3, "2024-11-02T13:00"),
        ("day", "America/Sao_Paulo", "2018-11-07T02:00", 3, "2018-11-04T03:00"),
        ("day", "America/Havana", "2024-11-05T05:00", 2, "2024-11-03T04:00"),
        ("day", "Pacific/Apia", "2011-12-31T10:00", 1, "2011-12-30T10:00"),
        ("day", "Pacific/Apia", "2011-12-31T10:00", 3, "2011-12-29T10:00"),
        # The first of two equal local times, except where the bookmark is the second itself.
        ("hour", "America/New_York", "2024-11-04T06:00", 1, "2024-11-03T05:00"),
        ("hour", "America/New_York", "2024-11-03T06:00", 0, "2024-11-03T06:00"),
        ("hour", "America/New_York", "2024-11-03T06:00", 1, "2024-11-02T05:00"),
        # Whole buckets, also where the bookmark was set with shorter ones.
        ("week", "UTC", "2024-01-15T00:00", 3, "2024-01-08T00:00"),
        ("week", "UTC", "2024-01-15T00:00", 7, "2024-01-08T00:00"),
        ("month", "UTC", "2024-02-01T00:00", 3, "2024-01-01T00:00"),
        ("day", "UTC", "2024-02-03T07:15", 0, "2024-02-03T00:00"),
        # Never before the start, however long the lookback.
        ("day", "UTC", "2011-01-03T00:00", 3, "2011-01-01T00:00"),
        ("day", "UTC", "2010-01-03T00:00", 3, "2011-01-01T00:00"),
        ("day", "UTC", "2010-01-03T00:00", 0, "2011-01-01T00:00"),
        ("day", "UTC", "2024-01-03T00:00", 1_000_000, "2011-01-01T00:00"),
        ("hour", "America/New_York", "2011-03-14T04:00", 1000, "2011-01-01T00:00"),
    ],
)
def test_a_run_begins_some_local_days_before_the_bookmark(
    granularity: str, name: str, bookmark: str | None, days: int, expected: str
) -> None:
    reached = None if bookmark is None else at(bookmark)
    start = at("2011-01-01T00:00")
    unit, zone = Granularity(granularity), ZoneInfo(name)
    assert first_start(start, reached, timedelta(days=days), Grid(unit, zone)) == at(expected)


@given(st.data(), zones, st.integers(0, 20), st.integers(0, 20 * 1440))
def test_the_lookback_counts_dates(
    data: st.DataObject, zone: ZoneInfo, days: int, minutes: int
) -> None:
    bookmark = around(data.draw(instants(zone)), Granularity.DAY, zone)[0]
    start = bookmark - minutes * MINUTE
    earliest = around(start, Granularity.DAY, zone)[0]
    wanted = opening(bookmark.astimezone(zone).date() - days * DAY, zone)
    found = first_start(start, bookmark, days * DAY, Grid(Granularity.DAY, zone))
    assert found == max(earliest, wanted)


@given(st.data(), zones, granularities, st.integers(0, 5))
def test_runs_one_after_another_leave_no_hole(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity, days: int
) -> None:
    now = start_date = data.draw(instants(zone))
    beginning = around_or_itself(start_date, granularity, zone)
    bookmark: datetime | None = None
    covered = beginning
    for _ in range(4):
        now += data.draw(st.integers(1, SPANS[granularity] * 360)) * MINUTE
        start = first_start(start_date, bookmark, days * DAY, Grid(granularity, zone))
        windows = plan(
            start, settled_end(now, HOUR, None, Grid(granularity, zone)), Grid(granularity, zone)
        )
        assert beginning <= start <= covered
        if days == 0 and bookmark is not None:
            assert start == bookmark
        for window in windows:
            assert window.start <= covered
            bookmark = covered = max(covered, window.end)


# --- daily ranges ---


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("09:00:00", "17:30:00", 510),
        ("00:00:00", "23:59:59", 1439),
        ("22:00:00", "06:00:00", 480),
        ("23:50:00", "00:05:00", 15),
        ("09:00:00", "09:14:59", 14),
        ("09:00:30", "09:15:30", 15),
        ("09:00:00", "09:00:00", 0),
    ],
)
def test_a_daily_range_may_run_past_midnight(start: str, end: str, minutes: int) -> None:
    assert intra_day_minutes(time.fromisoformat(start), time.fromisoformat(end)) == minutes
