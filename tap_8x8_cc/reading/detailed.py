"""Detailed reports: page by page, each page naming the last document it gave.

There is no limit of rows, and usually no count. The next page is requested with the last one's
`Last-Document-Id`. An answer with neither that header nor a link to a next page is the last.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from tap_8x8_cc.api.pages import EMPTY_PAGE, Page, next_link, read_first_page, read_page
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
        call = self._call(report, None)
        empty: Documents = (EMPTY_PAGE, None)
        page, cursor = self._reports.first(report, call, _read_first, empty)
        with ReportRows(with_buckets=False) as rows:
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
            page, cursor = self._client.get(self._call(report, cursor), _read_next)
            cursor = None if cursor == last else cursor

    def _call(self, report: Report, cursor: str | None) -> ApiCall:
        params = {"size": str(self._page_size)}
        if cursor is not None:
            params["lastDocumentId"] = cursor
        largest = ROW_BYTES * self._page_size
        return self._reports.call(
            report, "page of", "/data", DETAILED_PATH, params=params, largest=largest
        )


def _read_next(answer: Response) -> Documents:
    return read_page(answer), _cursor(answer)


def _read_first(answer: Response) -> Documents:
    return read_first_page(answer), _cursor(answer)


def overlap(before: Sequence[str], here: Sequence[str]) -> int:
    """Return how many rows at the end of a page are the first ones of the next; all are hashed."""
    shorter = range(min(len(before), len(here)), 0, -1)
    return next((n for n in shorter if before[-n] == here[0] and before[-n:] == here[:n]), 0)


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
