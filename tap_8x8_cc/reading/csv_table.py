"""A CSV download as the rows of a report: which column holds which key, and chunks of rows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tap_8x8_cc.model.blocks import RowBlock
from tap_8x8_cc.reading.csv_blocks import CsvBrokenError, CsvMistrustError, csv_blocks
from tap_8x8_cc.records.parsers import NUMERIC, NumberRows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from tap_8x8_cc.reading.csv_blocks import Block, Columns
    from tap_8x8_cc.records.layout import SummaryLayout
    from tap_8x8_cc.records.metrics import Kind


@dataclass(frozen=True)
class Places:
    """Where in a CSV's rows the value of each key stands.

    Args:
        positions: The position of each key, in the order of the layout's keys.
        kinds: The kinds of the columns that stand last and hold nothing but numbers.
    """

    positions: tuple[int, ...]
    kinds: tuple[Kind, ...]

    @property
    def first(self) -> int:
        """How many columns stand before those."""
        return len(self.positions) - len(self.kinds)

    @cached_property
    def _numbers(self) -> NumberRows:
        return NumberRows(self.kinds)

    @cached_property
    def _typed(self) -> frozenset[int]:
        """Which of the keys those columns hold."""
        return frozenset(i for i, position in enumerate(self.positions) if position >= self.first)

    def texts(self, block: Block) -> Columns:
        """Return the cells of all columns in the order of the keys; raises CsvBrokenError."""
        columns = block.cells(len(self.positions))
        return [columns[position] for position in self.positions]

    def chunk(self, block: Block) -> RowBlock:
        """Return rows as a block, numbers typed where they can be; raises CsvBrokenError."""
        numbers = None if block.tails is None else self._numbers.parse(block.tails)
        if numbers is None:
            return chunk_of(self.texts(block))
        columns: list[Sequence[object]] = [*map(_nulled, block.columns), *numbers]
        return RowBlock(
            [columns[position] for position in self.positions],
            block.rows,
            typed=self._typed,
        )


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV that has been checked.

    Args:
        file: The download; seekable.
        places: Where in a row the value of each key stands.
        rows: Number of rows.
        contiguous: Whether the rows of each bucket stand together.
    """

    file: BinaryIO
    places: Places
    rows: int
    contiguous: bool

    def chunks(self) -> Iterator[RowBlock]:
        """Read the rows, some at a time."""
        return map(self.places.chunk, csv_blocks(self.file, self.places.first))


def find_places(header: Sequence[str], layout: SummaryLayout, labels: dict[str, str]) -> Places:
    """Find each key's place in a CSV whose header names keys, or else labels.

    Raises:
        CsvBrokenError: There is no header.
        CsvMistrustError: A name stands twice, or the CSV has other columns than the JSON.
    """
    if not header or header[0].lstrip().startswith("<"):
        raise CsvBrokenError("it is empty, or another document")
    names = list(layout.keys)
    if set(header) != set(names):
        names = [labels.get(key, key) for key in names]
    if len(set(names)) < len(names) or len(set(header)) < len(header):
        raise CsvMistrustError("two of its columns have one label")
    if set(names) != set(header):
        raise CsvMistrustError("its columns are not those of the JSON")
    columns = dict(zip(names, layout.columns, strict=True))
    kinds: list[Kind] = []
    for name in reversed(header):
        column = columns[name]
        if column is None or column.kind not in NUMERIC:
            break
        kinds.insert(0, column.kind)
    return Places(tuple(map(header.index, names)), tuple(kinds))


def chunk_of(columns: Columns) -> RowBlock:
    """Make a chunk of the cells; an empty one is null."""
    return RowBlock([*map(_nulled, columns)], len(columns[0]))


def _nulled(cells: Sequence[str]) -> Sequence[str | None]:
    return cells if all(cells) else [cell or None for cell in cells]
