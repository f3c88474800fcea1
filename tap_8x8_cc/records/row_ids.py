"""`row_id`: the same for the same row, run after run, and different for different rows.

It is a hash of what identifies a row: tenant, type, grouping, granularity, total type, begin and
dimensions. Where a row is of the whole range, as grand totals are and rows without granularity, the
begin does not count: the next range's row takes its place. A dimension that comes with an id counts
by the id alone, so that a renamed agent stays the same row. Loaders keep rows by it, so what is
hashed must never change.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from itertools import chain, repeat
from typing import TYPE_CHECKING

import msgspec

from tap_8x8_cc.model.calendar import Granularity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_8x8_cc.model.reports import SummaryRequest
    from tap_8x8_cc.records.layout import SummaryLayout

HASH_BYTES = 16

Begin = tuple[str | None, str | None]
"""Total type and begin of a bucket; no begin where it is the whole range."""
GRAND_TOTAL = "grandtotal"

_encoder = msgspec.json.Encoder()


class Occurrences:
    """Numbers the rows of one report that have the same identity.

    Args:
        contiguous: Whether the rows of a bucket stand together in the report, so that nothing
            need be remembered of the buckets before; memory then does not grow with the report.
    """

    def __init__(self, *, contiguous: bool = False) -> None:
        self._contiguous = contiguous
        self._bucket: Begin | None = None
        self._counts: defaultdict[bytes, int] = defaultdict(int)

    def number(self, digest: bytes, bucket: Begin) -> int:
        """Tell how many rows of this identity came before.

        Args:
            digest: The hash of the identity.
            bucket: Total type and begin of the row's bucket; part of the identity.
        """
        self._enter(bucket)
        number = self._counts[digest]
        self._counts[digest] = number + 1
        return number

    def numbers(self, digests: Sequence[bytes], buckets: Sequence[Begin]) -> Iterable[int]:
        """Tell it for some rows; at once where each is the first of its identity, as most are."""
        repeated = len(set(digests)) < len(digests)
        if repeated or not self._counts.keys().isdisjoint(digests):
            return list(map(self.number, digests, buckets))
        last = buckets[-1]
        if self._contiguous and buckets[0] != last:
            digests = [d for d, bucket in zip(digests, buckets, strict=True) if bucket == last]
        self._enter(last)
        self._counts.update(zip(digests, repeat(1)))
        return repeat(0, len(buckets))

    def _enter(self, bucket: Begin) -> None:
        if self._contiguous and bucket != self._bucket:
            self._counts.clear()
            self._bucket = bucket


class RowIds:
    """Works out the ids of a report's rows that have the same keys.

    Args:
        facts: What the rows share.
        layout: Which key fills which column.
        occurrences: Numbers equal rows, over the whole report.
    """

    def __init__(
        self, facts: SummaryRequest, layout: SummaryLayout, occurrences: Occurrences
    ) -> None:
        self._begun = _Begun(facts)
        self._unbounded = facts.granularity is Granularity.NONE
        self._parts = _identity_parts(layout)
        self._occurrences = occurrences

    def of(
        self,
        values: Mapping[str, Sequence[object]],
        starts: Sequence[str],
        totals: Sequence[str | None],
    ) -> list[str]:
        """Return the id of each row.

        Args:
            values: The typed values of each column.
            starts: The begin of each row's bucket.
            totals: The total type of each row.
        """
        buckets = self._buckets(starts, totals)
        begun = list(map(self._begun.__getitem__, buckets))
        ends = [line[2:] for line in self._dimensions(values, len(starts)).split(b"\n")]
        digests = [_finished(hasher, end) for hasher, end in zip(begun, ends, strict=False)]
        numbers = self._occurrences.numbers(digests, buckets)
        for index, number in enumerate(numbers):
            if number:
                digests[index] = _finished(begun[index], b"%b,%d]" % (ends[index][:-1], number))
        return [digest.hex() for digest in digests]

    def _buckets(self, starts: Sequence[str], totals: Sequence[str | None]) -> list[Begin]:
        if self._unbounded:
            return [(total, None) for total in totals]
        if GRAND_TOTAL in totals:
            return [
                (total, None if total == GRAND_TOTAL else start)
                for total, start in zip(totals, starts, strict=True)
            ]
        return list(zip(totals, starts, strict=True))

    def _dimensions(self, values: Mapping[str, Sequence[object]], count: int) -> bytes:
        """Write what identifies each row besides, as a JSON array a line.

        Each is a 0, in the place of what it shares with others, and then name and value of each
        dimension that counts.
        """
        needed = [
            (name, values[name], values[id_name] if id_name else None)
            for name, id_name in self._parts
        ]
        if all(ids is None or all(ids) for _, _, ids in needed):
            plain = [(repeat(name), texts) for name, texts, ids in needed if ids is None]
            columns = chain.from_iterable(plain)
            return _encoder.encode_lines(list(zip(repeat(0, count), *columns, strict=False)))
        rows = [
            [
                0,
                *(
                    part
                    for name, texts, ids in needed
                    if ids is None or not ids[index]
                    for part in (name, texts[index])
                ),
            ]
            for index in range(count)
        ]
        return _encoder.encode_lines(rows)


class _Begun(dict[Begin, "hashlib.blake2b"]):
    """Hashers that have been given all that the rows of a bucket share.

    Args:
        facts: What all rows share.
    """

    def __init__(self, facts: SummaryRequest) -> None:
        super().__init__()
        self._head = (facts.tenant_id, facts.type, facts.group_by, facts.granularity.value)

    def __missing__(self, bucket: Begin) -> hashlib.blake2b:
        shared = _encoder.encode((*self._head, *bucket)).removesuffix(b"]")
        self[bucket] = hasher = hashlib.blake2b(shared, digest_size=HASH_BYTES)
        return hasher


def _finished(begun: hashlib.blake2b, end: bytes) -> bytes:
    hasher = begun.copy()
    hasher.update(end)
    return hasher.digest()


def row_hash(identity: tuple[object, ...]) -> bytes:
    """Hash what identifies a row."""
    return hashlib.blake2b(_encoder.encode(identity), digest_size=HASH_BYTES).digest()


def _identity_parts(layout: SummaryLayout) -> list[tuple[str, str | None]]:
    """Pair each dimension with the id it comes with, sorted by name.

    Returns:
        (column, column of its id); the ids stand for themselves as (id column, None).
    """
    names = {column.name for _, column in layout.dimensions}
    names &= names if layout.identity is None else layout.identity
    parts = []
    for name in sorted(names):
        base = name.removesuffix("_name")
        id_name = next((f"{stem}_id" for stem in (name, base) if f"{stem}_id" in names), None)
        parts.append((name, id_name))
    return parts
