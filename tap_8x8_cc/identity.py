"""`row_id`: the same for the same row, run after run, and different for different rows.

It is a hash of what identifies a row: tenant, type, grouping, granularity, total type, begin and
dimensions. A dimension that comes with an id counts by the id alone, so that a renamed agent stays
the same row. Loaders keep rows by it, so what is hashed must never change.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from itertools import chain, repeat
from typing import TYPE_CHECKING

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_8x8_cc.buckets import Bucket
    from tap_8x8_cc.layout import Layout
    from tap_8x8_cc.rows import ReportFacts

HASH_BYTES = 16

_encode = msgspec.json.Encoder().encode


class Occurrences:
    """Numbers the rows of one report that have the same identity.

    Args:
        contiguous: Whether the rows of a bucket stand together in the report, so that nothing
            need be remembered of the buckets before; memory then does not grow with the report.
    """

    def __init__(self, *, contiguous: bool = False) -> None:
        self._contiguous = contiguous
        self._bucket: tuple[str | None, str] | None = None
        self._counts: defaultdict[bytes, int] = defaultdict(int)

    def number(self, digest: bytes, bucket: tuple[str | None, str]) -> int:
        """Tell how many rows of this identity came before.

        Args:
            digest: The hash of the identity.
            bucket: Total type and begin of the row's bucket; part of the identity.
        """
        if self._contiguous and bucket != self._bucket:
            self._counts.clear()
            self._bucket = bucket
        number = self._counts[digest]
        self._counts[digest] = number + 1
        return number


class RowIds:
    """Works out the ids of a report's rows that have the same keys.

    Args:
        facts: What the rows share.
        layout: Which key fills which column.
        occurrences: Numbers equal rows, over the whole report.
    """

    def __init__(self, facts: ReportFacts, layout: Layout, occurrences: Occurrences) -> None:
        self._head = (facts.tenant_id, facts.type, facts.group_by, facts.granularity.value)
        self._parts = _identity_parts(layout)
        self._occurrences = occurrences

    def of(
        self,
        values: dict[str, list[object]],
        buckets: Sequence[Bucket],
        totals: Sequence[str | None],
    ) -> list[str]:
        """Give the id of each row.

        Args:
            values: The typed values of each column.
            buckets: The bucket of each row.
            totals: The total type of each row.
        """
        head, number = self._head, self._occurrences.number
        row_ids = []
        for bucket, total, dimensions in zip(
            buckets, totals, self._identities(values, len(buckets)), strict=True
        ):
            identity = (*head, total, bucket.start_time, *dimensions)
            digest = row_hash(identity)
            if again := number(digest, (total, bucket.start_time)):
                digest = row_hash((*identity, again))
            row_ids.append(digest.hex())
        return row_ids

    def _identities(
        self, values: dict[str, list[object]], count: int
    ) -> Iterable[Iterable[object]]:
        """Give what identifies each row besides: name and value of each dimension that counts."""
        needed = [
            (name, values[name], values[id_name] if id_name else None)
            for name, id_name in self._parts
        ]
        if all(ids is None or all(ids) for _, _, ids in needed):
            plain = [(repeat(name, count), texts) for name, texts, ids in needed if ids is None]
            return zip(*chain.from_iterable(plain), strict=True) if plain else repeat((), count)
        return [
            [
                part
                for name, texts, ids in needed
                if ids is None or not ids[index]
                for part in (name, texts[index])
            ]
            for index in range(count)
        ]


def row_hash(identity: tuple[object, ...]) -> bytes:
    """Hash what identifies a row."""
    return hashlib.blake2b(_encode(identity), digest_size=HASH_BYTES).digest()


def _identity_parts(layout: Layout) -> list[tuple[str, str | None]]:
    """Pair each dimension with the id it comes with, sorted by name.

    Returns:
        (column, column of its id); the ids stand for themselves as (id column, None).
    """
    names = {column.name for _, column in layout.dimensions}
    parts = []
    for name in sorted(names):
        base = name.removesuffix("_name")
        id_name = next((f"{stem}_id" for stem in (name, base) if f"{stem}_id" in names), None)
        parts.append((name, id_name))
    return parts
