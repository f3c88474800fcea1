"""From the rows of a report to the records of its stream, one at a time.

For each layout (the keys of a row, in order) the parsers are looked up once. `RecordMaker` is what
summaries and events share; `events` has what is special about events.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import msgspec

from tap_8x8_cc.errors import one_line
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.records.buckets import raw_buckets
from tap_8x8_cc.records.columns import UNPARSED, Column
from tap_8x8_cc.records.row_ids import GRAND_TOTAL, identifying, identity_parts
from tap_8x8_cc.records.values import NUMERIC, PARSERS, numbers_parser, raw_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.buckets import Bucket, RawBucket
    from tap_8x8_cc.records.columns import Layout
    from tap_8x8_cc.records.row_ids import Occurrences

Record = msgspec.Struct
"""A record: a struct with a field for each column."""
_TEXTS = frozenset({str, type(None)})


@dataclass(slots=True)
class Issues:
    """What was noticed in the rows of a stream, for one warning per column and run.

    Args:
        unparsed: An example of the raw text for each column that could not hold one.
        stray_totals: Number of total rows left out because no totals were requested.
        lack_offset: Whether times of buckets came without an offset.
    """

    unparsed: dict[str, str] = field(default_factory=dict)
    stray_totals: int = 0
    lack_offset: bool = False

    def note(self, records: Sequence[Record]) -> None:
        """Note the values of records that could not be parsed."""
        for record in records:
            for name, raw in (getattr(record, UNPARSED, None) or {}).items():
                self.unparsed.setdefault(name.partition(".")[0], raw)

    def warnings(self) -> Iterator[str]:
        """Yield what there is to warn of, and forget it."""
        for name, raw in self.unparsed.items():
            shown = one_line(raw, 60)
            yield f"Column {name} can't hold {shown!r}, among others; see unparsed_values."
        if self.stray_totals:
            yield f"{self.stray_totals} total rows were left out: no totals were requested."
        if self.lack_offset:
            yield (
                "The API writes times without an offset; they are read in the report's time zone. "
                "If days look shifted, set timezone to the zone in which the API cuts them."
            )
        self.unparsed.clear()
        self.stray_totals, self.lack_offset = 0, False


def record_maker(
    emitted: Sequence[Column], constants: Mapping[str, object], variables: Sequence[str]
) -> Callable[[tuple[object, ...]], Record]:
    """Make a function that makes records with exactly the columns to emit, in their order.

    It is given the values of the `variables`, in their order; `constants` all records share.
    """
    sources = {name: at for at, name in enumerate((*constants, *variables), 1)}
    names = tuple(column.name for column in emitted)
    shared = (None, *constants.values())
    pick = _picker([sources.get(name, 0) for name in names])
    record = _record_type(names)
    return lambda values: record(*pick(shared + values))


@lru_cache(maxsize=256)
def _record_type(names: tuple[str, ...]) -> type[Record]:
    return msgspec.defstruct("Record", [(name, Any) for name in names], gc=False)


class SummaryDecoder:
    """Decodes the rows of one report that have the same keys.

    Args:
        request: The report's request.
        layout: Which key fills which column.
        emitted: The columns to emit, in order.
        buckets: The bucket of each pair of times and total type.
        occurrences: Numbers equal rows, over the whole report.
        read_at: When the tap began to write the report's rows.
    """

    def __init__(  # noqa: PLR0913 - each a thing of its own
        self,
        request: ReportRequest,
        layout: Layout,
        emitted: Sequence[Column],
        buckets: Mapping[RawBucket, Bucket | None],
        occurrences: Occurrences,
        *,
        read_at: str | None = None,
    ) -> None:
        self._keys, self._buckets, self._occurrences = layout.keys, buckets, occurrences
        self._parts = identity_parts(request.group_by, layout.dimensions)
        granularity = request.granularity.value
        self._head = (request.tenant_id, request.type, request.group_by, granularity)
        self._has_start = request.granularity is not Granularity.NONE
        names = {column.name for column in emitted}
        cells = [(at, c) for at, c in enumerate(layout.columns, 1) if c and c.name in names]
        self._others = [(at, c) for at, c in cells if c.kind not in NUMERIC]
        self._numbers = [(at, c) for at, c in cells if c.kind in NUMERIC]
        self._pick_others = _picker([at for at, _ in self._others])
        self._pick_numbers = _picker([at for at, _ in self._numbers])
        self._parse_numbers = numbers_parser([c.kind for _, c in self._numbers])
        constants = {
            "tenant_id": request.tenant_id,
            "read_at": read_at,
            "granularity": granularity,
            "timezone": request.zone.key,
        }
        variables = ["row_id", "start_time", "end_time", "local_date", "local_time", "total_type"]
        columns = [c.name for _, c in (*self._others, *self._numbers)]
        self._make = record_maker(emitted, constants, [*variables, UNPARSED, *columns])

    def records(self, rows: Sequence[Sequence[Any]]) -> Iterator[Record]:
        """Return a record for each row whose bucket is wanted."""
        buckets = map(self._buckets.__getitem__, raw_buckets(self._keys, rows))
        for row, bucket in zip(rows, buckets, strict=True):
            if bucket:
                yield self._record(row, bucket)

    def identity(self, row: Sequence[Any], start: str | None) -> tuple[object, ...]:
        """Return what identifies a row, whose bucket starts at `start`."""
        total = row[0]
        if total == GRAND_TOTAL or not self._has_start:
            start = None
        return (*self._head, total, start, *identifying(row, self._parts, 1))

    def _record(self, row: Sequence[Any], bucket: Bucket) -> Record:
        start = bucket.start_time
        unparsed: dict[str, str] | None = None
        others: Sequence[object] = self._pick_others(row)
        try:
            numbers: Sequence[object] = self._parse_numbers(self._pick_numbers(row))
            is_simple = _TEXTS.issuperset(map(type, others))
        except (TypeError, ValueError):
            is_simple = False
        if not is_simple:
            others, unread = _parsed(row, self._others)
            numbers, unfit = _parsed(row, self._numbers)
            unparsed = {**unread, **unfit} or None
        row_id = self._occurrences.row_id(self.identity(row, start), (row[0], start))
        days = (start, bucket.end_time, bucket.local_date, bucket.local_time)
        return self._make((row_id, *days, row[0], unparsed, *others, *numbers))


def _picker(places: Sequence[int]) -> Callable[[Sequence[Any]], Sequence[Any]]:
    """Make a function that returns the values at some places, one or more or none."""
    if len(places) > 1:
        return itemgetter(*places)
    return lambda row: [row[at] for at in places]


def _parsed(
    row: Sequence[Any], cells: Sequence[tuple[int, Column]]
) -> tuple[list[object], dict[str, str]]:
    """Parse cells one by one; one that its column can't hold is null, with its raw text."""
    values: list[object] = []
    unparsed: dict[str, str] = {}
    for at, column in cells:
        try:
            values.append(PARSERS[column.kind](row[at]))
        except ValueError:
            values.append(None)
            unparsed[column.name] = raw_text(row[at])
    return values, unparsed
