"""What a stream's state says of a tenant, beside the Singer bookmark itself.

::

    {"bookmarks": {"<stream>": {
        "replication_key": "end_time",
        "replication_key_value": "2026-11-22T05:00:00Z",   end of what has been read
        "date_range_reading": "local"                       once it is proven
    }}}

With several tenants each has such an object, in `partitions`, beside its `context`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc.errors import ConfigError, one_line
from tap_8x8_cc.model.date_ranges import DateRangeReading, agreed
from tap_8x8_cc.model.instants import parse_instant, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

BOOKMARK = "replication_key_value"
READING = "date_range_reading"


class StreamState:
    """The state of one stream and tenant; changes are made in the Singer state itself.

    Args:
        stream: The stream's name, for messages.
        state: The object in the Singer state.
    """

    def __init__(self, stream: str, state: dict[str, Any]) -> None:
        self._stream = stream
        self._state = state

    @property
    def reached(self) -> datetime | None:
        """The end of what has been read; raises ConfigError where it is no date-time."""
        value = self._state.get(BOOKMARK)
        try:
            return parse_instant(value)
        except ValueError:
            raise ConfigError(
                f"state: the bookmark of {self._stream} is no date-time: "
                f"{one_line(str(value), 40)}."
            ) from None

    def reach(self, end: datetime, replication_key: str) -> None:
        """Move the bookmark to the end of a window; never back."""
        known = self.reached
        if known is None or known < end:
            self._state["replication_key"] = replication_key
            self._state[BOOKMARK] = utc_text(end)

    def keep_reading(self, reading: DateRangeReading | None) -> None:
        """Keep what the API takes a date range for, as far as that is proven."""
        if reading is None:
            self._state.pop(READING, None)
        else:
            self._state[READING] = reading.value


def proven_readings(state: Mapping[str, Any]) -> dict[str | None, DateRangeReading]:
    """Return what earlier runs have proven of each tenant's API; nothing where streams differ."""
    proofs: dict[str | None, set[DateRangeReading]] = {}
    for tenant_id, part in _parts(state):
        value = part.get(READING)
        if value in set(DateRangeReading):
            proofs.setdefault(tenant_id, set()).add(DateRangeReading(value))
    found = {tenant_id: agreed(readings) for tenant_id, readings in proofs.items()}
    return {tenant_id: reading for tenant_id, reading in found.items() if reading}


def bookmark_of(state: Mapping[str, Any], stream: str, tenant_id: str | None) -> str | None:
    """Return how far a stream has been read, as its state has it; None where it has not."""
    bookmark = state.get("bookmarks", {}).get(stream, {})
    found = (part.get(BOOKMARK) for tenant, part in _parts_of(bookmark) if tenant == tenant_id)
    return next(found, None)


def _parts(state: Mapping[str, Any]) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    """Return what each stream's state says, with the tenant it says it of."""
    for bookmark in state.get("bookmarks", {}).values():
        yield from _parts_of(bookmark)


def _parts_of(bookmark: Mapping[str, Any]) -> Iterator[tuple[str | None, Mapping[str, Any]]]:
    yield None, bookmark
    for part in bookmark.get("partitions", ()):
        yield part.get("context", {}).get("tenant_id"), part
