"""A second, slow model of local calendars: walk the clock minute by minute and look at it.

Nothing here is computed from wall times back to instants, which is what the tap does: instants go
in, the local clock is read. Clock changes of the years under test fall on whole minutes.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from tap_8x8_cc.model.calendar import Granularity

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FIRST_YEAR, LAST_YEAR = 2000, 2035
SUB_DAY = {
    Granularity.QUARTER: 15,
    Granularity.HALF: 30,
    Granularity.HOUR: 60,
}
BUCKETED = [granularity for granularity in Granularity if granularity is not Granularity.NONE]
ODD_ZONES = [
    "Africa/Cairo",
    "America/Havana",
    "America/Nuuk",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "Antarctica/Casey",
    "Antarctica/Troll",
    "Asia/Beirut",
    "Asia/Colombo",
    "Asia/Kathmandu",
    "Asia/Pyongyang",
    "Australia/Eucla",
    "Australia/Lord_Howe",
    "Pacific/Apia",
]


def loadable_zones() -> list[str]:
    """Names of all zones that load as IANA zones."""
    names = []
    for name in sorted(available_timezones() - {"localtime"}):
        try:
            ZoneInfo(name)
        except (OSError, ValueError):
            continue
        names.append(name)
    return names


@cache
def clock_changes(key: str) -> list[datetime]:
    """Instants at which a zone's offset changes in the years under test."""
    zone = ZoneInfo(key)
    changes: list[datetime] = []
    samples = range(
        int(datetime(FIRST_YEAR, 1, 1, tzinfo=UTC).timestamp()),
        int(datetime(LAST_YEAR + 1, 1, 1, tzinfo=UTC).timestamp()),
        2 * 86400,
    )
    offsets = [datetime.fromtimestamp(sample, zone).utcoffset() for sample in samples]
    for (low, old), (high, new) in pairwise(zip(samples, offsets, strict=True)):
        if old == new:
            continue
        before, after = low // 60, high // 60
        while after - before > 1:
            middle = (before + after) // 2
            if datetime.fromtimestamp(middle * 60, zone).utcoffset() == old:
                before = middle
            else:
                after = middle
        changes.append(datetime.fromtimestamp(after * 60, UTC))
    return changes


@lru_cache(maxsize=4096)
def opening(day: date, zone: ZoneInfo) -> datetime:
    """First minute at which the local date is ``day`` or later."""
    minute = datetime(day.year, day.month, day.day, tzinfo=UTC) - 27 * HOUR
    while minute.astimezone(zone).date() < day:
        minute += MINUTE
    return minute


def openings(around: datetime, granularity: Granularity, zone: ZoneInfo) -> list[datetime]:
    """Boundaries of days, weeks, months or years, enough for three of them around an instant."""
    centre = around.astimezone(zone).date()
    match granularity:
        case Granularity.YEAR:
            dates = [date(centre.year + n, 1, 1) for n in (-1, 0, 1, 2)]
        case Granularity.MONTH:
            months = [centre.year * 12 + centre.month - 1 + n for n in (-1, 0, 1, 2)]
            dates = [date(n // 12, n % 12 + 1, 1) for n in months]
        case Granularity.WEEK:
            near = (centre + timedelta(days=n) for n in range(-14, 15))
            dates = [day for day in near if day.isoweekday() == 1]
        case _:
            dates = [centre + timedelta(days=n) for n in range(-3, 4)]
    return sorted({opening(day, zone) for day in dates})


@lru_cache(maxsize=1024)
def cuts_of_day(start: datetime, end: datetime, minutes: int, zone: ZoneInfo) -> list[datetime]:
    """Boundaries of a local day that hold by the wall clock and by the time since midnight."""
    by_elapsed = {start + n * MINUTE for n in range(0, 49 * 60, minutes)}
    by_clock = set()
    for n in range(int((end - start) / MINUTE)):
        shown = (start + n * MINUTE).astimezone(zone)
        if (shown.hour * 60 + shown.minute) % minutes == 0:
            by_clock.add(start + n * MINUTE)
    return sorted({start} | (by_elapsed & by_clock))


def around(
    instant: datetime, granularity: Granularity, zone: ZoneInfo
) -> tuple[datetime, datetime]:
    """The boundary at or before an instant, and the one after it."""
    days = granularity if granularity not in SUB_DAY else Granularity.DAY
    bounds = openings(instant, days, zone)
    at = bisect_right(bounds, instant)
    start, end = bounds[at - 1], bounds[at]
    if granularity in SUB_DAY:
        bounds = [*cuts_of_day(start, end, SUB_DAY[granularity], zone), end]
        at = bisect_right(bounds, instant)
        start, end = bounds[at - 1], bounds[at]
    return start, end


_all_zones = st.sampled_from(loadable_zones()) | st.sampled_from(ODD_ZONES)
zones = _all_zones.map(ZoneInfo)


@st.composite
def instants(draw: st.DrawFn, zone: ZoneInfo) -> datetime:
    """An instant of the years under test, half of the time not far from a clock change."""
    changes = clock_changes(zone.key)
    if bool(changes) and draw(st.booleans()):
        change = draw(st.sampled_from(changes))
        return change + draw(st.integers(-3 * 1440, 3 * 1440)) * MINUTE
    moment = draw(
        st.datetimes(datetime(FIRST_YEAR, 1, 3), datetime(LAST_YEAR, 12, 28))  # noqa: DTZ001
    )
    return moment.replace(tzinfo=UTC)
