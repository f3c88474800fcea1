"""JSON pages of a report: their rows, in either form, and what their headers say.

A row is `{"total": …, "items": …}`, by the OpenAPI document `totals`; its items are a list of
`{key, label, value}` or an object. The headers count the rows of the whole report, but it is not
known whether a count of 10,000 is the true one or the limit of the JSON endpoint.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from tap_8x8_cc.client import Answer, not_json
from tap_8x8_cc.rows import Chunk

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RECORD_LIMIT = 10_000
"""Rows of a report that JSON pages can give (vendor's guide); a CSV download has no limit."""

Keys = tuple[str, ...]


class Item(msgspec.Struct, gc=False):
    """One cell of a row in the list form."""

    key: str
    label: str | None = None
    value: Any = None


class Total(msgspec.Struct, gc=False):
    """What marks a row as a total."""

    type: str | None = None


class Row(msgspec.Struct, gc=False):
    """A row as it comes."""

    items: list[Item] | dict[str, Any]
    total: Total | None = None
    totals: Total | None = None


_NEXT = re.compile(r"""rel=["']?next\b""")
_count_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_page_decoder = msgspec.json.Decoder(list[Row])


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came, its rows counted but not decoded.

    Args:
        body: The JSON.
        rows: Number of rows on it.
        total_elements: Rows of the report by the headers; None where they do not say.
        total_pages: Pages of the report by the headers; None where they do not say.
        has_next: Whether a `Link` header names a next page.
    """

    body: bytes
    rows: int
    total_elements: int | None
    total_pages: int | None
    has_next: bool


def read_page(answer: Answer) -> Page:
    """Make a page of an answer; raises TransientError where the body is not a JSON array."""
    try:
        rows = len(_count_decoder.decode(answer.body))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(answer) from error
    return Page(
        answer.body,
        rows,
        _count(answer.headers, "X-Total-Elements"),
        _count(answer.headers, "X-Total-Pages"),
        _NEXT.search(answer.headers.get("Link", "")) is not None,
    )


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() else None


def decode_rows(body: bytes) -> list[Row]:
    """Decode a page's rows; raises msgspec.DecodeError where they have no known form."""
    return _page_decoder.decode(body)


def chunks(rows: list[Row]) -> Iterator[tuple[Keys, Chunk]]:
    """Group successive rows that have the same keys.

    Yields:
        The keys, and the rows' values in their order. A key that stands twice in a row counts
        with its last value.
    """
    keys: Keys | None = None
    values: list[list[object]] = []
    totals: list[str | None] = []
    for row in rows:
        row_keys, row_values = _cells(row)
        if keys is not None and row_keys != keys:
            yield keys, _chunk(values, totals)
            values, totals = [], []
        keys = row_keys
        values.append(row_values)
        totals.append(_total_type(row))
    if keys is not None:
        yield keys, _chunk(values, totals)


def labels(rows: list[Row]) -> dict[str, str]:
    """Give the label of each key, as far as the rows tell."""
    found: dict[str, str] = {}
    for row in rows:
        if isinstance(row.items, list):
            found.update((item.key, item.label) for item in row.items if item.label is not None)
    return found


def _cells(row: Row) -> tuple[Keys, list[object]]:
    if isinstance(row.items, dict):
        return tuple(row.items), list(row.items.values())
    keys = tuple([item.key for item in row.items])
    if len(set(keys)) < len(keys):
        distinct = {item.key: item.value for item in row.items}
        return tuple(distinct), list(distinct.values())
    return keys, [item.value for item in row.items]


def _total_type(row: Row) -> str | None:
    mark = row.total or row.totals
    return None if mark is None else (mark.type or "total").lower()


def _chunk(values: list[list[object]], totals: list[str | None]) -> Chunk:
    return Chunk(values, totals if any(totals) else None)
