"""The rows of JSON pages, in whichever form they come.

A row is `{"total": …, "items": …}`, by the OpenAPI document `totals`; its items are a list of
`{key, label, value}` or an object. Rows in these forms are decoded fast; of others is read what can
be read without doubt: cells without `items` around them, labels that are no text, marks of totals
that say no.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import chain, groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from tap_8x8_cc.model.blocks import Keys, RowBlock

if TYPE_CHECKING:
    from collections.abc import Sequence

_MARKS = ("total", "totals")
_TOTAL_TYPES = frozenset({"subtotal", "grandtotal"})
_NO_TOTAL = frozenset({"", "none", "null", "false", "no"})


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


def decode_rows(body: bytes) -> list[Row]:
    """Decode a page's rows; raises msgspec.DecodeError where they have no known form."""
    try:
        return _page_decoder.decode(body)
    except msgspec.ValidationError:
        return [_read_row(value) for value in msgspec.json.decode(body, type=list[dict[str, Any]])]


def _read_row(value: dict[str, Any]) -> Row:
    """Read a row of another form than documented; raises msgspec.ValidationError."""
    if "items" in value:
        items = value["items"]
        cells = items if isinstance(items, dict) else _read_items(items)
        marks = [value.get(name) for name in _MARKS]
    else:
        marks = [value[name] for name in _MARKS if name in value and _is_mark(value[name])]
        cells = {key: cell for key, cell in value.items() if not (key in _MARKS and _is_mark(cell))}
        if not cells:
            raise msgspec.ValidationError("a row without cells")
    return Row(cells, next(filter(None, map(_read_mark, marks)), None))


def _read_items(items: object) -> list[Item]:
    if not isinstance(items, list):
        raise msgspec.ValidationError("items that are no list")
    found = []
    for item in items:
        if not (isinstance(item, dict) and isinstance(item.get("key"), str)):
            raise msgspec.ValidationError("an item without a key")
        label = item.get("label")
        found.append(
            Item(item["key"], label if isinstance(label, str) else None, item.get("value"))
        )
    return found


def _is_mark(value: object) -> bool:
    """Tell whether a member of a row may be the mark of a total rather than a value."""
    if isinstance(value, str):
        return value.strip().lower() in _TOTAL_TYPES | _NO_TOTAL
    return value is None or isinstance(value, bool | dict)


def _read_mark(value: object) -> Total | None:
    """Read what marks a total; raises msgspec.ValidationError where that is not clear."""
    if isinstance(value, dict):
        value = value.get("type")
    if value is None or value is False:
        return None
    text = value.strip().lower() if isinstance(value, str) else "?"
    if text not in _TOTAL_TYPES | _NO_TOTAL:
        raise msgspec.ValidationError("a mark of a total that does not say which")
    return Total(text) if text in _TOTAL_TYPES else None


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
    """Return the label of each key, as far as the rows tell."""
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
