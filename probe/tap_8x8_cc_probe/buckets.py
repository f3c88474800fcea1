"""Where the rows of the probe's reports lie in time."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, available_timezones

from tap_8x8_cc.model.instants import parse_instant
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.records.columns import START_KEY
from tap_8x8_cc_probe.answers import is_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_8x8_cc.model.calendar import Grid
    from tap_8x8_cc_probe.answers import RawRow, Sight


def begins(rows: Iterable[RawRow], zone: ZoneInfo) -> list[datetime]:
    """Return the begins of the buckets that came, each once, in order."""
    return sorted(_counted(rows, zone))


def busiest_day(sight: Sight, grid: Grid) -> Window | None:
    """Return the day of a report by days that had the most rows, the last one of several."""
    if sight.request is None:
        return None
    window = sight.request.window
    counts = _counted(sight.rows, grid.zone)
    days = Counter[datetime]()
    for begin, rows in counts.items():
        if window.start <= begin < window.end:
            days[grid.floor(begin)] += rows
    if not days:
        return None
    day = max(days, key=lambda begin: (days[begin], begin))
    return Window(day, grid.following(day), day, None)


def zone_by_offsets(rows: Iterable[RawRow]) -> ZoneInfo | None:
    """Return a zone whose clock shows what the rows' times show; None where there is none.

    It stands in for the tenant's zone where nobody tells that: within some days, zones that agree
    in all that is shown are as good as each other.
    """
    shown = {moment for row in rows for moment in _shown(row)}
    if not shown:
        return None
    # Zones of a fixed offset first: they sort before those of places.
    names = sorted(available_timezones(), key=lambda name: (not name.startswith("Etc/"), name))
    return next((zone for zone in map(ZoneInfo, names) if _agrees(zone, shown)), None)


def _shown(row: RawRow) -> Iterator[datetime]:
    """Return the times of a row that have an offset."""
    for cell in row.cells:
        if is_time(cell.key):
            try:
                moment = datetime.fromisoformat(str(cell.value))
            except ValueError:
                continue
            if moment.tzinfo:
                yield moment


def _agrees(zone: ZoneInfo, shown: Iterable[datetime]) -> bool:
    return all(moment.astimezone(zone).utcoffset() == moment.utcoffset() for moment in shown)


def _counted(rows: Iterable[RawRow], zone: ZoneInfo) -> Counter[datetime]:
    """Count the rows of each bucket by its begin."""
    found = Counter[datetime]()
    for row in rows:
        try:
            begin = parse_instant(row.values.get(START_KEY), zone)
        except ValueError:
            continue
        if begin:
            found[begin] += 1
    return found
