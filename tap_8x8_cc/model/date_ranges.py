"""What to write into a report's date range, whichever way the API reads its `Z`.

The vendor writes `2022-08-03T00:00:00.000Z`. It is not known whether that is an instant in UTC, as
it says, or what the wall clock shows in the report's zone, as people who call the API found. So a
range is written to cover what is wanted under both readings: it is widened by the zone's offset.
What comes back beyond the window is dropped, and its place proves which reading holds.

Dates and times as they are written, without a zone, are called digits here: naive datetimes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

MILLISECOND = timedelta(milliseconds=1)
"""The API's resolution."""
_STEP = timedelta(minutes=30)
"""By which digits are moved away from hours that a clock shows twice, or never."""


class DateRangeReading(StrEnum):
    """How the API reads the digits of a date range."""

    INSTANT = "instant"
    LOCAL = "local"


def readings(known: DateRangeReading | None) -> tuple[DateRangeReading, ...]:
    """Return the readings that may hold: the one that is known, or else both."""
    return (known,) if known else tuple(DateRangeReading)


@dataclass(frozen=True, slots=True)
class DateRange:
    """A date range as it is written.

    Attributes:
        start: Its first digits.
        end: Its last digits, a millisecond before what is no longer wanted: so it brings no bucket
            too many if the API counts the end as part of the range, and none too few if it doesn't.
    """

    start: datetime
    end: datetime

    def span(self, reading: DateRangeReading, zone: ZoneInfo) -> tuple[datetime, datetime]:
        """Return the first instant and the end of what it covers at most under a reading."""
        first, _ = _meant(self.start, reading, zone)
        _, last = _meant(self.end, reading, zone)
        return first, last + MILLISECOND

    def lengths(self, reading: DateRangeReading, zone: ZoneInfo) -> tuple[timedelta, timedelta]:
        """Return its least and its greatest length: as written, as elapses, as a clock shows."""
        first, last = self.span(reading, zone)
        shown = [moment.astimezone(zone).replace(tzinfo=None) for moment in (first, last)]
        found = (self.end + MILLISECOND - self.start, last - first, shown[1] - shown[0])
        return min(found), max(found)

    def readings_of(
        self, start: datetime, end: datetime, zone: ZoneInfo
    ) -> tuple[DateRangeReading, ...]:
        """Return the readings under which it covers any part of a bucket that came back."""
        spans = {reading: self.span(reading, zone) for reading in DateRangeReading}
        return tuple(r for r, (first, last) in spans.items() if start < last and end > first)


def date_range(
    start: datetime, end: datetime, zone: ZoneInfo, known: DateRangeReading | None
) -> DateRange:
    """Return the shortest date range that covers [start, end) under each reading that may hold.

    Digits that the zone's clock shows twice, or never, are avoided: which instant they mean, the
    API may decide either way.

    Args:
        start: The first instant wanted.
        end: The end of what is wanted, excluded.
        zone: The report's time zone.
        known: The reading, if it is known.
    """
    possible = readings(known)
    first = min(_digits(start, reading, zone) for reading in possible)
    # Of the last millisecond: if the clock jumps at the end, the end itself is never shown.
    last = max(_digits(end - MILLISECOND, reading, zone) for reading in possible)
    while any(_meant(first, reading, zone)[1] > start for reading in possible):
        first -= _STEP
    while any(_meant(last, reading, zone)[0] < end - MILLISECOND for reading in possible):
        last += _STEP
    return DateRange(first, last)


def _digits(instant: datetime, reading: DateRangeReading, zone: ZoneInfo) -> datetime:
    """Write an instant as a reading would have it."""
    shown = instant.astimezone(UTC if reading is DateRangeReading.INSTANT else zone)
    return shown.replace(tzinfo=None, fold=0)


def _meant(
    digits: datetime, reading: DateRangeReading, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """Return the earliest and the latest instant that digits may mean under a reading."""
    if reading is DateRangeReading.INSTANT:
        instant = digits.replace(tzinfo=UTC)
        return instant, instant
    both = [digits.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1)]
    return min(both), max(both)
