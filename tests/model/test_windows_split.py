"""How a window is halved: by hand, and rules that hold in every zone."""

from __future__ import annotations

from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.windows import Window, plan, split
from tests.support.calendar_oracle import around, zones
from tests.support.window_oracle import (
    always_accepted,
    at,
    granularities,
    ranges,
)


@pytest.mark.parametrize(
    ("granularity", "name", "start", "cut", "end"),
    [
        ("15m", "UTC", "2024-01-01T00:00", "2024-01-04T00:00", "2024-01-08T00:00"),
        ("15m", "UTC", "2024-01-01T00:00", "2024-01-01T12:00", "2024-01-02T00:00"),
        ("15m", "UTC", "2024-01-01T00:00", "2024-01-01T00:15", "2024-01-01T00:45"),
        ("15m", "UTC", "2024-01-01T22:00", "2024-01-02T00:00", "2024-01-02T06:00"),
        ("hour", "America/New_York", "2024-11-02T04", "2024-11-03T04", "2024-11-04T05"),
        ("hour", "Australia/Lord_Howe", "2024-04-06T13", "2024-04-06T14", "2024-04-07T13:30"),
        ("day", "Europe/Helsinki", "2024-10-25T21", "2024-10-26T21", "2024-10-28T22"),
        ("day", "Pacific/Apia", "2011-12-29T10", "2011-12-30T10", "2011-12-31T10"),
        ("week", "UTC", "2024-01-01T00", "2024-01-15T00", "2024-01-29T00"),
        ("month", "UTC", "2024-01-01T00", "2024-03-01T00", "2024-05-01T00"),
        ("year", "UTC", "2020-01-01T00", "2022-01-01T00", "2024-01-01T00"),
    ],
)
def test_a_window_is_halved_near_its_middle(
    granularity: str, name: str, start: str, cut: str, end: str
) -> None:
    window = Window(at(start), at(end), at(start))
    assert split(window, Grid(Granularity(granularity), ZoneInfo(name))) == (
        Window(at(start), at(cut), at(start)),
        Window(at(cut), at(end), at(cut)),
    )


def test_halves_of_two_weeks_start_their_requests_a_week_early() -> None:
    first, second, third, fourth = (
        at(text)
        for text in ("2023-12-25T00:00", "2024-01-01T00:00", "2024-01-08T00:00", "2024-01-15T00:00")
    )
    halves = split(Window(second, fourth, second), Grid(Granularity.WEEK, ZoneInfo("UTC")))
    assert halves == (Window(second, third, first), Window(third, fourth, second))


def test_halves_of_two_months_start_their_requests_a_month_early() -> None:
    first, second, third, fourth = (
        at(text)
        for text in ("2023-12-01T00:00", "2024-01-01T00:00", "2024-02-01T00:00", "2024-03-01T00:00")
    )
    halves = split(Window(second, fourth, second), Grid(Granularity.MONTH, ZoneInfo("UTC")))
    assert halves == (Window(second, third, first), Window(third, fourth, second))


def test_a_range_without_granularity_cannot_be_halved() -> None:
    start, end = at("2024-01-01T00:00"), at("2024-05-01T00:00")
    assert split(Window(start, end, start), Grid(Granularity.NONE, ZoneInfo("UTC"))) is None


@given(st.data(), zones, granularities)
def test_halves_make_up_the_window_and_are_acceptable(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    window = data.draw(st.sampled_from(plan(start, end, Grid(granularity, zone))))
    halves = split(window, Grid(granularity, zone))
    if halves is None:
        single = (
            granularity is Granularity.NONE
            or window.end == around(window.start, granularity, zone)[1]
        )
        assert single
        return
    earlier, later = halves
    assert (earlier.start, earlier.end, later.end) == (window.start, later.start, window.end)
    assert all(always_accepted(half, granularity, zone) for half in halves)
    assert earlier.end == around(earlier.end, granularity, zone)[0]
    if around(earlier.start, Granularity.DAY, zone)[1] < later.end:
        assert earlier.end == around(earlier.end, Granularity.DAY, zone)[0]


@given(st.data(), zones, granularities)
def test_halving_again_and_again_ends_with_single_buckets(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    window = plan(start, end, Grid(granularity, zone))[0]
    waiting, single = [window], list[Window]()
    while waiting:
        part = waiting.pop()
        halves = split(part, Grid(granularity, zone))
        if halves is None:
            single.append(part)
        else:
            waiting.extend(reversed(halves))
    assert (single[0].start, single[-1].end) == (window.start, window.end)
    assert all(earlier.end == later.start for earlier, later in pairwise(single))
    if granularity is not Granularity.NONE:
        assert all(part.end == around(part.start, granularity, zone)[1] for part in single)
