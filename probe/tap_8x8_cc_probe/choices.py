"""What the probe's reports are of: types, groupings and metrics that tell the most in few rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.records.metrics import Kind, detailed_kind, summary_kind
from tap_8x8_cc.records.naming import dimension_words

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tap_8x8_cc.api.listing import Listing, ReportType

PREFERRED = ("queue-interactions-summary", "agent-interactions-summary")
"""Types of which nearly every contact center has rows."""
MOST_WORDS = 3
"""Dimensions of a grouping: more would make many rows."""
TELLING_KINDS = (Kind.COUNT, Kind.DURATION, Kind.PERCENTAGE)
OF_A_KIND = 2
"""Metrics of a kind: their forms are what matters, and one may be null where the other isn't."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What a report is of: the type, its grouping, some metrics."""

    type: str
    group_by: str | None
    metrics: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choices:
    """What the probe's summary reports are of.

    Args:
        wide: Several dimensions, and metrics of each kind.
        narrow: Few rows: one dimension, a count.
        other: Dimensions that the others do not have.
    """

    wide: Choice
    narrow: Choice
    other: Choice


def choose(listing: Listing) -> Choices | None:
    """Choose from the report types on offer; None where no summary type is among them."""
    entries = [entry for entry in listing.values() if entry.kind is ReportKind.SUMMARY]
    if not entries:
        return None
    first = min(entries, key=lambda entry: _rank(entry.type))
    metrics = telling_metrics(first.metrics, summary_kind)
    wide = max(_fitting(first), key=lambda grouping: len(words_of(grouping)))
    narrow = min(_fitting(first), key=lambda grouping: len(words_of(grouping)))
    counts = [name for name in metrics if summary_kind(name) is Kind.COUNT]
    known = {*words_of(wide), *words_of(narrow)}
    pairs = [(entry, grouping) for entry in entries for grouping in _fitting(entry)]
    # The first of those that add most: later types are asked for less often.
    entry, grouping = max(pairs, key=lambda pair: len(set(words_of(pair[1])) - known))
    return Choices(
        Choice(first.type, wide, metrics),
        Choice(first.type, narrow, tuple(counts[:1] or metrics[:1])),
        Choice(entry.type, grouping, telling_metrics(entry.metrics, summary_kind)),
    )


def telling_metrics(names: Iterable[str], kind_of: Callable[[str], Kind]) -> tuple[str, ...]:
    """Return some metrics of each kind; averages first, since they may have no value."""
    ordered = sorted(names, key=lambda name: ("." in name, not name.startswith("avg")))
    found = [
        [name for name in ordered if kind_of(name) is kind][:OF_A_KIND] for kind in TELLING_KINDS
    ]
    return tuple(name for some in found for name in some) or tuple(ordered[:OF_A_KIND])


def detailed_metrics(entry: ReportType) -> tuple[str, ...]:
    """Return some metrics of a detailed type: lengths, times and counts, of no person."""
    times = [name for name in entry.metrics if detailed_kind(name) is Kind.TIMESTAMP]
    return (*telling_metrics(entry.metrics, detailed_kind), *times[:OF_A_KIND])


def words_of(grouping: str | None) -> Sequence[str]:
    """Return the dimensions of a grouping."""
    return dimension_words(grouping or "")


def _fitting(entry: ReportType) -> list[str | None]:
    """Return the groupings of a type that have few dimensions, or else all."""
    groupings = list(entry.groupings)
    few = [grouping for grouping in groupings if len(words_of(grouping)) <= MOST_WORDS]
    return [*(few or groupings)] or [None]


def _rank(name: str) -> int:
    return PREFERRED.index(name) if name in PREFERRED else len(PREFERRED)
