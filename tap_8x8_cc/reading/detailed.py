"""Detailed reports: page by page, each page naming the last document it gave.

There is no count of rows and no limit to them. The next page is asked for with the last one's
`Last-Document-Id`; where an answer holds neither that header nor a link to a next page, it was the
last. What is read waits in a temporary file, so that rows come whole or not at all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import parse_qs, urlsplit

from tap_8x8_cc.api.pages import (
    EMPTY_PAGE,
    Page,
    next_link,
    read_first_page,
    read_page,
    without_overlap,
)
from tap_8x8_cc.api.patience import ROW_BYTES
from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.model.reports import DETAILED_PATH, DetailedRequest
from tap_8x8_cc.reading.job import check_count, fetch_whole
from tap_8x8_cc.reading.spool import JsonRows

if TYPE_CHECKING:
    from tap_8x8_cc.api.calls import ApiCall
    from tap_8x8_cc.api.client import ApiClient
    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.api.responses import Response
    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.reading.job import Job
    from tap_8x8_cc.reading.spool import ReportRows, SpooledRows

EMPTY_PAGES = 100
"""Pages without rows in a row, each naming another, after which a report is given up."""


class DocumentPage(NamedTuple):
    """A page, and the document from which the next one goes on; None where it is the last."""

    page: Page
    cursor: str | None


NO_DOCUMENTS = DocumentPage(EMPTY_PAGE, None)


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

    def fetch(self, job: Job[DetailedRequest]) -> ReportRows:
        """Have a report made and read all of it; raises as `fetch_whole`."""
        return fetch_whole(self._reports, job, self._read)

    def _read(self, report: Report, _: Job[DetailedRequest]) -> SpooledRows:
        call = self._call(report, None)
        page, cursor = self._reports.first(report, call, read_first_documents, NO_DOCUMENTS)
        reading = JsonRows(page, detailed=True)
        try:
            if cursor is not None:
                self._read_on(report, reading, page, cursor)
            # Not documented for these reports, but it may come.
            check_count(reading.rows, page.total_elements, report.request.name)
        except BaseException:
            reading.close()
            raise
        return reading

    def _read_on(self, report: Report, reading: JsonRows, last: Page, cursor: str | None) -> None:
        """Read the pages after the first; raises ReportError where they do not end.

        A page that names the document again after which it was asked for is the last. Rows may be
        read live, so that a page may begin with rows of the one before.
        """
        seen: set[str] = set()
        empty = 0
        while cursor is not None:
            if cursor in seen or empty > EMPTY_PAGES:
                raise ReportError(
                    f"{report.request.name}: the pages of the report go round in circles."
                )
            seen.add(cursor)
            page, following = self._client.get(self._call(report, cursor), read_documents)
            empty = 0 if page.rows else empty + 1
            reading.add(without_overlap(last, page))
            last = page
            cursor = None if following == cursor else following

    def _call(self, report: Report, cursor: str | None) -> ApiCall:
        params = {"size": str(self._page_size)}
        if cursor is not None:
            params["lastDocumentId"] = cursor
        largest = ROW_BYTES * self._page_size
        return self._reports.call(
            report, "page of", "/data", DETAILED_PATH, params=params, largest=largest
        )


def read_documents(answer: Response) -> DocumentPage:
    """Make a page of an answer; raises TransientError if the body is not a JSON array."""
    return DocumentPage(read_page(answer), _cursor(answer))


def read_first_documents(answer: Response) -> DocumentPage:
    """Make the first page of an answer; raises as `read_first_page`."""
    return DocumentPage(read_first_page(answer), _cursor(answer))


def _cursor(answer: Response) -> str | None:
    named = answer.headers.get("Last-Document-Id", "").strip()
    return named or _linked(next_link(answer.headers))


def _linked(url: str | None) -> str | None:
    """Find the document in a link to the next page, which itself is not followed."""
    try:
        query = parse_qs(urlsplit(url or "").query)
    except ValueError:
        return None
    return next(iter(query.get("lastDocumentId", ())), None)
