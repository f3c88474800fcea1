"""Streams of summary reports: a row a bucket and group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_8x8_cc.planning.planner import Planner
from tap_8x8_cc.reading.summary import samples
from tap_8x8_cc.records.columns import Role, summary_columns
from tap_8x8_cc.records.decoder import Decoder
from tap_8x8_cc.records.layout import lay_out
from tap_8x8_cc.records.row_ids import Occurrences
from tap_8x8_cc.streams.base import ReportStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_8x8_cc.api.pages import Keys
    from tap_8x8_cc.planning.definitions import ReportDefinition
    from tap_8x8_cc.reading.spool import Reading
    from tap_8x8_cc.reading.summary import Job
    from tap_8x8_cc.records.batches import Batch
    from tap_8x8_cc.tap import Tap8x8CC


class SummaryStream(ReportStream):
    """The rows of one summary report.

    Args:
        tap: The tap.
        definition: What to ask the API for.
    """

    def __init__(self, tap: Tap8x8CC, definition: ReportDefinition) -> None:
        columns = summary_columns(
            definition.group_by or "",
            definition.metrics,
            with_tenant=bool(tap.settings.tenant_ids),
            with_totals=definition.with_totals,
        )
        super().__init__(tap, definition, columns, Planner(definition, tap.settings, columns))

    @override
    def _choose(self, offered: Collection[str], selected: Collection[str]) -> tuple[str, ...]:
        """Give the selected metrics, or any one: none would mean all."""
        metrics = tuple(
            column.key
            for column in self._columns
            if column.role is Role.METRIC and column.key and column.key in offered
        )
        return tuple(key for key in metrics if key in selected) or metrics[:1]

    @override
    def _records(self, job: Job, reading: Reading) -> Iterator[Batch]:
        occurrences = Occurrences(contiguous=reading.contiguous)
        decoders: dict[Keys, Decoder] = {}
        for keys, chunk in reading.chunks():
            if keys not in decoders:
                layout = lay_out(keys, self._columns, samples(keys, chunk))
                self._extend(layout.columns)
                decoders[keys] = Decoder(
                    job.facts, layout, self._emitted(), self._findings, occurrences
                )
            yield decoders[keys].decode(chunk)
