"""From the rows of a report to the records of its stream.

A chunk of rows is decoded column by column, since almost all values of a column have one form.
`row_id` is a hash of what identifies a row: its tenant, type, grouping, granularity, total type,
begin and dimensions, where a dimension that comes with an id counts by the id alone, so that a
renamed agent stays the same row.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from tap_8x8_cc.errors import ReportError, one_line
from tap_8x8_cc.schema import END_KEY, START_KEY, Role
from tap_8x8_cc.values import PARSERS, parse_instant, raw_text, utc_text
from tap_8x8_cc.windows import Granularity, Window, following

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.layout import Layout
    from tap_8x8_cc.schema import Column

Record = dict[str, Any]
HASH_BYTES = 16
_CACHE_SIZE = 4096

_encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some rows of a report that have the same keys.

    Args:
        rows: The values of each row, in the order of the layout's keys.
        totals: The total type of each row; None where none of them is a total.
    """

    rows: Sequence[Sequence[object]]
    totals: Sequence[str | None] | None = None


@dataclass(frozen=True, slots=True)
class ReportFacts:
    """What a report's rows share.

    Args:
        tenant_id: The tenant, where there are several.
        type: The report type.
        group_by: The grouping.
        granularity: The buckets.
        zone: The zone they are cut in.
        window: The date range.
        with_totals: Whether total rows were asked for.
    """

    tenant_id: str | None
    type: str
    group_by: str | None
    granularity: Granularity
    zone: ZoneInfo
    window: Window
    with_totals: bool


@dataclass(frozen=True, slots=True)
class Bucket:
    """The bucket of a row as its record shows it; None in place of one means: not wanted."""

    start_time: str
    end_time: str
    local_date: str


@dataclass(slots=True)
class Findings:
    """What was noticed in decoding, for one warning per column and run.

    Args:
        unparsed: An example of the raw text for each column that could not hold one.
        stray_totals: Number of total rows left out because nobody asked for them.
    """

    unparsed: dict[str, str] = field(default_factory=dict)
    stray_totals: int = 0


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


class Decoder:
    """Decodes the rows of one report that have the same keys.

    Args:
        facts: What the rows share.
        layout: Which key fills which column.
        columns: The columns to emit, in order.
        findings: Where to note what was noticed.
        occurrences: Numbers equal rows, over the whole report.
    """

    def __init__(
        self,
        facts: ReportFacts,
        layout: Layout,
        columns: Iterable[Column],
        findings: Findings,
        occurrences: Occurrences,
    ) -> None:
        self._facts = facts
        self._layout = layout
        self._findings = findings
        self._occurrences = occurrences
        self._columns = tuple(columns)
        self._names = tuple(column.name for column in self._columns)
        self._parsers = {
            column.name: _CachingParser(PARSERS[column.kind])
            for column in layout.columns
            if column and column.kind
        }
        self._identity = _identity_parts(layout)
        self._buckets: dict[tuple[object, object, bool], Bucket | None] = {}

    def decode(self, chunk: Chunk) -> list[Record]:
        """Decode a chunk.

        Returns:
            A record for each row whose bucket is wanted; each holds exactly the columns to emit.

        Raises:
            ReportError: A row's bucket is not one of the report's, or has no time.
        """
        rows, totals, buckets = self._wanted(chunk)
        if not rows:
            return []
        by_position = list(zip(*rows, strict=True))
        unparsed: dict[int, dict[str, str]] = {}
        values = {
            column.name: self._typed(column.name, by_position[index], unparsed)
            for index, column in enumerate(self._layout.columns)
            if column
        }
        count = len(rows)
        roles: dict[Role, Callable[[], Iterable[object]]] = {
            Role.ROW_ID: lambda: self._row_ids(values, buckets, totals),
            Role.TENANT_ID: lambda: [self._facts.tenant_id] * count,
            Role.START_TIME: lambda: [bucket.start_time for bucket in buckets],
            Role.END_TIME: lambda: [bucket.end_time for bucket in buckets],
            Role.LOCAL_DATE: lambda: [bucket.local_date for bucket in buckets],
            Role.GRANULARITY: lambda: [self._facts.granularity.value] * count,
            Role.TIMEZONE: lambda: [self._facts.zone.key] * count,
            Role.TOTAL_TYPE: lambda: totals,
            Role.UNPARSED: lambda: [unparsed.get(index) for index in range(count)],
        }
        nothing = [None] * count
        table = [
            roles[column.role]() if column.role in roles else values.get(column.name, nothing)
            for column in self._columns
        ]
        names = self._names
        return [dict(zip(names, row, strict=True)) for row in zip(*table, strict=True)]

    def _wanted(
        self, chunk: Chunk
    ) -> tuple[Sequence[Sequence[object]], list[str | None], list[Bucket]]:
        """Give the rows whose bucket is wanted, with their total types and buckets."""
        totals = list(chunk.totals) if chunk.totals else [None] * len(chunk.rows)
        start = self._layout.position(START_KEY)
        end = self._layout.position(END_KEY)
        kept = []
        for row, total in zip(chunk.rows, totals, strict=True):
            if total is not None and not self._facts.with_totals:
                self._findings.stray_totals += 1
                continue
            bucket = self._bucket(
                None if start is None else row[start],
                None if end is None else row[end],
                is_total=total is not None,
            )
            if bucket:
                kept.append((row, total, bucket))
        if not kept:
            return [], [], []
        rows, kinds, buckets = zip(*kept, strict=True)
        return rows, list(kinds), list(buckets)

    def _bucket(self, start: object, end: object, *, is_total: bool) -> Bucket | None:
        key = (start, end, is_total)
        try:
            return self._buckets[key]
        except KeyError:
            bucket = bucket_of(start, end, self._facts, is_total=is_total)
            return self._buckets.setdefault(key, bucket)
        except TypeError:  # not a text at all
            raise _untimed(start) from None

    def _typed(
        self, name: str, values: Sequence[object], unparsed: dict[int, dict[str, str]]
    ) -> list[object]:
        parse = self._parsers[name]
        try:
            return list(map(parse.__getitem__, values))
        except (TypeError, ValueError):
            typed: list[object] = []
            for index, value in enumerate(values):
                try:
                    typed.append(parse.slowly(value))
                except ValueError:
                    typed.append(None)
                    raw = raw_text(value)
                    unparsed.setdefault(index, {})[name] = raw
                    self._findings.unparsed.setdefault(name, raw)
            return typed

    def _row_ids(
        self, values: dict[str, list[object]], buckets: list[Bucket], totals: list[str | None]
    ) -> list[str]:
        facts = self._facts
        head = [facts.tenant_id, facts.type, facts.group_by, facts.granularity.value]
        parts = [
            (name, values[name], values[id_name] if id_name else None)
            for name, id_name in self._identity
        ]
        row_ids = []
        for index, (bucket, total) in enumerate(zip(buckets, totals, strict=True)):
            identity: list[object] = [*head, total, bucket.start_time]
            for name, texts, ids in parts:
                if ids is None or not ids[index]:
                    identity += (name, texts[index])
            digest = _hash(identity)
            number = self._occurrences.number(digest, (total, bucket.start_time))
            row_ids.append((_hash([*identity, number]) if number else digest).hex())
        return row_ids


def _hash(identity: list[object]) -> bytes:
    return hashlib.blake2b(_encode(identity), digest_size=HASH_BYTES).digest()


class _CachingParser(dict[object, object]):
    """A parser that remembers the texts it has parsed; bounded, since rows are not."""

    def __init__(self, parse: Callable[[object], object]) -> None:
        super().__init__()
        self.slowly = parse

    def __missing__(self, value: object) -> object:
        if value is not None and type(value) is not str:
            # 1, 1.0 and True are one key to a dictionary and not one value to a parser.
            raise TypeError(value)
        parsed = self.slowly(value)
        if len(self) >= _CACHE_SIZE:
            self.clear()
        self[value] = parsed
        return parsed


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


def bucket_of(start: object, end: object, facts: ReportFacts, *, is_total: bool) -> Bucket | None:
    """Tell the bucket of a row.

    Where the API gives no time, a row of granularity none or a total has the report's range.

    Args:
        start: The row's startTime as it came.
        end: The row's endTime as it came.
        facts: What the report's rows share.
        is_total: Whether the row is a total.

    Returns:
        The bucket; None where it is not wanted: it begins where the window ends (an API that
        counts the end as part of the range) or ends before it begins.

    Raises:
        ReportError: The row has no usable time, or only part of its bucket is in the range.
    """
    window = facts.window
    try:
        begins = parse_instant(start)
        ends = parse_instant(end)
    except ValueError:
        raise _untimed(start) from None
    if facts.granularity is Granularity.NONE:
        return _shown(window.start, window.end, facts)
    if begins is None:
        if not is_total:
            raise _untimed(start)
        return _shown(window.request_start, window.end, facts)
    if ends is None:
        ends = following(begins, facts.granularity, facts.zone)
    if is_total and begins <= window.request_start and ends >= window.end:
        return _shown(begins, ends, facts)
    if begins >= window.end or ends <= window.start:
        return None
    if begins < window.start or ends > window.end:
        raise ReportError(
            f"A bucket from {utc_text(begins)} to {utc_text(ends)} is only in part within the "
            "report's range: the API cuts its buckets elsewhere than the time zone "
            f"{facts.zone.key} lets expect."
        )
    return _shown(begins, ends, facts)


def _shown(begins: datetime, ends: datetime, facts: ReportFacts) -> Bucket:
    local = begins.astimezone(facts.zone).date()
    return Bucket(utc_text(begins), utc_text(ends), local.isoformat())


def _untimed(start: object) -> ReportError:
    return ReportError(f"A row has no usable startTime: {one_line(raw_text(start), 60)}.")
