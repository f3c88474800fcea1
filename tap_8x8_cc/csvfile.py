"""The CSV download of a report: read only where it can be shown to say what the JSON says.

The download has no limit of 10,000 rows and a ninth of the bytes, but its form is documented
nowhere: by key or by label, with or without a byte-order mark, durations in any form. So it is
held against the report's first JSON page, and where the two do not agree, or where the CSV alone
can't tell two values apart, it is not used.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.identity import Occurrences
from tap_8x8_cc.metrics import Kind
from tap_8x8_cc.pages import RECORD_LIMIT
from tap_8x8_cc.rows import Chunk, Decoder, Findings
from tap_8x8_cc.schema import START_KEY
from tap_8x8_cc.values import is_clock

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import BinaryIO

    from tap_8x8_cc.layout import Layout
    from tap_8x8_cc.rows import Record, ReportFacts
    from tap_8x8_cc.schema import Column

ROWS_PER_CHUNK = 1000
LONGEST_LINE = 1 << 20
"""Characters; a row of a hundred columns has some two thousand."""


class CsvMistrustError(Exception):
    """The CSV can't be shown to hold what the JSON holds; the message says why."""


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV that has been checked.

    Args:
        file: The download; seekable.
        positions: Where in a CSV row the value of each key stands.
        rows: Number of rows.
        contiguous: Whether the rows of each bucket stand together.
    """

    file: BinaryIO
    positions: tuple[int, ...]
    rows: int
    contiguous: bool

    def chunks(self) -> Iterator[Chunk]:
        """Read the rows, ROWS_PER_CHUNK at a time."""
        lines = csv_rows(self.file)
        next(lines)
        while rows := list(islice(lines, ROWS_PER_CHUNK)):
            yield _arranged(rows, self.positions)


def csv_rows(file: BinaryIO) -> Iterator[list[str]]:
    """Read a CSV's rows from its beginning, the header being the first.

    Raises:
        CsvMistrustError: It is not UTF-8 or not CSV, or a line is longer than any sane one.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield from csv.reader(_lines(text), strict=True)
    except (csv.Error, UnicodeDecodeError) as error:
        raise CsvMistrustError(f"it is no well-formed CSV ({error})") from error
    finally:
        text.detach()


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LONGEST_LINE):
        if len(line) == LONGEST_LINE:
            raise CsvMistrustError("it has an endless line")
        yield line


def positions_of(header: Sequence[str], keys: Sequence[str], labels: dict[str, str]) -> list[int]:
    """Find each key's position in a CSV whose header names keys, or else labels.

    Raises:
        CsvMistrustError: A name stands twice, or the CSV has other columns than the JSON.
    """
    names = list(keys)
    if set(header) != set(keys):
        names = [labels.get(key, key) for key in keys]
    if len(set(names)) < len(names) or len(set(header)) < len(header):
        raise CsvMistrustError("two of its columns have one label")
    if set(names) != set(header):
        raise CsvMistrustError("its columns are not those of the JSON")
    place = {name: index for index, name in enumerate(header)}
    return [place[name] for name in names]


def check(
    file: BinaryIO,
    page: tuple[Chunk, Layout, dict[str, str]],
    facts: ReportFacts,
    columns: Sequence[Column],
    total: int | None,
) -> CsvTable:
    """Hold a CSV against the report's first JSON page.

    Args:
        file: The download.
        page: The rows of that page, their layout, and the labels of their keys.
        facts: What the report's rows share.
        columns: The columns to compare.
        total: The number of rows that the headers tell; 10,000 may be the limit of the JSON.

    Returns:
        The table, ready to be read.

    Raises:
        CsvMistrustError: It does not agree, or can't be told to.
    """
    chunk, layout, labels = page
    rows = csv_rows(file)
    header = next(rows, [])
    positions = positions_of(header, layout.keys, labels)
    first = list(islice(rows, chunk.count))
    _check_widths(first, len(header))
    arranged = _arranged(first, positions)
    if _decoded(arranged, layout, facts, columns) != _decoded(chunk, layout, facts, columns):
        raise CsvMistrustError("its first rows are not those of the JSON")
    for index, column in layout.metrics:
        if column.kind is Kind.DURATION and _clocks(arranged, index) != _clocks(chunk, index):
            raise CsvMistrustError(f"it writes {column.key} otherwise than the JSON")
    scan = _Scan(layout, positions)
    scan.add(first, checked=True)
    while more := list(islice(rows, ROWS_PER_CHUNK)):
        _check_widths(more, len(header))
        scan.add(more, checked=False)
    _check_count(scan.rows, total, file)
    return CsvTable(file, tuple(positions), scan.rows, scan.contiguous)


class _Scan:
    """Looks through all rows once: how many, in which order, and whether each is unambiguous."""

    def __init__(self, layout: Layout, positions: Sequence[int]) -> None:
        self.rows = 0
        self.contiguous = True
        start = layout.position(START_KEY)
        self._start = None if start is None else positions[start]
        self._dimensions = [(positions[index], column) for index, column in layout.dimensions]
        self._seen: set[str] = set()
        self._current: str | None = None

    def add(self, rows: Sequence[Sequence[str]], *, checked: bool) -> None:
        """Look through `rows`; `checked` ones were compared with the JSON already."""
        self.rows += len(rows)
        if not checked:
            for position, column in self._dimensions:
                # An empty cell may be null or empty text; which, only the JSON tells.
                if any(not row[position] for row in rows):
                    raise CsvMistrustError(f"an empty {column.key} may be null or empty text")
        if self._start is None:
            return
        for row in rows:
            start = row[self._start]
            if start != self._current:
                self.contiguous = self.contiguous and start not in self._seen
                self._seen.add(start)
                self._current = start


def _check_widths(rows: Sequence[Sequence[str]], width: int) -> None:
    if rows and set(map(len, rows)) != {width}:
        raise CsvMistrustError("its rows differ in their number of columns")


def _check_count(rows: int, total: int | None, file: BinaryIO) -> None:
    """Hold the number of rows against the headers' count, which may stop at RECORD_LIMIT."""
    if total is not None and rows != total and (total != RECORD_LIMIT or rows < total):
        raise CsvMistrustError(f"it holds {rows} rows of {total}")
    if rows != total:
        # Without a count, only its last line tells that a download did not break off.
        file.seek(-1, io.SEEK_END)
        if file.read(1) not in {b"\n", b"\r"}:
            raise CsvMistrustError("it may have broken off")


def _arranged(rows: Sequence[Sequence[str]], positions: Sequence[int]) -> Chunk:
    """Put each row's values into the order of the keys; an empty cell is null."""
    columns = list(zip(*rows, strict=True)) or [()] * len(positions)
    return Chunk([_nulled(columns[position]) for position in positions], len(rows))


def _nulled(values: Sequence[str]) -> Sequence[str | None]:
    return [value or None for value in values] if "" in values else values


def _decoded(
    chunk: Chunk, layout: Layout, facts: ReportFacts, columns: Sequence[Column]
) -> list[Record]:
    try:
        return Decoder(facts, layout, columns, Findings(), Occurrences()).decode(chunk)
    except ReportError as error:
        raise CsvMistrustError(str(error)) from error


def _clocks(chunk: Chunk, index: int) -> list[bool]:
    return [is_clock(value) for value in chunk.columns[index]]
