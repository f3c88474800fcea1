"""Pages of a summary report that the API refuses: the end of the rows, or rows that are missing."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from tap_8x8_cc.api.pages import read_page
from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.errors import RefusedError, ReportTooLargeError
from tap_8x8_cc.reading.json_pages import read_pages
from tests.support.requests import summary_request

if TYPE_CHECKING:
    from tap_8x8_cc.api.pages import Page

SIZE = 2
BODY = (
    b'[{"items": [{"key": "queue", "value": "Sales"}, {"key": "accepted", "value": "1"}]},'
    b' {"items": [{"key": "queue", "value": "Help"}, {"key": "accepted", "value": "2"}]}]'
)
NEXT = '<https://api.example/7/data?page=1&size=2>; rel="next"'


class Reports:
    """Gives the first page, and refuses all others."""

    def __init__(self, **headers: str) -> None:
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}

    def page(self, _report: Any, number: int, _size: int) -> Page:
        if number:
            raise RefusedError("page 1: HTTP 400 Bad Request: no such page", 400)
        return read_page(Response(BODY, self.headers))

    def is_done(self, _report: Any) -> bool:
        return True


def read(reports: Reports) -> int:
    """Return how many rows are read."""
    report = SimpleNamespace(request=summary_request())
    rows = read_pages(
        cast("Any", reports), cast("Any", report), reports.page(report, 0, SIZE), SIZE, ()
    )
    count = rows.count
    rows.close()
    return count


@pytest.mark.parametrize("headers", [{"Link": NEXT}, {"X_Total_Pages": "3"}])
def test_a_400_on_a_page_that_was_announced_is_an_error(headers: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="no such page"):
        read(Reports(**headers))


def test_a_400_before_the_last_row_that_was_counted_is_an_error() -> None:
    with pytest.raises(ReportTooLargeError, match="no such page"):
        read(Reports(X_Total_Elements="5"))


def test_a_400_on_a_page_that_nobody_announced_is_the_end() -> None:
    assert read(Reports()) == 2
