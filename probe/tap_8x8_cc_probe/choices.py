"""What the probe's reports are about: types, groupings and metrics that show much in few rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

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


class Choices(NamedTuple):
    """The subjects of the probe's summary reports, each as members of a create call's body."""

    wide: dict[str, Any]  # several dimensions, metrics of each kind
    narrow: dict[str, Any]  # few rows: one dimension, one count
    other: dict[str, Any]  # dimensions that the others don't have


def choose(listing: Listing) -> Choices | None:
    """Choose from the listed report types; None if no type has groupings."""
    entries = [entry for entry in listing.values() if entry.groupings]
    if not entries:
        return None
    first = min(entries, key=lambda entry: (*PREFERRED, entry.type).index(entry.type))
    wide = max(_groupings(first), key=lambda grouping: len(words_of(grouping)))
    narrow = min(_groupings(first), key=lambda grouping: len(words_of(grouping)))
    known = words_of(wide) | words_of(narrow)
    pairs = [(entry, grouping) for entry in entries for grouping in _groupings(entry)]
    other = max(pairs, key=lambda pair: len(words_of(pair[1]) - known))
    subject = _subject(first, narrow)
    counts = [name for name in subject["metrics"] if summary_kind(name) is Kind.COUNT]
    few = {**subject, "metrics": (counts or subject["metrics"])[:1]}
    return Choices(_subject(first, wide), few, _subject(*other))


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


def _subject(entry: ReportType, grouping: str) -> dict[str, Any]:
    metrics = telling_metrics(entry.metrics, summary_kind)
    return {"type": entry.type, "groupBy": {"name": grouping}, "metrics": metrics}


def _groupings(entry: ReportType) -> list[str]:
    """Return the groupings of a type that have few dimensions, or else all."""
    few = [grouping for grouping in entry.groupings if len(words_of(grouping)) <= MAX_WORDS]
    return few or list(entry.groupings)
