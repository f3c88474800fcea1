"""The CSV download of a report: read only if it holds the rows that the JSON pages hold.

The download has no limit of 10,000 rows, but its form is not documented: keys or labels in the
header, with or without a byte-order mark, durations in any form. So the rows of the first and of
the last JSON page must be in it, by what identifies them, with equal values.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from itertools import chain, islice
from typing import TYPE_CHECKING

from tap_8x8_cc.api.pages import RECORD_LIMIT
from tap_8x8_cc.model.origins import Transport
from tap_8x8_cc.reading.spool import ReportRows
from tap_8x8_cc.records.buckets import bucket_of, raw_buckets
from tap_8x8_cc.records.columns import ROW_ID, Role, summary_layout
from tap_8x8_cc.records.decoder import SummaryDecoder
from tap_8x8_cc.records.row_ids import Occurrences, row_hash

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import BinaryIO

    from tap_8x8_cc.api.rows import Cells, RowGroup
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.buckets import Bucket, RawBucket
    from tap_8x8_cc.records.columns import Column

GROUP_ROWS = 500
"""Rows that are read at once."""
LONGEST_LINE = 1 << 20
"""Bytes; a row of a hundred columns has about two thousand."""


class CsvMistrustError(Exception):
    """The CSV does not hold what the JSON holds, and why."""


class CsvBrokenError(CsvMistrustError):
    """The download is not complete, or something else; another may be complete."""


def read_csv(file: BinaryIO, pages: Pages, total: int | None, *, known_size: int = 0) -> ReportRows:
    """Read a download, and check it against JSON pages of the report.

    Args:
        file: The download.
        pages: The rows that must be in it.
        total: The report's count of rows, if there is one; 10,000 may stand for more.
        known_size: Bytes of an earlier download of the same report, if there was one.

    Raises:
        CsvBrokenError: It is not complete.
        CsvMistrustError: It is not the report that the pages show.
        ReportError: A row's bucket has no usable time, or is not one of the report's.
    """
    check_lines(file)
    with ReportRows(Transport.CSV, with_buckets=True) as rows:
        missing = Counter(pages.rows)
        groups = csv_groups(file)
        (header,) = next(groups)
        keys = pages.keys
        places = places_of(header, keys, pages.labels)
        in_order = places == list(range(len(keys)))
        for lines in groups:
            if any(len(line) != len(keys) for line in lines):
                raise CsvBrokenError("its rows differ in their number of columns")
            ordered = lines if in_order else [[line[at] for at in places] for line in lines]
            # As of ordinary JSON rows: no total, and null for what is empty.
            group: list[Cells] = [
                [None, *([cell or None for cell in line] if "" in line else line)]
                for line in ordered
            ]
            rows.add_rows(keys, group)
            missing.subtract(pages.among(group))
        _check_size(file, rows.count, total, known_size)
        if not pages.rows:
            raise CsvMistrustError("no JSON row is there to compare")
        if any(number > 0 for number in missing.values()):
            raise CsvMistrustError("its rows are not those of the JSON")
    return rows


def _check_size(file: BinaryIO, count: int, total: int | None, known_size: int) -> None:
    """Check the number of rows, and that the last one is whole."""
    if total is not None and count < total:
        raise CsvBrokenError(f"it holds {count} rows of {total}")
    if total is not None and count > total != RECORD_LIMIT:
        raise CsvMistrustError(f"it holds {count} rows instead of {total}")
    # Without a line end, the last value may have been cut, unless it is compared with the JSON.
    is_compared = count == total and count <= RECORD_LIMIT
    if not (ends_whole(file) or is_compared or file.seek(0, io.SEEK_END) == known_size):
        raise CsvBrokenError("it may have broken off")


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


class Pages:
    """The rows of JSON pages, to be found in a CSV with equal values.

    Attributes:
        keys: The keys of their rows.
        labels: The label of each key.
        rows: A hash of identity and values of each row, and how often it is there.

    Raises:
        CsvMistrustError: Their rows differ in their keys.
        ReportError: A bucket is not one of the report's.
    """

    def __init__(
        self,
        pages: Sequence[Sequence[RowGroup]],
        request: ReportRequest,
        columns: Sequence[Column],
    ) -> None:
        self.keys, self.labels = pages[0][0].keys, pages[0][0].labels
        layout = summary_layout(self.keys, columns)
        self._buckets: dict[RawBucket, Bucket | None] = {}
        self._request = request
        fixed = [c for c in columns if c.role is Role.FIXED and c.name != ROW_ID]
        own = [column for column in layout.columns if column]
        self._decoder = SummaryDecoder(
            request, layout, [*fixed, *own], self._buckets, Occurrences()
        )
        self._identities: set[str] = set()
        self._starts: set[str] = set()
        self.rows: Counter[str] = Counter()
        for group in chain.from_iterable(pages):
            if group.keys != self.keys:
                raise CsvMistrustError("the JSON rows differ in their keys")
            for row, start in self._started(group.rows):
                identity = row_hash(self._decoder.identity(row, start))
                self._starts.add(start)
                self._identities.add(identity)
                self.rows[self._whole(identity, row)] += 1

    def among(self, rows: Sequence[Cells]) -> Iterator[str]:
        """Return, of rows of the CSV, those that the pages hold, hashed as `rows` are."""
        for row, start in self._started(rows):
            if start in self._starts:
                identity = row_hash(self._decoder.identity(row, start))
                if identity in self._identities:
                    yield self._whole(identity, row)

    def _started(self, rows: Sequence[Cells]) -> Iterator[tuple[Cells, str]]:
        """Return each row whose bucket is wanted, with the bucket's start."""
        for row, raw in zip(rows, raw_buckets(self.keys, rows), strict=True):
            if raw not in self._buckets:
                self._buckets[raw] = bucket_of(raw, self._request)
            if bucket := self._buckets[raw]:
                yield row, bucket.start_time

    def _whole(self, identity: str, row: Cells) -> str:
        (record,) = self._decoder.records([row])
        return row_hash((identity, record))


def check_lines(file: BinaryIO) -> None:
    """Raise CsvMistrustError if a CSV has an endless line."""
    file.seek(0)
    while block := file.read(LONGEST_LINE):
        if len(block) == LONGEST_LINE and b"\n" not in block and b"\r" not in block:
            raise CsvMistrustError("it has an endless line")


def csv_groups(file: BinaryIO) -> Iterator[list[list[str]]]:
    """Read a CSV without blank lines: first the header alone, empty if missing, then the rows.

    Raises:
        CsvBrokenError: It is not UTF-8 or not CSV.
    """
    file.seek(0)
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    rows = filter(None, csv.reader(text, strict=True))
    try:
        yield [next(rows, [])]
        while group := list(islice(rows, GROUP_ROWS)):
            yield group
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
