"""The bucket of a row: which it is, and whether the report covers it whole."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_8x8_cc.errors import ReportError, one_line
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.instants import lacks_offset, parse_instant, utc_text
from tap_8x8_cc.records.values import raw_text

if TYPE_CHECKING:
    from datetime import datetime

    from tap_8x8_cc.model.date_ranges import DateRangeReading
    from tap_8x8_cc.model.reports import SummaryRequest

UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of a row as its record shows it."""

    start_time: str
    end_time: str
    local_date: str
    local_time: str


class Buckets(dict[tuple[object, object, str | None], Bucket | None]):
    """The bucket of each pair of times and total type: few, since rows share them."""

    def __init__(self, facts: SummaryRequest) -> None:
        super().__init__()
        self._facts = facts
        self.proofs: set[DateRangeReading] = set()
        """What the buckets that came prove about the API's reading of the date range."""
        self.lack_offset = False
        """Whether a bucket's times came without an offset, so that the zone is taken on trust."""

    def __missing__(self, key: tuple[object, object, str | None]) -> Bucket | None:
        start, end, total = key
        self.lack_offset = self.lack_offset or lacks_offset(start)
        bucket = None
        if total is None:
            bucket = bucket_of(start, end, self._facts)
        elif self._facts.with_totals:
            bucket = total_of(start, end, self._facts)
        self[key] = bucket
        return bucket


def bucket_of(start: object, end: object, request: SummaryRequest) -> Bucket | None:
    """Tell the bucket of an ordinary row.

    Args:
        start: The row's startTime as it came.
        end: The row's endTime as it came.
        request: The report's request.

    Returns:
        The bucket; with granularity none the whole range. None where it is not wanted: it begins
        where the window ends (an API that counts the end as part of the range) or ends before it
        begins (a range that is wider than the window).

    Raises:
        ReportError: The row has no usable time, or only part of its bucket is in the range.
    """
    window = request.window
    if request.granularity is Granularity.NONE:
        return _shown(window.start, window.end, request)
    begins, ends = _times(start, end, request)
    if begins is None:
        raise untimed(start)
    if ends is None or _is_overnight(request):
        # A night that ends in the next morning counts for the day on which it begins.
        ends = min(filter(None, (ends, request.grid.following(begins))))
    if begins >= window.end or ends <= window.start:
        return None
    if begins < window.start or ends > window.end:
        raise cut_elsewhere(begins, ends, request)
    return _shown(begins, ends, request)


def total_of(start: object, end: object, request: SummaryRequest) -> Bucket | None:
    """Tell the bucket of a total: its own, or the report's range where it spans several.

    Args:
        start: The row's startTime as it came.
        end: The row's endTime as it came.
        request: The report's request.

    Returns:
        The bucket; None where it lies beyond the window.

    Raises:
        ReportError: Its time makes no sense, or only part of its bucket is in the range.
    """
    window = request.window
    if request.granularity is Granularity.NONE:
        return _shown(window.start, window.end, request)
    begins, ends = _times(start, end, request)
    if begins is None:
        return _shown(window.request_start, window.end, request)
    if ends is None:
        ends = request.grid.following(begins)
    if begins <= window.request_start and ends >= window.end:
        return _shown(begins, ends, request)
    if begins >= window.end or ends <= window.start:
        return None
    if begins < window.start or ends > window.end:
        raise cut_elsewhere(begins, ends, request)
    return _shown(begins, ends, request)


def _is_overnight(request: SummaryRequest) -> bool:
    return request.intra_day is not None and request.intra_day.overnight


def _times(
    start: object, end: object, request: SummaryRequest
) -> tuple[datetime | None, datetime | None]:
    try:
        return parse_instant(start, request.zone), parse_instant(end, request.zone)
    except ValueError:
        raise unclear(start, end, request) from None


def _shown(begins: datetime, ends: datetime, request: SummaryRequest) -> Bucket:
    local = begins.astimezone(request.zone)
    clock = local.time().isoformat("seconds")
    return Bucket(utc_text(begins), utc_text(ends), local.date().isoformat(), clock)


def cut_elsewhere(begins: datetime, ends: datetime, request: SummaryRequest) -> ReportError:
    """Make the error of a bucket that does not lie on the boundaries it should lie on."""
    advice = f"Set timezone to the zone in which the API cuts its buckets; it is {request.zone.key}"
    if request.granularity is Granularity.WEEK:
        day = calendar.day_name[request.week_start].lower()
        advice = f"Set week_start to the day on which the API's weeks begin; it is {day}"
    return ReportError(
        f"{request.name}: a bucket from {utc_text(begins)} to {utc_text(ends)} is only in part "
        f"within the report's range: the API cuts its buckets elsewhere than expected. {advice}."
    )


def unclear(start: object, end: object, request: SummaryRequest) -> ReportError:
    """Make the error of a time that is none, or that a clock shows twice."""
    for value in (start, end):
        try:
            parse_instant(value, request.zone)
        except ValueError:
            if not _reads_in_utc(value):
                return untimed(value)
            return ReportError(
                f"{request.name}: a bucket's time, {one_line(raw_text(value), 60)}, has no offset, "
                f"and the clock of {request.zone.key} shows it twice. Set timezone to UTC, if the "
                "tenant has it."
            )
    return untimed(start)


def _reads_in_utc(value: object) -> bool:
    try:
        return parse_instant(value, UTC_ZONE) is not None
    except ValueError:
        return False


def untimed(start: object) -> ReportError:
    """Make the error of a row whose time makes no sense."""
    return ReportError(f"A row has no usable startTime: {one_line(raw_text(start), 60)}.")
