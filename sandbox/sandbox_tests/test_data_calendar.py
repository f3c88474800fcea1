"""Buckets of local time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tap_8x8_cc_sandbox.center.calendar import SLOT, buckets, day_start, instant, local
from tap_8x8_cc_sandbox.center.model import Granularity, HourCut

ZONES = (
    "America/New_York",
    "Europe/London",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/Havana",
    "Africa/Cairo",
    "America/St_Johns",
    "Pacific/Apia",
    "UTC",
)
CALENDAR = [g for g in Granularity if g is not Granularity.NONE]


def utc(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("zone", "day", "expected"),
    [
        ("America/New_York", date(2026, 3, 8), "2026-03-08T05:00"),
        ("America/New_York", date(2026, 3, 9), "2026-03-09T04:00"),
        # Cuba repeats the hour after midnight: the day begins with the first midnight.
        ("America/Havana", date(2025, 11, 2), "2025-11-02T04:00"),
        # Egypt skips the hour after midnight: the day begins at 01:00.
        ("Africa/Cairo", date(2025, 4, 25), "2025-04-24T22:00"),
        # Samoa skipped 30 December 2011: it begins where the 31st does.
        ("Pacific/Apia", date(2011, 12, 30), "2011-12-30T10:00"),
        ("Pacific/Apia", date(2011, 12, 31), "2011-12-30T10:00"),
        ("Asia/Kathmandu", date(2026, 1, 1), "2025-12-31T18:15"),
        # Newfoundland's clocks went back at 00:01 until 2011: the first midnight counts.
        ("America/St_Johns", date(2010, 11, 7), "2010-11-07T02:30"),
    ],
)
def test_day_begins_at_the_first_instant_of_the_date(zone: str, day: date, expected: str) -> None:
    assert day_start(day, ZoneInfo(zone)) == utc(expected)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(utc("2011-12-20"), utc("2027-01-01")),
    days=st.integers(1, 12),
    granularity=st.sampled_from(CALENDAR),
    cut=st.sampled_from(HourCut),
)
def test_buckets_cover_the_range_without_gap_or_overlap(
    zone: str, start: int, days: int, granularity: Granularity, cut: HourCut
) -> None:
    end = start + days * 86400
    found = list(buckets(start, end, granularity, ZoneInfo(zone), cut))
    assert found[0].start <= start < found[0].end
    assert found[-1].start < end <= found[-1].end
    assert all(bucket.start < bucket.end for bucket in found)
    assert all(one.end == other.start for one, other in pairwise(found))
    assert all(not bucket.start % SLOT for bucket in found)


@settings(max_examples=60, deadline=None)
@given(
    zone=st.sampled_from(ZONES),
    start=st.integers(utc("2011-12-20"), utc("2027-01-01")),
    granularity=st.sampled_from([Granularity.DAY, Granularity.WEEK, Granularity.MONTH]),
)
def test_a_bucket_cut_anywhere_is_the_same_bucket(
    zone: str, start: int, granularity: Granularity
) -> None:
    bucket = next(buckets(start, start + 1, granularity, ZoneInfo(zone)))
    for inside in (bucket.start, (bucket.start + bucket.end) // 2, bucket.end - 1):
        assert next(buckets(inside, inside + 1, granularity, ZoneInfo(zone))) == bucket


@pytest.mark.parametrize(("day", "hours"), [("2026-03-08", 23), ("2026-11-01", 25)])
@pytest.mark.parametrize("cut", HourCut)
def test_days_of_clock_changes_have_23_and_25_hours(day: str, hours: int, cut: HourCut) -> None:
    zone = ZoneInfo("America/New_York")
    start = day_start(date.fromisoformat(day), zone)
    end = day_start(date.fromisoformat(day) + timedelta(days=1), zone)
    assert end - start == hours * 3600
    found = list(buckets(start, end, Granularity.HOUR, zone, cut))
    assert [bucket.end - bucket.start for bucket in found] == [3600] * hours


def test_hours_of_a_half_hour_shift_follow_the_wall_clock_or_the_elapsed_time() -> None:
    zone = ZoneInfo("Australia/Lord_Howe")  # 5 April 2026: 02:00 becomes 01:30
    start = day_start(date(2026, 4, 5), zone)
    end = day_start(date(2026, 4, 6), zone)
    assert end - start == 24.5 * 3600

    def starts(cut: HourCut) -> list[str]:
        found = buckets(start, end, Granularity.HOUR, zone, cut)
        return [local(bucket.start, zone).isoformat(timespec="minutes")[11:] for bucket in found]

    assert starts(HourCut.WALL)[:4] == ["00:00+11:00", "01:00+11:00", "02:00+10:30", "03:00+10:30"]
    assert starts(HourCut.ELAPSED)[:4] == [
        "00:00+11:00",
        "01:00+11:00",
        "01:30+10:30",
        "02:30+10:30",
    ]
    assert (len(starts(HourCut.WALL)), len(starts(HourCut.ELAPSED))) == (24, 25)


def test_weeks_begin_on_monday_and_are_given_whole() -> None:
    zone = ZoneInfo("America/New_York")
    found = list(buckets(utc("2022-08-31"), utc("2022-09-02"), Granularity.WEEK, zone))
    assert [local(moment, zone).isoformat() for moment in (found[0].start, found[0].end)] == [
        "2022-08-29T00:00:00-04:00",
        "2022-09-05T00:00:00-04:00",
    ]
    assert len(found) == 1


def test_without_granularity_the_range_is_the_bucket() -> None:
    (bucket,) = buckets(100, 200, Granularity.NONE, ZoneInfo("UTC"))
    assert (bucket.start, bucket.end) == (100, 200)
    assert list(buckets(200, 200, Granularity.DAY, ZoneInfo("UTC"))) == []


def test_instants_are_rounded_up() -> None:
    assert instant(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC)) == 1
    assert instant(datetime(1970, 1, 1, 0, 0, 1, 1000, tzinfo=UTC)) == 2
