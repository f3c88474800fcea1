"""JSON pages of a report: their rows, counted but not decoded, and what their headers say.

The headers count the rows of the whole report, but it is not known whether a count of 10,000 is the
true one or the limit of the JSON endpoint.
"""

from __future__ import annotations

import codecs
import json
import logging
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import msgspec
from requests.utils import parse_header_links

from tap_8x8_cc.api.responses import not_json, proves_empty
from tap_8x8_cc.model.blocks import BLOCK_ROWS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from typing_extensions import Buffer

    from tap_8x8_cc.api.responses import Response

logger = logging.getLogger(__name__)

RECORD_LIMIT = 10_000
"""Rows of a report that JSON pages can give (vendor's guide); a CSV download has no limit."""
DEFAULT_SIZE = 100
"""Rows on a page where a request does not say (vendor's guide)."""
_WRAPPERS = ("items", "data", "content", "rows", "records", "results", "elements")
"""Members of an object that may hold the array of rows."""
_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)
_split_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_wrapped_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came, its rows counted but not decoded.

    Args:
        pieces: The JSON, an array of BLOCK_ROWS rows in each piece but the last.
        rows: Number of rows on it.
        total_elements: Rows of the report by the headers; None where they do not say.
        total_pages: Pages of the report by the headers; None where they do not say.
        has_next: Whether a `Link` header names a next page.
        raw: The JSON of each row.
    """

    pieces: Sequence[bytes]
    rows: int
    total_elements: int | None
    total_pages: int | None
    has_next: bool
    raw: Sequence[Buffer] = ()

    @property
    def body(self) -> bytes:
        """The JSON, in one."""
        return _array(piece[1:-1] for piece in self.pieces)

    def part(self, begin: int, end: int) -> bytes:
        """Return the JSON of the rows from `begin` to before `end`."""
        return _array(self.raw[begin:end])


EMPTY_PAGE = Page((b"[]",), 0, None, None, has_next=False)


def read_page(answer: Response) -> Page:
    """Make a page of an answer; raises TransientError where the body holds no array of rows."""
    body = answer.body.removeprefix(codecs.BOM_UTF8)
    try:
        rows = _split(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        body = _unwrapped(body) or _repaired(body)
        if not body:
            raise not_json(answer) from error
        rows = _split(body)
    return Page(
        [_array(rows[at : at + BLOCK_ROWS]) for at in range(0, len(rows), BLOCK_ROWS)],
        len(rows),
        _count(answer.headers, "X-Total-Elements"),
        _count(answer.headers, "X-Total-Pages"),
        next_link(answer.headers) is not None,
        rows,
    )


def without_overlap(previous: Page, page: Page) -> Page:
    """Return a page without the rows at its beginning that stand at the end of the one before."""
    if not (previous.rows and page.rows):
        return page
    before, rows = ([bytes(row) for row in _split(p.body)] for p in (previous, page))
    most = min(len(before), len(rows))
    shared = next((n for n in range(most, 0, -1) if before[-n:] == rows[:n]), 0)
    if not shared:
        return page
    logger.warning("%d rows stand on two successive pages; they are read once.", shared)
    kept = rows[shared:]
    pieces = [_array(kept[at : at + BLOCK_ROWS]) for at in range(0, len(kept), BLOCK_ROWS)]
    return replace(page, pieces=pieces or EMPTY_PAGE.pieces, rows=len(kept))


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


def _split(body: bytes) -> list[msgspec.Raw]:
    """Return the JSON of each row, without a look into its texts, save that they are UTF-8."""
    if not body.isascii():
        body.decode()
    return _split_decoder.decode(body)


def _unwrapped(body: bytes) -> bytes:
    """Take the array of rows out of an object around it; nothing where there is no such thing."""
    try:
        members = _wrapped_decoder.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return b""
    inner = (bytes(members[name]) for name in _WRAPPERS if name in members)
    return next((text for text in inner if text.startswith(b"[")), b"")


def _array(rows: Iterable[Buffer]) -> bytes:
    return b"[%b]" % b",".join(rows)


def _repaired(body: bytes) -> bytes:
    """Put JSON right that only strict parsers refuse: a bare NaN, half a character, a mark.

    Returns:
        The JSON, or nothing where it is broken otherwise or no array.
    """
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=str)
    except (ValueError, RecursionError):
        return b""
    if isinstance(value, dict):
        value = next((value[name] for name in _WRAPPERS if name in value), None)
    if not isinstance(value, list):
        return b""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if _COUNT.fullmatch(text) else None
