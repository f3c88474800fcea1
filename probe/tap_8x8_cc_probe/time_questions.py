"""Questions about time: what `Z` stands for, ends of ranges, zones, the times of buckets."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.instants import parse_instant
from tap_8x8_cc.records.columns import START_KEY
from tap_8x8_cc_probe.answers import is_time, read_json
from tap_8x8_cc_probe.findings import Copes, Found, NotToldError, Question, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc_probe.seen import Seen

_SPOKEN = {
    "instant": "an instant in UTC",
    "local": "what the clock of the report's time zone shows",
}
_OFFSET = re.compile(r"[+-][0-9]{2}:?[0-9]{2}$")


def date_range(seen: Seen) -> Found:
    """Tell what the `Z` of a date range stands for."""
    if seen.one_reading:
        zone = seen.zone.key if seen.zone else ""
        return Found("same", f"either: the clock of {zone} shows UTC at this time of year")
    if seen.reading is None:
        raise NotToldError(seen.sight("quarters").why_not or "no quarter of an hour told")
    value = seen.reading.value
    return Found(value, _SPOKEN[value], settings={"date_range_reading": value})


def end(seen: Seen) -> Found:
    """Tell whether the end belongs to a range."""
    if seen.end is None:
        raise NotToldError(seen.sight("edge").why_not or "no two busy quarters in a row")
    if seen.end:
        return Found("included", "yes: the bucket that begins there came back")
    return Found("excluded", "no bucket that begins there came back")


def default_zone(seen: Seen) -> Found:
    """Tell whether a report's details name the zone where its creation named none."""
    for name in ("zone", "empty"):
        sight = seen.sight(name)
        created = [e for e in sight.exchanges if e.path.count("/") == 1 and not e.creates]
        details = read_json(created[0].body) if created and created[0].went_well else None
        if isinstance(details, dict):
            return _told_zone(seen, details)
    raise NotToldError(seen.sight("zone").why_not or seen.sight("empty").why_not)


def _told_zone(seen: Seen, details: dict[str, Any]) -> Found:
    zone = details.get("timezone")
    set_already = seen.zone_is_set
    if isinstance(zone, str) and zone:
        settings = {} if set_already else {"timezone": zone}
        return Found("told", f"yes: {zone}", settings=settings)
    value = "null" if "timezone" in details else "absent"
    if set_already:
        return Found(value, "no; the setting timezone says it", Copes.ALWAYS)
    return Found(value, "no: set timezone to the tenant's zone", Copes.SETTING)


def offset(seen: Seen) -> Found:
    """Tell how the offset of bucket times is written."""
    forms = {_offset_form(value) for value in _times(seen)}
    told(forms, "no rows")
    value = "mixed" if len(forms) > 1 else forms.pop()
    zero = {"zulu": "as Z", "zero": "as +00:00"}
    texts = {"offset": "with the zone's offset", "none": "without one: read in the report's zone"}
    return Found(value, {**zero, **texts}.get(value, value), _if(value != "other"))


def seconds(seen: Seen) -> Found:
    """Tell whether bucket times have seconds."""
    shapes = {str(value).count(":") - bool(_OFFSET.search(str(value))) for value in _times(seen)}
    told(shapes, "no rows")
    shape = max(shapes)
    value = {0: "neither", 1: "minutes", 2: "seconds"}.get(shape, "other")
    if value == "seconds" and any("." in str(time) for time in _times(seen)):
        value = "milliseconds"
    if value == "neither" and all(str(time).isdigit() for time in _times(seen)):
        value = "epoch"
    texts = {"minutes": "no", "seconds": "yes", "milliseconds": "yes, and milliseconds",
             "epoch": "they are milliseconds since 1970", "neither": "they are dates"}  # fmt: skip
    return Found(value, texts.get(value, value))


def days(seen: Seen) -> Found:
    """Tell whether days are cut at the midnights of the report's zone."""
    told(seen.zone, "the zone is not known")
    assert seen.zone  # noqa: S101 - told
    grid = Grid(Granularity.DAY, seen.zone)
    begins = []
    for row in seen.sight("days").ordinary:
        try:
            begins.append(parse_instant(row.values.get(START_KEY), seen.zone))
        except ValueError:
            begins.append(None)
    told(begins, seen.sight("days").why_not or "no rows")
    if all(begin and grid.floor(begin) == begin for begin in begins):
        return Found("zone", "yes")
    if all(begin and begin.time() == time() for begin in begins):
        return Found("utc", "no, at those of UTC: set timezone to UTC", Copes.SETTING)
    return Found("elsewhere", "no, elsewhere: the tap stops and names the bucket", Copes.NO)


def none_times(seen: Seen) -> Found:
    """Tell whether rows of the whole range have times."""
    rows = seen.sight("whole").ordinary
    told(rows, seen.sight("whole").why_not or "no rows")
    has = any(is_time(cell.key) for cell in rows[0].cells)
    return Found(has, "yes" if has else "no; the range's own are taken")


def _times(seen: Seen) -> list[Any]:
    rows = [*seen.sight("days").ordinary, *seen.sight("quarters").ordinary]
    return [c.value for row in rows for c in row.cells if is_time(c.key) and c.value is not None]


def _offset_form(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    text = str(value)
    if text.endswith("Z"):
        return "zulu"
    if text.endswith(("+00:00", "+0000")):
        return "zero"
    if _OFFSET.search(text) and ":" in text:
        return "offset"
    return "none" if re.fullmatch(r"[0-9T:. -]+", text) else "other"


def _if(fine: object) -> Copes:
    return Copes.ALWAYS if fine else Copes.NO


QUESTIONS: Iterable[Question] = (
    Question("date_range", "What does the Z of a date range stand for?", date_range),
    Question("end", "Does the end belong to a date range?", end),
    Question("default_zone", "Does a report tell the default time zone?", default_zone),
    Question("days", "Do days begin at the zone's midnights?", days),
    Question("offset", "How are offsets written in bucket times?", offset),
    Question("seconds", "Do bucket times have seconds?", seconds),
    Question("none_times", "Has a row of the whole range times?", none_times),
)
