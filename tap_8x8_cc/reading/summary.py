"""ReportRows a report whole: as JSON pages or as CSV, and never fewer rows than there are.

The first JSON page is always read. If it is not all, the CSV download is read where it can be
trusted (see `csvfile`), and JSON pages otherwise; those end at 10,000 rows, and a report that has
more, or may have more, is too large for them. What is read waits in a temporary file, checked,
before the first of its rows is emitted.
"""

from __future__ import annotations

import io
import logging
import tempfile
import threading
from typing import TYPE_CHECKING

from tap_8x8_cc.api.pages import RECORD_LIMIT, Page, decode_rows, labels
from tap_8x8_cc.errors import (
    RefusedError,
    ReportError,
    ReportTooLargeError,
    UnavailableError,
    one_line,
)
from tap_8x8_cc.reading import csv_trust as csvfile
from tap_8x8_cc.reading.csv_blocks import CsvBrokenError, CsvMistrustError
from tap_8x8_cc.reading.job import Job, check_count, fetch_whole
from tap_8x8_cc.reading.spool import CsvRows, JsonRows, ReportRows, decode_page
from tap_8x8_cc.records.layout import summary_layout

if TYPE_CHECKING:
    from typing import BinaryIO

    from tap_8x8_cc.api.reports import Report, Reports
    from tap_8x8_cc.model.blocks import Keys, RowBlock
    from tap_8x8_cc.model.reports import SummaryRequest
    from tap_8x8_cc.reading.csv_table import CsvTable

logger = logging.getLogger(__name__)

DOWNLOADS = 3
"""How often a CSV that is not whole is downloaded, at most."""


class SummaryReader:
    """Has summary reports generated and reads them; safe for threads.

    Args:
        reports: Creates, polls and reads.
        data_format: `auto`, `json` or `csv`.
        page_size: Rows on a JSON page.
    """

    def __init__(self, reports: Reports, *, data_format: str, page_size: int) -> None:
        self._reports = reports
        self._data_format = data_format
        self._page_size = page_size
        self._lock = threading.Lock()
        self._warned: set[str] = set()

    def fetch(self, job: Job[SummaryRequest]) -> ReportRows:
        """Generate a report and read all of it.

        Raises:
            ReportTooLargeError: It has, or may have, more rows than can be read.
            ReportFailedError: It was not generated, or vanished each time.
            ReportError: It can't be read whole.
            ApiError: A call failed for good.
        """
        return fetch_whole(self._reports, job, self._read)

    def _read(self, report: Report, job: Job[SummaryRequest]) -> ReportRows:
        first = self._reports.page(report, 0, self._page_size)
        more = _is_more(first, first.rows, 1, self._page_size)
        csv_wanted = self._data_format == "csv" or (self._data_format == "auto" and more)
        # Whether, and how, a CSV marks its total rows is not known; the JSON does.
        if csv_wanted and first.rows and not job.request.with_totals:
            try:
                return self._read_csv(report, first, job)
            except CsvMistrustError as doubt:
                self._warn(job.request.stream, str(doubt))
            except (RefusedError, UnavailableError) as error:
                self._warn(job.request.stream, one_line(str(error)))
        return self._read_pages(report, first)

    def _read_csv(self, report: Report, first: Page, job: Job[SummaryRequest]) -> ReportRows:
        (keys, _), *_ = decode_page(first.pieces[0])
        chunk = _only_chunk(first, keys)
        layout = summary_layout(keys, job.columns)
        columns = [*job.columns, *(c for c in layout.columns if c and c not in job.columns)]

        def rows_from(row: int) -> RowBlock:
            number = row // first.rows
            return _only_chunk(self._reports.page(report, number, self._page_size), keys)

        named = labels(decode_rows(first.pieces[0]))
        total = first.total_elements
        json = csvfile.JsonSide(chunk, layout, named, job.request, columns, total, rows_from)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the reading closes it
        try:
            return CsvRows(self._download(report, file, json), keys)
        except BaseException:
            file.close()
            raise

    def _download(self, report: Report, file: BinaryIO, json: csvfile.JsonSide) -> CsvTable:
        """Download a report; again where what came is not whole and not the same as before."""
        sizes = [0]
        while True:
            self._reports.download(report, file)
            try:
                return csvfile.check(file, json, sizes[-1])
            except CsvBrokenError as broken:
                sizes.append(file.seek(0, io.SEEK_END))
                if sizes[-1] == sizes[-2] or len(sizes) > DOWNLOADS:
                    raise
                logger.info("%s: downloaded again: %s", report.request.name, broken)

    def _read_pages(self, report: Report, first: Page) -> ReportRows:
        name = report.request.name
        size = self._page_size
        reading = JsonRows(first)
        try:
            page, number = first, 1
            while page.rows and _is_more(page, reading.rows, number, size):
                _check_limit(reading.rows, first, name)
                page = self._reports.page(report, number, size)
                number += 1
                reading.add(page)
            _check_limit(reading.rows, first, name)
            _check_total(reading.rows, number, first, page, name)
        except BaseException:
            reading.close()
            raise
        return reading

    def _warn(self, stream: str, reason: str) -> None:
        """Say once per stream that its CSV is not used."""
        with self._lock:
            if stream in self._warned:
                return
            self._warned.add(stream)
        logger.warning("%s: the CSV is not used, JSON pages are: %s", stream, reason)


def _is_more(page: Page, rows: int, pages: int, size: int) -> bool:
    """Tell whether anything says that there is another page after the first `pages`."""
    if page.total_elements is None and page.total_pages is None:
        return page.has_next or page.rows >= size
    by_rows = page.total_elements is not None and rows < page.total_elements
    by_pages = page.total_pages is not None and pages < page.total_pages
    return by_rows or by_pages or page.has_next


def _check_limit(rows: int, first: Page, name: str) -> None:
    """Refuse a report that has, or may have, more rows than JSON pages give."""
    if (known := max(rows, first.total_elements or 0)) >= RECORD_LIMIT:
        raise ReportTooLargeError(
            f"{name}: the report has {known} rows or more; JSON pages end at {RECORD_LIMIT}."
        )


def _check_total(rows: int, pages: int, first: Page, last: Page, name: str) -> None:
    """Hold what came against the headers; raises ReportError where something is missing."""
    if first.total_elements != last.total_elements:
        raise ReportError(
            f"{name}: the report changed from {first.total_elements} to {last.total_elements} "
            "rows while it was read."
        )
    check_count(rows, first.total_elements, name)
    if first.total_pages is not None and rows and pages < first.total_pages:
        raise ReportError(f"{name}: only {pages} of {first.total_pages} pages came.")


def _only_chunk(page: Page, keys: Keys) -> RowBlock:
    """Decode a page that a CSV is held against; its rows have the keys of the first page."""
    try:
        groups = decode_page(page.body, keys)
    except ReportError as error:
        raise CsvMistrustError("the JSON rows differ in their form") from error
    if [found for found, _ in groups] != [keys]:
        raise CsvMistrustError("the JSON rows differ in their keys")
    return groups[0][1]
