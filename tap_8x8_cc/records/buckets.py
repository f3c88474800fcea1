"""The bucket of a row: which it is, and whether the report covers it whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_8x8_cc.errors import ReportError, one_line
from tap_8x8_cc.model.calendar import Granularity, following
from tap_8x8_cc.model.instants import parse_instant, utc_text
from tap_8x8_cc.records.values import raw_text

if TYPE_CHECKING:
    from datetime import datetime

    from tap_8x8_cc.model.reports import SummaryRequest


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of a row as its record shows it."""

    start_time: str
    end_time: str
    local_date: str


class Buckets(dict[tuple[object, object, str | None], Bucket | None]):
    """The bucket of each pair of times and total type: few, since rows share them."""

    def __init__(self, facts: SummaryRequest) -> None:
        super().__init__()
        self._facts = facts

    def __missing__(self, key: tuple[object, object, str | None]) -> Bucket | None:
        start, end, total = key
        unasked = total is not None and not self._facts.with_totals
        bucket = None if unasked else bucket_of(start, end, self._facts, is_total=total is not None)
        self[key] = bucket
        return bucket


def bucket_of(
    start: object, end: object, facts: SummaryRequest, *, is_total: bool
) -> Bucket | None:
    """Tell the bucket of a row.

    Where the API gives no time, a row of granularity none or a total has the report's range.

    Args:
        start: The row's startTime as it came.
        end: The row's endTime as it came.
        facts: What the report's rows share.
        is_total: Whether the row is a total.

    Returns:
        The bucket; None where it is not wanted: it begins where the window ends (an API that
        counts the end as part of the range) or ends before it begins.

    Raises:
        ReportError: The row has no usable time, or only part of its bucket is in the range.
    """
    window = facts.window
    if facts.granularity is Granularity.NONE:
        return _shown(window.start, window.end, facts)
    try:
        begins = parse_instant(start)
        ends = parse_instant(end)
    except ValueError:
        raise untimed(start) from None
    if begins is None:
        if not is_total:
            raise untimed(start)
        return _shown(window.request_start, window.end, facts)
    if ends is None:
        ends = following(begins, facts.granularity, facts.zone)
    if is_total and begins <= window.request_start and ends >= window.end:
        return _shown(begins, ends, facts)
    if begins >= window.end or ends <= window.start:
        return None
    if begins < window.start or ends > window.end:
        raise ReportError(
            f"A bucket from {utc_text(begins)} to {utc_text(ends)} is only in part within the "
            "report's range: the API cuts its buckets elsewhere than the time zone "
            f"{facts.zone.key} lets expect."
        )
    return _shown(begins, ends, facts)


def _shown(begins: datetime, ends: datetime, facts: SummaryRequest) -> Bucket:
    local = begins.astimezone(facts.zone).date()
    return Bucket(utc_text(begins), utc_text(ends), local.isoformat())


def untimed(start: object) -> ReportError:
    """Make the error of a row whose time makes no sense."""
    return ReportError(f"A row has no usable startTime: {one_line(raw_text(start), 60)}.")
