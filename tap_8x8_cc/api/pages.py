"""JSON pages of a report: their rows, in either form, and what their headers say.

A row is `{"total": …, "items": …}`, by the OpenAPI document `totals`; its items are a list of
`{key, label, value}` or an object. The headers count the rows of the whole report, but it is not
known whether a count of 10,000 is the true one or the limit of the JSON endpoint.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tap_8x8_cc.api.client import Answer, not_json
from tap_8x8_cc.model.blocks import BLOCK_ROWS, RowBlock

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from typing_extensions import Buffer

RECORD_LIMIT = 10_000
"""Rows of a report that JSON pages can give (vendor's guide); a CSV download has no limit."""

Keys = tuple[str, ...]


class Total(msgspec.Struct, gc=False):
    """What marks a row as a total."""

    type: str | None = None


class Item(msgspec.Struct, gc=False):
    """One cell of a row in the list form."""

    key: str
    label: str | None = None
    value: Any = None


class Row(msgspec.Struct, gc=False):
    """A row as it comes."""

    items: list[Item] | dict[str, Any]
    total: Total | None = None
    totals: Total | None = None


_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)
_NEXT = re.compile(r"""rel=["']?next\b""")
_split_decoder = msgspec.json.Decoder(list[msgspec.Raw])
_page_decoder = msgspec.json.Decoder(list[Row])


@lru_cache(maxsize=64)
def _expecting(keys: Keys) -> msgspec.json.Decoder[Any]:
    """Make a decoder for list-form rows of texts with these keys and no others.

    It makes neither labels nor new key texts, which is most of the work of the general decoder.
    """
    item = msgspec.defstruct(
        "ExpectedItem", [("key", Literal[keys]), ("value", str | None)], gc=False
    )
    fields: list[tuple[str, Any, Any]] = [
        ("items", list[item], msgspec.NODEFAULT),  # type: ignore[valid-type]
        ("total", Total | None, None),
        ("totals", Total | None, None),
    ]
    row = msgspec.defstruct("ExpectedRow", fields, gc=False)
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]


@dataclass(frozen=True, slots=True)
class Page:
    """A page as it came, its rows counted but not decoded.

    Args:
        pieces: The JSON, an array of BLOCK_ROWS rows in each piece but the last.
        rows: Number of rows on it.
        total_elements: Rows of the report by the headers; None where they do not say.
        total_pages: Pages of the report by the headers; None where they do not say.
        has_next: Whether a `Link` header names a next page.
    """

    pieces: Sequence[bytes]
    rows: int
    total_elements: int | None
    total_pages: int | None
    has_next: bool

    @property
    def body(self) -> bytes:
        """The JSON, in one."""
        return _array(piece[1:-1] for piece in self.pieces)


def read_page(answer: Answer) -> Page:
    """Make a page of an answer; raises TransientError where the body is not a JSON array."""
    body = answer.body
    try:
        rows = _split(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        body = _repaired(body)
        if not body:
            raise not_json(answer) from error
        rows = _split(body)
    return Page(
        [_array(rows[at : at + BLOCK_ROWS]) for at in range(0, len(rows), BLOCK_ROWS)],
        len(rows),
        _count(answer.headers, "X-Total-Elements"),
        _count(answer.headers, "X-Total-Pages"),
        _NEXT.search(answer.headers.get("Link", "")) is not None,
    )


def _split(body: bytes) -> list[msgspec.Raw]:
    """Give the JSON of each row, without a look into its texts, save that they are UTF-8."""
    if not body.isascii():
        body.decode()
    return _split_decoder.decode(body)


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
    if not isinstance(value, list):
        return b""
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _count(headers: Mapping[str, str], name: str) -> int | None:
    text = headers.get(name, "").strip()
    return int(text) if _COUNT.fullmatch(text) else None


def decode_rows(body: bytes) -> list[Row]:
    """Decode a page's rows; raises msgspec.DecodeError where they have no known form."""
    return _page_decoder.decode(body)


def chunks(body: bytes, expected: Keys | None = None) -> list[tuple[Keys, RowBlock]]:
    """Decode a page; successive rows that have the same keys make a chunk.

    Args:
        body: The JSON.
        expected: The keys that its rows probably have.

    Returns:
        The keys and the rows of each chunk, in order. A key that stands twice in a row counts
        with its last value.

    Raises:
        msgspec.DecodeError: A row has no known form.
    """
    chunk = _expected_chunk(body, expected) if expected else None
    if expected and chunk:
        return [(expected, chunk)]
    rows = [(*_cells(row), _total_type(row)) for row in decode_rows(body)]
    found = []
    for keys, group in groupby(rows, key=itemgetter(0)):
        _, values, totals = zip(*group, strict=True)
        found.append((keys, RowBlock.of_rows(values, totals if any(totals) else None)))
    return found


def _expected_chunk(body: bytes, keys: Keys) -> RowBlock | None:
    """Decode a page whose rows all have these keys, in this order; None where they do not."""
    try:
        rows = _expecting(keys).decode(body)
    except msgspec.ValidationError:
        return None
    items = list(chain.from_iterable(row.items for row in rows))
    width = len(keys)
    if not rows or [item.key for item in items] != list(keys) * len(rows):
        return None
    if set(map(len, (row.items for row in rows))) != {width}:
        return None
    values = [item.value for item in items]
    totals = [_total_type(row) for row in rows]
    columns = [values[place::width] for place in range(width)]
    return RowBlock(columns, len(rows), totals if any(totals) else None)


def labels(rows: list[Row]) -> dict[str, str]:
    """Give the label of each key, as far as the rows tell."""
    found: dict[str, str] = {}
    for row in rows:
        if isinstance(row.items, list):
            found.update((item.key, item.label) for item in row.items if item.label is not None)
    return found


def _cells(row: Row) -> tuple[Keys, Sequence[object]]:
    if isinstance(row.items, dict):
        return tuple(row.items), list(row.items.values())
    keys = tuple([item.key for item in row.items])
    if len(set(keys)) < len(keys):
        distinct = {item.key: item.value for item in row.items}
        return tuple(distinct), list(distinct.values())
    return keys, [item.value for item in row.items]


def _total_type(row: Row) -> str | None:
    """Tell a row's total type; a mark without a type marks nothing."""
    mark = row.total or row.totals
    return mark.type.lower() if mark and mark.type else None
