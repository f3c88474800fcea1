"""The rows of JSON pages, in whichever form they come.

A row is `{"total": …, "items": …}`, by the OpenAPI document `totals`; its items are a list of
`{key, label, value}` or an object. Cells without `items` around them are accepted, too.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from json import JSONDecoder
from operator import itemgetter
from typing import Any

import msgspec

from tap_8x8_cc.errors import ReportError, one_line

Keys = tuple[str, ...]
"""The keys of a row, in order."""
Cells = list[Any]
"""A row: the type of its total, null for an ordinary row, and then the value of each key."""
Labels = tuple[str | None, ...]
"""The label of each key."""
FIRST_BYTES = 1 << 16
"""Bytes of a page that are looked at for the keys of its first row."""
_MARKS = ("total", "totals")
_TOTAL_TYPES = frozenset({"subtotal", "grandtotal"})
_NO_TOTAL = frozenset({"", "none", "null", "false", "no"})
_NO_LETTERS = re.compile(r"[^a-z]+")


@dataclass(frozen=True, slots=True)
class RowGroup:
    """Successive rows that have the same keys.

    Args:
        keys: Their keys, each once: a key that a row holds twice is renamed by its label.
        rows: The rows.
        raw_keys: The keys as they came.
        labels: The label of each key, if it has one.
    """

    keys: Keys
    rows: list[Cells]
    raw_keys: Keys
    labels: dict[str, str]


_scan = JSONDecoder().raw_decode
_decoder = msgspec.json.Decoder(list[dict[str, Any]])


def decode_rows(body: bytes) -> list[RowGroup]:
    """Decode a page, an array of rows in JSON; raises ReportError if a row has no known form."""
    try:
        first = _first_row(body)
        if first and (rows := _decode_expected(body, first[0])):
            return [_group(*first, rows)]
        found = [_read_row(row) for row in _decoder.decode(body)]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ReportError(f"A row has an unknown form: {one_line(str(error))}") from error
    groups = []
    for keys, members in groupby(found, key=itemgetter(0)):
        (_, labels, row), *others = members
        groups.append(_group(keys, labels, [row, *(cells for *_, cells in others)]))
    return groups


def total_type(mark: object) -> str | None:
    """Return the type of total that a mark names: `subtotal`, `grandtotal`, or None.

    Raises:
        ReportError: It names another.
    """
    if isinstance(mark, dict):
        mark = mark.get("type")
    if mark is None or mark is False:
        return None
    text = mark.strip().lower() if isinstance(mark, str) else None
    if text in _NO_TOTAL:
        return None
    word = _NO_LETTERS.sub("", text or "")  # GRAND_TOTAL, sub-total
    if word not in _TOTAL_TYPES:
        raise ReportError(f"A row is marked as an unknown total: {one_line(str(mark), 40)}.")
    return word


def _first_row(body: bytes) -> tuple[Keys, Labels] | None:
    """Return the keys and labels of the first row, if its items are a list."""
    try:
        row, _ = _scan(body[:FIRST_BYTES].decode(errors="ignore"), body.index(b"{"))
        return _keys_and_labels(row["items"])
    except (ValueError, TypeError, LookupError, RecursionError):
        return None


def _keys_and_labels(items: list[dict[str, Any]]) -> tuple[Keys, Labels]:
    """Return key and label of each cell; raises TypeError or LookupError if it has no key."""
    keys = tuple(item["key"] for item in items)
    if not all(isinstance(key, str) for key in keys):
        raise TypeError(keys)
    labels = (item.get("label") for item in items)
    return keys, tuple(label if isinstance(label, str) else None for label in labels)


def _decode_expected(body: bytes, keys: Keys) -> list[Cells] | None:
    """Decode rows whose items all have these keys; None if they don't."""
    if not keys:
        return None
    try:
        rows = _expecting(keys).decode(body)
    except msgspec.ValidationError:
        return None
    return [[_total_of(row.total, row.totals), *[i.value for i in row.items]] for row in rows]


@lru_cache(maxsize=64)
def _expecting(keys: Keys) -> msgspec.json.Decoder[Any]:
    """Make a decoder for rows whose items have these keys, in this order.

    It checks the keys and makes neither texts of them nor of the labels: half of the work.
    """
    items = [
        msgspec.defstruct("Item", [("value", Any, None)], tag_field="key", tag=key, gc=False)
        for key in keys
    ]
    fields: list[Any] = [("items", tuple[tuple(items)])]  # type: ignore[misc]
    row = msgspec.defstruct("Row", [*fields, ("total", Any, None), ("totals", Any, None)], gc=False)
    return msgspec.json.Decoder(list[row])  # type: ignore[valid-type]


def _read_row(row: dict[str, Any]) -> tuple[Keys, Labels, Cells]:
    """Return raw keys, labels and cells of a row of any form."""
    items = row.get("items")
    if isinstance(items, list):
        try:
            keys, labels = _keys_and_labels(items)
        except (TypeError, LookupError, AttributeError) as error:
            raise msgspec.ValidationError("a cell without a key") from error
        values = [item.get("value") for item in items]
        return keys, labels, [_total_of(row.get("total"), row.get("totals")), *values]
    marks = row
    if not isinstance(items, dict):  # a `total` that can be a number is a cell then
        marks = {name: row[name] for name in _MARKS if name in row and _may_mark(row[name])}
        items = {name: value for name, value in row.items() if name not in marks}
        if not items or "items" in items:
            raise msgspec.ValidationError("a row without cells")
    total = _total_of(marks.get("total"), marks.get("totals"))
    return tuple(items), (None,) * len(items), [total, *items.values()]


def _may_mark(value: object) -> bool:
    if isinstance(value, str):
        word = value.strip().lower()
        return word in _NO_TOTAL or _NO_LETTERS.sub("", word) in _TOTAL_TYPES
    return value is None or isinstance(value, bool | dict)


def _total_of(total: object, totals: object) -> str | None:
    if total is None and totals is None:
        return None
    return total_type(total) or total_type(totals)


def _group(keys: Keys, labels: Labels, rows: list[Cells]) -> RowGroup:
    named = {key: label for key, label in zip(keys, labels, strict=True) if label}
    return RowGroup(_distinct(keys, labels), rows, keys, named)


def _distinct(keys: Keys, labels: Labels) -> Keys:
    """Rename a key's second occurrence by its label, so that both values are kept."""
    if len(set(keys)) == len(keys):
        return keys
    found: list[str] = []
    seen: Counter[str] = Counter()
    for key, label in zip(keys, labels, strict=True):
        seen[key] += 1
        name = key
        if name in found:
            name = label if label and label not in {*keys, *found} else f"{key} {seen[key]}"
        found.append(name)
    return tuple(found)
