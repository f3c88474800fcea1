"""Where the buckets of a report start: days, weeks, hours in a time zone with clock changes.

A bucket boundary is an instant. All instants go in as aware datetimes and come out in UTC; only
the rules that place them look at the local clock.

Days, and longer buckets, start at the first instant of a local date. If the clock jumps over
midnight, that is the instant of the jump; if midnight comes twice, it is the first of the two. A
date that a zone skips has no bucket.

Hours and their parts are less certain. The API may cut a day by what the clock on the wall shows
or by the time elapsed since midnight. Both come to the same unless the clock moves by a fraction
of a bucket, as on Lord Howe Island, which moves it by thirty minutes. So only instants that are
boundaries under both readings count: on such a day there may be none after the change until the
next midnight, and a bucket here then stands for several of the API's, whichever way it cuts them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_DAY = timedelta(days=1)


class Granularity(StrEnum):
    """Length of a report's buckets, by the API's own words."""

    QUARTER = "15m"
    HALF = "30m"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    NONE = "none"


_PARTS_OF_A_DAY = {
    Granularity.QUARTER: timedelta(minutes=15),
    Granularity.HALF: timedelta(minutes=30),
    Granularity.HOUR: timedelta(hours=1),
}


MONDAY, SUNDAY = 0, 6
"""Days on which a week may start, as `date.weekday` counts them."""


@dataclass(frozen=True, slots=True)
class Grid:
    """How the API cuts time.

    Attributes:
        granularity: The buckets.
        zone: The report's time zone.
        week_start: The day on which a week starts, as `date.weekday` counts.
    """

    granularity: Granularity
    zone: ZoneInfo
    week_start: int = MONDAY

    def floor(self, instant: datetime) -> datetime:
        """Return the latest boundary that is not after an instant; see the function `floor`."""
        return floor(instant, self.granularity, self.zone, self.week_start)

    def following(self, boundary: datetime) -> datetime:
        """Return the first boundary after an instant; see the function `following`."""
        return following(boundary, self.granularity, self.zone, self.week_start)

    def of(self, granularity: Granularity) -> Grid:
        """Return the same for other buckets."""
        return replace(self, granularity=granularity)


def floor(
    instant: datetime, granularity: Granularity, zone: ZoneInfo, week_start: int = MONDAY
) -> datetime:
    """Return the latest bucket boundary that is not after an instant.

    Args:
        instant: Any aware datetime.
        granularity: The buckets. With ``NONE`` every instant is a boundary.
        zone: The report's time zone.
        week_start: The day on which a week starts.

    Returns:
        The boundary, in UTC.
    """
    instant = instant.astimezone(UTC)
    if granularity is Granularity.NONE:
        return instant
    day = _day_of(instant, zone)
    part = _PARTS_OF_A_DAY.get(granularity)
    if part is None:
        return _first_instant(_first_date(day, granularity, week_start), zone)
    midnight = _first_instant(day, zone)
    boundary = instant - (instant - midnight) % part
    while boundary > midnight and not _on_the_clock(boundary, part, zone):
        boundary -= part
    return boundary


def following(
    boundary: datetime, granularity: Granularity, zone: ZoneInfo, week_start: int = MONDAY
) -> datetime:
    """Return the first bucket boundary after an instant, which need not be a boundary itself.

    Args:
        boundary: Any aware datetime.
        granularity: The buckets.
        zone: The report's time zone.
        week_start: The day on which a week starts.

    Returns:
        The boundary, in UTC.

    Raises:
        ValueError: With ``Granularity.NONE``, which has no buckets to follow each other.
    """
    if granularity is Granularity.NONE:
        raise ValueError("A report without granularity has no next bucket")
    instant = boundary.astimezone(UTC)
    day = _day_of(instant, zone)
    part = _PARTS_OF_A_DAY.get(granularity)
    if part is None:
        first = _first_date(day, granularity, week_start)
        return _first_instant(_next_date(first, granularity), zone)
    midnight = _first_instant(day, zone)
    next_midnight = _first_instant(day + _DAY, zone)
    later = instant - (instant - midnight) % part + part
    while later < next_midnight and not _on_the_clock(later, part, zone):
        later += part
    return min(later, next_midnight)


def _day_of(instant: datetime, zone: ZoneInfo) -> date:
    """Return the latest local date that has begun by an instant.

    That is nearly always the date the clock shows. It is later while a clock set back across
    midnight shows the old date again: the new day has begun by then, and begins only once.
    """
    day = instant.astimezone(zone).date()
    while _first_instant(day + _DAY, zone) <= instant:
        day += _DAY
    return day


def _first_instant(day: date, zone: ZoneInfo) -> datetime:
    """Return the instant, in UTC, from which the local date is ``day`` or later."""
    midnight = datetime.combine(day, time(), tzinfo=zone)
    first = midnight.astimezone(UTC)  # the first of two midnights, since fold is 0
    if first.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None):
        return first
    # No such midnight: the clock jumps over it. The offset before the jump puts it at the jump or
    # later, the offset after it (fold 1) before the jump; the jump itself lies between the two.
    before, after = midnight.replace(fold=1).astimezone(UTC), first
    second = timedelta(seconds=1)
    while after - before > second:
        middle = before + (after - before) // 2 // second * second
        if middle.astimezone(zone).date() < day:
            before = middle
        else:
            after = middle
    return after


def _on_the_clock(instant: datetime, part: timedelta, zone: ZoneInfo) -> bool:
    """Return whether the local clock shows a whole multiple of ``part`` since 00:00."""
    shown = instant.astimezone(zone).replace(tzinfo=None)
    return not (shown - datetime.combine(shown, time())) % part


def _first_date(day: date, granularity: Granularity, week_start: int) -> date:
    """Return the first date of the day, week, month or year that holds ``day``."""
    match granularity:
        case Granularity.WEEK:
            return day - timedelta(days=(day.weekday() - week_start) % 7)
        case Granularity.MONTH:
            return day.replace(day=1)
        case Granularity.YEAR:
            return day.replace(month=1, day=1)
        case _:
            return day


def _next_date(first: date, granularity: Granularity) -> date:
    """Return the first date of the next day, week, month or year after one's first date."""
    match granularity:
        case Granularity.WEEK:
            return first + timedelta(days=7)
        case Granularity.MONTH:
            return (first + timedelta(days=31)).replace(day=1)
        case Granularity.YEAR:
            return first.replace(year=first.year + 1)
        case _:
            return first + _DAY
