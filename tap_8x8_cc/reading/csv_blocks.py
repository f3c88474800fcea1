"""The rows of a CSV file, some at a time and column by column.

Where nothing is quoted, a row ends at a line end and a cell at a comma, and to split the text costs
half of what a reader of CSV proper costs. From the first quotation mark on, that one reads.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING

import msgspec

from tap_8x8_cc.model.blocks import BLOCK_ROWS, RowBlock
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.parsers import COUNT, NUMBER

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import BinaryIO

Columns = Sequence[Sequence[str]]
"""Cells, column by column."""
BLOCK_BYTES = 1 << 15
"""What is split at once: about BLOCK_ROWS rows."""
LONGEST_LINE = 1 << 20
"""Bytes; a row of a hundred columns has some two thousand."""


class CsvMistrustError(Exception):
    """The CSV does not hold, or can't be shown to hold, what the JSON holds, and why."""


class CsvUnprovenError(CsvMistrustError):
    """The JSON does not contradict the CSV, but what was compared does not show all it holds."""


class CsvBrokenError(CsvMistrustError):
    """The download seems to have broken off, or to be something else; another may be whole."""


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a CSV.

    Args:
        rows: Number of rows, one at least.
        columns: Their cells: of all columns, or of those that stand first.
        tails: The text of each row from there on, which nobody has looked at: the cells of the
            remaining columns, if it is sound. None where `columns` holds all.
    """

    rows: int
    columns: Columns
    tails: Sequence[str] | None = None

    def part(self, begin: int, end: int) -> Block:
        """Return the rows from `begin` to before `end`."""
        tails = None if self.tails is None else self.tails[begin:end]
        columns = [cells[begin:end] for cells in self.columns]
        return Block(len(range(self.rows)[begin:end]), columns, tails)

    def cells(self, width: int) -> Columns:
        """Return the cells of all `width` columns; raises CsvBrokenError where a row has others."""
        if self.tails is None:
            return self.columns
        return [*self.columns, *split_tails(self.tails, width - len(self.columns))]


def csv_rows(file: BinaryIO, begin: int = 0) -> Iterator[list[str]]:
    """Read a CSV's rows, the header being the first; blank lines are none.

    Args:
        file: The CSV.
        begin: Where a row begins.

    Raises:
        CsvBrokenError: It is not UTF-8 or not CSV.
        CsvMistrustError: A line is longer than any sane one.
    """
    _check_lines(file, begin)
    file.seek(begin)
    text = io.TextIOWrapper(file, encoding="utf-8" if begin else "utf-8-sig", newline="")
    try:
        yield from filter(None, csv.reader(text, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise CsvBrokenError(f"it is no well-formed CSV ({error})") from error
    finally:
        if not file.closed:  # one that is given up half-way may be
            text.detach()


def csv_header(file: BinaryIO) -> list[str]:
    """Read a CSV's header; empty where there is none; raises as `csv_rows`."""
    header = _plain_header(file)
    return header if len(header) > 1 else next(csv_rows(file), [])


def csv_blocks(file: BinaryIO, first: int) -> Iterator[Block]:
    """Read the rows after the header; whoever does so moves the file's position.

    Args:
        file: The CSV.
        first: How many of the columns, those that stand first, are to be split into cells, where
            the others can be left as they are.

    Raises:
        CsvBrokenError: It is not UTF-8 or not CSV, or a row is of another length than the header.
        CsvMistrustError: A line is longer than any sane one.
    """
    width = len(_plain_header(file))
    if width > 1:
        yield from _split_blocks(file, file.tell(), width, first)
    else:
        rows = csv_rows(file)
        yield from _grouped(rows, len(next(rows, [])))


def _plain_header(file: BinaryIO) -> list[str]:
    """Read a header in which nothing is quoted; of one name, where there is no such header."""
    file.seek(0)
    line = file.readline(BLOCK_BYTES)
    whole = line if len(line) < BLOCK_BYTES else b""
    lines = _plain_lines(whole.removeprefix(codecs.BOM_UTF8))
    return lines[0].split(",") if lines else [""]


def _check_lines(file: BinaryIO, begin: int) -> None:
    """Raise CsvMistrustError where a line is too long to be read at once."""
    file.seek(begin)
    while len(block := file.read(LONGEST_LINE)) == LONGEST_LINE:
        if b"\n" not in block and b"\r" not in block:
            raise CsvMistrustError("it has an endless line")


def _split_blocks(file: BinaryIO, begin: int, width: int, first: int) -> Iterator[Block]:
    """Return the rows from `begin` on."""
    rest = b""
    while True:
        file.seek(begin + len(rest))
        piece = rest + file.read(BLOCK_BYTES)
        if not piece:
            return
        lines = piece[: piece.rfind(b"\n") + 1] if len(piece) >= BLOCK_BYTES else piece
        block = _split(_plain_lines(lines), width, first)
        if block is None:
            break
        yield block
        begin += len(lines)
        rest = piece[len(lines) :]
    yield from _grouped(csv_rows(file, begin), width)


def _grouped(rows: Iterator[list[str]], width: int) -> Iterator[Block]:
    while group := list(islice(rows, BLOCK_ROWS)):
        yield Block(len(group), _columns(group, width))


def split_tails(tails: Sequence[str], width: int) -> Columns:
    """Split rows into cells; raises CsvBrokenError where one has more or fewer than `width`."""
    return _columns([tail.split(",") for tail in tails], width)


def _columns(rows: Sequence[Sequence[str]], width: int) -> Columns:
    if set(map(len, rows)) != {width}:
        raise CsvBrokenError("its rows differ in their number of columns")
    return list(zip(*rows, strict=True))


def _plain_lines(piece: bytes) -> list[str]:
    """Return lines in which nothing is quoted, without their ends.

    Returns:
        The lines; none where anything is out of the ordinary.
    """
    try:
        text = piece.decode().removesuffix("\n")
    except UnicodeDecodeError:
        return []
    if '"' in text:
        return []
    lines = text.split("\n")
    if marks := text.count("\r"):
        with_marks = sum(map(len, lines))
        lines = [line.removesuffix("\r") for line in lines]
        if with_marks - sum(map(len, lines)) != marks:  # some stand elsewhere
            return []
    return lines


def _split(lines: list[str], width: int, first: int) -> Block | None:
    """Split plain lines; None where one is blank, or has more or fewer cells than it should."""
    rows = [line.split(",", first if first < width else -1) for line in lines]
    if not (lines and all(lines)) or set(map(len, rows)) != {min(first + 1, width)}:
        return None
    columns = list(zip(*rows, strict=True))
    return Block(len(rows), columns[:first], columns[first] if first < width else None)


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

    def block(self, block: Block) -> RowBlock:
        """Return rows as a block, numbers typed where they can be; raises CsvBrokenError."""
        numbers = None if block.tails is None else self._numbers.parse(block.tails)
        if numbers is None:
            return block_of(self.texts(block))
        columns: list[Sequence[object]] = [*map(_nulled, block.columns), *numbers]
        return RowBlock(
            [columns[position] for position in self.positions],
            block.rows,
            typed=self._typed,
        )


class NumberRows:
    """Parses rows that are nothing but numbers as JSON writes them, with commas between.

    Args:
        kinds: How the numbers of each column are typed.
    """

    def __init__(self, kinds: Sequence[Kind]) -> None:
        row = tuple[tuple(COUNT if kind is Kind.COUNT else NUMBER for kind in kinds)]  # type: ignore[misc, valid-type]
        self._decoder: msgspec.json.Decoder[list[tuple[object, ...]]] = msgspec.json.Decoder(
            list[row]  # type: ignore[valid-type]
        )

    def parse(self, rows: Sequence[str]) -> list[tuple[object, ...]] | None:
        """Return the columns; None where a row holds anything else."""
        text = f"[[{'],['.join(rows)}]]"
        parsed = self._decoded(text) or self._decoded(_filled(text))
        if not parsed or len(parsed) != len(rows):
            return None
        return list(zip(*parsed, strict=True))

    def _decoded(self, text: str) -> list[tuple[object, ...]]:
        try:
            return self._decoder.decode(text)
        except msgspec.DecodeError:
            return []


def _filled(text: str) -> str:
    """Fill gaps between commas and brackets with null."""
    # Twice, since in `,,,` the second comma ends one gap and begins the next.
    text = text.replace(",,", ",null,").replace(",,", ",null,")
    return text.replace("[,", "[null,").replace(",]", ",null]")


def block_of(columns: Columns) -> RowBlock:
    """Make a block of rows of the cells; an empty one is null."""
    return RowBlock([*map(_nulled, columns)], len(columns[0]))


def _nulled(cells: Sequence[str]) -> Sequence[str | None]:
    return cells if all(cells) else [cell or None for cell in cells]
