"""How a range is cut into reports: by hand, and rules that hold in every zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.windows import Window, plan
from tests.support.calendar_oracle import DAY, SUB_DAY, around, zones
from tests.support.window_oracle import (
    always_accepted,
    around_or_itself,
    at,
    granularities,
    ranges,
)


def ends(windows: list[Window]) -> list[datetime]:
    return [windows[0].start, *(window.end for window in windows)]


# --- plan: by hand ---


@pytest.mark.parametrize(
    ("granularity", "name", "cuts"),
    [
        # A seventh local day would end 169 hours after the start.
        ("15m", "America/New_York", ["2024-11-01T04", "2024-11-07T05", "2024-11-09T05"]),
        ("30m", "America/New_York", ["2024-11-01T04", "2024-11-07T05", "2024-11-09T05"]),
        ("15m", "America/New_York", ["2024-03-08T05", "2024-03-15T04", "2024-03-17T04"]),
        ("15m", "UTC", ["2024-01-01T00", "2024-01-08T00", "2024-01-15T00"]),
        ("15m", "Pacific/Apia", ["2011-12-25T10", "2011-12-31T10", "2012-01-02T10"]),
        # Only the first start and the last end lie within a day.
        ("15m", "UTC", ["2024-01-01T13", "2024-01-08T00", "2024-01-15T00", "2024-01-15T07"]),
        ("hour", "UTC", ["2024-01-01T13", "2024-01-29T00", "2024-01-30T02"]),
        ("hour", "Asia/Kolkata", ["2024-01-01T18:30", "2024-01-29T18:30", "2024-01-30T18:30"]),
        ("day", "Europe/Helsinki", ["2024-09-30T21", "2024-10-27T22", "2024-11-01T22"]),
        ("day", "Europe/Helsinki", ["2024-03-15T22", "2024-04-12T21", "2024-04-13T21"]),
        ("day", "Australia/Lord_Howe", ["2024-03-31T13", "2024-04-27T13:30", "2024-04-28T13:30"]),
        ("day", "Australia/Lord_Howe", ["2024-09-30T13:30", "2024-10-28T13", "2024-10-29T13"]),
        ("day", "America/Sao_Paulo", ["2018-10-31T03", "2018-11-28T02", "2018-11-29T02"]),
        # Four weeks of 673 hours are too long: 2 + 2, and 3 + 4 where there are seven.
        ("week", "Europe/Helsinki", ["2024-10-06T21", "2024-10-20T21", "2024-11-03T22"]),
        (
            "week",
            "Europe/Helsinki",
            ["2024-10-06T21", "2024-10-27T22", "2024-11-24T22"],
        ),
        ("week", "UTC", ["2024-01-01T00", "2024-01-29T00"]),
        ("week", "UTC", ["2024-01-01T00", "2024-01-22T00", "2024-02-05T00"]),  # 3 + 2, not 4 + 1
        ("week", "UTC", ["2024-01-01T00", "2024-01-29T00", "2024-02-19T00", "2024-03-04T00"]),
        ("month", "Europe/Helsinki", ["2023-12-31T22", "2024-05-31T21"]),
        ("year", "UTC", ["2020-01-01T00", "2024-01-01T00"]),
        ("year", "UTC", ["2023-01-01T00", "2024-01-01T00"]),
        ("none", "UTC", ["2020-01-01T00:00:01", "2024-01-01T00"]),
    ],
)
def test_ranges_are_cut_where_the_calendar_allows(
    granularity: str, name: str, cuts: list[str]
) -> None:
    expected = [at(cut) for cut in cuts]
    windows = plan(expected[0], expected[-1], Grid(Granularity(granularity), ZoneInfo(name)))
    assert ends(windows) == expected
    assert all(window.request_start == window.start for window in windows)


@pytest.mark.parametrize(
    ("granularity", "name", "start", "end", "request_start"),
    [
        ("week", "America/New_York", "2024-03-04T05", "2024-03-11T04", "2024-02-26T05"),  # 167 h
        ("week", "America/New_York", "2024-10-28T04", "2024-11-04T05", "2024-10-21T04"),  # 169 h
        ("week", "Pacific/Apia", "2011-12-26T10", "2012-01-01T10", "2011-12-19T10"),
        ("month", "UTC", "2024-02-01T00", "2024-03-01T00", "2024-01-01T00"),
        ("month", "America/New_York", "2024-12-01T05", "2025-01-01T05", "2024-11-01T04"),
    ],
)
def test_a_single_week_or_month_is_requested_with_the_one_before(
    granularity: str, name: str, start: str, end: str, request_start: str
) -> None:
    windows = plan(at(start), at(end), Grid(Granularity(granularity), ZoneInfo(name)))
    assert windows == [Window(at(start), at(end), at(request_start))]


def test_the_request_ends_a_millisecond_before_the_window() -> None:
    start, end = at("2024-01-01T00:00"), at("2024-01-02T00:00")
    written = Window(start, end, start).asked(ZoneInfo("America/New_York"))
    assert written.end.isoformat(timespec="milliseconds") == "2024-01-01T23:59:59.999"


def test_within_a_day_the_local_calendar_limits_the_length_too() -> None:
    """From 10:00 on 14 February to 11:00 on 14 March 2023 is more than a month of the calendar."""
    zone = ZoneInfo("America/New_York")
    start, end = at("2023-02-14T15:00"), at("2023-03-14T15:00")
    assert end - start == timedelta(days=28)
    assert ends(plan(start, end, Grid(Granularity.HOUR, zone))) == [
        start,
        at("2023-03-14T04:00"),
        end,
    ]


def test_instants_may_come_in_local_time() -> None:
    """Also where the local time is one of two, which Python never finds equal to a UTC time."""
    zone = ZoneInfo("America/Havana")
    start = datetime(2024, 11, 3, tzinfo=zone)
    end = datetime(2024, 11, 3, fold=1, tzinfo=zone)
    expected = at("2024-11-03T04:00"), at("2024-11-03T05:00")
    (window,) = plan(start, end, Grid(Granularity.HOUR, zone))
    assert (window.start, window.end, window.start.tzinfo) == (*expected, UTC)


@pytest.mark.parametrize("granularity", Granularity)
def test_an_empty_range_has_no_windows(granularity: Granularity) -> None:
    start = at("2024-01-01T00:00")
    assert plan(start, start, Grid(granularity, ZoneInfo("UTC"))) == []
    assert plan(start, start - DAY, Grid(granularity, ZoneInfo("UTC"))) == []


@pytest.mark.parametrize(
    ("granularity", "start", "end", "culprit"),
    [
        ("15m", "2024-01-01T00:05", "2024-01-02T00:00", "2024-01-01T00:05:00"),
        ("day", "2024-01-01T00:00", "2024-01-02T01:00", "2024-01-02T01:00:00"),
        ("week", "2024-01-02T00:00", "2024-01-15T00:00", "2024-01-02T00:00:00"),
        ("month", "2024-01-01T00:00", "2024-02-02T00:00", "2024-02-02T00:00:00"),
    ],
)
def test_a_range_off_the_boundaries_is_refused(
    granularity: str, start: str, end: str, culprit: str
) -> None:
    with pytest.raises(ValueError, match=culprit):
        plan(at(start), at(end), Grid(Granularity(granularity), ZoneInfo("UTC")))


# --- plan: rules ---


@given(st.data(), zones, granularities)
def test_windows_tile_the_range(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    windows = plan(start, end, Grid(granularity, zone))
    assert windows[0].start == start
    assert windows[-1].end == end
    assert all(earlier.end == later.start for earlier, later in pairwise(windows))
    assert all(window.request_start <= window.start < window.end for window in windows)


@given(st.data(), zones, granularities)
def test_every_window_is_acceptable_under_every_reading(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    for window in plan(start, end, Grid(granularity, zone)):
        assert always_accepted(window, granularity, zone)


@given(st.data(), zones, st.sampled_from([*SUB_DAY, Granularity.DAY]))
def test_inner_cuts_are_local_midnights(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    for window in plan(start, end, Grid(granularity, zone))[1:]:
        assert window.start == around(window.start, Granularity.DAY, zone)[0]


@given(st.data(), zones, granularities)
def test_every_edge_is_a_bucket_boundary(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    for window in plan(start, end, Grid(granularity, zone)):
        for edge in (window.request_start, window.start, window.end):
            assert edge == around_or_itself(edge, granularity, zone)


@given(st.data(), zones, granularities)
def test_only_a_range_of_one_week_or_month_starts_early(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    for window in plan(start, end, Grid(granularity, zone)):
        if window.request_start == window.start:
            continue
        assert granularity in {Granularity.WEEK, Granularity.MONTH}
        assert (window.start, window.end) == (start, end) == around(start, granularity, zone)
        assert around(window.request_start, granularity, zone)[1] == window.start


@given(st.data(), zones, granularities)
def test_the_number_of_windows_is_within_twice_the_least(
    data: st.DataObject, zone: ZoneInfo, granularity: Granularity
) -> None:
    start, end = data.draw(ranges(granularity, zone))
    days = {"15m": 7, "30m": 7, "hour": 28, "day": 28, "week": 28}.get(granularity, 10**5)
    least = -((start - end) // timedelta(days=days))
    assert len(plan(start, end, Grid(granularity, zone))) <= 2 * least
