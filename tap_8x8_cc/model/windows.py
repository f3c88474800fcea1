"""Which date ranges to ask for: from where, up to where, in how many reports.

The API ties the granularity of a report to the length of its date range:

========================================  ================================
date range                                granularities accepted
========================================  ================================
up to and including a week                15m, 30m, hour, day, none
longer, up to and including a month       hour, day, week, none
longer than a month                       month, year, none
========================================  ================================

The documentation does not define "a month", so a range that may not be longer is kept within 28
days and one that must be longer exceeds 31. Lengths are elapsed time: a local week has up to 169
hours when the clocks go back, which is more than a week. When they go forward, the local calendar
is stricter, and the limits hold there too.

A range that is not cut on bucket boundaries returns partial buckets that look whole, so every
window starts and ends on boundaries of the report's zone. The request may be wider, see
`date_ranges`; the limits hold for the request, as each reading measures it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.date_ranges import DateRange, DateRangeReading, date_range, readings

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_LONGEST = {
    Granularity.QUARTER: timedelta(days=7),
    Granularity.HALF: timedelta(days=7),
    Granularity.HOUR: timedelta(days=28),
    Granularity.DAY: timedelta(days=28),
    Granularity.WEEK: timedelta(days=28),
}
_AT_LEAST_TWO = frozenset({Granularity.WEEK, Granularity.MONTH})
"""Of these one bucket is too short a range."""


@dataclass(frozen=True, slots=True)
class IntraDay:
    """A part of each day: [start, end) by the wall clock; overnight if the end is earlier."""

    start: time
    end: time

    @property
    def overnight(self) -> bool:
        """Whether it ends on the next day."""
        return self.end < self.start

    def run_on(self, moment: datetime, zone: ZoneInfo) -> datetime:
        """Return the end of the night that is under way at a moment, or else the moment itself."""
        local = moment.astimezone(zone)
        if not self.overnight or self.end < local.time() <= self.start:
            return moment
        day = local.date() + timedelta(days=local.time() > self.start)
        return max(moment, datetime.combine(day, self.end, tzinfo=zone).astimezone(UTC))


@dataclass(frozen=True, slots=True)
class Window:
    """The date range of one report. All instants are in UTC and bucket boundaries.

    Attributes:
        start: Start of the first bucket wanted.
        end: End of the last bucket wanted; a bucket that starts here is not.
        request_start: Where the report's range starts: earlier than `start` if the buckets wanted
            are too short a range for their granularity.
        reading: How the API reads a date range; None if that is not known.
        request_end: Where the report's range ends, if later than `end`: with the last night of an
            overnight range, whichever of its two days the API counts it for.
    """

    start: datetime
    end: datetime
    request_start: datetime
    reading: DateRangeReading | None = DateRangeReading.INSTANT
    request_end: datetime | None = None

    def asked(self, zone: ZoneInfo) -> DateRange:
        """Return what is written into the request of a report in a zone."""
        return date_range(self.request_start, self.request_end or self.end, zone, self.reading)

    def is_exact(self, zone: ZoneInfo) -> bool:
        """Return whether the request covers the window and no more."""
        written = {replace(self, reading=reading).asked(zone) for reading in DateRangeReading}
        return self.reading is not None or len(written) == 1


@dataclass(frozen=True, slots=True)
class Limits:
    """How long a window may be.

    Attributes:
        reading: How the API reads a date range; None if that is not known.
        days: Maximum days of a window, if it is to be shorter than the API accepts.
        intra_day: The part of each day that is asked for, if not all of it.
    """

    reading: DateRangeReading | None = DateRangeReading.INSTANT
    days: int | None = None
    intra_day: IntraDay | None = None

    def allow(self, start: datetime, end: datetime, grid: Grid) -> bool:
        """Return whether one report may cover a range, as far as ranges may be too long."""
        if self.days is not None and end - start > timedelta(days=self.days, hours=2):
            return False
        longest = _LONGEST.get(grid.granularity)
        if longest is None:
            return True
        written = date_range(start, self.run_on(end, grid.zone), grid.zone, self.reading)
        return all(
            written.lengths(reading, grid.zone)[1] <= longest for reading in readings(self.reading)
        )

    def run_on(self, end: datetime, zone: ZoneInfo) -> datetime:
        """Return where a request ends whose last bucket ends here."""
        return self.intra_day.run_on(end, zone) if self.intra_day else end


def settled_end(
    now: datetime,
    settle: timedelta,
    end: datetime | None,
    grid: Grid,
    limits: Limits = Limits(),
) -> datetime:
    """Return up to where buckets are complete and old enough to be read.

    No reading takes a date range up to there to end after ``now - settle``.

    Args:
        now: The present.
        settle: How long ago a bucket must have ended.
        end: An instant after which no data is wanted, if there is one.
        grid: How time is cut.
        limits: How the API reads a date range, and which part of each day is asked for.
    """
    settled = now.astimezone(UTC) - settle
    edge = grid.floor(settled if end is None else min(settled, end))
    while (late := _latest_end(edge, grid.zone, limits)) > settled:
        edge = grid.floor(edge - (late - settled))
    return edge


def first_start(
    start_date: datetime,
    bookmark: datetime | None,
    lookback: timedelta,
    grid: Grid,
) -> datetime:
    """Return where a run starts to read.

    Args:
        start_date: The first data wanted.
        bookmark: The end of what earlier runs have read, if there were any.
        lookback: Days before the bookmark that are read again: days of the local calendar, so that
            a run after a clock change starts at the same time of day as any other.
        grid: How time is cut.
    """
    earliest = grid.floor(start_date)
    if bookmark is None or bookmark <= earliest:
        return earliest
    if not lookback:  # local arithmetic would take the second 01:30 of a night for the first
        return grid.floor(bookmark)
    # Beyond the earliest start a longer lookback changes nothing, but it could lead to a year
    # before 1. The bound is elapsed time: two days make up for all clock changes on the way.
    reach = min(lookback, bookmark - earliest + timedelta(days=2))
    return max(earliest, grid.floor(bookmark.astimezone(grid.zone) - reach))


def plan(
    start: datetime,
    end: datetime,
    grid: Grid,
    limits: Limits = Limits(),
) -> list[Window]:
    """Divide a range into windows that the API accepts for a granularity.

    The windows follow each other without gap or overlap from ``start`` to ``end``. Those of hours
    and parts of hours are cut at local midnights.

    Args:
        start: Start of the range, a bucket boundary.
        end: End of the range, excluded, a bucket boundary.
        grid: How time is cut.
        limits: How long a window may be.

    Returns:
        The windows, oldest first; none if the range is empty.

    Raises:
        ValueError: If an end of the range is not a bucket boundary.
    """
    start, end = start.astimezone(UTC), end.astimezone(UTC)
    if start >= end:
        return []
    for edge in (start, end):
        if grid.floor(edge) != edge:
            raise ValueError(
                f"{edge.isoformat()} is not the start of a {grid.granularity} in {grid.zone.key}"
            )
    match grid.granularity:
        case Granularity.NONE:
            cuts = [start, end]
        case Granularity.MONTH | Granularity.YEAR if limits.days is None:
            cuts = [start, end]
        case Granularity.WEEK | Granularity.MONTH | Granularity.YEAR:
            cuts = _cuts_of_long_buckets(start, end, grid, limits)
        case _:
            cuts = _cuts_at_midnight(start, end, grid, limits)
    return [_window(first, last, grid, limits) for first, last in pairwise(cuts)]


def split(
    window: Window, grid: Grid, intra_day: IntraDay | None = None
) -> tuple[Window, Window] | None:
    """Halve a window, as near its middle as bucket boundaries allow.

    A window that holds a local midnight is cut at one. The API must accept each half, so half of a
    window of two weeks or months starts its request a week or month early.

    Args:
        window: The window to halve.
        grid: How time is cut.
        intra_day: The part of each day that is asked for, if not all of it.

    Returns:
        The earlier and the later half, or None if the window is a single bucket.
    """
    if grid.granularity is Granularity.NONE:
        return None
    days = grid.of(Granularity.DAY)
    is_part = grid.granularity in {Granularity.QUARTER, Granularity.HALF, Granularity.HOUR}
    cut = (_most_central(window, days) if is_part else None) or _most_central(window, grid)
    if cut is None:
        return None
    limits = Limits(window.reading, intra_day=intra_day)
    return _window(window.start, cut, grid, limits), _window(cut, window.end, grid, limits)


def intra_day_minutes(start: time, end: time) -> int:
    """Return the length of a daily time range in whole minutes, from 0 to 1439.

    Args:
        start: Local time of day from which the range runs.
        end: Local time of day at which it ends; before ``start``, that is on the next day.
    """
    from_midnight = [
        timedelta(hours=moment.hour, minutes=moment.minute, seconds=moment.second)
        for moment in (start, end)
    ]
    length = (from_midnight[1] - from_midnight[0]) % timedelta(days=1)
    return length // timedelta(minutes=1)


def _latest_end(edge: datetime, zone: ZoneInfo, limits: Limits) -> datetime:
    """Return the latest instant at which a date range may end that is written to end at an edge."""
    end = limits.run_on(edge, zone)
    written = date_range(end, end, zone, limits.reading)
    return max(written.span(possible, zone)[1] for possible in readings(limits.reading))


def _window(start: datetime, end: datetime, grid: Grid, limits: Limits) -> Window:
    """Return the window of a range; its request starts a bucket early if one is too short."""
    request_start = start
    if grid.granularity in _AT_LEAST_TWO and grid.following(start) >= end:
        request_start = grid.floor(start - timedelta.resolution)
    request_end = limits.run_on(end, grid.zone)
    return Window(
        start, end, request_start, limits.reading, request_end if request_end > end else None
    )


def _cuts_at_midnight(start: datetime, end: datetime, grid: Grid, limits: Limits) -> list[datetime]:
    """Return the ends of a range and the fewest local midnights that keep to the limits."""
    days = grid.of(Granularity.DAY)
    longest = _LONGEST[grid.granularity]
    cuts = [start]
    while not limits.allow(cuts[-1], end, grid):
        cut = days.floor(cuts[-1] + longest)
        while not limits.allow(cuts[-1], cut, grid):
            cut = days.floor(cut - timedelta.resolution)
        cuts.append(max(cut, days.following(cuts[-1])))
    return [*cuts, end]


def _cuts_of_long_buckets(
    start: datetime, end: datetime, grid: Grid, limits: Limits
) -> list[datetime]:
    """Return ends of windows of two buckets or more; of one only if the range has no more."""
    edges = [start]
    while edges[-1] < end:
        edges.append(grid.following(edges[-1]))
    last, least = len(edges) - 1, 2 if grid.granularity in _AT_LEAST_TWO else 1
    at, cuts = 0, [start]
    while at < last:
        to = min(at + least, last)
        while to < last and limits.allow(edges[at], edges[to + 1], grid):
            to += 1
        if to == last - 1 and to > at + 2:  # a last one by itself would ask for this one again
            to -= 1
        at = to
        cuts.append(edges[at])
    return cuts


def _most_central(window: Window, unit: Grid) -> datetime | None:
    """Return the boundary of a unit nearest to a window's middle, if there is one within it."""
    middle = window.start + (window.end - window.start) / 2
    around = (unit.floor(middle), unit.following(middle))
    within = [cut for cut in around if window.start < cut < window.end]
    return min(within, key=lambda cut: abs(cut - middle), default=None)
