"""What the API accepts as a report's range, written out from its table, and ranges to try."""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from tap_8x8_cc.model.calendar import Granularity
from tests.support.calendar_oracle import MINUTE, around, instants

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.model.windows import Window

MILLISECOND = timedelta(milliseconds=1)
SPANS = {  # how long a range is worth trying, in days: some windows each
    Granularity.QUARTER: 40,
    Granularity.HALF: 40,
    Granularity.HOUR: 120,
    Granularity.DAY: 150,
    Granularity.WEEK: 250,
    Granularity.MONTH: 400,
    Granularity.YEAR: 1500,
    Granularity.NONE: 1500,
}
granularities = st.sampled_from(list(Granularity))


def at(text: str) -> datetime:
    """Read an instant, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def month_later(instant: datetime) -> datetime:
    year, month = divmod(instant.year * 12 + instant.month, 12)
    days = calendar.monthrange(year, month + 1)[1]
    return instant.replace(year=year, month=month + 1, day=min(instant.day, days))


def months_from(start: datetime, zone: ZoneInfo) -> list[datetime]:
    """Ends of "a month" from an instant, one for each way to understand it."""
    readings = [start + timedelta(days=days) for days in (28, 29, 30, 31)]
    return [*readings, month_later(start), month_later(start.astimezone(zone)).astimezone(UTC)]


def accepted(granularity: Granularity, start: datetime, end: datetime, month: datetime) -> bool:
    if end <= start + timedelta(days=7):
        return granularity in {"15m", "30m", "hour", "day", "none"}
    if end <= month:
        return granularity in {"hour", "day", "week", "none"}
    return granularity in {"month", "year", "none"}


def always_accepted(window: Window, granularity: Granularity, zone: ZoneInfo) -> bool:
    return all(
        accepted(granularity, window.request_start, end, month)
        for month in months_from(window.request_start, zone)
        for end in (window.end, window.end - MILLISECOND)
    )


@st.composite
def ranges(draw: st.DrawFn, granularity: Granularity, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A range between two bucket boundaries, at least one bucket long."""
    start = around_or_itself(draw(instants(zone)), granularity, zone)
    length = draw(st.integers(1, SPANS[granularity] * 1440)) * MINUTE
    end = around_or_itself(start + length, granularity, zone)
    if end <= start:
        end = around(start, granularity, zone)[1]
    return start, end


def around_or_itself(instant: datetime, granularity: Granularity, zone: ZoneInfo) -> datetime:
    return instant if granularity is Granularity.NONE else around(instant, granularity, zone)[0]
