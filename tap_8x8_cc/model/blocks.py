"""Rows of a report on their way from an answer to the records: some at a time, by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

BLOCK_ROWS = 128
"""Rows that are decoded at once: few, so that their values find room in a processor's cache. With
a thousand, each costs about twice as much."""

Keys = tuple[str, ...]
"""The keys of a report's rows, in their order."""


@dataclass(frozen=True, slots=True)
class RowBlock:
    """Some rows of a report that have the same keys, column by column.

    Args:
        columns: The values of each key, in the order of the keys.
        count: Number of rows.
        totals: The total type of each row; None where none of them is a total.
        typed: The positions of columns whose values are not as they came but typed already.
    """

    columns: Sequence[Sequence[object]]
    count: int
    totals: Sequence[str | None] | None = None
    typed: Collection[int] = ()

    @classmethod
    def of_rows(
        cls, rows: Sequence[Sequence[object]], totals: Sequence[str | None] | None = None
    ) -> RowBlock:
        """Turn rows, one at least, into columns."""
        return cls(list(zip(*rows, strict=True)), len(rows), totals)
