"""The CSV download of a report: read only where it can be shown to say what the JSON says.

The download has no limit of 10,000 rows and a ninth of the bytes, but its form is documented
nowhere: by key or by label, with or without a byte-order mark, durations in any form. So it is
held against two JSON pages of the same report, and where the two do not agree, or where the CSV
alone can't tell two values apart, it is not used.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from itertools import groupby, islice
from typing import TYPE_CHECKING

from tap_8x8_cc.csvforms import UNCLEAR, Columns, Forms
from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.identity import Occurrences
from tap_8x8_cc.metrics import Kind
from tap_8x8_cc.pages import RECORD_LIMIT
from tap_8x8_cc.rows import Chunk, Decoder, Findings
from tap_8x8_cc.schema import START_KEY
from tap_8x8_cc.values import is_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import BinaryIO

    from tap_8x8_cc.batches import Record
    from tap_8x8_cc.layout import Layout
    from tap_8x8_cc.rows import ReportFacts
    from tap_8x8_cc.schema import Column

ROWS_PER_CHUNK = 1000
LONGEST_LINE = 1 << 20
"""Bytes; a row of a hundred columns has some two thousand."""


class CsvMistrustError(Exception):
    """The CSV can't be shown to hold what the JSON holds; the message says why."""


class CsvBrokenError(CsvMistrustError):
    """The download seems to have broken off, or to be something else; another may be whole."""


@dataclass(frozen=True, slots=True)
class JsonSide:
    """What a CSV is held against: the same report as JSON.

    Args:
        page: The rows of its first page.
        layout: Their columns.
        labels: The labels of their keys.
        facts: What the report's rows share.
        columns: The columns to compare.
        total: The number of rows that the headers tell; 10,000 may be the limit of the JSON.
        rows_from: Reads the page that begins with the row of this number.
    """

    page: Chunk
    layout: Layout
    labels: dict[str, str]
    facts: ReportFacts
    columns: Sequence[Column]
    total: int | None
    rows_from: Callable[[int], Chunk]


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
            yield _chunk(_columns(rows, self.positions))


def csv_rows(file: BinaryIO) -> Iterator[list[str]]:
    """Read a CSV's rows from its beginning, the header being the first; blank lines are none.

    Raises:
        CsvBrokenError: It is not UTF-8 or not CSV.
        CsvMistrustError: A line is longer than any sane one.
    """
    _check_lines(file)
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        yield from filter(None, csv.reader(text, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise CsvBrokenError(f"it is no well-formed CSV ({error})") from error
    finally:
        if not file.closed:  # one that is given up half-way may be
            text.detach()


def _check_lines(file: BinaryIO) -> None:
    """Raise CsvMistrustError where a line is too long to be read at once."""
    file.seek(0)
    while len(block := file.read(LONGEST_LINE)) == LONGEST_LINE:
        if b"\n" not in block and b"\r" not in block:
            raise CsvMistrustError("it has an endless line")


def positions_of(header: Sequence[str], keys: Sequence[str], labels: dict[str, str]) -> list[int]:
    """Find each key's position in a CSV whose header names keys, or else labels.

    Raises:
        CsvBrokenError: There is no header.
        CsvMistrustError: A name stands twice, or the CSV has other columns than the JSON.
    """
    if not header or header[0].lstrip().startswith("<"):
        raise CsvBrokenError("it is empty, or another document")
    names = list(keys)
    if set(header) != set(keys):
        names = [labels.get(key, key) for key in keys]
    if len(set(names)) < len(names) or len(set(header)) < len(header):
        raise CsvMistrustError("two of its columns have one label")
    if set(names) != set(header):
        raise CsvMistrustError("its columns are not those of the JSON")
    place = {name: index for index, name in enumerate(header)}
    return [place[name] for name in names]


def check(file: BinaryIO, json: JsonSide, known_size: int = 0) -> CsvTable:
    """Hold a CSV against two JSON pages of the report: the first, and the last there is.

    Args:
        file: The download.
        json: The report as JSON.
        known_size: Bytes of an earlier download of the same report, if there was one.

    Returns:
        The table, ready to be read.

    Raises:
        CsvBrokenError: It is not whole.
        CsvMistrustError: It does not agree, or can't be told to.
    """
    rows = csv_rows(file)
    positions = positions_of(next(rows, []), json.layout.keys, json.labels)
    scan = _Scan(json.layout)
    compared = Forms(json.layout)
    first = _columns(list(islice(rows, json.page.count)), positions)
    _compare(first, json.page, json)
    compared.add(first)
    scan.count(first)
    while more := list(islice(rows, ROWS_PER_CHUNK)):
        columns = _columns(more, positions)
        scan.count(columns)
        scan.look(columns)
    _check_count(scan.rows, json.total)
    _check_end(scan.rows, json.total, file, known_size)
    begin, end = _last_page(scan.rows, json.page.count)
    if begin:
        last = _columns(list(islice(csv_rows(file), 1 + begin, 1 + end)), positions)
        _compare(last, json.rows_from(begin), json)
        compared.add(last)
    if surprise := scan.forms.surprise(compared):
        raise CsvMistrustError(surprise)
    return CsvTable(file, tuple(positions), scan.rows, scan.contiguous)


class _Scan:
    """Looks through all rows once: how many, in which order, and whether each is unambiguous."""

    def __init__(self, layout: Layout) -> None:
        self.rows = 0
        self.contiguous = True
        self.forms = Forms(layout)
        self._start = layout.position(START_KEY)
        self._dimensions = layout.dimensions
        self._seen: set[object] = set()
        self._current: object = None

    def count(self, columns: Columns) -> None:
        """Count rows, and see whether those of a bucket stand together."""
        self.rows += len(columns[0])
        if self._start is None:
            return
        for start, _ in groupby(columns[self._start]):
            if start != self._current:
                self.contiguous = self.contiguous and start not in self._seen
                self._seen.add(start)
                self._current = start

    def look(self, columns: Columns) -> None:
        """Look at rows that were not compared; raises CsvMistrustError where one is unclear."""
        for index, column in self._dimensions:
            if not UNCLEAR.isdisjoint(columns[index]):
                raise CsvMistrustError(f"an empty {column.key} may be null or a text")
        self.forms.add(columns)


def _last_page(rows: int, size: int) -> tuple[int, int]:
    """Give the first row of the last JSON page that is there whole, and the one after its last."""
    if rows > RECORD_LIMIT:  # what is on a page that the limit cuts is not known
        rows = RECORD_LIMIT // size * size
    return (rows - 1) // size * size, rows


def _compare(columns: Columns, page: Chunk, json: JsonSide) -> None:
    """Compare rows of the CSV with those of a JSON page; raises CsvMistrustError."""
    found = _chunk(columns)
    if _decoded(found, json) != _decoded(page, json):
        raise CsvMistrustError("its rows are not those of the JSON")
    for index, column in json.layout.metrics:
        if column.kind is Kind.DURATION and _clocks(found, index) != _clocks(page, index):
            raise CsvMistrustError(f"it writes {column.key} otherwise than the JSON")


def _check_count(rows: int, total: int | None) -> None:
    """Hold the number of rows against the headers' count, which may stop at RECORD_LIMIT."""
    if total is not None and rows < total:
        raise CsvBrokenError(f"it holds {rows} rows of {total}")
    if total is not None and rows > total != RECORD_LIMIT:
        raise CsvMistrustError(f"it holds {rows} rows instead of {total}")


def _check_end(rows: int, total: int | None, file: BinaryIO, known_size: int) -> None:
    """Make sure that the last row is whole; without a line end, it may have been cut short.

    It is whole where the right number of rows came and either the last is compared with the JSON,
    or another download ended with the same byte.
    """
    size = file.seek(-1, io.SEEK_END) + 1
    if file.read(1) in {b"\n", b"\r"}:
        return
    if rows != total or (rows > RECORD_LIMIT and size != known_size):
        raise CsvBrokenError("it may have broken off")


def _columns(rows: Sequence[Sequence[str]], positions: Sequence[int]) -> Columns:
    """Turn rows into columns in the order of the keys."""
    if rows and set(map(len, rows)) != {len(positions)}:
        raise CsvBrokenError("its rows differ in their number of columns")
    columns = list(zip(*rows, strict=True)) or [()] * len(positions)
    return [columns[position] for position in positions]


def _chunk(columns: Columns) -> Chunk:
    """Make a chunk of the cells; an empty one is null."""
    nulled = [[cell or None for cell in cells] if "" in cells else cells for cells in columns]
    return Chunk(nulled, len(columns[0]))


def _decoded(chunk: Chunk, json: JsonSide) -> list[Record]:
    decoder = Decoder(json.facts, json.layout, json.columns, Findings(), Occurrences())
    try:
        return decoder.decode(chunk).records()
    except ReportError as error:
        raise CsvMistrustError(str(error)) from error


def _clocks(chunk: Chunk, index: int) -> list[bool]:
    return [is_clock(value) for value in chunk.columns[index]]
