"""All JSON pages of a summary report, and never fewer rows than there are.

What the headers count is believed as far as it is consistent. Rows that stand on two pages have
moved while the pages were turned, and others may have slipped through meanwhile: the report is then
read again, until two readings are the same.
"""

from __future__ import annotations

import json
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from tap_8x8_cc.api.pages import DEFAULT_SIZE, EMPTY_PAGE, RECORD_LIMIT
from tap_8x8_cc.errors import RefusedError, ReportError, ReportTooLargeError, ReportTornError
from tap_8x8_cc.reading.job import check_count
from tap_8x8_cc.reading.spool import JsonRows, decode_page
from tap_8x8_cc.records.layout import TIME_KEYS, summary_layout
from tap_8x8_cc.records.row_ids import row_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.api.pages import Page
    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.model.blocks import Keys
    from tap_8x8_cc.records.columns import Column

logger = logging.getLogger(__name__)

READINGS = 4
"""How often a report is read whose rows move from page to page."""
_AT_ONCE = "With data_format csv all rows are read at once."


def read_pages(
    reports: Reports, report: Report, first: Page, size: int, columns: Sequence[Column]
) -> JsonRows:
    """Read the pages after the first.

    Args:
        reports: Reads pages.
        report: The report.
        first: Its first page.
        size: Rows on a page.
        columns: The stream's columns: what tells one row from another is among them.

    Raises:
        ReportTooLargeError: It has, or may have, more rows than JSON pages give.
        ReportTornError: Its rows move from page to page.
        ReportError: Its pages don't hold what their headers count, or change.
        ApiError: A call failed for good.
    """
    known: set[int] = set()
    doubts: set[str] = set()
    for reading in range(READINGS):
        if reading:
            first = reports.page(report, 0, size)
        turning = _Turning(reports, report, first, size, columns)
        try:
            rows = turning.to_the_end()
            if not turning.moved or turning.digest() in known:
                return rows
        except ReportTooLargeError:
            turning.rows.close()
            raise
        except ReportError as error:
            turning.rows.close()
            if str(error) in doubts:  # nothing moves: it is so
                raise ReportError(f"{error} {_AT_ONCE}") from error
            doubts.add(str(error))
        except BaseException:
            turning.rows.close()
            raise
        else:
            known.add(turning.digest())
            rows.close()
        logger.info("%s: its rows move from page to page.", report.request.name)
    raise ReportTornError(
        f"{report.request.name}: its rows move from page to page while they are read. {_AT_ONCE}"
    )


def is_more(first: Page, page: Page, rows: int, pages: int) -> bool:
    """Tell whether anything that can be believed says that there is another page.

    Args:
        first: The first page, whose headers count.
        page: The last one that was read.
        rows: Rows so far.
        pages: Pages so far.
    """
    if page.has_next:
        return True
    if first.total_elements is not None:
        return rows < first.total_elements
    if first.total_pages is not None:
        return pages < first.total_pages
    # Without any count, only a page without rows is surely the last.
    return page.rows > 0


def is_long(first: Page) -> bool:
    """Tell whether a report has, or without any count probably has, more than its first page."""
    counted = first.total_elements is not None or first.total_pages is not None
    more = is_more(first, first, first.rows, 1)
    return more and (counted or first.has_next or first.rows >= DEFAULT_SIZE)


class _Turning:
    """One reading of all pages, from the first to the last."""

    def __init__(
        self,
        reports: Reports,
        report: Report,
        first: Page,
        size: int,
        columns: Sequence[Column],
    ) -> None:
        self.rows = JsonRows(first)
        self.moved = False
        self._reports, self._report, self._first, self._size = reports, report, first, size
        self._columns = columns
        self._seen: set[int] = set()
        self._order: list[int] = []
        self._mark = _first_metric(first, columns)

    def to_the_end(self) -> JsonRows:
        """Read on to the last page; see `read_pages`."""
        page, number = self._first, 1
        while page.rows and is_more(self._first, page, self.rows.rows, number):
            if number == 1:
                self._note(page)
            self._check_limit()
            page = self._page(number)
            number += 1
            self._note(page)
            self.rows.add(page)
        self._check_limit()
        self._check_counts(number, page)
        # Where nobody counts rows, only another reading shows that none has slipped through.
        self.moved = self.moved or (number > 1 and self._first.total_elements is None)
        return self.rows

    def digest(self) -> int:
        """Return a hash of which rows came, in their order."""
        return hash(tuple(self._order))

    def _page(self, number: int) -> Page:
        """Read a page; one past the end is empty, though the API may refuse it (400)."""
        try:
            return self._reports.page(self._report, number, self._size)
        except RefusedError as refusal:
            if refusal.status != HTTPStatus.BAD_REQUEST:
                raise
            total, rows = self._first.total_elements, self.rows.rows
            if rows < (total or 0) or rows + self._size > RECORD_LIMIT:
                raise ReportTooLargeError(f"{self._name}: {refusal}") from refusal
            if not self._reports.is_done(self._report):
                raise
            return EMPTY_PAGE

    def _note(self, page: Page) -> None:
        """Note which rows a page holds, and whether another one held any of them."""
        here = _beginnings(page, self._mark) if self._mark else _identities(page, self._columns)
        self.moved = self.moved or not self._seen.isdisjoint(here)
        self._seen.update(here)
        self._order += here

    @property
    def _name(self) -> str:
        return self._report.request.name

    def _check_limit(self) -> None:
        """Refuse a report that has, or may have, more rows than JSON pages give."""
        if (known := max(self.rows.rows, self._first.total_elements or 0)) >= RECORD_LIMIT:
            raise ReportTooLargeError(
                f"{self._name}: the report has {known} rows or more; "
                f"JSON pages end at {RECORD_LIMIT}.",
                rows=known,
            )

    def _check_counts(self, pages: int, last: Page) -> None:
        """Hold what came against the headers; raises ReportError where it is not that."""
        rows, first = self.rows.rows, self._first
        total = first.total_elements
        if last.total_elements not in {total, None}:
            raise ReportError(
                f"{self._name}: the report changed from {total} to {last.total_elements} rows "
                "while it was read."
            )
        check_count(rows, total, self._name)
        if total is not None and rows > total:
            raise ReportError(f"{self._name}: {rows} rows came, of {total} that were counted.")
        # Pages may be counted by the size that a request without one has.
        by_default = -(-rows // DEFAULT_SIZE)
        if total is None and rows and pages < (first.total_pages or 0) != by_default:
            raise ReportError(f"{self._name}: only {pages} of {first.total_pages} pages came.")


def _first_metric(page: Page, columns: Sequence[Column]) -> bytes | None:
    """Return the key of the first metric, as JSON, if what identifies a row stands before it.

    What stands before it then identifies a row as well as its decoded values do, for a tenth of
    the work.
    """
    groups = decode_page(page.pieces[0]) if page.rows else []
    if not groups:
        return None
    keys = groups[0][0]
    telling = _telling(keys, columns)
    if telling != list(range(len(telling))) or len(telling) == len(keys):
        return None
    return json.dumps(keys[len(telling)]).encode()


def _beginnings(page: Page, mark: bytes) -> list[int]:
    """Return a hash of what stands before `mark` in each row."""
    rows = map(bytes, page.raw)
    return [hash(row[: row.find(mark)]) for row in rows]


def _identities(page: Page, columns: Sequence[Column]) -> list[int]:
    """Return a hash of each row's times and dimensions, and of what total it is."""
    found: list[int] = []
    for keys, block in decode_page(page.body):
        parts = [block.columns[index] for index in _telling(keys, columns)]
        marks = block.totals or [None] * block.count
        found += [hash(row_hash(row)) for row in zip(marks, *parts, strict=True)]
    return found


def _telling(keys: Keys, columns: Sequence[Column]) -> list[int]:
    """Return the positions of what tells one row from another."""
    layout = summary_layout(keys, columns)
    telling = {index for index, _ in layout.dimensions}
    return sorted(telling | {index for index, key in enumerate(keys) if key in TIME_KEYS})
