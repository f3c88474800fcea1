"""`row_id`: the same for the same row in every run, and different for different rows.

It is a hash of what identifies a row, a pure function of the grouping and the report's keys:
tenant, type, grouping, granularity, total type, start and identifying dimensions. Rows of the whole
range (grand totals, and granularity none) have no start: the next range's row takes their place.
Loaders keep rows by it, so what is hashed must never change.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from tap_8x8_cc.records.naming import dimension_words, snake_case
from tap_8x8_cc.records.values import parse_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

HASH_BYTES = 16
GRAND_TOTAL = "grandtotal"
_encode = msgspec.json.Encoder().encode


def row_hash(identity: Iterable[object]) -> str:
    """Hash what identifies a row."""
    return hashlib.blake2b(_encode(tuple(identity)), digest_size=HASH_BYTES).hexdigest()


class Occurrences:
    """Numbers the rows of one report that have the same identity.

    If the rows of a bucket stand together, earlier buckets are forgotten: memory does not grow.
    """

    def __init__(self, *, contiguous: bool = False) -> None:
        self._contiguous = contiguous
        self._bucket: object = None
        self._counts: defaultdict[str, int] = defaultdict(int)

    def row_id(self, identity: tuple[object, ...], bucket: object = None) -> str:
        """Return the id of the next row with an identity, of which its bucket is a part."""
        if self._contiguous and bucket != self._bucket:
            self._counts.clear()
            self._bucket = bucket
        found = row_hash(identity)
        number = self._counts[found]
        self._counts[found] = number + 1
        return row_hash((*identity, number)) if number else found


@dataclass(frozen=True, slots=True)
class Part:
    """A dimension that identifies rows, by its id if there is one, otherwise by its name.

    Of each the column's name, empty if there is none, and the position in a row.
    """

    id_name: str = ""
    id_at: int = -1
    name: str = ""
    name_at: int = -1


def identity_parts(group_by: str | None, dimensions: Mapping[str, int]) -> tuple[Part, ...]:
    """Return the dimensions that identify the rows of a report.

    They are those of the grouping's words. If one of the words has no key in the report, or if it
    has no grouping, all dimensions count. They are given by their columns' names, with positions.
    """
    words = list(dict.fromkeys(map(snake_case, dimension_words(group_by or ""))))
    parts = [_part(word, dimensions) for word in words]
    if parts and all(parts):
        return tuple(part for part in parts if part)
    stems = dict.fromkeys(sorted(map(_stem, dimensions)))
    whole = [part for stem in stems if (part := _part(stem, dimensions))]
    covered = {name for part in whole for name in (part.id_name, part.name)}
    others = [
        Part(name=name, name_at=dimensions[name]) for name in sorted(dimensions.keys() - covered)
    ]
    return (*whole, *others)


def identifying(row: Sequence[object], parts: Iterable[Part], offset: int) -> list[object]:
    """Return names and values of the dimensions that identify a row, which starts at `offset`."""
    found: list[object] = []
    for part in parts:
        name, value = part.id_name, row[part.id_at + offset] if part.id_name else None
        if part.name and (value is None or value == ""):
            name, value = part.name, row[part.name_at + offset]
        found += (name, value if value is None or type(value) is str else parse_text(value))
    return found


def _stem(name: str) -> str:
    return name.removesuffix("_id").removesuffix("_name")


def _part(stem: str, dimensions: Mapping[str, int]) -> Part | None:
    """Return the dimension of a word, or of the common part of several columns' names."""
    id_name = f"{stem}_id" if f"{stem}_id" in dimensions else ""
    name = next((name for name in (stem, f"{stem}_name") if name in dimensions), "")
    if not (id_name or name):
        return None
    return Part(id_name, dimensions.get(id_name, -1), name, dimensions.get(name, -1))
