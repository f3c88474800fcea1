"""What the probe's reports are about: types, groupings and metrics that show much in few rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.metrics import Kind, detailed_kind, summary_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_8x8_cc.api.listing import Listing, ReportType

PREFERRED = ("queue-interactions-summary", "agent-interactions-summary")
"""Types with rows in nearly every contact center."""
MAX_WORDS = 3
"""Dimensions of a grouping: more would make many rows."""
KINDS = (Kind.COUNT, Kind.DURATION, Kind.PERCENTAGE)
PER_KIND = 2
"""Metrics of each kind: one may be null while the other is not."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The subjects of the probe's summary reports, each as members of a create call's body.

    Args:
        wide: Several dimensions, and metrics of each kind.
        narrow: Few rows: one dimension, one count.
        other: Dimensions that the others don't have.
    """

    wide: dict[str, Any]
    narrow: dict[str, Any]
    other: dict[str, Any]


def choose(listing: Listing) -> Choices | None:
    """Choose from the listed report types; None if no type has groupings."""
    entries = [entry for entry in listing.values() if entry.groupings]
    if not entries:
        return None
    first = min(entries, key=lambda entry: (*PREFERRED, entry.type).index(entry.type))
    metrics = telling_metrics(first.metrics, summary_kind)
    wide = max(_groupings(first), key=lambda grouping: len(words_of(grouping)))
    narrow = min(_groupings(first), key=lambda grouping: len(words_of(grouping)))
    counts = [name for name in metrics if summary_kind(name) is Kind.COUNT]
    known = words_of(wide) | words_of(narrow)
    pairs = [(entry, grouping) for entry in entries for grouping in _groupings(entry)]
    entry, grouping = max(pairs, key=lambda pair: len(words_of(pair[1]) - known))
    return Choices(
        _subject(first, wide, metrics),
        _subject(first, narrow, counts[:1] or metrics[:1]),
        _subject(entry, grouping, telling_metrics(entry.metrics, summary_kind)),
    )


def detailed_metrics(entry: ReportType) -> list[str]:
    """Return some metrics of a detailed type: lengths, counts and times, nothing of a person."""
    times = [name for name in entry.metrics if detailed_kind(name) is Kind.TIMESTAMP]
    return [*telling_metrics(entry.metrics, detailed_kind), *times[:PER_KIND]]


def telling_metrics(names: Iterable[str], kind_of: Callable[[str], Kind]) -> list[str]:
    """Return some metrics of each kind; averages first, since they may have no value."""
    ordered = sorted(names, key=lambda name: ("." in name, not name.startswith("avg")))
    found = [[name for name in ordered if kind_of(name) is kind][:PER_KIND] for kind in KINDS]
    return [name for some in found for name in some] or ordered[:PER_KIND]


def words_of(grouping: str) -> set[str]:
    """Return the dimensions of a grouping."""
    return set(grouping.split("-and-"))


def _subject(entry: ReportType, grouping: str, metrics: list[str]) -> dict[str, Any]:
    return {"type": entry.type, "groupBy": {"name": grouping}, "metrics": metrics}


def _groupings(entry: ReportType) -> list[str]:
    """Return the groupings of a type that have few dimensions, or else all."""
    few = [grouping for grouping in entry.groupings if len(words_of(grouping)) <= MAX_WORDS]
    return few or list(entry.groupings)
