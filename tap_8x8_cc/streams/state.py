"""What the state says of a stream and tenant.

::

    {"bookmarks": {"<stream>": {
        "replication_key": "end_time",
        "replication_key_value": "2026-11-22T05:00:00Z",
        "since": "2026-01-01T05:00:00Z",
        "read_as": {"type": "agent-…", "group_by": "agent", "granularity": "day", "timezone": "…"},
        "date_range_reading": "local"
    }}}

=========================  ========================================================================
key                        fact
=========================  ========================================================================
`replication_key_value`    End of the newest range whose rows have all been written, empty ranges
                           included. It never moves back.
`since`                    Start of what has been read: nothing is missing from there to the
                           bookmark. It moves back with each range of missing history. A state
                           without it is taken to be read from the present `start_date`.
`read_as`                  The settings that shape the rows and can't change without rows counting
                           twice. What is not set is left out. A state without it is taken as it is.
`date_range_reading`       How the API reads a date range, once it is proven.
`reports`                  Reports created and not read yet: id, identity of the definition, when
                           created, start and end of the window. Only while there are any.
=========================  ========================================================================

With several tenants each has such an object, in `partitions`, beside its `context`. Streams that
are read whole with each run have `read_as` alone. All keys are written together, behind the last
row of a range.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.unread import UnreadReport
from tap_8x8_cc.config.values import instant, parse_moment
from tap_8x8_cc.errors import ConfigError, StateError, one_line
from tap_8x8_cc.model.coverage import Coverage
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.instants import parse_instant, utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.planning.shape import Shape

REPLICATION_KEY = "replication_key"
BOOKMARK = "replication_key_value"
SINCE = "since"
READ_AS = "read_as"
READING = "date_range_reading"
REPORTS = "reports"
CLOCKS_APART = timedelta(days=1)
"""How far a bookmark may be ahead of this machine's clock: another machine may have written it."""
_WAY_OUT = "Correct the state, or remove the stream from it to read it again from start_date."


class StreamState:
    """The state of one stream and tenant; changes are made in the Singer state itself.

    Args:
        stream: The stream's name, for messages.
        state: The object in the Singer state.
        others: The stream's other objects: it may have been read with tenants before and not now.
    """

    def __init__(
        self, stream: str, state: dict[str, Any], others: Iterable[Mapping[str, Any]] = ()
    ) -> None:
        self._stream = stream
        self._state = state
        self._others = others

    def covered(self, start: datetime, zone: ZoneInfo) -> Coverage | None:
        """Return what has been read; raises StateError if that makes no sense.

        It begins at `start` if the state does not say; times without an offset are in the zone.
        """
        until = self._instant(BOOKMARK, "bookmark", zone)
        if until is None:
            return None
        since = self._instant(SINCE, "since", zone) or min(start, until)
        if since > until:
            raise StateError(
                f"state: {self._stream} can't have been read from {utc_text(since)} (since) to "
                f"{utc_text(until)} (bookmark). {_WAY_OUT}"
            )
        return Coverage(since, until)

    @property
    def read_as(self) -> Shape | None:
        """What shaped the rows so far, if the state says; raises StateError for nonsense."""
        own = self._state.get(READ_AS)
        found = own or next((o[READ_AS] for o in self._others if o.get(READ_AS)), None)
        if found is not None and not isinstance(found, dict):
            raise StateError(f"state: read_as of {self._stream} is not an object. {_WAY_OUT}")
        return found

    @property
    def reading(self) -> DateRangeReading | None:
        """How the API reads date ranges, if an earlier run has proven it."""
        value = self._state.get(READING)
        return DateRangeReading(value) if value in set(DateRangeReading) else None

    def unread(self) -> Iterator[UnreadReport]:
        """Yield the reports that an earlier run created and did not read; skip nonsense."""
        entries = self._state.get(REPORTS)
        for entry in entries if isinstance(entries, list) else ():
            with suppress(KeyError, TypeError, ValueError):
                created, start, end = (parse_instant(entry[k]) for k in ("created", "start", "end"))
                if created and start and end:
                    identity = str(entry["identity"])
                    yield UnreadReport(str(entry["id"]), identity, created, start, end)

    def keep_unread(self, reports: Iterable[UnreadReport]) -> None:
        """Keep which reports are created and not read yet."""
        entries = [
            {
                "id": report.id,
                "identity": report.identity,
                "created": report.created_at.astimezone(UTC).isoformat(),
                "start": utc_text(report.start),
                "end": utc_text(report.end),
            }
            for report in reports
        ]
        self._keep(REPORTS, entries or None)

    def keep_shape(self, shape: Shape) -> None:
        """Keep what shapes the rows."""
        self._state[READ_AS] = shape

    def keep_covered(
        self, covered: Coverage, replication_key: str, reading: DateRangeReading | None
    ) -> None:
        """Keep what has been read whole."""
        self._state[REPLICATION_KEY] = replication_key
        self._state[BOOKMARK] = utc_text(covered.until)
        self._state[SINCE] = utc_text(covered.since)
        self._keep(READING, reading and reading.value)

    def _keep(self, key: str, value: object) -> None:
        if value is None:
            self._state.pop(key, None)
        else:
            self._state[key] = value

    def _instant(self, key: str, name: str, zone: ZoneInfo) -> datetime | None:
        value = self._state.get(key)
        if value is None:
            return None
        where = f"state, {name} of {self._stream}"
        if not isinstance(value, str):
            raise StateError(f"{where}: {one_line(str(value), 40)} is not a time. {_WAY_OUT}")
        try:
            return instant(parse_moment(where, value), zone)
        except ConfigError as error:
            raise StateError(f"{error} {_WAY_OUT}") from None


def doubts(
    stream: str, covered: Coverage, first: datetime, last: datetime | None, now: datetime
) -> Iterator[str]:
    """Yield what a person should know of a bookmark; raises StateError if it is in the future."""
    since, until = utc_text(covered.since), utc_text(covered.until)
    if covered.until > now + CLOCKS_APART:
        raise StateError(f"state: the bookmark of {stream}, {until}, is in the future. {_WAY_OUT}")
    if first > covered.until:
        yield (
            f"{stream}: it has been read up to {until}, and start_date is later: nothing is read "
            f"from there to {utc_text(first)}, which stays a hole in the table. Set start_date to "
            "the bookmark or earlier to have no hole."
        )
    if last is not None and last < covered.until and first >= covered.since:
        yield (
            f"{stream}: it has been read up to {until}, which is after end_date "
            f"({utc_text(last)}): nothing new is read."
        )
    if last is not None and first < covered.since and last < covered.since:
        yield (
            f"{stream}: it has been read from {since}, and end_date ({utc_text(last)}) is earlier: "
            f"from start_date on nothing is read, since a hole would be left between. Set end_date "
            f"to {since} or later, or unset it, to fill in the past."
        )


def bookmark_of(state: Mapping[str, Any], stream: str, tenant_id: str | None) -> str | None:
    """Return how far a stream has been read, as its state has it; None if it has not been."""
    bookmark = state.get("bookmarks", {}).get(stream, {})
    parts = [({}, bookmark), *((p.get("context", {}), p) for p in bookmark.get("partitions", ()))]
    found = (part.get(BOOKMARK) for context, part in parts if context.get("tenant_id") == tenant_id)
    return next(found, None)
