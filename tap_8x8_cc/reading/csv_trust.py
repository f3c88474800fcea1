"""The CSV download of a report: read only where it can be shown to say what the JSON says.

The download has no limit of 10,000 rows and a ninth of the bytes, but its form is documented
nowhere: by key or by label, with or without a byte-order mark, durations in any form. So it is
held against two JSON pages of the same report, and where the two do not agree, or where the CSV
alone can't tell two values apart, it is not used.
"""

from __future__ import annotations

import io
from collections import deque
from dataclasses import dataclass
from itertools import compress, groupby
from typing import TYPE_CHECKING

from tap_8x8_cc.api.pages import RECORD_LIMIT
from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.model.blocks import RowBlock
from tap_8x8_cc.reading.csv_blocks import (
    CsvBrokenError,
    CsvMistrustError,
    CsvUnprovenError,
    Places,
    block_of,
    csv_blocks,
    csv_header,
)
from tap_8x8_cc.reading.csv_formats import GUARDED, UNCLEAR, CellFormats
from tap_8x8_cc.records.columns import ROW_ID, START_KEY, Role
from tap_8x8_cc.records.decoder import DecodeIssues, SummaryDecoder
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.parsers import NUMERIC
from tap_8x8_cc.records.row_ids import Occurrences
from tap_8x8_cc.records.values import is_clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from typing import BinaryIO

    from tap_8x8_cc.model.reports import SummaryRequest
    from tap_8x8_cc.reading.csv_blocks import Block, Columns
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.layout import SummaryLayout


@dataclass(frozen=True, slots=True)
class CsvTable:
    """A CSV that has been checked.

    Args:
        file: The download; seekable.
        places: Where in a row the value of each key stands.
        rows: Number of rows.
        contiguous: Whether the rows of each bucket stand together.
        confirmed: The forms of its cells that the JSON confirms.
    """

    file: BinaryIO
    places: Places
    rows: int
    contiguous: bool
    confirmed: CellFormats

    def blocks(self) -> Iterator[RowBlock]:
        """Read the rows, some at a time."""
        return map(self.places.block, csv_blocks(self.file, self.places.first))


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

    page: RowBlock
    layout: SummaryLayout
    labels: dict[str, str]
    facts: SummaryRequest
    columns: Sequence[Column]
    total: int | None
    rows_from: Callable[[int], RowBlock]


def check(
    file: BinaryIO,
    json: JsonSide,
    known_size: int = 0,
    *,
    confirmed: CellFormats | None = None,
    unproven: bool = False,
) -> CsvTable:
    """Hold a CSV against two JSON pages of the report: the first, and the last there is.

    Args:
        file: The download.
        json: The report as JSON.
        known_size: Bytes of an earlier download of the same report, if there was one.
        confirmed: The forms of cells that the JSON of other such reports has confirmed.
        unproven: Whether to take what the JSON does not contradict, though it does not show it.

    Returns:
        The table, ready to be read.

    Raises:
        CsvBrokenError: It is not whole.
        CsvUnprovenError: It can't be told to agree.
        CsvMistrustError: It does not agree.
    """
    places = find_places(csv_header(file), json.layout, json.labels)
    scan = _Scan(json.layout, places, keep=json.page.count, unproven=unproven)
    compared = CellFormats.joined(confirmed)

    def confirm(columns: Columns, page: RowBlock) -> bool:
        """Compare a JSON page; tells whether its rows stand where they stand in the JSON."""
        in_order = _agree(columns, page, json)
        if not in_order:
            columns, page = _by_id(file, page, json, places)
            if not _agree(columns, page, json):
                raise CsvMistrustError("its rows are not those of the JSON")
        if not unproven:
            _check_clocks(block_of(columns), page, json)
        for index, column in json.layout.metrics:
            if column.kind:
                compared.add(column.kind, columns[index])
        return in_order

    size = json.page.count
    first = size if confirm(_part(csv_blocks(file, 0), 0, size, places), json.page) else 0
    for block in csv_blocks(file, places.first):
        scan.add(block, compared=first)
    _check_count(scan.rows, json.total)
    _check_end(scan.rows, json.total, file, known_size)
    begin, end = _last_page(scan.rows, size)
    if begin:
        known = begin - scan.before
        blocks, at = (scan.latest, known) if known >= 0 else (csv_blocks(file, 0), begin)
        confirm(_part(blocks, at, at + end - begin, places), json.rows_from(begin))
    surprise = scan.forms.surprise(compared)
    if surprise and not unproven:
        raise CsvUnprovenError(surprise)
    return CsvTable(file, places, scan.rows, scan.contiguous, compared)


class _Scan:
    """Looks through all rows once: how many, in which order, and whether each is unambiguous.

    Args:
        layout: The columns.
        places: Where they stand.
        keep: How many rows, the latest, to keep at the least.
        unproven: Whether to take what is unclear.

    Attributes:
        latest: The latest rows.
        before: How many there are before those.
    """

    def __init__(self, layout: SummaryLayout, places: Places, *, keep: int, unproven: bool) -> None:
        self.rows = self.before = 0
        self.latest: deque[Block] = deque()
        self._keep = keep
        self.contiguous = True
        self.forms = CellFormats()
        self._kinds = places.kinds
        self._unproven = unproven
        where = [(places.positions[index], column) for index, column in enumerate(layout.columns)]
        start = layout.position(START_KEY)
        self._start = None if start is None else places.positions[start]
        self._dimensions = [(p, c.key) for p, c in where if c and c.role is Role.DIMENSION]
        self._metrics = [(p, c.kind) for p, c in where if c and c.role is Role.METRIC and c.kind]
        self._seen: set[object] = set()
        self._current: object = None

    def add(self, block: Block, compared: int) -> None:
        """Look at the next rows.

        Args:
            block: The rows.
            compared: How many rows, the first of all, were compared with JSON.

        Raises:
            CsvBrokenError: A row has more or fewer cells than others.
            CsvUnprovenError: A row that was not compared is unclear.
        """
        self._note_order(block)
        unclear = max(compared - self.rows, 0)
        for position, key in () if self._unproven else self._dimensions:
            cells = block.columns[position][unclear:]
            if not UNCLEAR.isdisjoint(cells):
                raise CsvUnprovenError(f"an empty {key} may be null or a text")
            if "'" in "".join(cells) and not GUARDED.isdisjoint(cell[:2] for cell in cells):
                raise CsvUnprovenError(f"the apostrophe before a {key} may not be part of it")
        if block.tails is not None:
            self.forms.add_tails(self._kinds, block.tails)
        for position, kind in self._metrics:
            if position < len(block.columns):
                self.forms.add(kind, block.columns[position])
        self.rows += block.rows
        self.latest.append(block)
        while self.rows - self.before - self.latest[0].rows >= self._keep:
            self.before += self.latest.popleft().rows

    def _note_order(self, block: Block) -> None:
        """See whether the rows of a bucket stand together."""
        if self._start is None:
            return
        for start, _ in groupby(block.columns[self._start]):
            if start != self._current:
                self.contiguous = self.contiguous and start not in self._seen
                self._seen.add(start)
                self._current = start


def _part(blocks: Iterable[Block], begin: int, end: int, places: Places) -> Columns:
    """Return the rows from number `begin` to before number `end`; the others are not even split."""
    found: list[list[str]] = [[] for _ in places.positions]
    row = 0
    for block in blocks:
        if row + block.rows > begin:
            part = block.part(max(begin - row, 0), end - row)
            for cells, more in zip(found, places.texts(part), strict=True):
                cells.extend(more)
        row += block.rows
        if row >= end:
            break
    return found


def _last_page(rows: int, size: int) -> tuple[int, int]:
    """Return the first row of the last whole JSON page, and the one after its last."""
    if rows > RECORD_LIMIT:  # what is on a page that the limit cuts is not known
        rows = RECORD_LIMIT // size * size
    return (rows - 1) // size * size, rows


def _by_id(
    file: BinaryIO, page: RowBlock, json: JsonSide, places: Places
) -> tuple[Columns, RowBlock]:
    """Find the rows of a JSON page in a CSV that has them in another order.

    Returns:
        The CSV's rows, by column, and those of the page, both in the order of the page, as far as
        their buckets are wanted.

    Raises:
        CsvMistrustError: One is not there.
    """
    wanted = dict(_identified(_decoder(json), page))
    decoder = _decoder(json)
    found: dict[object, tuple[object, ...]] = {}
    for block in csv_blocks(file, 0):
        rows = _identified(decoder, block_of(places.texts(block)))
        found.update((row_id, row) for row_id, row in rows if row_id in wanted)
    if found.keys() != wanted.keys() or not wanted:
        raise CsvMistrustError("its rows are not those of the JSON")
    columns = zip(*(found[row_id] for row_id in wanted), strict=True)
    texts = [["" if cell is None else str(cell) for cell in column] for column in columns]
    return texts, RowBlock.of_rows(list(wanted.values()))


def _identified(
    decoder: SummaryDecoder, block: RowBlock
) -> Iterator[tuple[object, tuple[object, ...]]]:
    """Return the id of each row whose bucket is wanted, and its values as they came."""
    try:
        batch = decoder.decode(block)
    except ReportError as error:
        raise CsvMistrustError(str(error)) from error
    rows = list(zip(*block.columns, strict=True))
    ids = list(batch.columns[batch.names.index(ROW_ID)]) if batch.count else []
    kept = rows if batch.kept is None else compress(rows, batch.kept)
    return zip(ids, kept, strict=False)


def _agree(columns: Columns, page: RowBlock, json: JsonSide) -> bool:
    """Tell whether rows of the CSV are those of a JSON page."""
    return _decoded(block_of(columns), json) == _decoded(page, json)


def _check_clocks(found: RowBlock, page: RowBlock, json: JsonSide) -> None:
    """Raise CsvUnprovenError where one form shows a duration as a clock and the other does not."""
    for index, column in json.layout.metrics:
        if column.kind is Kind.DURATION and _clocks(found, index) != _clocks(page, index):
            raise CsvUnprovenError(f"it writes {column.key} otherwise than the JSON")


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


def _decoder(json: JsonSide) -> SummaryDecoder:
    return SummaryDecoder(json.facts, json.layout, json.columns, DecodeIssues(), Occurrences())


def _decoded(chunk: RowBlock, json: JsonSide) -> list[list[object]]:
    """Decode rows; gives the columns of their records."""
    try:
        return [list(column) for column in _decoder(json).decode(chunk).columns]
    except ReportError as error:
        raise CsvMistrustError(str(error)) from error


def _clocks(chunk: RowBlock, index: int) -> set[int]:
    """Tell in which rows a value is written as a clock shows it."""
    values = enumerate(chunk.columns[index])
    return {row for row, value in values if ":" in str(value) and is_clock(value)}


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
