"""JSON pages of a report: their rows, and what their headers say."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec
from requests.utils import parse_header_links

from tap_8x8_cc.api.responses import not_json, proves_empty
from tap_8x8_cc.api.rows import RowGroup, decode_rows
from tap_8x8_cc.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_8x8_cc.api.responses import Response

RECORD_LIMIT = 10_000
"""Rows of a report that JSON pages can give (vendor's guide); a CSV download has no limit."""
DEFAULT_SIZE, LARGEST_SIZE = 100, 1000
"""Rows on a page if a request does not say, and at most (vendor's guide)."""
REPLACEMENT = "\ufffd"
"""Stands for what no warehouse can store: U+0000 and lone surrogates."""
_WRAPPERS = ("items", "data", "content")
"""Members of an object that may hold the array of rows."""
_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_decoder = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Page:
    """A page.

    Args:
        groups: Its rows; none once they are kept elsewhere.
        rows: Number of rows on it.
        total_elements: Rows of the report by the headers; None if they don't say.
        total_pages: Pages of the report by the headers; None if they don't say.
        has_next: Whether a `Link` header names a next page.
        replaced: Whether lone surrogates, which no text of JSON can hold, were replaced.
    """

    groups: list[RowGroup]
    rows: int
    total_elements: int | None
    total_pages: int | None
    has_next: bool
    replaced: bool = False

    @property
    def counts_itself(self) -> bool:
        """Whether its count of rows is its own, since the headers say that there are more pages."""
        more = self.has_next or (self.total_pages or 1) > 1
        return more and self.rows > 0 and self.total_elements == self.rows

    @property
    def known_total(self) -> int | None:
        """Rows of the report; None if the headers don't say."""
        return None if self.counts_itself else self.total_elements


EMPTY_PAGE = Page([], 0, None, None, has_next=False)


def read_page(answer: Response) -> Page:
    """Make a page of an answer.

    Raises:
        TransientError: The body holds no array of rows, or an empty one with another status than
            200, which proves nothing.
        ReportError: A row has no known form.
    """
    body, replaced = answer.body.removeprefix(codecs.BOM_UTF8), False
    try:
        groups = _groups(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        body, replaced = _repaired(answer)
        groups = _groups(body)
    rows = sum(len(group.rows) for group in groups)
    if answer.status != HTTPStatus.OK and not rows:
        raise not_json(answer)
    headers = answer.headers
    return Page(
        groups,
        rows,
        _count(headers, "X-Total-Elements"),
        _count(headers, "X-Total-Pages"),
        next_link(headers) is not None,
        replaced,
    )


def storable(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Replace the characters of a JSON value that can't be stored, in nested values too."""
    if isinstance(value, str):
        return _UNSTORABLE.sub(REPLACEMENT, value)
    if isinstance(value, list):
        return [storable(entry) for entry in value]
    if isinstance(value, dict):
        return {storable(key): storable(entry) for key, entry in value.items()}
    return value


def next_link(headers: Mapping[str, str]) -> str | None:
    """Return the URL of the next page that a `Link` header names."""
    links = parse_header_links(headers.get("Link", ""))
    return next((link["url"] for link in links if link.get("rel") == "next"), None)


def read_first_page(answer: Response) -> Page:
    """Read a report's first page; raises TransientError unless it has rows or proves that none are.

    A body that says nothing (blank, `null`, `{}`) is asked for again.
    """
    if proves_empty(answer.status, answer.body, answer.headers):
        return EMPTY_PAGE
    return read_page(answer)


def _groups(body: bytes) -> list[RowGroup]:
    """Decode a page; raises msgspec.DecodeError if it is not an array of something."""
    try:
        return decode_rows(body)
    except ReportError:
        if not body.isascii():
            body.decode()
        _decoder.decode(body)
        raise


def _repaired(answer: Response) -> tuple[bytes, bool]:
    """Take the array of rows out of an object, and out of JSON that only strict parsers refuse.

    That has a bare NaN, a lone surrogate or a byte-order mark.

    Returns:
        The array, and whether a character was replaced.

    Raises:
        TransientError: There is no array.
    """
    try:
        value = json.loads(answer.body.decode("utf-8-sig"), parse_constant=str)
        if isinstance(value, dict):
            value = next((value[name] for name in _WRAPPERS if name in value), None)
        clean = storable(value)
    except (ValueError, RecursionError) as error:
        raise not_json(answer) from error
    if not isinstance(value, list):
        raise not_json(answer)
    return json.dumps(clean, ensure_ascii=False).encode(), clean != value


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if _COUNT.fullmatch(text) else None
