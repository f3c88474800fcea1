"""Events: what identifies the rows of reports without buckets, and their records.

The API documents no key of these rows. What may change between two readings of a row is left out,
so that an interaction that finishes stays the same row; so are the names of what has an id.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.model.reports import INTERACTIONS
from tap_8x8_cc.records.columns import INTERACTION_ROW_ID, READ_AT, ROW_ID, UNPARSED, Role
from tap_8x8_cc.records.decoder import Record, record_maker
from tap_8x8_cc.records.event_columns import PARTICIPANT_KEYS, PARTICIPANTS, PATH_ID
from tap_8x8_cc.records.event_values import is_growing, typed_value
from tap_8x8_cc.records.metrics import Kind, detailed_kind
from tap_8x8_cc.records.naming import column_name
from tap_8x8_cc.records.row_ids import Occurrences

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.columns import Column, Layout

STATUS_CHANGES = "detailed-reports-agent-status-change"
FIRST_PARTICIPANT = 1
"""The number of the first assignment of an interaction."""
_IDENTIFIER = re.compile(r"(Id|ID)$")
_LATER = re.compile(r"finish|end|complet|wrapup|action", re.IGNORECASE)
_PARTICIPANT_COLUMNS = tuple(map(column_name, PARTICIPANT_KEYS))


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies the rows of an event type.

    Args:
        keys: The identifying metrics that are on offer.
        times: The metrics that say when a row took place; the first that holds a time counts.
        by_participant: Whether each participant of an interaction has a row.
    """

    keys: tuple[str, ...]
    times: tuple[str, ...] = ()
    by_participant: bool = False

    @property
    def asked(self) -> tuple[str, ...]:
        """The metrics to request even if they are not selected."""
        return tuple(dict.fromkeys((*self.keys, *self.times)))


SCRIPT_PATHS_IDENTITY = Identity((PATH_ID,))
"""A node is known by its day and its id."""


def identity_of(report_type: str, offered: Collection[str], *, with_participants: bool) -> Identity:
    """Return what identifies the rows of a detailed type, given the metrics on offer.

    With participants, a row holds all of its interaction.
    """
    by_participant = report_type == INTERACTIONS and not with_participants
    times = _times(offered)
    identifiers = [key for key in offered if _IDENTIFIER.search(key)]
    if report_type == INTERACTIONS:
        times = sorted(times, key=lambda key: key != "creationTime")
        keys = ["interactionId", "creationTime"]
        keys += PARTICIPANT_KEYS if by_participant else ()
        keys += [] if "interactionId" in offered else identifiers
    elif report_type == STATUS_CHANGES:
        keys = ["agentId" if "agentId" in offered else "agent", "time", "status", "interactionId"]
    else:
        keys = [*identifiers, *times]
    known = dict.fromkeys(key for key in keys if key in offered)
    return Identity(tuple(known), tuple(times), by_participant)


def growing_keys(keys: Sequence[str], row: Sequence[Any]) -> tuple[str, ...]:
    """Return the keys of a row whose values say whether they may still grow."""
    return tuple(key for key, value in zip(keys, row[1:], strict=True) if is_growing(value))


@dataclass(frozen=True, slots=True)
class Event:
    """The record of an event, and what a stream of participants needs of it.

    Args:
        record: The record.
        row_id: Its id.
        local_date: Its local date.
        participants: Its participants as typed objects.
        unparsed: By place: what members of participants could not hold, as raw text.
        members: The members of participants that were not announced, by their name there.
    """

    record: Record
    row_id: str
    local_date: str
    participants: Sequence[Mapping[str, Any]]
    unparsed: Mapping[int, dict[str, str]]
    members: Mapping[str, Column]


class EventDecoder:
    """Decodes the rows of one report that have the same layout.

    Args:
        request: The report's request.
        layout: Which key fills which column.
        emitted: The columns to emit, in order.
        identity: What identifies the rows.
        occurrences: Numbers equal rows, over the whole report.
        read_at: When the tap began to write the report's rows.
    """

    def __init__(  # noqa: PLR0913 - each a thing of its own
        self,
        request: ReportRequest,
        layout: Layout,
        emitted: Sequence[Column],
        identity: Identity,
        occurrences: Occurrences,
        *,
        read_at: str | None = None,
    ) -> None:
        self._identity, self._occurrences = identity, occurrences
        self._request, self._zone = request, request.zone
        self._head = (request.tenant_id, request.type)
        self._is_exact = request.window.is_exact(request.zone)
        self._emitted = {column.name for column in emitted}
        self._cells = [
            (column, ongoing)
            for column, ongoing in zip(layout.columns, layout.ongoing, strict=True)
            if column
        ]
        self._report_date = report_date(request)
        constants = {**_constants(request, read_at), "report_date": self._report_date}
        columns = [column.name for column, _ in self._cells]
        ongoing = [column.name for _, column in self._cells if column]
        variables = [ROW_ID, "local_date", UNPARSED, *columns, *ongoing]
        self._make = record_maker(emitted, constants, variables)

    def decode(self, row: Sequence[Any]) -> Event:
        """Return the record of a row.

        Raises:
            ReportError: It has no time, and may be of another day than the report's.
        """
        values, flags = [], []
        by_key: dict[str, Any] = {}
        unparsed: dict[str, str] = {}
        people: dict[str, str] = {}
        members: Mapping[str, Column] = {}
        for (column, ongoing), cell in zip(self._cells, row[1:], strict=True):
            typed = typed_value(column, cell, self._zone)
            values.append(typed.value)
            by_key[column.key or ""] = typed.value
            if ongoing:
                flags.append(typed.ongoing)
            if column.key == PARTICIPANTS:
                people, members = typed.unparsed, typed.fresh
            if typed.unparsed and column.name in self._emitted:
                unparsed |= {f"{column.name}{where}": raw for where, raw in typed.unparsed.items()}
        local_date = self._local_date(by_key)
        if local_date is None and not self._is_exact:
            raise ReportError(
                f"{self._request.name}: an event without a time may be of another day, since how "
                "the API reads the Z of a date range could not be found out. Set "
                "date_range_reading to instant or local."
            )
        row_id = self._occurrences.row_id(self._identifying(by_key, timed=local_date is not None))
        shown = local_date or self._report_date
        record = self._make((row_id, shown, unparsed or None, *values, *flags))
        found = by_key.get(PARTICIPANTS) or ()
        return Event(record, row_id, shown, found, _by_place(people), members)

    def _local_date(self, by_key: Mapping[str, Any]) -> str | None:
        """Return the calendar date of the event; None if its time is unknown."""
        times = (by_key.get(key) for key in self._identity.times)
        text = next((time for time in times if isinstance(time, str)), None)
        try:
            return text and datetime.fromisoformat(text).astimezone(self._zone).date().isoformat()
        except (OverflowError, ValueError):  # the first or the last day that there is
            return None

    def _identifying(self, by_key: Mapping[str, Any], *, timed: bool) -> tuple[object, ...]:
        """Return what identifies a row: the known keys of its type, or else all that it holds.

        If each participant has a row, an interaction that waits has one row, without a participant.
        It becomes the row of the first participant, so these two are one row.
        """
        identity = self._identity
        known = {key: by_key.get(key) for key in sorted(identity.keys)}
        known = {key: value for key, value in known.items() if value is not None and value != ""}
        if identity.by_participant:
            if not known.keys() - {*PARTICIPANT_KEYS}:
                known = {}
            elif known.get("participantAssignNumber") == FIRST_PARTICIPANT:
                known = {k: v for k, v in known.items() if k not in PARTICIPANT_KEYS}
        parts = [part for item in (known or dict(sorted(by_key.items()))).items() for part in item]
        return (*self._head, *parts, *(() if known and timed else (self._report_date,)))


def report_date(request: ReportRequest) -> str:
    """Return the local day whose report lists the rows."""
    return request.window.start.astimezone(request.zone).date().isoformat()


def participant_records(
    events: Iterable[Event],
    emitted: Sequence[Column],
    sources: Mapping[str, str],
    request: ReportRequest,
    read_at: str | None,
) -> Iterator[Record]:
    """Return a record for each participant of the events of a report, in order.

    By column, `sources` names the members that columns of another name are filled from.
    """
    own = [column.name for column in emitted if column.role is Role.METRIC]
    names = [(name, sources.get(name, name)) for name in own]
    constants = {**_constants(request, read_at), "report_date": report_date(request)}
    make = record_maker(
        emitted, constants, [ROW_ID, INTERACTION_ROW_ID, "local_date", UNPARSED, *own]
    )
    for event in events:
        occurrences = Occurrences()
        for place, person in enumerate(event.participants):
            identity = (event.row_id, *(person.get(name) for name in _PARTICIPANT_COLUMNS))
            row_id = occurrences.row_id(identity)
            fixed = (row_id, event.row_id, event.local_date, event.unparsed.get(place))
            yield make((*fixed, *(person.get(member) for _, member in names)))


def _constants(request: ReportRequest, read_at: str | None) -> dict[str, object]:
    return {"tenant_id": request.tenant_id, READ_AT: read_at, "timezone": request.zone.key}


def _by_place(unparsed: Mapping[str, str]) -> dict[int, dict[str, str]]:
    """Sort what participants could not hold by the participant, and then by member."""
    found: dict[int, dict[str, str]] = {}
    for where, raw in unparsed.items():
        if where:
            _, place, name = where.split(".", 2)
            found.setdefault(int(place), {})[name] = raw
    return found


def _times(offered: Collection[str]) -> list[str]:
    """Return the metrics that may say when a row took place, the best first."""
    known = [key for key in ("time", "creationTime") if key in offered]
    if known:
        return known
    times = [key for key in offered if detailed_kind(key) is Kind.TIMESTAMP]
    return [key for key in times if not _LATER.search(key)][:1]
