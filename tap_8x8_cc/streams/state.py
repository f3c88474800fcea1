"""What a stream's state says of a tenant: one fact a key, beside the Singer bookmark itself.

::

    {"bookmarks": {"<stream>": {
        "replication_key": "end_time",
        "replication_key_value": "2026-11-22T05:00:00Z",
        "since": "2026-01-01T05:00:00Z",
        "read_as": {"type": "agent-…", "group_by": "agent", "granularity": "day", "timezone": "…"},
        "identity": ["agent", "agent_id"],
        "date_range_reading": "local"
    }}}

=========================  ========================================================================
key                        fact
=========================  ========================================================================
`replication_key_value`    End of what has been read: the end of the newest range whose rows have
                           all been written, empty ranges included. It never moves back.
`since`                    Begin of what has been read: from there to the bookmark, nothing lacks.
                           It moves back with each range that an earlier `start_date` fills in. A
                           state without it, from elsewhere, is taken to be read from the present
                           `start_date`.
`read_as`                  What shapes the rows: settings that can't change without rows counting
                           twice or being cut in two ways. What is not set is left out. A state
                           without it, from elsewhere, is taken as it is.
`identity`                 What identifies rows: the dimensions, by column, or an event's keys, by
                           the API's names. Those of the first report that had rows: one that the
                           API adds later re-keys none.
`date_range_reading`       What the API takes a date range for, once it is proven.
`reports`                  Reports created and not yet read: id, identity of the definition, when
                           created, begin of the window. Only while there are any.
=========================  ========================================================================

With several tenants each has such an object, in `partitions`, beside its `context`. Streams
without buckets, read anew each time, have `read_as` alone.

All keys are written together, behind the last row of a range, so that a run which is killed leaves
either all of a range's facts or none of them.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.unread import UnreadReport
from tap_8x8_cc.config.values import instant, parse_moment
from tap_8x8_cc.errors import ConfigError, StateError, one_line
from tap_8x8_cc.model.coverage import Coverage, extended
from tap_8x8_cc.model.date_ranges import DateRangeReading, agreed
from tap_8x8_cc.model.instants import parse_instant, utc_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.api.unread import Owner
    from tap_8x8_cc.planning.shape import Shape

REPLICATION_KEY = "replication_key"
BOOKMARK = "replication_key_value"
SINCE = "since"
READ_AS = "read_as"
IDENTITY = "identity"
READING = "date_range_reading"
REPORTS = "reports"
CLOCKS_APART = timedelta(days=1)
"""By how much a bookmark may be ahead of this machine's clock: that of another may have made it."""


class StreamState:
    """The state of one stream and tenant; changes are made in the Singer state itself.

    Args:
        stream: The stream's name, for messages.
        state: The object in the Singer state.
        zone: The zone of a bookmark that is a date, or has no offset.
        others: Objects of the same stream that are there if it was read with tenants and now is
            not, or the other way round.
    """

    def __init__(
        self,
        stream: str,
        state: dict[str, Any],
        zone: ZoneInfo,
        others: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self._stream = stream
        self._state = state
        self._zone = zone
        self._others = others

    def covered(self, start: datetime) -> Coverage | None:
        """Return what has been read.

        Args:
            start: From where, if the state does not say.

        Raises:
            StateError: What it says is no time, or makes no sense.
        """
        until = self._instant(BOOKMARK, "bookmark")
        if until is None:
            return None
        since = self._instant(SINCE, "since") or min(start, until)
        if since > until:
            raise StateError(
                f"state: {self._stream} can't have been read from {utc_text(since)} (since) to "
                f"{utc_text(until)} (bookmark). {_WAY_OUT}"
            )
        return Coverage(since, until)

    @property
    def read_as(self) -> Shape | None:
        """What the rows so far were read as; None where nobody says.

        Raises:
            StateError: It is no object.
        """
        own = self._state.get(READ_AS)
        found = own or next((o[READ_AS] for o in self._others if o.get(READ_AS)), None)
        if found is not None and not isinstance(found, dict):
            raise StateError(f"state: read_as of {self._stream} is no object. {_WAY_OUT}")
        return found

    def complete(
        self, start: datetime, end: datetime, replication_key: str, first: datetime
    ) -> None:
        """Take note that a range has been read whole.

        Args:
            start: Its begin.
            end: Its end.
            replication_key: The column that the bookmark is of.
            first: From where the stream has been read, if the state does not say.
        """
        covered = extended(self.covered(first), start, end)
        self._state[REPLICATION_KEY] = replication_key
        self._state[BOOKMARK] = utc_text(covered.until)
        self._state[SINCE] = utc_text(covered.since)

    def keep_unread(self, reports: Sequence[UnreadReport]) -> None:
        """Keep which reports are created and not yet read."""
        if reports:
            self._state[REPORTS] = [
                {
                    "id": report.id,
                    "identity": report.identity,
                    "created": report.created_at.astimezone(UTC).isoformat(),
                    "start": utc_text(report.start),
                }
                for report in reports
            ]
        else:
            self._state.pop(REPORTS, None)

    def keep_shape(self, shape: Shape) -> None:
        """Keep what the rows are read as."""
        self._state[READ_AS] = shape

    @property
    def identity(self) -> frozenset[str] | None:
        """What identifies rows; None where nobody says."""
        names = self._state.get(IDENTITY)
        if not isinstance(names, list) or not names:
            return None
        return frozenset(map(str, names))

    def keep_identity(self, identity: Collection[str]) -> None:
        """Keep what identifies rows."""
        self._state[IDENTITY] = sorted(identity)

    def keep_reading(self, reading: DateRangeReading | None) -> None:
        """Keep what the API takes a date range for, as far as that is proven."""
        if reading is None:
            self._state.pop(READING, None)
        else:
            self._state[READING] = reading.value

    def _instant(self, key: str, name: str) -> datetime | None:
        value = self._state.get(key)
        if value is None:
            return None
        where = f"state, {name} of {self._stream}"
        if not isinstance(value, str):
            raise StateError(f"{where}: {one_line(str(value), 40)} is no time. {_WAY_OUT}")
        try:
            return instant(parse_moment(where, value), self._zone)
        except ConfigError as error:
            raise StateError(f"{error} {_WAY_OUT}") from None


_WAY_OUT = "Correct the state, or remove the stream from it to read it anew from start_date."


def doubts(
    stream: str, covered: Coverage, first: datetime, last: datetime | None, now: datetime
) -> Iterator[str]:
    """Tell what a person should know of a stream's bookmark.

    Args:
        stream: The stream's name.
        covered: What has been read of it.
        first: From where data is wanted.
        last: Up to where data is wanted, if there is such a limit.
        now: The present.

    Yields:
        A line each.

    Raises:
        StateError: The bookmark is in the future, so that nothing would ever be read.
    """
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


def proven_readings(state: Mapping[str, Any]) -> dict[str | None, DateRangeReading]:
    """Return what earlier runs have proven of each tenant's API; nothing where streams differ."""
    proofs: dict[str | None, set[DateRangeReading]] = {}
    for tenant_id, part in _parts(state):
        value = part.get(READING)
        if value in set(DateRangeReading):
            proofs.setdefault(tenant_id, set()).add(DateRangeReading(value))
    found = {tenant_id: agreed(readings) for tenant_id, readings in proofs.items()}
    return {tenant_id: reading for tenant_id, reading in found.items() if reading}


def unread_reports(state: Mapping[str, Any]) -> Iterator[tuple[Owner, UnreadReport]]:
    """Yield the reports that earlier runs have created and not read, as far as they make sense."""
    for stream, bookmark in state.get("bookmarks", {}).items():
        for tenant_id, part in _parts_of(bookmark):
            entries = part.get(REPORTS)
            for entry in entries if isinstance(entries, list) else ():
                with suppress(KeyError, TypeError, ValueError):
                    created, start = parse_instant(entry["created"]), parse_instant(entry["start"])
                    if created and start:
                        report = UnreadReport(
                            str(entry["id"]), str(entry["identity"]), created, start
                        )
                        yield (stream, tenant_id), report


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
