"""From the rows of a report to the records of its stream, column by column."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import compress, repeat
from typing import TYPE_CHECKING

from tap_8x8_cc.errors import one_line
from tap_8x8_cc.model.blocks import RowBlock
from tap_8x8_cc.records.batches import Batch
from tap_8x8_cc.records.buckets import Bucket, Buckets, untimed
from tap_8x8_cc.records.columns import END_KEY, START_KEY, Column, Role
from tap_8x8_cc.records.parsers import ColumnParser
from tap_8x8_cc.records.row_ids import Occurrences, RowIds
from tap_8x8_cc.records.values import raw_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tap_8x8_cc.model.date_ranges import DateRangeReading
    from tap_8x8_cc.model.reports import SummaryRequest
    from tap_8x8_cc.records.layout import SummaryLayout


@dataclass(slots=True)
class DecodeIssues:
    """What was noticed in decoding, for one warning per column and run.

    Args:
        unparsed: An example of the raw text for each column that could not hold one.
        stray_totals: Number of total rows left out because nobody asked for them.
        proofs: What the buckets prove about the API's reading of the date range.
        lack_offset: Whether times of buckets came without an offset.
    """

    unparsed: dict[str, str] = field(default_factory=dict)
    stray_totals: int = 0
    proofs: set[DateRangeReading] = field(default_factory=set)
    lack_offset: bool = False

    def told(self) -> Iterator[str]:
        """Yield what there is to warn of, and forget it."""
        for name, raw in self.unparsed.items():
            shown = one_line(raw, 60)
            yield f"Column {name} can't hold {shown!r}, among others; see unparsed_values."
        if self.stray_totals:
            yield (f"{self.stray_totals} total rows came that nobody asked for; they are left out.")
        if self.lack_offset:
            yield (
                "The API writes times without an offset; they are taken for those of the report's "
                "time zone. If days look shifted, set timezone to the zone in which it cuts them."
            )
        self.unparsed.clear()
        self.stray_totals, self.lack_offset = 0, False


class SummaryDecoder:
    """Decodes the rows of one report that have the same keys.

    Args:
        facts: What the rows share.
        layout: Which key fills which column.
        columns: The columns to emit, in order.
        issues: Where to note what was noticed.
        occurrences: Numbers equal rows, over the whole report.
    """

    def __init__(
        self,
        facts: SummaryRequest,
        layout: SummaryLayout,
        columns: Iterable[Column],
        issues: DecodeIssues,
        occurrences: Occurrences,
    ) -> None:
        self._facts = facts
        self._layout = layout
        self._issues = issues
        self._columns = tuple(columns)
        self._names = tuple(column.name for column in self._columns)
        needed = {*self._names, *(column.name for _, column in layout.dimensions)}
        self._parsers = {
            column.name: ColumnParser(column.kind)
            for column in layout.columns
            if column and column.kind and column.name in needed
        }
        self._row_ids = RowIds(facts, layout, occurrences)
        self._buckets = Buckets(facts)

    def decode(self, chunk: RowBlock, read_at: str | None = None) -> Batch:
        """Decode a chunk.

        Args:
            chunk: The rows.
            read_at: When their report was created; None where that is of no matter.

        Returns:
            A record for each row whose bucket is wanted; each holds exactly the columns to emit.

        Raises:
            ReportError: A row's bucket is not one of the report's, or has no time.
        """
        chunk, totals, buckets, kept = self._wanted(chunk)
        if not chunk.count:
            return Batch(self._names, [()] * len(self._names), 0, kept)
        unparsed: dict[int, dict[str, str]] = {}
        values = {
            column.name: raw if index in chunk.typed else self._typed(column.name, raw, unparsed)
            for index, (column, raw) in enumerate(
                zip(self._layout.columns, chunk.columns, strict=True)
            )
            if column and column.name in self._parsers
        }
        starts = [bucket.start_time for bucket in buckets]
        nothing = [None] * chunk.count
        fixed: dict[Role, Iterable[object]] = {
            Role.ROW_ID: self._row_ids.of(values, starts, totals),
            Role.TENANT_ID: repeat(self._facts.tenant_id, chunk.count),
            Role.START_TIME: starts,
            Role.END_TIME: [bucket.end_time for bucket in buckets],
            Role.LOCAL_DATE: [bucket.local_date for bucket in buckets],
            Role.LOCAL_TIME: [bucket.local_time for bucket in buckets],
            Role.READ_AT: repeat(read_at, chunk.count),
            Role.GRANULARITY: repeat(self._facts.granularity.value, chunk.count),
            Role.TIMEZONE: repeat(self._facts.zone.key, chunk.count),
            Role.TOTAL_TYPE: totals,
            Role.UNPARSED: map(unparsed.get, range(chunk.count)) if unparsed else nothing,
        }
        table = [
            fixed.get(column.role) or values.get(column.name) or nothing for column in self._columns
        ]
        return Batch(self._names, table, chunk.count, kept)

    def _wanted(
        self, chunk: RowBlock
    ) -> tuple[RowBlock, Sequence[str | None], Sequence[Bucket], Sequence[bool] | None]:
        """Return the rows whose bucket is wanted, with total types and buckets, and which."""
        totals = chunk.totals or [None] * chunk.count
        start, end = (self._layout.position(key) for key in (START_KEY, END_KEY))
        starts = repeat(None, chunk.count) if start is None else chunk.columns[start]
        ends = repeat(None, chunk.count) if end is None else chunk.columns[end]
        try:
            buckets = list(map(self._buckets.__getitem__, zip(starts, ends, totals, strict=True)))
        except TypeError:  # a time that is no text at all
            raise untimed(chunk.columns[start or 0][0]) from None
        if chunk.totals and not self._facts.with_totals:
            self._issues.stray_totals += sum(total is not None for total in totals)
        self._issues.proofs |= self._buckets.proofs
        self._issues.lack_offset |= self._buckets.lack_offset
        wanted = [bucket for bucket in buckets if bucket]
        if len(wanted) == chunk.count:
            return chunk, totals, wanted, None
        kept = [bool(bucket) for bucket in buckets]
        columns = [list(compress(column, kept)) for column in chunk.columns]
        kept_chunk = RowBlock(columns, len(wanted), typed=chunk.typed)
        return kept_chunk, list(compress(totals, kept)), wanted, kept

    def _typed(
        self, name: str, values: Sequence[object], unparsed: dict[int, dict[str, str]]
    ) -> list[object]:
        def unfit(index: int, value: object) -> None:
            raw = raw_text(value)
            unparsed.setdefault(index, {})[name] = raw
            self._issues.unparsed.setdefault(name, raw)

        return self._parsers[name].typed(values, unfit)
