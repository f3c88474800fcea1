"""Streams of summary reports: a row a bucket and group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_8x8_cc.records.buckets import bucket_of
from tap_8x8_cc.records.columns import Role, summary_columns, summary_layout
from tap_8x8_cc.records.decoder import SummaryDecoder
from tap_8x8_cc.records.row_ids import Occurrences
from tap_8x8_cc.streams.base import ReportStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_8x8_cc.api.rows import Keys
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.decoder import Record


class SummaryStream(ReportStream):
    """The rows of one summary report."""

    @override
    def _announced(self, with_tenant: bool) -> tuple[Column, ...]:
        return summary_columns(
            self._definition.group_by,
            self._definition.metrics,
            with_tenant=with_tenant,
            with_totals=self._definition.with_totals,
        )

    @override
    def _choose(self, offered: Collection[str], selected: Collection[str]) -> tuple[str, ...]:
        """Return the selected metrics, or any one: none would mean all."""
        metrics = tuple(
            column.key
            for column in self._columns
            if column.role is Role.METRIC and column.key and column.key in offered
        )
        return tuple(key for key in metrics if key in selected) or metrics[:1]

    @override
    def _records(
        self, request: ReportRequest, rows: ReportRows, read_at: str
    ) -> Iterator[list[Record]]:
        buckets = {raw: bucket_of(raw, request) for raw in rows.buckets}
        # A grand total has no bucket, so that its number is counted over the whole report.
        in_buckets = rows.buckets.contiguous and not request.definition.include_grand_total
        occurrences = Occurrences(contiguous=in_buckets)
        decoders: dict[Keys, SummaryDecoder] = {}
        for keys, group in rows.groups():
            if keys not in decoders:
                layout = summary_layout(keys, self._columns)
                self._extend(layout.fresh)
                decoders[keys] = SummaryDecoder(
                    request, layout, self._emitted(), buckets, occurrences, read_at=read_at
                )
            if not request.definition.with_totals:
                self._issues.stray_totals += sum(row[0] is not None for row in group)
            yield list(decoders[keys].records(group))
