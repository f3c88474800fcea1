"""Streams of reports without buckets: detailed reports, and the paths through scripts."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_8x8_cc.planning.catalog import participants_name
from tap_8x8_cc.records.columns import ONGOING_SUFFIX
from tap_8x8_cc.records.event_columns import (
    PARTICIPANT_KEYS,
    PARTICIPANTS,
    detailed_columns,
    event_layout,
    participant_columns,
    participant_keys,
    script_columns,
    value_columns,
)
from tap_8x8_cc.records.events import (
    SCRIPT_PATHS_IDENTITY,
    EventDecoder,
    Identity,
    growing_keys,
    identity_of,
)
from tap_8x8_cc.records.extractions import extraction
from tap_8x8_cc.records.row_ids import Occurrences
from tap_8x8_cc.streams.base import ReportStream
from tap_8x8_cc.streams.beside import ParticipantsStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_8x8_cc.api.rows import Keys
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.decoder import Record
    from tap_8x8_cc.records.events import Event


class EventStream(ReportStream):
    """Rows that belong to a local day rather than to a bucket."""

    @abstractmethod
    def _identity(self, tenant_id: str | None) -> Identity:
        """Return what identifies the rows of a tenant."""

    @override
    def _records(
        self, request: ReportRequest, rows: ReportRows, read_at: str
    ) -> Iterator[list[Record]]:
        identity = self._identity(request.tenant_id)
        hidden = self._hidden(identity)
        occurrences = Occurrences()
        decoders: dict[tuple[Keys, Keys], EventDecoder] = {}
        for keys, group in rows.groups():
            events: list[Event] = []
            for row in group:
                form = keys, growing_keys(keys, row)
                if form not in decoders:
                    layout = event_layout(*form, (*self._columns, *hidden))
                    if layout.fresh:  # the SCHEMA goes between the rows before and this one
                        yield from self._written(events, request, read_at)
                        events = []
                        decoders.clear()
                        self._extend(layout.fresh)
                    decoders[form] = EventDecoder(
                        request, layout, self._emitted(), identity, occurrences, read_at=read_at
                    )
                events.append(decoders[form].decode(row))
            yield from self._written(events, request, read_at)

    def _hidden(self, identity: Identity) -> list[Column]:
        """Return columns that are requested since they identify rows, and not emitted."""
        own = {column.key for column in self._columns}
        unselected = [key for key in identity.asked if key not in own]
        return [column for key in unselected for column in value_columns(key)]

    def _written(
        self, events: list[Event], request: ReportRequest, read_at: str
    ) -> Iterator[list[Record]]:
        """Return the records of events, and write what goes out beside them."""
        if events:
            yield [event.record for event in events]
            self._beside(events, request, read_at)

    def _beside(self, events: list[Event], request: ReportRequest, read_at: str) -> None:
        """Write what goes out beside the stream's own rows."""


class DetailedStream(EventStream):
    """The rows of one detailed report: a row an event."""

    _people = 0
    """Participants of the report that is being read."""

    @cached_property
    def participants(self) -> ParticipantsStream | None:
        """The stream with a row a participant, if the reports have any."""
        definition = self._definition
        if self._participants is None:
            return None
        offered = [key for key in PARTICIPANT_KEYS if key in definition.offered]
        with_tenant = bool(self._run.settings.tenant_ids)
        members = participant_columns((*self._participants, *offered), with_tenant=with_tenant)
        return ParticipantsStream(self._tap, participants_name(definition.name), members)

    @cached_property
    def _participants(self) -> tuple[str, ...] | None:
        """The metrics that describe a participant, if interactions hold theirs."""
        definition = self._definition
        if not (definition.of_interactions and definition.include_participants):
            return None
        return participant_keys(definition.metrics, definition.offered)

    @override
    def _announced(self, with_tenant: bool) -> tuple[Column, ...]:
        metrics = self._definition.metrics
        return detailed_columns(metrics, self._participants, with_tenant=with_tenant)

    @property
    @override
    def outputs(self) -> list[str]:
        child = self.participants
        return [*super().outputs, *([child.name] if child and child.selected else [])]

    @override
    def _records(
        self, request: ReportRequest, rows: ReportRows, read_at: str
    ) -> Iterator[list[Record]]:
        self._people = 0
        return super()._records(request, rows, read_at)

    @override
    def _beside(self, events: list[Event], request: ReportRequest, read_at: str) -> None:
        if self.participants is not None and self.ABORT_AT_RECORD_COUNT is None:
            self._people += self.participants.write(events, request, read_at)

    @override
    def _log_extraction(
        self, request: ReportRequest, rows: ReportRows, written: int, read_at: str
    ) -> None:
        if self.participants is not None and self.participants.selected:
            definition = replace(request.definition, name=self.participants.name)
            of_child = replace(request, definition=definition)
            self._extractions.emit(extraction(of_child, rows.origin, self._people, read_at))
        super()._log_extraction(request, rows, written, read_at)

    @override
    def _identity(self, tenant_id: str | None) -> Identity:
        return self._identity_among(self._offered(tenant_id))

    def _identity_among(self, offered: Collection[str]) -> Identity:
        with_participants = self._participants is not None
        return identity_of(self._definition.type, offered, with_participants=with_participants)

    @override
    def _choose(self, offered: Collection[str], selected: Collection[str]) -> tuple[str, ...]:
        """Return the selected metrics and those that identify a row, or any one."""
        wanted = set(selected)
        if PARTICIPANTS in selected:
            wanted |= set(self._participants or ())
        if self.participants is not None and self.participants.selected:
            wanted |= {*self.participants.wanted, *PARTICIPANT_KEYS}
        wanted = {key.removesuffix(ONGOING_SUFFIX) for key in wanted}
        wanted |= set(self._identity_among(offered).asked)
        return tuple(key for key in offered if key in wanted) or tuple(offered)[:1]


class ScriptPathsStream(EventStream):
    """The nodes of the paths through scripts: one tree a day."""

    @override
    def _announced(self, with_tenant: bool) -> tuple[Column, ...]:
        return script_columns(self._definition.metrics, with_tenant=with_tenant)

    @override
    def _identity(self, tenant_id: str | None) -> Identity:
        return SCRIPT_PATHS_IDENTITY

    @override
    def _choose(self, offered: Collection[str], selected: Collection[str]) -> tuple[str, ...]:
        """Return none: the report has the columns that it has."""
        return ()
