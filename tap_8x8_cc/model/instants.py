"""Instants as text: parsed from ISO 8601, written canonically in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime

NOTHING = frozenset({"", "-", "null", "n/a", "nan"})
"""How an absent value is written; compared without case and outer blanks."""
MILLISECOND = 1000
"""Microseconds."""
_ZONE_NAME = re.compile(r"\[[^\[\]]{1,64}\]$")


def parse_instant(value: object) -> datetime | None:
    """Parse an ISO 8601 time with an offset (`2022-08-29T00:00-04:00`) to UTC.

    A zone's name in brackets may follow the offset, as some libraries write it. A time without an
    offset is an instant nobody knows: ValueError.
    """
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError(value)  # noqa: TRY004 - callers expect one kind of failure
    if value.strip().lower() in NOTHING:
        return None
    moment = datetime.fromisoformat(_ZONE_NAME.sub("", value.strip()))
    if moment.tzinfo is None:
        raise ValueError(value)
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        raise ValueError(value) from None


def utc_text(moment: datetime) -> str:
    """Write an instant canonically: `2026-11-22T05:00:00Z`, with milliseconds if it has any."""
    spec = "milliseconds" if moment.microsecond >= MILLISECOND else "seconds"
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec=spec) + "Z"
