"""All JSON pages of a summary report, and never fewer rows than there are.

The headers' counts are believed as far as they are consistent. If rows of one page come again on
the next, rows have moved while the pages were read, and others may have been missed: the report is
read again until two readings are the same.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from operator import itemgetter
from typing import TYPE_CHECKING

from tap_8x8_cc.api.pages import DEFAULT_SIZE, EMPTY_PAGE, RECORD_LIMIT
from tap_8x8_cc.errors import RefusedError, ReportError, ReportTooLargeError, ReportTornError
from tap_8x8_cc.reading.job import check_count
from tap_8x8_cc.reading.spool import ReportRows
from tap_8x8_cc.records.columns import TIME_KEYS, summary_layout
from tap_8x8_cc.records.row_ids import identity_parts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_8x8_cc.api.pages import Page
    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.api.rows import RowGroup
    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.records.columns import Column

logger = logging.getLogger(__name__)

READINGS = 4
"""How often a report is read if its rows move from page to page."""
_AT_ONCE = "With data_format csv all rows are read at once."


def read_pages(
    reports: Reports, report: Report, first: Page, size: int, columns: Sequence[Column]
) -> ReportRows:
    """Read the pages of a report; the rows of the first are moved out of it.

    Raises:
        ReportTooLargeError: It has, or may have, more rows than JSON pages give.
        ReportTornError: Its rows move from page to page.
        ReportError: Its pages don't hold what their headers count, or change.
        ApiError: A call failed for good.
    """
    orders: set[int] = set()
    doubts: set[str] = set()
    for reading in range(READINGS):
        pages = _Pages(reports, report, size, columns)
        try:
            with pages.rows:
                pages.read(reports.page(report, 0, size) if reading else first)
        except ReportTooLargeError:
            raise
        except ReportError as error:
            if str(error) in doubts:  # the same again: nothing moves
                raise ReportError(f"{error} {_AT_ONCE}") from error
            doubts.add(str(error))
        else:
            if not pages.moved or pages.order in orders:
                return pages.rows
            orders.add(pages.order)
            pages.rows.close()
        logger.info("%s: its rows move from page to page.", report.request.name)
    raise ReportTornError(
        f"{report.request.name}: its rows move from page to page while they are read. {_AT_ONCE}"
    )


def is_more(first: Page, page: Page, rows: int, pages: int) -> bool:
    """Return whether a count or link that can be believed says that there is another page.

    The headers of the first page count; `page` is the last of those read so far.
    """
    if page.has_next:
        return True
    if first.known_total is not None:
        return rows < first.known_total
    if first.total_pages is not None:
        return pages < first.total_pages
    # Without any count, only a page without rows is surely the last.
    return page.rows > 0 and not first.counts_itself


class _Pages:
    """One reading of all pages.

    Attributes:
        rows: The rows so far.
        moved: Whether rows may have moved from one page to another.
        order: A hash of what identifies the rows, in their order.
    """

    def __init__(
        self, reports: Reports, report: Report, size: int, columns: Sequence[Column]
    ) -> None:
        self.rows = ReportRows(with_buckets=True)
        self.moved = False
        self.order = 0
        self._reports, self._report, self._size = reports, report, size
        self._name = report.request.name
        self._columns = columns
        self._before: frozenset[int] = frozenset()

    def read(self, first: Page) -> None:
        """Read from the first page to the last; see `read_pages`."""
        self._check_limit(max(first.rows, first.known_total or 0))
        self._add(first)
        page, number = first, 1
        while page.rows and is_more(first, page, self.rows.count, number):
            page = self._page(number, first, page)
            number += 1
            self._add(page)
            self._check_limit(self.rows.count)
        self._check_counts(number, first, page)
        # If there is no count of rows, only another reading shows that none was missed.
        self.moved = self.moved or (number > 1 and first.known_total is None)

    def _page(self, number: int, first: Page, before: Page) -> Page:
        """Read a page; one past the end is empty, though the API may refuse it (400).

        It is past the end if there are as many rows as counted. If rows are not counted, no page
        was announced.
        """
        try:
            return self._reports.page(self._report, number, self._size)
        except RefusedError as refusal:
            if refusal.status != HTTPStatus.BAD_REQUEST:
                raise
            rows = self.rows.count
            if rows < (first.known_total or 0) or rows + self._size > RECORD_LIMIT:
                raise ReportTooLargeError(f"{self._name}: {refusal}") from refusal
            is_announced = before.has_next or number < (first.total_pages or 0)
            is_announced = is_announced and first.known_total is None
            if is_announced or not self._reports.is_done(self._report):
                raise
            return EMPTY_PAGE

    def _add(self, page: Page) -> None:
        """Move the rows of a page to the others; note if it holds rows of the page before."""
        here = [_hashed(each) for group in page.groups for each in self._identities(group)]
        self.moved = self.moved or not self._before.isdisjoint(here)
        self._before = frozenset(here)
        self.order = hash((self.order, *here))
        self.rows.add(page.groups)
        self.rows.replaced |= page.replaced
        page.groups.clear()  # not to be held while the next one is read

    def _identities(self, group: RowGroup) -> Iterable[object]:
        """Return the total type, times and identifying dimensions of each row."""
        dimensions = summary_layout(group.keys, self._columns).dimensions
        parts = identity_parts(self._report.request.group_by, dimensions)
        places = [0, *(at for at, key in enumerate(group.keys, 1) if key in TIME_KEYS)]
        places += [at + 1 for part in parts for at in (part.id_at, part.name_at) if at >= 0]
        return map(itemgetter(*places), group.rows)

    def _check_limit(self, known: int) -> None:
        """Refuse a report that has, or may have, more rows than JSON pages give."""
        if known >= RECORD_LIMIT:
            raise ReportTooLargeError(
                f"{self._name}: the report has {known} rows or more; "
                f"JSON pages end at {RECORD_LIMIT}.",
                rows=known,
            )

    def _check_counts(self, pages: int, first: Page, last: Page) -> None:
        """Raise ReportError if the headers count other rows or pages than came."""
        rows, total = self.rows.count, first.known_total
        if total is not None and last.total_elements not in {total, None}:
            raise ReportError(
                f"{self._name}: the report changed from {total} to {last.total_elements} rows "
                "while it was read."
            )
        check_count(rows, total, self._name)
        if total is not None and rows > total:
            raise ReportError(f"{self._name}: received {rows} rows, expected {total}.")
        # Pages may be counted by the size that a request without one has.
        by_default = -(-rows // DEFAULT_SIZE)
        if total is None and rows and pages < (first.total_pages or 0) != by_default:
            raise ReportError(f"{self._name}: received {pages} of {first.total_pages} pages.")


def _hashed(identity: object) -> int:
    try:
        return hash(identity)
    except TypeError:  # a cell that is a list or an object
        return hash(repr(identity))
