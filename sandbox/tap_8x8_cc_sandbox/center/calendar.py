"""Buckets of local time, cut by the wall clock of a zone with all its clock changes.

Instants are whole seconds since 1970-01-01T00:00Z. A *slot* is a quarter of an hour, named by its
first instant; every zone in use today is a whole number of quarters from UTC, so buckets hold whole
slots.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from tap_8x8_cc_sandbox.center.model import Granularity, HourCut

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

SLOT: Final = 900
_HOUR: Final = 3600


@dataclass(frozen=True, slots=True)
class Bucket:
    """A stretch of time: first instant, and the first instant after it."""

    start: int
    end: int


def instant(moment: datetime) -> int:
    """Return the whole second of an aware time, fractions rounded up.

    Rounded up, since a slot belongs to a range if it begins at or after the start and before the
    end.
    """
    seconds, rest = divmod(moment - datetime(1970, 1, 1, tzinfo=UTC), timedelta(seconds=1))
    return seconds + bool(rest)


def local(instant_: int, zone: ZoneInfo) -> datetime:
    """Return the local time of an instant."""
    return datetime.fromtimestamp(instant_, zone)


def day_start(day: date, zone: ZoneInfo) -> int:
    """Find the first instant of a local date, also where its midnight is skipped or comes twice.

    A date that the zone skipped altogether starts where the next one does.
    """
    guess = instant(datetime.combine(day, time(), zone))
    guess -= guess % SLOT
    while local(guess - SLOT, zone).date() >= day:
        guess -= SLOT
    while local(guess, zone).date() < day:
        guess += SLOT
    return guess


def buckets(  # noqa: PLR0913 - all that cuts time
    start: int,
    end: int,
    granularity: Granularity,
    zone: ZoneInfo,
    hour_cut: HourCut = HourCut.WALL,
    *,
    week_start: int = 0,
) -> Iterator[Bucket]:
    """Cut the time from `start` to `end` into whole calendar buckets, oldest first.

    The first holds `start`, the last the instant just before `end`. Weeks begin on the day
    `week_start`, 0 being Monday. An hour
    or half hour by the wall clock begins whenever local minutes are 00 (or 30), so one in which the
    clock jumps by half an hour lasts longer. For `none` the range itself is the only bucket.
    """
    if start >= end:
        return
    if granularity is Granularity.NONE:
        yield Bucket(start, end)
        return
    for first, after in _periods(local(start, zone).date(), granularity, zone, week_start):
        if first >= end:
            return
        for bucket in _cut(first, after, granularity, zone, hour_cut):
            if bucket.end > start and bucket.start < end:
                yield bucket


def _periods(
    day: date, granularity: Granularity, zone: ZoneInfo, week_start: int
) -> Iterator[tuple[int, int]]:
    """Go through the days, weeks, months or years from a date on: days for what is shorter."""
    # One day early: where midnight comes twice, an instant's date may lie a day past its bucket's.
    day = _first_day(day - timedelta(days=1), granularity, week_start)
    first = day_start(day, zone)
    while True:
        day = _next_day(day, granularity)
        after = day_start(day, zone)
        if after > first:
            yield first, after
        first = after


def _first_day(day: date, granularity: Granularity, week_start: int) -> date:
    match granularity:
        case Granularity.WEEK:
            return day - timedelta(days=(day.weekday() - week_start) % 7)
        case Granularity.MONTH:
            return day.replace(day=1)
        case Granularity.YEAR:
            return day.replace(month=1, day=1)
        case _:
            return day


def _next_day(day: date, granularity: Granularity) -> date:
    match granularity:
        case Granularity.WEEK:
            return day + timedelta(weeks=1)
        case Granularity.MONTH:
            return (day + timedelta(days=31)).replace(day=1)
        case Granularity.YEAR:
            return day.replace(year=day.year + 1)
        case _:
            return day + timedelta(days=1)


def _cut(
    first: int, after: int, granularity: Granularity, zone: ZoneInfo, hour_cut: HourCut
) -> Iterator[Bucket]:
    match granularity:
        case Granularity.QUARTER:
            starts = list(range(first, after, SLOT))
        case Granularity.HALF:
            starts = _by_wall_clock(first, after, 30, zone)
        case Granularity.HOUR if hour_cut is HourCut.ELAPSED:
            starts = list(range(first, after, _HOUR))
        case Granularity.HOUR:
            starts = _by_wall_clock(first, after, 60, zone)
        case _:
            starts = [first]
    for start, end in zip(starts, [*starts[1:], after], strict=True):
        yield Bucket(start, end)


def _by_wall_clock(first: int, after: int, minutes: int, zone: ZoneInfo) -> list[int]:
    later = range(first + SLOT, after, SLOT)
    return [first, *(slot for slot in later if local(slot, zone).minute % minutes == 0)]
