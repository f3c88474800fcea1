"""Streams of reports without buckets: detailed reports, and the paths through scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_8x8_cc.planning.planner import DETAILED_DAYS, Planner
from tap_8x8_cc.reading.script_paths import IDENTITY, script_columns
from tap_8x8_cc.records.detailed.columns import (
    INTERACTIONS,
    ONGOING_SUFFIX,
    PARTICIPANTS,
    detailed_columns,
    participant_keys,
    value_columns,
)
from tap_8x8_cc.records.detailed.decoder import DetailedDecoder
from tap_8x8_cc.records.detailed.layout import lay_out_detailed
from tap_8x8_cc.records.detailed.row_ids import DetailedIds, Identity, identity_of
from tap_8x8_cc.streams.base import ReportStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_8x8_cc.planning.definitions import ReportDefinition
    from tap_8x8_cc.reading.spool import Reading
    from tap_8x8_cc.reading.summary import Job
    from tap_8x8_cc.records.batches import Batch
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.tap import Tap8x8CC


class EventStream(ReportStream):
    """Rows that belong to a local day rather than to a bucket."""

    _identity: Identity
    _hidden: tuple[Column, ...] = ()
    """Columns that are known but not emitted, though the API may send them."""

    @override
    def _records(self, job: Job, reading: Reading) -> Iterator[Batch]:
        ids = DetailedIds(job.facts, self._identity)
        for keys, chunk in reading.chunks():
            layout = lay_out_detailed(keys, chunk, (*self._columns, *self._hidden))
            self._extend(layout.fresh)
            decoder = DetailedDecoder(job.facts, layout, ids, self._emitted(), self._findings)
            yield decoder.decode(chunk)


class DetailedStream(EventStream):
    """The rows of one detailed report: a row an event.

    Args:
        tap: The tap.
        definition: What to ask the API for.
    """

    def __init__(self, tap: Tap8x8CC, definition: ReportDefinition) -> None:
        interactions = definition.type == INTERACTIONS
        self._people: tuple[str, ...] | None = None
        if interactions and definition.include_participants:
            self._people = participant_keys(definition.metrics, definition.offered)
        columns = detailed_columns(
            definition.metrics, self._people, with_tenant=bool(tap.settings.tenant_ids)
        )
        together = self._people is not None
        self._identity = identity_of(
            definition.type, definition.offered, with_participants=together
        )
        own = {column.key for column in columns}
        hidden = [key for key in self._identity.asked if key not in own]
        self._hidden = tuple(column for key in hidden for column in value_columns(key))
        days = DETAILED_DAYS if self._identity.times else 1
        planner = Planner(definition, tap.settings, columns, days, interactions)
        super().__init__(tap, definition, columns, planner)

    @override
    def _choose(self, offered: Collection[str], selected: Collection[str]) -> tuple[str, ...]:
        """Give the selected metrics and those that identify a row, or any one."""
        wanted = {key.removesuffix(ONGOING_SUFFIX) for key in selected} | set(self._identity.asked)
        if PARTICIPANTS in selected:
            wanted |= set(self._people or ())
        return tuple(key for key in offered if key in wanted) or tuple(offered)[:1]


class ScriptPathsStream(EventStream):
    """The nodes of the paths through scripts: one tree a day.

    Args:
        tap: The tap.
        definition: What to ask the API for.
    """

    _identity = IDENTITY

    def __init__(self, tap: Tap8x8CC, definition: ReportDefinition) -> None:
        columns = script_columns(definition.metrics, with_tenant=bool(tap.settings.tenant_ids))
        super().__init__(tap, definition, columns, Planner(definition, tap.settings, columns))

    @override
    def _choose(self, offered: Collection[str], selected: Collection[str]) -> tuple[str, ...]:
        """Give none: the report has the columns that it has."""
        return ()
