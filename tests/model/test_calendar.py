"""Where buckets begin: instants worked out by hand, and a clock walked minute by minute."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.model.calendar import Granularity, floor, following
from tests.support.calendar_oracle import (
    BUCKETED,
    ODD_ZONES,
    SUB_DAY,
    around,
    clock_changes,
    cuts_of_day,
    instants,
    zones,
)

LORD_HOWE = ZoneInfo("Australia/Lord_Howe")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


# The boundaries of consecutive local days, in UTC.
DAYS = {
    "an ordinary zone": ("UTC", ["2024-02-28T00:00", "2024-02-29T00:00", "2024-03-01T00:00"]),
    "23 hours": ("America/New_York", ["2024-03-10T05:00", "2024-03-11T04:00", "2024-03-12T04:00"]),
    "25 hours": ("America/New_York", ["2024-11-03T04:00", "2024-11-04T05:00", "2024-11-05T05:00"]),
    "23 hours, east": (
        "Europe/Helsinki",
        ["2024-03-30T22:00", "2024-03-31T21:00", "2024-04-01T21:00"],
    ),
    "25 hours, east": (
        "Europe/Helsinki",
        ["2024-10-26T21:00", "2024-10-27T22:00", "2024-10-28T22:00"],
    ),
    "24.5 hours": (
        "Australia/Lord_Howe",
        ["2024-04-06T13:00", "2024-04-07T13:30", "2024-04-08T13:30"],
    ),
    "23.5 hours": (
        "Australia/Lord_Howe",
        ["2024-10-05T13:30", "2024-10-06T13:00", "2024-10-07T13:00"],
    ),
    "half past": ("Asia/Kolkata", ["2023-12-31T18:30", "2024-01-01T18:30"]),
    "quarter past": ("Asia/Kathmandu", ["2023-12-31T18:15", "2024-01-01T18:15"]),
    "no midnight": (
        "America/Sao_Paulo",
        ["2018-11-03T03:00", "2018-11-04T03:00", "2018-11-05T02:00"],
    ),
    "no midnight in Santiago": (
        "America/Santiago",
        ["2024-09-07T04:00", "2024-09-08T04:00", "2024-09-09T03:00"],
    ),
    "back to the old date": (
        "America/Santiago",
        ["2024-04-06T03:00", "2024-04-07T04:00", "2024-04-08T04:00"],
    ),
    "two midnights": (
        "America/Havana",
        ["2024-11-02T04:00", "2024-11-03T04:00", "2024-11-04T05:00"],
    ),
    "no midnight in Havana": (
        "America/Havana",
        ["2024-03-09T05:00", "2024-03-10T05:00", "2024-03-11T04:00"],
    ),
    "a minute past midnight": (  # 00:01 becomes 23:01 of the day before: the day begins once
        "America/St_Johns",
        ["2010-11-06T02:30", "2010-11-07T02:30", "2010-11-08T03:30"],
    ),
    "half an hour before midnight": (  # 23:30 becomes 00:30
        "America/Toronto",
        ["1919-03-30T05:00", "1919-03-31T04:30", "1919-04-01T04:00"],
    ),
    "30 December 2011 skipped": (
        "Pacific/Apia",
        ["2011-12-28T10:00", "2011-12-29T10:00", "2011-12-30T10:00", "2011-12-31T10:00"],
    ),
    "Cairo, spring": ("Africa/Cairo", ["2024-04-24T22:00", "2024-04-25T22:00", "2024-04-26T21:00"]),
    "Cairo, autumn": ("Africa/Cairo", ["2024-10-30T21:00", "2024-10-31T22:00", "2024-11-01T22:00"]),
    "Beirut, spring": ("Asia/Beirut", ["2024-03-29T22:00", "2024-03-30T22:00", "2024-03-31T21:00"]),
    "Beirut, autumn": ("Asia/Beirut", ["2024-10-25T21:00", "2024-10-26T22:00", "2024-10-27T22:00"]),
    "two midnights half an hour apart": (
        "Asia/Colombo",
        ["2006-04-13T18:00", "2006-04-14T18:00", "2006-04-15T18:30"],
    ),
    "half an hour back into the old date": (
        "Asia/Pyongyang",
        ["2015-08-13T15:00", "2015-08-14T15:30", "2015-08-15T15:30"],
    ),
}


@pytest.mark.parametrize(("name", "texts"), DAYS.values(), ids=DAYS.keys())
def test_days_begin_at_the_first_instant_of_their_date(name: str, texts: list[str]) -> None:
    zone = ZoneInfo(name)
    boundaries = [at(text) for text in texts]
    walked = [boundaries[0]]
    while len(walked) < len(boundaries):
        walked.append(following(walked[-1], Granularity.DAY, zone))
    assert walked == boundaries
    for boundary, after in pairwise(boundaries):
        assert floor(boundary, Granularity.DAY, zone) == boundary
        assert floor(after - timedelta.resolution, Granularity.DAY, zone) == boundary


@pytest.mark.parametrize(
    ("granularity", "name", "instant", "before", "after"),
    [
        ("week", "UTC", "2024-01-03T12:00", "2024-01-01T00:00", "2024-01-08T00:00"),
        ("week", "America/New_York", "2022-09-02T12:00", "2022-08-29T04:00", "2022-09-05T04:00"),
        ("week", "America/New_York", "2024-03-10T12:00", "2024-03-04T05:00", "2024-03-11T04:00"),
        ("week", "Pacific/Apia", "2011-12-30T12:00", "2011-12-26T10:00", "2012-01-01T10:00"),
        ("month", "Europe/Helsinki", "2024-03-31T21:00", "2024-03-31T21:00", "2024-04-30T21:00"),
        ("month", "Europe/Helsinki", "2024-03-31T20:59", "2024-02-29T22:00", "2024-03-31T21:00"),
        ("month", "Pacific/Apia", "2011-12-31T10:00", "2011-12-31T10:00", "2012-01-31T10:00"),
        ("year", "Pacific/Apia", "2011-12-31T09:59", "2011-01-01T10:00", "2011-12-31T10:00"),
        ("year", "Asia/Kolkata", "2024-06-01T00:00", "2023-12-31T18:30", "2024-12-31T18:30"),
        ("hour", "Asia/Kolkata", "2024-01-01T00:10", "2023-12-31T23:30", "2024-01-01T00:30"),
        ("hour", "Asia/Kathmandu", "2024-01-01T00:10", "2023-12-31T23:15", "2024-01-01T00:15"),
        ("30m", "Asia/Kathmandu", "2024-01-01T00:10", "2023-12-31T23:45", "2024-01-01T00:15"),
        ("15m", "Asia/Kathmandu", "2024-01-01T00:10", "2024-01-01T00:00", "2024-01-01T00:15"),
        # A whole hour back or forward leaves hours where they are.
        ("hour", "America/New_York", "2024-11-03T05:59", "2024-11-03T05:00", "2024-11-03T06:00"),
        ("hour", "America/New_York", "2024-11-03T06:59", "2024-11-03T06:00", "2024-11-03T07:00"),
        ("hour", "America/New_York", "2024-03-10T06:30", "2024-03-10T06:00", "2024-03-10T07:00"),
        ("hour", "America/Sao_Paulo", "2018-11-04T03:30", "2018-11-04T03:00", "2018-11-04T04:00"),
        ("hour", "America/St_Johns", "2010-11-07T02:40", "2010-11-07T02:30", "2010-11-07T03:30"),
        # Lord Howe: 02:00 becomes 01:30, or 02:30. Hours after it are in doubt until midnight.
        ("hour", "Australia/Lord_Howe", "2024-04-06T14:59", "2024-04-06T14:00", "2024-04-07T13:30"),
        ("hour", "Australia/Lord_Howe", "2024-04-07T05:00", "2024-04-06T14:00", "2024-04-07T13:30"),
        ("hour", "Australia/Lord_Howe", "2024-10-06T05:00", "2024-10-05T14:30", "2024-10-06T13:00"),
        ("30m", "Australia/Lord_Howe", "2024-04-06T15:10", "2024-04-06T15:00", "2024-04-06T15:30"),
        ("15m", "Australia/Lord_Howe", "2024-10-05T15:40", "2024-10-05T15:30", "2024-10-05T15:45"),
    ],
)
def test_buckets_around_an_instant(
    granularity: str, name: str, instant: str, before: str, after: str
) -> None:
    zone = ZoneInfo(name)
    unit = Granularity(granularity)
    assert floor(at(instant), unit, zone) == at(before)
    assert following(at(instant), unit, zone) == at(after)


def test_hours_of_lord_howe_before_the_change_are_all_there() -> None:
    walked = [at("2024-04-06T11:00")]
    while len(walked) < 6:
        walked.append(following(walked[-1], Granularity.HOUR, LORD_HOWE))
    texts = ["06T11:00", "06T12:00", "06T13:00", "06T14:00", "07T13:30", "07T14:30"]
    assert walked == [at(f"2024-04-{text}") for text in texts]


def test_results_are_in_utc_whatever_zone_the_instant_is_in() -> None:
    instant = datetime(2024, 5, 5, 12, 34, tzinfo=LORD_HOWE)
    for granularity in Granularity:
        assert floor(instant, granularity, LORD_HOWE).tzinfo is UTC
    for granularity in BUCKETED:
        assert following(instant, granularity, LORD_HOWE).tzinfo is UTC


def test_without_granularity_every_instant_is_a_boundary_and_none_follows() -> None:
    instant = at("2024-05-05T12:34:56.789")
    assert floor(instant, Granularity.NONE, LORD_HOWE) == instant
    with pytest.raises(ValueError, match="no next bucket"):
        following(instant, Granularity.NONE, LORD_HOWE)


@given(st.data(), zones, st.sampled_from(BUCKETED))
def test_boundaries_are_those_of_the_walked_clock(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    instant = data.draw(instants(zone))
    assert (
        floor(instant, granularity, zone),
        following(instant, granularity, zone),
    ) == around(instant, granularity, zone)


@pytest.mark.parametrize("name", ODD_ZONES)
def test_days_around_every_clock_change_of_odd_zones(name: str) -> None:
    zone = ZoneInfo(name)
    for change in clock_changes(name)[::3]:
        for hours in (-25, -1, 0, 1):
            instant = change + timedelta(hours=hours)
            for unit in (Granularity.DAY, Granularity.HOUR):
                found = floor(instant, unit, zone), following(instant, unit, zone)
                assert found == around(instant, unit, zone)


@given(st.data(), zones)
def test_boundaries_of_coarser_buckets_are_boundaries_of_finer_ones(
    data: st.DataObject, zone: ZoneInfo
) -> None:
    instant = data.draw(instants(zone))
    day = floor(instant, Granularity.DAY, zone)
    for granularity in (*SUB_DAY, Granularity.WEEK, Granularity.MONTH, Granularity.YEAR):
        boundary = floor(instant, granularity, zone)
        coarser = day if granularity in SUB_DAY else boundary
        finer = granularity if granularity in SUB_DAY else Granularity.DAY
        assert floor(coarser, finer, zone) == coarser


def test_a_change_by_a_fraction_leaves_the_oracle_few_hours_too() -> None:
    start, end = at("2024-04-06T13:00"), at("2024-04-07T13:30")
    assert cuts_of_day(start, end, 60, LORD_HOWE) == [start, at("2024-04-06T14:00")]
    assert len(cuts_of_day(start, end, 30, LORD_HOWE)) == 49


@pytest.mark.parametrize(
    ("first_day", "moment", "start", "end"),
    [
        (0, "2024-02-28T12:00", "2024-02-26T00:00", "2024-03-04T00:00"),
        (6, "2024-02-28T12:00", "2024-02-25T00:00", "2024-03-03T00:00"),
        (0, "2024-02-25T00:00", "2024-02-19T00:00", "2024-02-26T00:00"),
        (6, "2024-02-25T00:00", "2024-02-25T00:00", "2024-03-03T00:00"),
    ],
)
def test_weeks_start_on_the_day_that_is_set(
    first_day: int, moment: str, start: str, end: str
) -> None:
    week = (Granularity.WEEK, ZoneInfo("UTC"), first_day)
    assert floor(at(moment), *week) == at(start)
    assert following(at(moment), *week) == at(end)
