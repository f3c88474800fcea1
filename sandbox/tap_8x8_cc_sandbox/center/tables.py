"""Summary reports: from facts of quarters of an hour to rows of buckets and groups."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.center.calendar import Bucket, buckets, local
from tap_8x8_cc_sandbox.center.dimensions import DIMENSIONS, SITE, blanked, filter_values, words
from tap_8x8_cc_sandbox.center.model import Granularity, Row, Total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import datetime

    from tap_8x8_cc_sandbox.center.dimensions import Dimension, Leaf, Shown
    from tap_8x8_cc_sandbox.center.model import CenterConfig, ReportSpec
    from tap_8x8_cc_sandbox.center.profiles import View
    from tap_8x8_cc_sandbox.center.ranges import Coverage
    from tap_8x8_cc_sandbox.center.sources import Source
    from tap_8x8_cc_sandbox.center.staff import Roster
    from tap_8x8_cc_sandbox.center.sums import Layout, Projections, Vector

_PENDING: Final = 500_000
"""Quarters of pieces of work held before they are added up."""


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a report, in the order of its rows."""

    dimensions: tuple[Dimension, ...]  # the dimensions grouped by
    shown: list[Shown]  # for each group its dimensions' values
    of_leaf: list[int]  # for each piece of work its group; -1 if the report leaves it out
    outer: int  # number of columns of the first dimension


def make_groups(
    spec: ReportSpec,
    leaves: Sequence[Leaf],
    belongs: Callable[[Leaf], bool],
    roster: Roster,
    config: CenterConfig,
) -> Groups:
    """Group the pieces of work that belong to a report type and pass the report's filters."""
    named = words(spec.group_by)
    dimensions = tuple(DIMENSIONS[word] for word in named)
    blanks = [blanked(word, roster) if config.null_dimensions else {} for word in named]
    if config.extra_dimension:
        dimensions += (SITE,)
        blanks.append({})

    def key_of(leaf: Leaf) -> Shown | None:
        parts = [dimension.show(leaf) for dimension in dimensions]
        if not belongs(leaf) or any(None in part for part in parts):
            # A queue's own work has no agent: no report by agent has a row for it.
            return None
        shown = map(_blank, parts, blanks)
        return tuple(value for part in shown for value in part)

    keys = [key_of(leaf) for leaf in leaves]
    for rule in spec.filters:
        wanted = frozenset(rule.values)
        keys = [
            key
            if key is not None and filter_values(rule.name, leaf, spec.version) & wanted
            else None
            for key, leaf in zip(keys, leaves, strict=True)
        ]
    shown = sorted({key for key in keys if key is not None}, key=_order)
    position = {key: number for number, key in enumerate(shown)}
    of_leaf = [-1 if key is None else position[key] for key in keys]
    return Groups(dimensions, shown, of_leaf, len(dimensions[0].keys))


def _order(shown: Shown) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in shown)


def _blank(values: Shown, blanks: dict[str, str | None]) -> Shown:
    identity = values[min(1, len(values) - 1)] or ""
    return (blanks[identity],) * len(values) if identity in blanks else values


@dataclass(frozen=True, slots=True)
class Tabulation:
    """Everything that a summary report's rows follow from."""

    spec: ReportSpec
    config: CenterConfig
    source: Source
    groups: Groups
    layout: Layout
    coverage: Coverage
    projections: Projections

    def rows(self) -> Iterator[Row]:
        """Return the rows by bucket, then dimensions, with totals after the rows they sum."""
        spec = self.spec
        numbering = _Numbering()
        grand: list[Vector] = []
        width = len(self.groups.shown[0]) if self.groups.shown else 0
        for bucket in self._buckets():
            sums = sorted(self._sums(bucket).items())
            if not sums:
                continue
            times = self._times(bucket)
            yield from self._bucket_rows(sums, times, numbering)
            if spec.grand_total:
                last = [self.layout.side_by_side([vector for _, vector in sums])]
                # One vector of all buckets so far: the next report may have 100,000 buckets.
                grand = [self.layout.over_time([*grand, *last], grand or last, last)]
        if grand:
            yield self._row(
                grand[0], (None, None), (None,) * width, Total("grandtotal", None, None)
            )

    def _bucket_rows(
        self,
        sums: list[tuple[int, Vector]],
        times: tuple[datetime, datetime],
        numbering: _Numbering,
    ) -> Iterator[Row]:
        groups = self.groups
        two_levels = self.config.subtotal_levels > 1 and len(groups.dimensions) > 1
        width = len(groups.shown[0])
        first = numbering.next
        for outer, parts in groupby(sums, lambda pair: groups.shown[pair[0]][: groups.outer]):
            inner = numbering.next
            vectors = []
            for group, vector in parts:
                vectors.append(vector)
                numbering.next += 1
                yield self._row(vector, times, groups.shown[group], None)
            if self.spec.subtotals and two_levels:
                shown = outer + (None,) * (width - len(outer))
                yield self._subtotal(vectors, times, shown, inner, numbering)
        if self.spec.subtotals:
            vectors = [vector for _, vector in sums]
            yield self._subtotal(vectors, times, (None,) * width, first, numbering)

    def _subtotal(
        self,
        vectors: list[Vector],
        times: tuple[datetime, datetime],
        shown: tuple[str | None, ...],
        first: int,
        numbering: _Numbering,
    ) -> Row:
        mark = Total("subtotal", first, numbering.next - 1)
        numbering.next += 1
        return self._row(self.layout.side_by_side(vectors), times, shown, mark)

    def _row(
        self,
        vector: Vector,
        times: tuple[datetime | None, datetime | None],
        shown: tuple[str | None, ...],
        total: Total | None,
    ) -> Row:
        values = tuple([evaluate(vector) for evaluate in self.layout.evaluators])
        return Row(times[0], times[1], shown, values, total)

    def _buckets(self) -> Iterator[Bucket]:
        start, end = self.coverage.whole
        zone = self.coverage.zone
        end = min(end, self.coverage.now) if self.spec.granularity is not Granularity.NONE else end
        spec = self.spec
        cut = self.config.hour_cut
        start -= self.coverage.morning
        return buckets(start, end, spec.granularity, zone, cut, week_start=spec.week_start)

    def _times(self, bucket: Bucket) -> tuple[datetime, datetime]:
        zone = ZoneInfo(self.spec.timezone)
        if self.spec.granularity is Granularity.NONE:
            return self.spec.start.astimezone(zone), self.spec.end.astimezone(zone)
        return local(bucket.start, zone), local(bucket.end, zone)

    def _sums(self, bucket: Bucket) -> dict[int, Vector]:
        """Add up what happened in a bucket, by group."""
        slots = self.coverage.slots(bucket)
        edges = (slots[:1], slots[-1:]) if self.layout.has_edges else ([], [])
        at_edges = [self._vectors(edge) for edge in edges]
        return {
            group: self.layout.over_time(held, *(edge.get(group, []) for edge in at_edges))
            for group, held in self._vectors(slots).items()
        }

    def _vectors(self, slots: list[tuple[int, View]]) -> dict[int, list[Vector]]:
        """Collect what happened in quarters, by group."""
        layout, of_leaf = self.layout, self.groups.of_leaf
        projected = {view: self.projections(self.source, layout.names, view) for _, view in slots}
        found: defaultdict[int, list[Vector]] = defaultdict(list)
        pending = 0
        for slot, view in slots:
            vectors, cells = projected[view], self.source.cells(slot)
            for leaf, profile in zip(cells.leaves, cells.profiles, strict=True):
                vector = vectors[profile]
                if vector is not None and (group := of_leaf[leaf]) >= 0:
                    found[group].append(vector)
            pending += len(cells.leaves)
            if pending > _PENDING:
                for group, held in found.items():
                    found[group] = [layout.side_by_side(held)]
                pending = 0
        return found


class _Numbering:
    """Counts the rows given so far, totals included: what a subtotal's indexes refer to."""

    def __init__(self) -> None:
        self.next = 0
