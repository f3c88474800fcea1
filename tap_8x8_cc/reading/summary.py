"""Summary reports: as JSON pages or as CSV, and never fewer rows than there are.

The first JSON page is always read. If it is not all, the CSV download is read where it can be
trusted (see `csv_trust`), and JSON pages otherwise; those end at 10,000 rows, and a report that has
more, or may have more, is too large for them. What is read waits in a temporary file, checked,
before the first of its rows is emitted.
"""

from __future__ import annotations

import io
import logging
import re
import tempfile
import threading
from typing import TYPE_CHECKING

from tap_8x8_cc.api.rows import decode_rows, labels
from tap_8x8_cc.errors import (
    RefusedError,
    ReportError,
    ReportTooLargeError,
    ReportTornError,
    UnavailableError,
    one_line,
)
from tap_8x8_cc.reading.csv_blocks import CsvBrokenError, CsvMistrustError, CsvUnprovenError
from tap_8x8_cc.reading.csv_memory import SMALL_PAGE, CsvMemory
from tap_8x8_cc.reading.csv_trust import JsonSide, check
from tap_8x8_cc.reading.job import Job, fetch_whole
from tap_8x8_cc.reading.page_reader import is_long, read_pages
from tap_8x8_cc.reading.spool import CsvRows, ReportRows, SpooledRows, decode_page
from tap_8x8_cc.records.layout import summary_layout

if TYPE_CHECKING:
    from typing import BinaryIO

    from tap_8x8_cc.api.pages import Page
    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.model.blocks import Keys, RowBlock
    from tap_8x8_cc.model.reports import SummaryRequest
    from tap_8x8_cc.reading.csv_trust import CsvTable

_TOO_LARGE = re.compile(r"10.?000|too (many|large|big|long)|exceed|maximum", re.IGNORECASE)
"""How an API may say that a report is too long to be given as JSON."""
logger = logging.getLogger(__name__)

_INSTEAD = "JSON pages are read instead"
DOWNLOADS = 3
"""How often a CSV that is not whole is downloaded, at most."""


class SummaryReader:
    """Has summary reports generated and reads them; safe for threads.

    Args:
        reports: Creates, polls and reads.
        data_format: `auto`, `json` or `csv`.
        page_size: Rows on a JSON page.

    Attributes:
        doubts: Why the CSV of a stream is not trusted, where it isn't.
    """

    def __init__(self, reports: Reports, *, data_format: str, page_size: int) -> None:
        self._reports = reports
        self._data_format = data_format
        self._page_size = page_size
        self._memory = CsvMemory()
        self._lock = threading.Lock()
        self.doubts: dict[str, str] = {}

    def fetch(self, job: Job[SummaryRequest]) -> ReportRows:
        """Generate a report and read all of it.

        Raises:
            ReportTooLargeError: It has, or may have, more rows than can be read.
            ReportFailedError: It was not generated, or vanished each time.
            ReportError: It can't be read whole.
            ApiError: A call failed for good.
        """
        return fetch_whole(self._reports, job, self._read)

    def _read(self, report: Report, job: Job[SummaryRequest]) -> SpooledRows:
        size = self._page_size
        if self._may_use_csv(job.request) and self._memory.is_trusted(job.request):
            size = min(size, SMALL_PAGE)
        first = self._first_page(report, size)
        if self._wants_csv(first, job.request):
            rows = self._try_csv(report, first, size, job)
            if rows is None and size < self._page_size:  # more of the JSON may show more
                size, first = self._page_size, self._first_page(report, self._page_size)
                rows = self._try_csv(report, first, size, job)
            if rows is not None:
                return rows
        try:
            return read_pages(self._reports, report, first, size, job.columns)
        except ReportTornError:
            if job.request.with_totals:
                raise
            # A download comes in one piece, even where it is not what is wanted.
            rows = self._try_csv(report, self._reports.page(report, 0, size), size, job)
            if rows is None:
                raise
            return rows

    def _first_page(self, report: Report, size: int) -> Page:
        """Read the first page; one that is refused for its report's length is too large."""
        try:
            return self._reports.page(report, 0, size)
        except RefusedError as error:
            said = str(error).rpartition("HTTP 4")[2]
            if not error.not_found and _TOO_LARGE.search(said):
                raise ReportTooLargeError(str(error)) from error
            raise

    def _may_use_csv(self, request: SummaryRequest) -> bool:
        # Whether, and how, a CSV marks its total rows is not known; the JSON does.
        return (
            self._data_format != "json"
            and not request.with_totals
            and not self._memory.is_useless(request)
        )

    def _wants_csv(self, first: Page, request: SummaryRequest) -> bool:
        wanted = self._data_format == "csv" or is_long(first)
        return wanted and first.rows > 0 and self._may_use_csv(request)

    def _try_csv(
        self, report: Report, first: Page, size: int, job: Job[SummaryRequest]
    ) -> SpooledRows | None:
        """Read a report as CSV; None where that can't be trusted, which is said and remembered."""
        request = job.request
        try:
            return self._read_csv(report, first, size, job)
        except CsvUnprovenError as doubt:
            if self._data_format == "csv":
                self._warn(request.stream, f"it can't be verified: {doubt}; it is read")
                return self._read_csv(report, first, size, job, unproven=True)
            reason, surely = f"{doubt};", False
            ends = f"{_INSTEAD} (data_format csv reads it all the same)"
        except CsvMistrustError as doubt:
            reason, ends, surely = f"{doubt};", _INSTEAD, not isinstance(doubt, CsvBrokenError)
        except (RefusedError, UnavailableError) as error:
            reason, ends, surely = one_line(str(error)), _INSTEAD, isinstance(error, RefusedError)
        if size == self._page_size:
            self._memory.mistrust(request, surely=surely)
            self._warn(request.stream, f"{reason} {ends}")
        return None

    def _read_csv(
        self,
        report: Report,
        first: Page,
        size: int,
        job: Job[SummaryRequest],
        *,
        unproven: bool = False,
    ) -> SpooledRows:
        (keys, _), *_ = decode_page(first.part(0, 1))
        block = _only_block(first, keys)
        layout = summary_layout(keys, job.columns)
        columns = [*job.columns, *(c for c in layout.columns if c and c not in job.columns)]

        def rows_from(row: int) -> RowBlock:
            return _only_block(self._reports.page(report, row // first.rows, size), keys)

        named = labels(decode_rows(first.part(0, 1)))
        if len(named) < len(keys):  # other rows may tell more
            named = labels(decode_rows(first.pieces[0]))
        total = first.total_elements
        json = JsonSide(block, layout, named, job.request, columns, total, rows_from)
        file = tempfile.TemporaryFile()  # noqa: SIM115 - the reading closes it
        try:
            table = self._download(report, file, json, unproven=unproven)
        except BaseException:
            file.close()
            raise
        if not unproven:
            self._memory.agree(job.request, table.confirmed)
        return CsvRows(table, keys)

    def _download(
        self, report: Report, file: BinaryIO, json: JsonSide, *, unproven: bool
    ) -> CsvTable:
        """Download a report; again where what came is not whole and not the same as before."""
        sizes, confirmed = [0], self._memory.formats(json.facts)
        while True:
            self._reports.download(report, file)
            try:
                return check(file, json, sizes[-1], confirmed=confirmed, unproven=unproven)
            except CsvBrokenError as broken:
                sizes.append(file.seek(0, io.SEEK_END))
                if sizes[-1] == sizes[-2] or len(sizes) > DOWNLOADS:
                    raise
                logger.info("%s: downloaded again: %s", report.request.name, broken)

    def _warn(self, stream: str, reason: str) -> None:
        """Say once per stream what is wrong with its CSV."""
        with self._lock:
            if stream in self.doubts:
                return
            self.doubts[stream] = reason
        logger.warning("%s: the CSV: %s", stream, reason)


def _only_block(page: Page, keys: Keys) -> RowBlock:
    """Decode a page that a CSV is held against; its rows have the keys of the first page."""
    try:
        groups = decode_page(page.body, keys)
    except ReportError as error:
        raise CsvMistrustError("the JSON rows differ in their form") from error
    if [found for found, _ in groups] != [keys]:
        raise CsvMistrustError("the JSON rows differ in their keys")
    return groups[0][1]
