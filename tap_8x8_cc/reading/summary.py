"""Summary reports: JSON pages, and the CSV download for what is too long for them.

JSON pages end at 10,000 rows. A report that has as many or more is read from the CSV download if
that holds what the JSON holds (see `csv_file`); otherwise it is too large, and is split. What is
read waits in a temporary file, checked, before the first of its rows is written.
"""

from __future__ import annotations

import io
import logging
import re
import tempfile
import threading
from typing import TYPE_CHECKING

from tap_8x8_cc.api.pages import RECORD_LIMIT
from tap_8x8_cc.errors import (
    RefusedError,
    ReportError,
    ReportTooLargeError,
    UnavailableError,
    one_line,
)
from tap_8x8_cc.reading.csv_file import (
    CsvBrokenError,
    CsvMistrustError,
    Pages,
    read_csv,
)
from tap_8x8_cc.reading.job import Job, fetch_whole
from tap_8x8_cc.reading.json_pages import read_pages

if TYPE_CHECKING:
    from tap_8x8_cc.api.pages import Page
    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.reading.spool import ReportRows

_TOO_LARGE = re.compile(r"10.?000|too (many|large|big|long)|exceed|maximum", re.IGNORECASE)
"""How an API may say that a report is too long for JSON."""
logger = logging.getLogger(__name__)

DOWNLOADS = 3
"""How often a CSV that is not complete is downloaded, at most."""
CHECKED_ROWS = 100
"""Rows of the first and of the last page that a CSV is checked by, if only a CSV is wanted."""


class SummaryReader:
    """Has summary reports generated and reads them; safe for threads.

    Args:
        reports: Creates, polls and reads.
        data_format: `auto`, `json` or `csv`.
        page_size: Rows on a page.
    """

    def __init__(self, reports: Reports, *, data_format: str, page_size: int) -> None:
        self._reports = reports
        self._data_format = data_format
        self._page_size = page_size
        self._lock = threading.Lock()
        self._doubted: set[str] = set()

    def fetch(self, job: Job) -> ReportRows:
        """Generate a report and read all of it; raises as `fetch_whole`, or ReportTooLargeError."""
        return fetch_whole(self._reports, job, self._read)

    def _read(self, report: Report, job: Job) -> ReportRows:
        size = self._page_size
        # It is not known how a CSV marks its total rows.
        has_csv = self._data_format != "json" and not job.request.definition.with_totals
        if has_csv and self._data_format == "csv":
            few = min(size, CHECKED_ROWS)
            first = self._first_page(report, few)
            if first.known_total is None and few < size:  # which page is the last is not known
                few, first = size, self._first_page(report, size)
            if not first.rows:
                return read_pages(self._reports, report, first, few, job.columns)
            try:
                return self._read_csv(report, first, few, job)
            except CsvMistrustError as doubt:
                self._warn(job.request.stream, f"{doubt}; JSON pages are read instead")
                has_csv = False
        first = self._first_page(report, size)
        try:
            return read_pages(self._reports, report, first, size, job.columns)
        except ReportTooLargeError as error:
            if not has_csv or not first.rows:
                raise
            try:
                return self._read_csv(report, first, size, job)
            except CsvMistrustError as doubt:
                self._warn(job.request.stream, f"{doubt}; the report is split instead")
                raise error from doubt

    def _first_page(self, report: Report, size: int) -> Page:
        """Read the first page; raises ReportTooLargeError if it is refused for the length."""
        try:
            return self._reports.page(report, 0, size)
        except RefusedError as error:
            said = str(error).rpartition("HTTP 4")[2]
            if not error.not_found and _TOO_LARGE.search(said):
                raise ReportTooLargeError(str(error)) from error
            raise

    def _read_csv(self, report: Report, first: Page, size: int, job: Job) -> ReportRows:
        """Read a report as CSV; raises CsvMistrustError if it can't be had or trusted."""
        try:
            pages = self._pages(report, first, size, job)
            return self._download(report, pages, first.known_total)
        except (ReportError, RefusedError, UnavailableError) as error:
            raise CsvMistrustError(one_line(str(error))) from error

    def _pages(self, report: Report, first: Page, size: int, job: Job) -> Pages:
        """Return the rows of the first page, which then has none, and of the last there is.

        With `data_format` csv the last is left out if it is refused.
        """
        total = first.known_total
        # The page that the limit cuts may be refused.
        number = min(RECORD_LIMIT // size, first.total_pages or RECORD_LIMIT) - 1
        if total is not None and total < RECORD_LIMIT:
            number = (total - 1) // size
        is_alone = total is None and first.rows < size and not first.has_next
        groups = [first.groups or self._first_page(report, size).groups]
        try:
            if number > 0 and not is_alone:
                groups.append(self._reports.page(report, number, size).groups)
        except RefusedError as error:
            if self._data_format != "csv":
                raise
            reason = one_line(str(error))
            self._warn(job.request.stream, f"it can't be checked: {reason}; it is read")
        pages = Pages(groups, job.request, job.columns)
        first.groups.clear()  # not to be held while the download is read
        return pages

    def _download(self, report: Report, pages: Pages, total: int | None) -> ReportRows:
        """Download a report; again if what came is not complete and not the same as before."""
        sizes = [0]
        # A count of 10,000 may be the limit of the JSON.
        most = total if total is not None and total < RECORD_LIMIT else None
        with tempfile.TemporaryFile() as file:
            while True:
                self._reports.download(report, file, most)
                try:
                    return read_csv(file, pages, total, known_size=sizes[-1])
                except CsvBrokenError as broken:
                    sizes.append(file.seek(0, io.SEEK_END))
                    if sizes[-1] == sizes[-2] or len(sizes) > DOWNLOADS:
                        raise
                    logger.info("%s: downloaded again: %s", report.request.name, broken)

    def _warn(self, stream: str, reason: str) -> None:
        """Say once per stream what is wrong with its CSV."""
        with self._lock:
            if stream in self._doubted:
                return
            self._doubted.add(stream)
        logger.warning("%s: the CSV: %s", stream, reason)
