"""Questions about time: the `Z` of a date range, ends of ranges, zones, the times of buckets."""

from __future__ import annotations

import re
from datetime import UTC, time
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_probe.answers import TIMES, start_of
from tap_8x8_cc_probe.experiments import midnight
from tap_8x8_cc_probe.findings import Copes, Found, NotSeenError, only, question, require

if TYPE_CHECKING:
    from tap_8x8_cc_probe.experiments import Seen

NO_ZONE = "the time zone is not known"
NO_OFFSET = "bucket times have no offset, and may be the zone's or UTC's: compare a day with 8x8"
_SPOKEN = {
    "instant": "an instant in UTC",
    "local": "what the clock of the report's time zone shows",
}
_OFFSETS = {
    "zulu": "as Z",
    "zero": "as +00:00",
    "offset": "as the zone's offset",
    "none": "not at all: the tap reads times in the report's zone",
    "mixed": "in several forms",
    "other": "in a form that the tap can't read",
}
_SECONDS = {
    "minutes": "no",
    "seconds": "yes",
    "milliseconds": "yes, and milliseconds",
    "epoch": "they are milliseconds since 1970",
    "neither": "they are dates",
}
_OFFSET = re.compile(r"[+-][0-9]{2}:?[0-9]{2}$")


@question("date_range", "What does the Z of a date range stand for?")
def _date_range(seen: Seen) -> Found:
    require(seen.zone, NO_ZONE)
    if seen.one_reading and seen.reading:
        return Found("same", f"either: the clock of {seen.zone} shows UTC at this time of year")
    if seen.reading is None:
        why = seen.sight("edge").why_not or seen.sight("quarters").why_not
        raise NotSeenError(why or "no quarter of an hour with rows came back")
    require(seen.reading == "instant" or not _unsure(_times(seen)), NO_OFFSET)
    text, copes = _SPOKEN[seen.reading], Copes.ALWAYS
    configured = seen.settings.date_range_reading
    if configured and configured != seen.reading:
        text, copes = f"{text}; date_range_reading says {configured}: change it", Copes.SETTING
    return Found(seen.reading, text, copes, {"date_range_reading": seen.reading})


@question("end", "Does the end belong to a date range?")
def _end(seen: Seen) -> Found:
    if seen.end is None:
        raise NotSeenError(seen.sight("edge").why_not or "no two busy quarters in a row")
    if seen.end:
        return Found("included", "yes: the bucket that starts there came back")
    return Found("excluded", "no: the bucket that starts there did not come back")


@question("default_zone", "Does a report name the default time zone?")
def _default_zone(seen: Seen) -> Found:
    details = seen.sight("zone").details
    require(details, seen.sight("zone").why_not)
    zone, is_set = details.get("timezone"), seen.settings.timezone is not None
    if isinstance(zone, str) and zone:
        return Found("told", f"yes: {zone}", settings={} if is_set else {"timezone": zone})
    value = "null" if "timezone" in details else "absent"
    if is_set:
        return Found(value, "no; the setting timezone names it")
    return Found(value, "no: set timezone to the tenant's zone", Copes.SETTING)


@question("days", "Do days start at the zone's midnights?")
def _days(seen: Seen) -> Found:
    zone = seen.zone
    if zone is None:
        raise NotSeenError(NO_ZONE)
    rows = seen.sight("days").ordinary
    found = [start_of(row.values.get(TIMES[0]), zone) for row in rows]
    require(found, seen.sight("days").why_not or "no rows")
    texts = [str(row.values.get(TIMES[0])) for row in rows]
    sure = seen.reading == "instant" or not _unsure(texts)
    require(sure and any(":" in text or text.isdigit() for text in texts), NO_OFFSET)
    if all(s and s == midnight(s.astimezone(zone).date(), zone) for s in found):
        return Found("zone", "yes")
    if all(s and s.astimezone(UTC).time() == time() for s in found):
        return Found("utc", "no, at those of UTC: set timezone to UTC", Copes.SETTING)
    return Found("elsewhere", "no: the tap stops and names the bucket", Copes.NO)


@question("offset", "How are offsets written in bucket times?")
def _offset(seen: Seen) -> Found:
    found = only(map(_offset_form, _times(seen)), _OFFSETS, "no rows")
    if all(text.isdigit() for text in _times(seen)):
        return Found(found.value, "not at all: they are milliseconds since 1970")
    return Found(found.value, found.text, Copes.NO if found.value == "other" else Copes.ALWAYS)


@question("seconds", "Do bucket times have seconds?")
def _seconds(seen: Seen) -> Found:
    times = _times(seen)
    require(times, "no rows")
    colons = max(_OFFSET.sub("", text).count(":") for text in times)
    value = ("neither", "minutes", "seconds")[min(colons, 2)]
    if value == "seconds" and any("." in text for text in times):
        value = "milliseconds"
    if value == "neither" and all(text.isdigit() for text in times):
        value = "epoch"
    return Found(value, _SECONDS[value])


@question("none_times", "Does a row of the whole range have times?")
def _none_times(seen: Seen) -> Found:
    rows = seen.sight("whole").ordinary
    require(rows, seen.sight("whole").why_not or "no rows")
    has = any(key in rows[0].values for key in TIMES)
    return Found(has, "yes" if has else "no: the tap writes those of the range")


def _times(seen: Seen) -> list[str]:
    rows = [*seen.sight("days").ordinary, *seen.sight("quarters").ordinary]
    values: list[Any] = [row.values.get(key) for row in rows for key in TIMES]
    return [str(value) for value in values if value is not None]


def _unsure(times: list[str]) -> bool:
    """Return whether only a clock shows the times, which may be the zone's or that of UTC."""
    return any(_offset_form(text) == "none" and not text.isdigit() for text in times)


def _offset_form(text: str) -> str:
    if text.endswith("Z"):
        return "zulu"
    if text.endswith(("+00:00", "+0000")):
        return "zero"
    if _OFFSET.search(text) and ":" in text:
        return "offset"
    return "none" if re.fullmatch(r"[0-9T:. -]+", text) else "other"
