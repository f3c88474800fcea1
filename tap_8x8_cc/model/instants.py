"""Instants as text: parsed from ISO 8601, written canonically in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

NOTHING = frozenset({"", "-", "null", "n/a", "nan"})
"""How an absent value is written; compared without case and outer blanks."""
MILLISECOND = 1000
"""Microseconds."""
_EPOCH = re.compile(r"[0-9]{12,14}", re.ASCII)
"""Milliseconds since 1970 of the years 1973 to 5138; a year or a date has fewer digits."""
_ZONE_NAME = re.compile(r"\[[^\[\]]{1,64}\]$")


def parse_instant(value: object, zone: ZoneInfo | None = None) -> datetime | None:
    """Parse a time to UTC: ISO 8601 (`2022-08-29T00:00-04:00`), or milliseconds since 1970.

    A zone's name in brackets may follow the offset, as some libraries write it.

    Args:
        value: The time as it came.
        zone: The zone of a time without an offset, or of a date alone, if any.

    Raises:
        ValueError: It is not a time; or it has no offset, and no zone is given or its clock shows
            this time twice.
    """
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004 - callers expect one kind of failure
    text = value.strip()
    if text.lower() in NOTHING:
        return None
    try:
        if _EPOCH.fullmatch(text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        moment = datetime.fromisoformat(_ZONE_NAME.sub("", text))
        if moment.tzinfo is None:
            moment = _in_zone(moment, zone)
        return moment.astimezone(UTC)
    except (OverflowError, OSError):
        raise ValueError(value) from None


def lacks_offset(value: object) -> bool:
    """Return whether a value is a time without an offset."""
    if not isinstance(value, str) or _EPOCH.fullmatch(value.strip()):
        return False
    try:
        return datetime.fromisoformat(_ZONE_NAME.sub("", value.strip())).tzinfo is None
    except ValueError:
        return False


def _in_zone(moment: datetime, zone: ZoneInfo | None) -> datetime:
    """Read a time as a zone's clock shows it; raises ValueError if that is not one instant."""
    if zone is None:
        raise ValueError(moment)
    first, second = (moment.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    repeated = first.astimezone(UTC) < second.astimezone(UTC)
    if repeated and moment.time() != time():  # of two midnights the first begins the day
        raise ValueError(moment)
    return first


def utc_text(moment: datetime) -> str:
    """Write an instant canonically: `2026-11-22T05:00:00Z`, with milliseconds if it has any."""
    spec = "milliseconds" if moment.microsecond >= MILLISECOND else "seconds"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"
