"""A summary report as columns and cells: what its JSON and its download have in common."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.center.model import Column, Granularity, ReportSpec, Row, Table

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tap_8x8_cc_sandbox.api.formats import Cell, CellFormats
    from tap_8x8_cc_sandbox.api.quirks import Quirks

START = Column("startTime", "Start Time", None)
END = Column("endTime", "End Time", None)


class Layout:
    """The columns of a summary report, in the order of its documents.

    Args:
        table: The report's rows.
        spec: What was asked for.
        quirks: How the API behaves where the documentation leaves it open.
    """

    def __init__(self, table: Table, spec: ReportSpec, quirks: Quirks) -> None:
        self.has_times = spec.granularity is not Granularity.NONE or quirks.none_times
        self.has_totals = spec.subtotals or spec.grand_total
        self._metrics = table.metrics
        self._morning = None
        if quirks.overnight_end == "morning" and spec.intra_day:
            first, last = spec.intra_day
            self._morning = last if last < first else None
        times = (START, END) if self.has_times else ()
        columns = (*times, *table.dimensions, *table.metrics)
        if quirks.csv_disagrees == "duplicate_labels":
            columns = (*columns[:-1], replace(columns[-1], label=columns[-2].label))
        self.columns = columns

    def cells(self, forms: CellFormats) -> Callable[[Row], list[Cell]]:
        """Return what writes a row's cells in the order of the columns."""
        writers = [forms.metric(column.kind) for column in self._metrics]
        time = forms.bucket_time
        has_times, end_of = self.has_times, self._end_of

        def write(row: Row) -> list[Cell]:
            cells: list[Cell] = [time(row.start), time(end_of(row))] if has_times else []
            cells += row.dimensions
            cells += [writer(value) for writer, value in zip(writers, row.values, strict=True)]
            return cells

        return write

    def _end_of(self, row: Row) -> datetime | None:
        """Return where a row's bucket ends: with its day, or in the morning after."""
        if row.end is None or self._morning is None:
            return row.end
        return row.end.replace(hour=self._morning.hour, minute=self._morning.minute)
