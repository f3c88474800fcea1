"""Which date ranges to ask for: from where, up to where, in how many reports.

The API ties the granularity of a report to the length of its date range:

========================================  ================================
date range                                granularities accepted
========================================  ================================
up to and including a week                15m, 30m, hour, day, none
longer, up to and including a month       hour, day, week, none
longer than a month                       month, year, none
========================================  ================================

What "a month" is, the API's documentation leaves open, so a range that may not be longer is kept
within 28 days and one that must be longer goes beyond 31. Lengths are elapsed time: a local week
has up to 169 hours when the clocks go back, and that is more than a week. Where the clocks go
forward, the local calendar is the stricter measure and is kept to as well.

A range that is not cut on bucket boundaries brings partial buckets that look whole, so every
window begins and ends on boundaries of the report's zone.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from tap_8x8_cc.model.calendar import Granularity, floor, following

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

__all__ = [
    "Granularity",
    "Window",
    "first_start",
    "floor",
    "following",
    "intra_day_minutes",
    "plan",
    "settled_end",
    "split",
]

_LONGEST = {
    Granularity.QUARTER: timedelta(days=7),
    Granularity.HALF: timedelta(days=7),
    Granularity.HOUR: timedelta(days=28),
    Granularity.DAY: timedelta(days=28),
    Granularity.WEEK: timedelta(days=28),
}
_FEWEST_BUCKETS_ARE_TWO = frozenset({Granularity.WEEK, Granularity.MONTH})


@dataclass(frozen=True, slots=True)
class Window:
    """The date range of one report. All instants are in UTC and bucket boundaries.

    Attributes:
        start: Begin of the first bucket wanted.
        end: End of the last bucket wanted; a bucket that begins here is not.
        request_start: Where the report's range begins. Earlier than ``start`` only where the
            buckets wanted are too short a range for their granularity; the rows of the buckets
            before ``start`` are then of no use.
    """

    start: datetime
    end: datetime
    request_start: datetime

    @property
    def request_end(self) -> datetime:
        """Where the report's range ends.

        One millisecond, the API's resolution, before ``end``: so it brings no bucket too many if
        the API counts the end as part of the range, and no bucket too few if it doesn't.
        """
        return self.end - timedelta(milliseconds=1)


def settled_end(
    now: datetime,
    settle: timedelta,
    end: datetime | None,
    granularity: Granularity,
    zone: ZoneInfo,
) -> datetime:
    """Return up to where buckets are complete and old enough to be read.

    Args:
        now: The present.
        settle: How long ago a bucket must have ended.
        end: An instant after which no data is wanted, if there is one.
        granularity: The buckets.
        zone: The report's time zone.

    Returns:
        The latest bucket boundary that is neither after ``now - settle`` nor after ``end``.
    """
    settled = now.astimezone(UTC) - settle
    return floor(settled if end is None else min(settled, end), granularity, zone)


def first_start(
    start_date: datetime,
    bookmark: datetime | None,
    lookback: timedelta,
    granularity: Granularity,
    zone: ZoneInfo,
) -> datetime:
    """Return where a run begins to read.

    Args:
        start_date: The first data wanted.
        bookmark: The end of what earlier runs have read, if there were any.
        lookback: Days before the bookmark that are read again, since metrics of a bucket can
            change after its end. They are days of the local calendar, so that the run of the
            day after a clock change begins at the same time of day as any other.
        granularity: The buckets.
        zone: The report's time zone.

    Returns:
        The begin of the bucket that holds ``start_date``, or, if that is later, of the one that
        holds ``bookmark - lookback``.
    """
    earliest = floor(start_date, granularity, zone)
    if bookmark is None or bookmark <= earliest:
        return earliest
    if not lookback:  # local arithmetic would take the second 01:30 of a night for the first
        return floor(bookmark, granularity, zone)
    # Beyond the earliest start a longer lookback changes nothing, but it could lead to a year
    # before 1. The bound is elapsed time: two days make up for all clock changes on the way.
    reach = min(lookback, bookmark - earliest + timedelta(days=2))
    return max(earliest, floor(bookmark.astimezone(zone) - reach, granularity, zone))


def plan(start: datetime, end: datetime, granularity: Granularity, zone: ZoneInfo) -> list[Window]:
    """Divide a range into windows that the API accepts for a granularity.

    The windows follow each other without gap or overlap from ``start`` to ``end``. Those of hours
    and parts of hours are cut at local midnights.

    Args:
        start: Begin of the range, a bucket boundary.
        end: End of the range, excluded, a bucket boundary.
        granularity: The buckets.
        zone: The report's time zone.

    Returns:
        The windows, oldest first; none where the range is empty.

    Raises:
        ValueError: If an end of the range is not a bucket boundary.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return []
    for edge in (start, end):
        if floor(edge, granularity, zone) != edge:
            raise ValueError(f"{edge.isoformat()} does not begin a {granularity} in {zone.key}")
    match granularity:
        case Granularity.MONTH | Granularity.YEAR | Granularity.NONE:
            cuts = [start, end]
        case Granularity.WEEK:
            cuts = _cuts_of_weeks(start, end, zone)
        case _:
            cuts = _cuts_at_midnight(start, end, _LONGEST[granularity], zone)
    return [_window(first, last, granularity, zone) for first, last in pairwise(cuts)]


def split(window: Window, granularity: Granularity, zone: ZoneInfo) -> tuple[Window, Window] | None:
    """Halve a window, as near its middle as bucket boundaries allow.

    A window that holds a local midnight is cut at one. Each half is again acceptable to the API,
    so half of a window of two weeks or months begins its request a week or month early.

    Args:
        window: The window to halve.
        granularity: The buckets.
        zone: The report's time zone.

    Returns:
        The earlier and the later half, or nothing where the window holds a single bucket.
    """
    if granularity is Granularity.NONE:
        return None
    units: tuple[Granularity, ...] = (granularity,)
    if granularity in {Granularity.QUARTER, Granularity.HALF, Granularity.HOUR}:
        units = (Granularity.DAY, granularity)
    for unit in units:
        cut = _most_central(window, unit, zone)
        if cut is not None:
            return (
                _window(window.start, cut, granularity, zone),
                _window(cut, window.end, granularity, zone),
            )
    return None


def intra_day_minutes(start: time, end: time) -> int:
    """Return the length of a daily time range in whole minutes.

    Args:
        start: Local time of day from which the range runs.
        end: Local time of day at which it ends; before ``start``, that is on the next day.

    Returns:
        Minutes from 0 (``start`` and ``end`` are equal) to 1439.
    """
    from_midnight = [
        timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
        for moment in (start, end)
    ]
    length = (from_midnight[1] - from_midnight[0]) % timedelta(days=1)
    return length // timedelta(minutes=1)


def _window(start: datetime, end: datetime, granularity: Granularity, zone: ZoneInfo) -> Window:
    """Make the window of a range, its request begun a bucket early where one is too short."""
    request_start = start
    if granularity in _FEWEST_BUCKETS_ARE_TWO and following(start, granularity, zone) >= end:
        request_start = floor(start - timedelta.resolution, granularity, zone)
    return Window(start, end, request_start)


def _cuts_at_midnight(
    start: datetime, end: datetime, longest: timedelta, zone: ZoneInfo
) -> list[datetime]:
    """Return the ends of a range and the fewest local midnights that keep to a length."""
    cuts = [start]
    while (limit := _limit(cuts[-1], longest, zone)) < end:
        cuts.append(floor(limit, Granularity.DAY, zone))
    return [*cuts, end]


def _limit(start: datetime, longest: timedelta, zone: ZoneInfo) -> datetime:
    """Return the end of the longest range from ``start``, by elapsed and by local time."""
    local = (start.astimezone(zone) + longest).astimezone(UTC)
    return min(start + longest, local)


def _cuts_of_weeks(start: datetime, end: datetime, zone: ZoneInfo) -> list[datetime]:
    """Return ends of windows of two to four weeks; one week only if the range has no more."""
    mondays = [start]
    while mondays[-1] < end:
        mondays.append(following(mondays[-1], Granularity.WEEK, zone))
    longest = _LONGEST[Granularity.WEEK]
    last = len(mondays) - 1
    at, cuts = 0, [start]
    while at < last:
        to = max(
            n for n in range(at + 1, min(at + 4, last) + 1) if mondays[n] - mondays[at] <= longest
        )
        if to == last - 1:  # a last week by itself would have to request this one again
            to -= 1
        at = to
        cuts.append(mondays[at])
    return cuts


def _most_central(window: Window, unit: Granularity, zone: ZoneInfo) -> datetime | None:
    """Return the boundary of a unit nearest to a window's middle, if there is one within it."""
    middle = window.start + (window.end - window.start) / 2
    around = (floor(middle, unit, zone), following(middle, unit, zone))
    within = [cut for cut in around if window.start < cut < window.end]
    return min(within, key=lambda cut: abs(cut - middle), default=None)
