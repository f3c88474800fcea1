"""The query of a read: which page of a report is asked for, and whether there is such a page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.api import pages
from tap_8x8_cc_sandbox.api.errors import ApiError, BadRequestError

if TYPE_CHECKING:
    from starlette.requests import Request

    from tap_8x8_cc_sandbox.api.quirks import Quirks
    from tap_8x8_cc_sandbox.api.store import Report


def number(request: Request, name: str, default: int) -> int:
    """Return a whole number of the query."""
    text = request.query_params.get(name)
    try:
        return default if text is None else int(text)
    except ValueError:
        raise BadRequestError(f"{name} must be a whole number.") from None


def page_size(request: Request, quirks: Quirks) -> int:
    """Return the number of rows on a page."""
    size = number(request, "size", pages.DEFAULT_SIZE)
    if not quirks.least_page_size <= size <= pages.MOST_SIZE:
        raise BadRequestError(f"size must be {quirks.least_page_size} to {pages.MOST_SIZE}.")
    return size


def check_reach(first: int, rows: int, quirks: Quirks) -> None:
    """Refuse a page that JSON does not give.

    Args:
        first: Index of its first row.
        rows: Rows of the report.
        quirks: Where JSON ends.

    Raises:
        ApiError: It is refused.
    """
    if first < 0 or first >= pages.MOST_RECORDS:
        raise BadRequestError(f"page is out of the first {pages.MOST_RECORDS} records.")
    if quirks.large_reports == "refused" and rows > pages.MOST_RECORDS:
        raise BadRequestError(f"the report has more than {pages.MOST_RECORDS} records.")
    if first and first >= rows and quirks.past_end != "empty":
        raise ApiError(int(quirks.past_end), "There is no such page.")


def position(request: Request, report: Report) -> int:
    """Return the index of the first row after the last document that the client has."""
    document = request.query_params.get("lastDocumentId")
    if document is None:
        return 0
    owner, _, index = document.partition("-")
    if owner != str(report.id) or not (index.isascii() and index.isdigit()):
        raise BadRequestError("unknown lastDocumentId.")
    return int(index)
