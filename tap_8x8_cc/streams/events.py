"""Streams of reports without buckets: detailed reports, and the paths through scripts."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_8x8_cc.planning.catalog import offered_metrics, participants_name
from tap_8x8_cc.planning.planner import DETAILED_DAYS
from tap_8x8_cc.records.columns import ONGOING_SUFFIX
from tap_8x8_cc.records.detailed.columns import (
    PARTICIPANT_KEYS,
    PARTICIPANTS,
    detailed_columns,
    participant_keys,
    value_columns,
)
from tap_8x8_cc.records.detailed.decoder import DetailedDecoder
from tap_8x8_cc.records.detailed.layout import detailed_layout
from tap_8x8_cc.records.detailed.people import participant_columns
from tap_8x8_cc.records.detailed.row_ids import DetailedIds, Identity, identity_of
from tap_8x8_cc.records.extractions import extraction
from tap_8x8_cc.records.script_paths import IDENTITY, script_columns
from tap_8x8_cc.streams.base import ReportStream
from tap_8x8_cc.streams.participants import ParticipantsStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from singer_sdk import Tap

    from tap_8x8_cc.model.origins import Origin
    from tap_8x8_cc.model.reports import ReportDefinition, ReportRequest
    from tap_8x8_cc.reading.job import Job
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.records.batches import Batch
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.detailed.people import Interactions
    from tap_8x8_cc.session import Session


class EventStream(ReportStream):
    """Rows that belong to a local day rather than to a bucket."""

    @abstractmethod
    def _identity(self, tenant_id: str | None) -> Identity:
        """Return what identifies the rows of a tenant."""

    @override
    def _records(self, job: Job[Any], rows: ReportRows) -> Iterator[Batch]:
        identity = self._identity(job.request.tenant_id)
        ids = DetailedIds(job.request, identity)
        hidden = self._hidden(identity)
        came: set[str] = set()
        for keys, chunk in rows.chunks():
            came.update(keys)
            layout = detailed_layout(keys, chunk, (*self._columns, *hidden))
            self._extend(layout.fresh)
            decoder = DetailedDecoder(
                job.request,
                layout,
                ids,
                self._emitted(),
                self._issues,
            )
            yield decoder.decode(chunk, rows.origin.read_at)
            self._beside(decoder.interactions, job, rows.origin.read_at)
        if came:
            self._keep(identity, job.request.tenant_id, came)

    def _hidden(self, identity: Identity) -> list[Column]:
        """Return columns that are asked for since they identify rows, and not emitted."""
        own = {column.key for column in self._columns}
        unselected = [key for key in identity.asked if key not in own]
        return [column for key in unselected for column in value_columns(key)]

    def _keep(self, identity: Identity, tenant_id: str | None, came: Collection[str]) -> None:
        """Take note of what identified the rows of a report, and of the keys that it had."""

    def _beside(self, found: Interactions, job: Job[Any], read_at: str) -> None:
        """Write what goes out beside the stream's own rows."""


class DetailedStream(EventStream):
    """The rows of one detailed report: a row an event.

    Args:
        tap: The tap.
        session: The run that it is part of.
        definition: What to ask the API for.
    """

    def __init__(self, tap: Tap, session: Session, definition: ReportDefinition) -> None:
        self._participants: tuple[str, ...] | None = None
        if definition.of_interactions and definition.include_participants:
            self._participants = participant_keys(definition.metrics, definition.offered)
        columns = detailed_columns(
            definition.metrics, self._participants, with_tenant=bool(session.settings.tenant_ids)
        )
        super().__init__(tap, session, definition, columns)
        self._written = 0
        self.participants: ParticipantsStream | None = None
        if self._participants is not None:
            offered = [key for key in PARTICIPANT_KEYS if key in definition.offered]
            members = participant_columns(
                (*self._participants, *offered), with_tenant=bool(session.settings.tenant_ids)
            )
            self.participants = ParticipantsStream(tap, participants_name(definition.name), members)

    @property
    @override
    def outputs(self) -> list[str]:
        child = self.participants
        return [*super().outputs, *([child.name] if child and child.selected else [])]

    @override
    def _records(self, job: Job[Any], rows: ReportRows) -> Iterator[Batch]:
        self._written = 0
        return super()._records(job, rows)

    @override
    def _beside(self, found: Interactions, job: Job[Any], read_at: str) -> None:
        if self.participants is not None and self.ABORT_AT_RECORD_COUNT is None:
            self._written += self.participants.write(found, job.request, read_at)

    @override
    def _complete(self, request: ReportRequest, origin: Origin, rows: int) -> None:
        if self.participants is not None and self.participants.selected:
            of_child = replace(
                request, definition=replace(request.definition, name=self.participants.name)
            )
            self._session.on_extraction(extraction(of_child, origin, self._written))
        super()._complete(request, origin, rows)

    @override
    def _fetch(self, job: Job[Any]) -> ReportRows:
        return self._session.detailed.fetch(job)

    @override
    def _identity(self, tenant_id: str | None) -> Identity:
        """Return what identified rows with the first run, or would with this one."""
        return self._identity_by(self._ledger.identity(tenant_id) or self._offered(tenant_id))

    def _identity_by(self, keys: Collection[str]) -> Identity:
        with_participants = self._participants is not None
        return identity_of(self._definition.type, keys, with_participants=with_participants)

    def _offered(self, tenant_id: str | None) -> tuple[str, ...]:
        return offered_metrics(self._session.listings, tenant_id, self._definition)

    @override
    def _keep(self, identity: Identity, tenant_id: str | None, came: Collection[str]) -> None:
        offered = self._offered(tenant_id)
        if (frozen := self._ledger.identity(tenant_id)) is None:
            self._ledger.freeze(tenant_id, identity.asked)
            return
        fresh = set(self._identity_by(offered).asked).intersection(came)
        self._identity_watch.compare(frozen, fresh | frozen.intersection(offered))

    @override
    def needs_exact_range(self, tenant_id: str | None) -> bool:
        """Tell whether nothing tells the same event in two ranges that overlap."""
        return not self._identity(tenant_id).times

    @override
    def days_for(self, tenant_id: str | None) -> int:
        return DETAILED_DAYS if self._identity(tenant_id).times else 1

    @override
    def _choose(
        self, tenant_id: str | None, offered: Collection[str], selected: Collection[str]
    ) -> tuple[str, ...]:
        """Return the selected metrics and those that identify a row, or any one."""
        wanted = {key.removesuffix(ONGOING_SUFFIX) for key in selected}
        wanted |= set(self._identity(tenant_id).asked)
        if PARTICIPANTS in selected:
            wanted |= set(self._participants or ())
        if self.participants is not None and self.participants.selected:
            wanted |= {key.removesuffix(ONGOING_SUFFIX) for key in self.participants.wanted}
            wanted |= set(PARTICIPANT_KEYS)
        return tuple(key for key in offered if key in wanted) or tuple(offered)[:1]


class ScriptPathsStream(EventStream):
    """The nodes of the paths through scripts: one tree a day.

    Args:
        tap: The tap.
        session: The run that it is part of.
        definition: What to ask the API for.
    """

    def __init__(self, tap: Tap, session: Session, definition: ReportDefinition) -> None:
        with_tenant = bool(session.settings.tenant_ids)
        columns = script_columns(definition.metrics, with_tenant=with_tenant)
        super().__init__(tap, session, definition, columns)

    @override
    def _identity(self, tenant_id: str | None) -> Identity:
        return IDENTITY

    @override
    def _fetch(self, job: Job[Any]) -> ReportRows:
        return self._session.script_paths.fetch(job)

    @override
    def _choose(
        self, tenant_id: str | None, offered: Collection[str], selected: Collection[str]
    ) -> tuple[str, ...]:
        """Return none: the report has the columns that it has."""
        return ()
