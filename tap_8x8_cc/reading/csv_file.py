"""The CSV download of a report: read only if it holds the rows that the JSON pages hold.

The download has no limit of 10,000 rows, but its form is not documented: keys or labels in the
header, with or without a byte-order mark, durations in any form. So the rows of the first and of
the last JSON page must be in it, by what identifies them, with equal values.
"""

from __future__ import annotations

import csv
import io
from collections import Counter, defaultdict
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

import msgspec

from tap_8x8_cc.api.pages import RECORD_LIMIT, REPLACEMENT
from tap_8x8_cc.model.origins import Transport
from tap_8x8_cc.records.buckets import RawBuckets, parsed_buckets, raw_buckets
from tap_8x8_cc.records.columns import ROW_ID, Role
from tap_8x8_cc.records.decoder import SummaryDecoder
from tap_8x8_cc.records.layout import summary_layout
from tap_8x8_cc.records.row_ids import Occurrences

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from typing import BinaryIO

    from tap_8x8_cc.api.rows import Cells, Keys, RowGroup
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.columns import Column

Identity = tuple[object, ...]
"""What identifies a row."""
GROUP_ROWS = 500
"""Rows that are read at once."""
LONGEST_LINE = 1 << 20
"""Bytes; a row of a hundred columns has about two thousand."""


class CsvMistrustError(Exception):
    """The CSV does not hold what the JSON holds, and why."""


class CsvBrokenError(CsvMistrustError):
    """The download is not complete, or something else; another may be complete."""


class CsvRows:
    """The rows of a CSV download.

    Args:
        file: The download; `close` closes it.
        keys: The keys of the JSON, in its order.
        places: The column of each.

    Attributes:
        count: Number of rows.
        buckets: Their distinct buckets.
        replaced: Whether characters that can't be stored are replaced.
    """

    transport = Transport.CSV
    doubled: frozenset[str] = frozenset()

    def __init__(self, file: BinaryIO, keys: Sequence[str], places: Sequence[int]) -> None:
        self.count = 0
        self.buckets = RawBuckets()
        self.replaced = False
        self._file = file
        self._keys = tuple(keys)
        self._places = places

    def groups(self) -> Iterator[tuple[Keys, list[Cells]]]:
        """Return the rows in order, some at a time, with their keys.

        Raises:
            CsvBrokenError: It is not UTF-8 or not CSV, or a row has more or fewer cells.
        """
        rows, width = csv_rows(self._file), len(self._keys)
        next(rows)
        while lines := list(islice(rows, GROUP_ROWS)):
            if any(len(line) != width for line in lines):
                raise CsvBrokenError("its rows differ in their number of columns")
            places = self._places
            yield self._keys, [[None, *[line[at] or None for at in places]] for line in lines]

    def scan(self) -> None:
        """Count the rows, and collect their buckets.

        Raises:
            CsvBrokenError: As in `groups`.
            ReportError: A row's bucket has no usable time.
        """
        for keys, rows in self.groups():
            self.count += len(rows)
            self.buckets.add(keys, rows)
            self.replaced = self.replaced or any(
                cell and REPLACEMENT in cell for row in rows for cell in row[1:]
            )

    def close(self) -> None:
        """Remove the temporary file."""
        self._file.close()


def open_csv(
    file: BinaryIO,
    keys: Sequence[str],
    labels: Mapping[str, str],
    total: int | None,
    known_size: int = 0,
) -> CsvRows:
    """Make the rows of a download whose columns are those of the JSON, and count them.

    Args:
        file: The download.
        keys: The keys of the JSON.
        labels: Their labels.
        total: The report's count of rows, if there is one; 10,000 may stand for more.
        known_size: Bytes of an earlier download of the same report, if there was one.

    Raises:
        CsvBrokenError: It is not complete.
        CsvMistrustError: Its columns or its count are not those of the JSON.
        ReportError: A row's bucket has no usable time.
    """
    rows = CsvRows(file, keys, places_of(next(csv_rows(file), []), keys, labels))
    rows.scan()
    count = rows.count
    if total is not None and count < total:
        raise CsvBrokenError(f"it holds {count} rows of {total}")
    if total is not None and count > total != RECORD_LIMIT:
        raise CsvMistrustError(f"it holds {count} rows instead of {total}")
    # Without a line end, the last value may have been cut, unless it is compared with the JSON.
    is_compared = count == total and count <= RECORD_LIMIT
    if not (ends_whole(file) or is_compared or file.seek(0, io.SEEK_END) == known_size):
        raise CsvBrokenError("it may have broken off")
    return rows


def places_of(header: Sequence[str], keys: Sequence[str], labels: Mapping[str, str]) -> list[int]:
    """Return the column of each key in a CSV whose header names keys, or else labels.

    Raises:
        CsvBrokenError: There is no header.
        CsvMistrustError: A name occurs twice, or the columns are not those of the JSON.
    """
    if not header or header[0].lstrip().startswith("<"):
        raise CsvBrokenError("it is empty, or another document")
    names = list(keys)
    if set(header) != set(names):
        names = [labels.get(key, key) for key in keys]
    if len(set(names)) < len(names) or len(set(header)) < len(header):
        raise CsvMistrustError("two of its columns have one label")
    if set(names) != set(header):
        raise CsvMistrustError("its columns are not those of the JSON")
    return [header.index(name) for name in names]


def confirm(
    rows: CsvRows,
    pages: Iterable[Sequence[RowGroup]],
    request: ReportRequest,
    columns: Sequence[Column],
) -> None:
    """Find the rows of JSON pages in a CSV, by what identifies them and with equal values.

    Raises:
        CsvMistrustError: One is not there, or has other values.
        ReportError: A bucket of the CSV is not one of the report's.
    """
    wanted = _json_values(pages, request, columns)
    if not wanted:
        raise CsvMistrustError("no JSON row is there to compare")
    found: defaultdict[Identity, list[bytes]] = defaultdict(list)
    side: _Side | None = None
    for keys, group in rows.groups():
        if side is None:
            side = _Side(keys, rows.buckets, request, columns)
        for identity, row in side.identified(group):
            if identity in wanted:
                found[identity].append(side.values(row))
    for identity, expected in wanted.items():
        if Counter(expected) - Counter(found[identity]):
            raise CsvMistrustError("its rows are not those of the JSON")


def _json_values(
    pages: Iterable[Sequence[RowGroup]], request: ReportRequest, columns: Sequence[Column]
) -> dict[Identity, list[bytes]]:
    """Return the values of the rows of JSON pages, by what identifies a row."""
    wanted: defaultdict[Identity, list[bytes]] = defaultdict(list)
    for group in chain.from_iterable(pages):
        side = _Side(group.keys, raw_buckets(group.keys, group.rows), request, columns)
        for identity, row in side.identified(group.rows):
            wanted[identity].append(side.values(row))
    return wanted


class _Side:
    """The rows of one form of a report, decoded to be compared with the other."""

    def __init__(
        self,
        keys: Keys,
        raw: Iterable[Any],
        request: ReportRequest,
        columns: Sequence[Column],
    ) -> None:
        layout = summary_layout(keys, columns)
        fixed = [c for c in columns if c.role is Role.FIXED and c.name != ROW_ID]
        own = [column for column in layout.columns if column]
        self._keys = keys
        self._buckets = parsed_buckets(raw, request)
        self._decoder = SummaryDecoder(
            request, layout, [*fixed, *own], self._buckets, Occurrences()
        )

    def identified(self, rows: Sequence[Cells]) -> Iterator[tuple[Identity, Cells]]:
        """Return each row whose bucket is wanted, with what identifies it."""
        for row, raw in zip(rows, raw_buckets(self._keys, rows), strict=True):
            if bucket := self._buckets[raw]:
                yield self._decoder.identity(row, bucket.start_time), row

    def values(self, row: Cells) -> bytes:
        """Return the record of a row, encoded; both sides have their columns in one order."""
        return msgspec.json.encode(next(self._decoder.records([row])))


def csv_rows(file: BinaryIO) -> Iterator[list[str]]:
    """Read a CSV's rows, the header first, without blank lines.

    Raises:
        CsvBrokenError: It is not UTF-8 or not CSV.
        CsvMistrustError: It has an endless line.
    """
    file.seek(0)
    while len(block := file.read(LONGEST_LINE)) == LONGEST_LINE:
        if b"\n" not in block and b"\r" not in block:
            raise CsvMistrustError("it has an endless line")
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    lines = (line.replace("\0", REPLACEMENT) if "\0" in line else line for line in text)
    try:
        yield from filter(None, csv.reader(lines, strict=True))
    except (csv.Error, UnicodeDecodeError) as error:
        raise CsvBrokenError(f"it is not a well-formed CSV ({error})") from error
    finally:
        if not file.closed:  # it may be closed if the rest is not wanted
            text.detach()


def ends_whole(file: BinaryIO) -> bool:
    """Return whether a download ends as a complete one does: with the end of a line."""
    if not file.seek(0, io.SEEK_END):
        return False
    file.seek(-1, io.SEEK_END)
    return file.read(1) in {b"\n", b"\r"}
