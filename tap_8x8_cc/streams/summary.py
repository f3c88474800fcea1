"""Streams of summary reports: a row a bucket and group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_8x8_cc.records.columns import Role, summary_columns
from tap_8x8_cc.records.decoder import SummaryDecoder
from tap_8x8_cc.records.layout import summary_layout
from tap_8x8_cc.records.row_ids import Occurrences
from tap_8x8_cc.streams.base import ReportStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from singer_sdk import Tap

    from tap_8x8_cc.model.blocks import Keys
    from tap_8x8_cc.model.reports import ReportDefinition
    from tap_8x8_cc.reading.job import Job
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.records.batches import Batch
    from tap_8x8_cc.session import Session


class SummaryStream(ReportStream):
    """The rows of one summary report.

    Args:
        tap: The tap.
        session: The run that it is part of.
        definition: What to ask the API for.
    """

    def __init__(self, tap: Tap, session: Session, definition: ReportDefinition) -> None:
        columns = summary_columns(
            definition.group_by,
            definition.metrics,
            with_tenant=bool(session.settings.tenant_ids),
            with_totals=definition.with_totals,
        )
        super().__init__(tap, session, definition, columns)

    @override
    def _fetch(self, job: Job[Any]) -> ReportRows:
        return self._session.summary.fetch(job)

    @override
    def _choose(
        self, tenant_id: str | None, offered: Collection[str], selected: Collection[str]
    ) -> tuple[str, ...]:
        """Return the selected metrics, or any one: none would mean all."""
        metrics = tuple(
            column.key
            for column in self._columns
            if column.role is Role.METRIC and column.key and column.key in offered
        )
        return tuple(key for key in metrics if key in selected) or metrics[:1]

    @override
    def _records(self, job: Job[Any], rows: ReportRows) -> Iterator[Batch]:
        request = job.request
        frozen = self._ledger.identity(request.tenant_id)
        dimensions: set[str] = set()
        occurrences = Occurrences(contiguous=rows.contiguous)
        decoders: dict[Keys, SummaryDecoder] = {}
        for keys, chunk in rows.chunks():
            if keys not in decoders:
                layout = replace(summary_layout(keys, self._columns), identity=frozen)
                self._extend(layout.columns)
                dimensions |= {column.name for _, column in layout.dimensions}
                decoders[keys] = SummaryDecoder(
                    job.request,
                    layout,
                    self._emitted(),
                    self._issues,
                    occurrences,
                )
            yield decoders[keys].decode(chunk, rows.origin.read_at)
        if frozen is None:
            self._ledger.freeze(request.tenant_id, dimensions)
        elif dimensions:
            self._identity_watch.compare(frozen, dimensions)
