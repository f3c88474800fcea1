"""How long a report's date range may be for its granularity, and how an intra-day range is cut."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.api.errors import BadRequestError
from tap_8x8_cc_sandbox.center.model import Granularity

Month: TypeAlias = Literal["28", "30", "31", "calendar"]

WEEK = timedelta(days=7)
UP_TO_A_WEEK: tuple[Granularity, ...] = (
    Granularity.QUARTER,
    Granularity.HALF,
    Granularity.HOUR,
    Granularity.DAY,
    Granularity.NONE,
)
UP_TO_A_MONTH: tuple[Granularity, ...] = (
    Granularity.HOUR,
    Granularity.DAY,
    Granularity.WEEK,
    Granularity.NONE,
)
LONGER: tuple[Granularity, ...] = (Granularity.MONTH, Granularity.YEAR, Granularity.NONE)
OVERNIGHT_SINCE = 6
_DAY_MINUTES = 24 * 60


def check_granularity(
    granularity: Granularity, start: datetime, end: datetime, timezone: str, month: Month
) -> None:
    """Refuse a granularity that the vendor's table doesn't allow for a range of this length."""
    if end - start <= WEEK:
        length, allowed = "up to a week", UP_TO_A_WEEK
    elif end <= _month_later(start, timezone, month):
        length, allowed = "longer than a week and up to a month", UP_TO_A_MONTH
    else:
        length, allowed = "longer than a month", LONGER
    if granularity not in allowed:
        names = ", ".join(allowed)
        raise BadRequestError(
            f"granularity {granularity} is not accepted for a date range {length}; "
            f"accepted: {names}."
        )


def check_intra_day(start: time, end: time, least_minutes: int, version: int) -> None:
    """Refuse an intra-day range that is too short, or overnight before the API knew of that."""
    first, last = _minutes(start), _minutes(end)
    if last < first and version < OVERNIGHT_SINCE:
        raise BadRequestError("intraDayTimeRange.end must be after intraDayTimeRange.start.")
    length = last - first if last >= first else last + _DAY_MINUTES - first
    if length < least_minutes:
        raise BadRequestError(
            "intraDayTimeRange.end must be at least "
            f"{least_minutes} minutes after intraDayTimeRange.start."
        )


def _month_later(start: datetime, timezone: str, month: Month) -> datetime:
    if month != "calendar":
        return start + timedelta(days=int(month))
    local = start.astimezone(ZoneInfo(timezone))
    year, index = divmod(local.year * 12 + local.month, 12)
    day = min(local.day, calendar.monthrange(year, index + 1)[1])
    return local.replace(year=year, month=index + 1, day=day).astimezone(UTC)


def _minutes(wall: time) -> float:
    return wall.hour * 60 + wall.minute + (wall.second + wall.microsecond / 1e6) / 60
