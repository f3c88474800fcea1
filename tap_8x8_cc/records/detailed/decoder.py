"""From the rows of a detailed report to the records of its stream, column by column.

What a column can't hold is kept as raw text in `unparsed_values`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from itertools import repeat
from typing import TYPE_CHECKING

from tap_8x8_cc.records.batches import Batch
from tap_8x8_cc.records.columns import Role
from tap_8x8_cc.records.detailed.columns import PARTICIPANTS
from tap_8x8_cc.records.detailed.days import Days
from tap_8x8_cc.records.detailed.people import Interactions, unannounced_members
from tap_8x8_cc.records.detailed.values import typed_column
from tap_8x8_cc.records.values import raw_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_8x8_cc.model.blocks import RowBlock
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.decoder import DecodeIssues
    from tap_8x8_cc.records.detailed.layout import DetailedLayout
    from tap_8x8_cc.records.detailed.row_ids import DetailedIds
    from tap_8x8_cc.records.detailed.values import Note


class DetailedDecoder:
    """Decodes some rows of a detailed report that have the same keys.

    Args:
        facts: What the rows share.
        layout: Which key fills which column.
        ids: Gives the rows their ids, over the whole report.
        columns: The columns to emit, in order.
        issues: Where to note what was noticed.
    """

    def __init__(
        self,
        facts: ReportRequest,
        layout: DetailedLayout,
        ids: DetailedIds,
        columns: Iterable[Column],
        issues: DecodeIssues,
    ) -> None:
        self._facts = facts
        self._layout = layout
        self._ids = ids
        self._columns = tuple(columns)
        self._issues = issues
        self.interactions = Interactions()
        self._days = Days(facts.window, facts.zone)

    def decode(self, chunk: RowBlock, read_at: str | None = None) -> Batch:
        """Return a record for each row; each holds exactly the columns to emit.

        Args:
            chunk: The rows.
            read_at: When their report was created; None where that is of no matter.
        """
        unparsed: defaultdict[int, dict[str, str]] = defaultdict(dict)
        values: dict[str, Sequence[object]] = {}
        by_key: dict[str, Sequence[object]] = {}
        for column, ongoing, raw in zip(
            self._layout.columns, self._layout.ongoing, chunk.columns, strict=True
        ):
            note = self._note(column, unparsed)
            typed, flags = typed_column(column, raw, note, self._facts.zone)
            values[column.name] = by_key[column.key or ""] = typed
            if ongoing:
                values[ongoing.name] = flags
            if column.key == PARTICIPANTS:
                found = unannounced_members(column, typed, raw)
                self.interactions = replace(self.interactions, unannounced=found)
        count = chunk.count
        times = [by_key.get(key, repeat(None, count)) for key in self._ids.times]
        # Where the API tells no time of its events, a report is of one local day.
        dates = list(map(self._days.of, zip(*times, strict=True))) if times else [None] * count
        row_ids = self._ids.of(by_key, dates, count)
        self.interactions = replace(
            self.interactions,
            row_ids=row_ids,
            dates=dates if times else [self._days.first] * count,
            participants=by_key.get(PARTICIPANTS, ()),  # type: ignore[arg-type]  # lists of objects
        )
        fixed: dict[Role, Iterable[object]] = {
            Role.ROW_ID: row_ids,
            Role.TENANT_ID: repeat(self._facts.tenant_id, count),
            Role.LOCAL_DATE: dates if times else repeat(self._days.first, count),
            Role.READ_AT: repeat(read_at, count),
            Role.TIMEZONE: repeat(self._facts.zone.key, count),
            Role.UNPARSED: map(unparsed.get, range(count)),
        }
        table = [
            fixed.get(column.role) or values.get(column.name) or repeat(None, count)
            for column in self._columns
        ]
        return Batch(tuple(column.name for column in self._columns), table, count)

    def _note(self, column: Column, unparsed: dict[int, dict[str, str]]) -> Note:
        emitted = column in self._columns

        def note(index: int, where: str, value: object) -> None:
            raw = raw_text(value) if emitted or column.key == PARTICIPANTS else ""
            if column.key == PARTICIPANTS and where:
                _, place, name = where.split(".", 2)
                self.interactions.unparsed[index, int(place)][name] = raw
            if emitted:
                unparsed[index][f"{column.name}{where}"] = raw
                self._issues.unparsed.setdefault(column.name, raw)

        return note
