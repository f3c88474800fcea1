"""Streams of reports without buckets: detailed reports, and the paths through scripts."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING

from msgspec.structs import asdict
from typing_extensions import override

from tap_8x8_cc.messages import MessageWriter
from tap_8x8_cc.planning.catalog import participants_name
from tap_8x8_cc.records.columns import (
    ONGOING_SUFFIX,
    READ_AT,
    ROW_ID,
    Rows,
    fixed_names,
    named,
    stream_schema,
)
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
    participant_records,
)
from tap_8x8_cc.records.extractions import extraction
from tap_8x8_cc.records.row_ids import Occurrences
from tap_8x8_cc.streams.base import ReportStream
from tap_8x8_cc.streams.fixed import BesideStream, FixedColumnsStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from singer_sdk import Tap

    from tap_8x8_cc.api.rows import Keys
    from tap_8x8_cc.model.reports import ReportDefinition, ReportRequest
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.decoder import Record
    from tap_8x8_cc.records.events import Event
    from tap_8x8_cc.run import Run
    from tap_8x8_cc.streams.extractions import ExtractionsStream


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


class ParticipantsStream(BesideStream, FixedColumnsStream):
    """A row a participant; the stream of interactions reads them and has their bookmark.

    Args:
        tap: The tap.
        name: The stream's name.
        columns: The columns that are announced.
    """

    def __init__(self, tap: Tap, name: str, columns: Sequence[Column]) -> None:
        self.selected_by_default = False
        self._columns = tuple(columns)
        self._unannounced: dict[str | None, Column] = {}
        self._sources: dict[str, str] = {}
        super().__init__(tap, schema=stream_schema(columns), name=name)
        self._set_keys()

    @property
    def wanted(self) -> set[str]:
        """The keys of the selected columns, if the stream is selected."""
        return {column.key for column in self._emitted() if column.key} if self.selected else set()

    def write(self, events: Sequence[Event], request: ReportRequest, read_at: str) -> int:
        """Write the participants of some interactions; return how many there are.

        Args:
            events: The interactions.
            request: The request of their report.
            read_at: When the tap began to write the report's rows.
        """
        if not self.selected:
            return 0
        self._take_up({name: m for event in events for name, m in event.members.items()})
        self._write_schema_message()
        columns = self._emitted()
        records = list(participant_records(events, columns, self._sources, request, read_at))
        if self._is_plain():
            MessageWriter.write_records(self.name, records)
        else:
            for record in records:
                self.emit(asdict(record))
        return len(records)

    def _take_up(self, members: Mapping[str, Column]) -> None:
        """Give members of participants that were not announced a column each."""
        fresh = {name: m for name, m in members.items() if m.key not in self._unannounced}
        if not fresh:
            return
        taken = [*fixed_names(Rows.PARTICIPANT), *(column.name for column in self._columns)]
        for name, column in zip(fresh, named(list(fresh.values()), taken), strict=True):
            self._unannounced[column.key] = column
            self._sources[column.name] = name
        self._is_announced = False
        self._extend(self._unannounced.values())

    @override
    def _set_keys(self) -> None:
        # A replication key, so that no loader takes it for a table to be replaced each time.
        self.primary_keys = (ROW_ID,)
        self.replication_key = READ_AT


class DetailedStream(EventStream):
    """The rows of one detailed report: a row an event.

    Args:
        tap: The tap.
        run: What all streams share.
        definition: What to ask the API for.
        extractions: The stream that says what was read.
    """

    def __init__(
        self,
        tap: Tap,
        run: Run,
        definition: ReportDefinition,
        extractions: ExtractionsStream,
    ) -> None:
        self._participants: tuple[str, ...] | None = None
        if definition.of_interactions and definition.include_participants:
            self._participants = participant_keys(definition.metrics, definition.offered)
        super().__init__(tap, run, definition, extractions)
        with_tenant = bool(run.settings.tenant_ids)
        self._people = 0
        self.participants: ParticipantsStream | None = None
        if self._participants is not None:
            offered = [key for key in PARTICIPANT_KEYS if key in definition.offered]
            members = participant_columns((*self._participants, *offered), with_tenant=with_tenant)
            name = participants_name(definition.name)
            self.participants = ParticipantsStream(tap, name, members)

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
        with_participants = self._participants is not None
        keys = self._offered(tenant_id)
        return identity_of(self._definition.type, keys, with_participants=with_participants)

    @override
    def _choose(self, offered: Collection[str], selected: Collection[str]) -> tuple[str, ...]:
        """Return the selected metrics and those that identify a row, or any one."""
        wanted = {key.removesuffix(ONGOING_SUFFIX) for key in selected}
        with_participants = self._participants is not None
        wanted |= set(
            identity_of(self._definition.type, offered, with_participants=with_participants).asked
        )
        if PARTICIPANTS in selected:
            wanted |= set(self._participants or ())
        if self.participants is not None and self.participants.selected:
            wanted |= {key.removesuffix(ONGOING_SUFFIX) for key in self.participants.wanted}
            wanted |= set(PARTICIPANT_KEYS)
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
