"""The buckets of a report's rows, and whether the report covers each of them whole."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_8x8_cc.errors import ReportError, one_line
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.instants import lacks_offset, parse_instant, utc_text
from tap_8x8_cc.records.columns import END_KEY, START_KEY
from tap_8x8_cc.records.values import raw_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from tap_8x8_cc.model.reports import ReportRequest

UTC_ZONE = ZoneInfo("UTC")


RawBucket = tuple[Any, Any, str | None]
"""startTime and endTime of a row as they came, and the type of its total."""


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of a row as its record shows it."""

    start_time: str
    end_time: str
    local_date: str
    local_time: str


class RawBuckets:
    """The distinct buckets of a report's rows, as they came, in the order of their first row.

    Attributes:
        contiguous: Whether the rows of each bucket stand together.
    """

    def __init__(self) -> None:
        self.contiguous = True
        self._found: dict[RawBucket, None] = {}
        self._last: RawBucket | None = None

    def __iter__(self) -> Iterator[RawBucket]:
        return iter(self._found)

    def add(self, keys: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Add the buckets of rows; raises ReportError if a time is not a text or a number."""
        for bucket in raw_buckets(keys, rows):
            if bucket == self._last:
                continue
            try:
                self.contiguous = self.contiguous and bucket not in self._found
            except TypeError:
                raise untimed(bucket[0]) from None
            self._found[bucket] = None
            self._last = bucket


def raw_buckets(keys: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[RawBucket]:
    """Return the bucket of each row as it came."""
    start, end = (keys.index(key) + 1 if key in keys else None for key in (START_KEY, END_KEY))
    if start and end:
        return map(itemgetter(start, end, 0), rows)
    return ((row[start] if start else None, row[end] if end else None, row[0]) for row in rows)


def instants(
    raw: Iterable[RawBucket], request: ReportRequest
) -> Iterator[tuple[datetime, datetime]]:
    """Yield start and end of each ordinary bucket, but not of those whose time makes no sense."""
    for start, end, total in raw:
        try:
            begins, ends = (parse_instant(moment, request.zone) for moment in (start, end))
        except ValueError:
            continue
        if begins and total is None:
            yield begins, ends or request.grid.following(begins)


def lack_offset(raw: Iterable[RawBucket]) -> bool:
    """Return whether a time has no offset, so that it is read in the report's zone."""
    return any(lacks_offset(start) for start, _, _ in raw)


def bucket_of(raw: RawBucket, request: ReportRequest) -> Bucket | None:
    """Return the bucket of a row; of a total that spans several, the report's range.

    With granularity none that is the whole range. None if it is not wanted: a total that was not
    requested, or a bucket that starts where the window ends (an API that counts the end as part of
    the range) or ends before it starts (a range that is wider than the window).

    Raises:
        ReportError: The row has no usable time, or only part of its bucket is in the range.
    """
    start, end, total = raw
    window = request.window
    if total is not None and not request.definition.with_totals:
        return None
    if request.granularity is Granularity.NONE:
        return _shown(window.start, window.end, request)
    try:
        begins, ends = parse_instant(start, request.zone), parse_instant(end, request.zone)
    except ValueError:
        raise _unreadable(start, end, request) from None
    if begins is None and total is None:
        raise untimed(start)
    if begins is None:
        return _shown(window.request_start, window.end, request)
    is_night = total is None and request.definition.runs_overnight
    if ends is None or is_night:
        # A night that ends in the next morning counts for the day on which it starts.
        following = request.grid.following(begins)
        ends = min(following, ends or following)
    spans_all = total is not None and begins <= window.request_start and ends >= window.end
    if not spans_all and (begins >= window.end or ends <= window.start):
        return None
    if not spans_all and (begins < window.start or ends > window.end):
        raise _cut_elsewhere(begins, ends, request)
    return _shown(begins, ends, request)


def untimed(start: object) -> ReportError:
    """Make the error of a row whose time makes no sense."""
    return ReportError(f"A row has no usable startTime: {one_line(raw_text(start), 60)}.")


def _shown(begins: datetime, ends: datetime, request: ReportRequest) -> Bucket:
    local = begins.astimezone(request.zone)
    clock = local.time().isoformat("seconds")
    return Bucket(utc_text(begins), utc_text(ends), local.date().isoformat(), clock)


def _cut_elsewhere(begins: datetime, ends: datetime, request: ReportRequest) -> ReportError:
    """Make the error of a bucket that is not cut where the report's are."""
    advice = f"Set timezone to the zone in which the API cuts its buckets; it is {request.zone.key}"
    if request.granularity is Granularity.WEEK:
        day = calendar.day_name[request.definition.week_start].lower()
        advice = f"Set week_start to the day on which the API's weeks begin; it is {day}"
    return ReportError(
        f"{request.name}: a bucket from {utc_text(begins)} to {utc_text(ends)} is only in part "
        f"within the report's range: the API cuts its buckets elsewhere than expected. {advice}."
    )


def _unreadable(start: object, end: object, request: ReportRequest) -> ReportError:
    """Make the error of a value that is not a time, or of a time that a clock shows twice."""
    value = start if _is_unreadable(start, request.zone) else end
    if _is_unreadable(value, UTC_ZONE):
        return untimed(value)
    return ReportError(
        f"{request.name}: a bucket's time, {one_line(raw_text(value), 60)}, has no offset, and the "
        f"clock of {request.zone.key} shows it twice. Set timezone to UTC, if the tenant has it."
    )


def _is_unreadable(value: object, zone: ZoneInfo) -> bool:
    try:
        parse_instant(value, zone)
    except ValueError:
        return True
    return False
