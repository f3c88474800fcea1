"""Detailed reports: page by page, each page naming the last document it gave.

There is no limit of rows, and usually no count. The next page is requested with the last one's
`Last-Document-Id`. An answer with neither that header nor a link to a next page is the last; if it
is as full as it may be, the header may be lost, and the page is read again with another size.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tap_8x8_cc.api.pages import (
    EMPTY_PAGE,
    LARGEST_SIZE,
    Page,
    next_link,
    read_first_page,
    read_page,
)
from tap_8x8_cc.api.patience import ROW_BYTES
from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.model.reports import DETAILED_PATH
from tap_8x8_cc.reading.job import check_count, fetch_whole
from tap_8x8_cc.reading.spool import ReportRows
from tap_8x8_cc.records.row_ids import row_hash

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.api.calls import ApiCall
    from tap_8x8_cc.api.client import ApiClient
    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.api.responses import Response
    from tap_8x8_cc.api.rows import RowGroup
    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.reading.job import Job

logger = logging.getLogger(__name__)


Documents = tuple[Page, str | None]
"""A page, and the document after which the next one starts; None if it is the last."""


class DetailedReader:
    """Has detailed reports made and reads them; safe for threads.

    Args:
        reports: Creates.
        client: Sends the calls.
        page_size: Rows on a page.
    """

    def __init__(self, reports: Reports, client: ApiClient, *, page_size: int) -> None:
        self._reports = reports
        self._client = client
        self._page_size = page_size

    def fetch(self, job: Job) -> ReportRows:
        """Have a report made and read all of it; raises as `fetch_whole`."""
        return fetch_whole(self._reports, job, self._read)

    def _read(self, report: Report, _: Job) -> ReportRows:
        call = self._call(report, None, self._page_size)
        empty: Documents = (EMPTY_PAGE, None)
        first = self._reports.first(report, call, _read_first, empty)
        with ReportRows(with_buckets=False) as rows:
            page, cursor = self._checked(report, None, first)
            self._read_on(report, rows, page, cursor)
            # A count is not documented here, but it may come: of all rows, or of a page.
            total = page.total_elements
            if cursor is None or total != page.rows:
                check_count(rows.count, total, report.request.name)
        return rows

    def _read_on(self, report: Report, rows: ReportRows, page: Page, cursor: str | None) -> None:
        """Add the first page and all after it.

        A page that names the document again after which it was requested is the last. Rows may be
        read live, so that a page may start with rows of the one before.

        Raises:
            ReportError: A page brings no new rows and names another, or comes again.
        """
        before: list[str] = []
        seen: set[str] = set()
        while True:
            here = [row_hash((g.keys, row)) for g in page.groups for row in g.rows]
            shared = overlap(before, here)
            if shared:
                logger.warning(
                    "%s: %d rows are on two successive pages; they are read once.",
                    report.request.name,
                    shared,
                )
            whole, is_old = row_hash(here), shared == len(here)
            if (is_old and cursor is not None) or (not is_old and whole in seen):
                raise ReportError(
                    f"{report.request.name}: a page of the report brings no new rows."
                )
            rows.add(_without_first(page.groups, shared))
            rows.replaced |= page.replaced
            if cursor is None:
                return
            seen.add(whole)
            before, last = here, cursor
            page, cursor = self._checked(report, last, self._next(report, last, self._page_size))

    def _checked(self, report: Report, after: str | None, found: Documents) -> Documents:
        """Return a page, read again with another size if it is full and names no next page.

        It may be the last, full by chance, or its headers are lost. With another size, either it is
        not full, or it has to name a next page.

        Raises:
            ReportError: It is full again, and names none again.
        """
        page, cursor = found
        if cursor is not None or page.rows != self._page_size:
            return found
        size = self._page_size + (1 if self._page_size < LARGEST_SIZE else -1)
        page, cursor = self._next(report, after, size)
        if cursor is None and page.rows == size:
            raise ReportError(
                f"{report.request.name}: a full page of the report names no next page, whatever "
                "its size: rows may be missing. Does a proxy remove the header Last-Document-Id?"
            )
        return page, cursor

    def _next(self, report: Report, after: str | None, size: int) -> Documents:
        """Read the page after a document; one that names that document again is the last."""
        page, cursor = self._client.get(self._call(report, after, size), _read_next)
        return page, None if cursor == after else cursor

    def _call(self, report: Report, after: str | None, size: int) -> ApiCall:
        params = {"size": str(size)}
        if after is not None:
            params["lastDocumentId"] = after
        largest = ROW_BYTES * size
        return self._reports.call(
            report, "page of", "/data", DETAILED_PATH, params=params, largest=largest
        )


def _read_next(answer: Response) -> Documents:
    return read_page(answer), _cursor(answer)


def _read_first(answer: Response) -> Documents:
    return read_first_page(answer), _cursor(answer)


def overlap(before: Sequence[str], here: Sequence[str]) -> int:
    """Return how many hashed rows at the end of a page start the next, in linear time."""
    # The longest border of `here + before`, by the prefix function of Knuth, Morris and Pratt.
    text: list[str | None] = [*here, None, *before[-len(here) :]] if here else []
    borders = [0] * len(text)
    for at in range(1, len(text)):
        length = borders[at - 1]
        while length and text[at] != text[length]:
            length = borders[length - 1]
        borders[at] = length + (text[at] == text[length])
    return borders[-1] if before and borders else 0


def _without_first(groups: Sequence[RowGroup], number: int) -> list[RowGroup]:
    kept = []
    for group in groups:
        kept.append(replace(group, rows=group.rows[number:]))
        number = max(0, number - len(group.rows))
    return [group for group in kept if group.rows]


def _cursor(answer: Response) -> str | None:
    named = answer.headers.get("Last-Document-Id", "").strip()
    return named or _linked(next_link(answer.headers))


def _linked(url: str | None) -> str | None:
    """Find the document in a link to the next page; the link itself is not followed."""
    try:
        query = parse_qs(urlsplit(url or "").query)
    except ValueError:
        return None
    return next(iter(query.get("lastDocumentId", ())), None)
