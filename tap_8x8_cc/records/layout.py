"""Which key of a report fills which column of its stream, also for unannounced keys."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_8x8_cc.records.columns import (
    TIME_KEYS,
    Column,
    Role,
    Rows,
    dimension_column,
    fixed_names,
    metric_column,
    named,
)
from tap_8x8_cc.records.metrics import is_measure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_IDENTIFYING = re.compile(r"(Id|ID|Name)$")


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of some rows of a report.

    Args:
        keys: The keys in the order of the rows.
        columns: For each key its column; None for startTime and endTime of a summary.
        ongoing: For each key of an event the column that says whether its value may still grow.
        fresh: The columns that were not announced.
    """

    keys: tuple[str, ...]
    columns: tuple[Column | None, ...]
    ongoing: tuple[Column | None, ...] = ()
    fresh: tuple[Column, ...] = ()

    @property
    def dimensions(self) -> dict[str, int]:
        """The position of each dimension, by its column's name."""
        pairs = enumerate(self.columns)
        return {column.name: at for at, column in pairs if column and column.role is Role.DIMENSION}


def summary_layout(keys: Sequence[str], known: Iterable[Column]) -> Layout:
    """Return each key of a summary report with its column.

    A known key has its column. A key that differs from a known one only in spelling (`queueID`
    for `queueId`) has that one's. Any other becomes a new column.

    Args:
        keys: The report's keys, distinct, in the order of its rows.
        known: The stream's columns.
    """
    by_key = {column.key: column for column in known if column.key is not None}
    by_name = {column.name: column for column in by_key.values()}
    found = {key: by_key[key] for key in keys if key in by_key}
    first_metric = _first_metric(keys, found)
    made = []
    for index, key in enumerate(keys):
        if key in found or key in TIME_KEYS:
            continue
        column = _classified(key, keys, before_metrics=index < first_metric)
        twin = by_name.get(column.name)
        if twin is not None and twin not in found.values():
            found[key] = twin
        else:
            made.append(column)
    fresh = named(made, [*fixed_names(Rows.SUMMARY), *by_name])
    found |= {column.key: column for column in fresh if column.key is not None}
    return Layout(tuple(keys), tuple(found.get(key) for key in keys), fresh=tuple(fresh))


def _first_metric(keys: Sequence[str], found: Mapping[str, Column]) -> int:
    """Return the position of the first known metric, or the one after the last dimension."""
    metrics = [i for i, key in enumerate(keys) if key in found and found[key].role is Role.METRIC]
    if metrics:
        return metrics[0]
    others = [i for i, key in enumerate(keys) if key in found or _is_no_metric(key, keys)]
    return max(others, default=-1) + 1


def _is_no_metric(key: str, keys: Collection[str]) -> bool:
    """Return whether a key is a time, an identifier, a name, or has an identifier beside it."""
    beside = f"{key}Id" in keys or f"{key}ID" in keys
    return key in TIME_KEYS or beside or _IDENTIFYING.search(key) is not None


def _classified(key: str, keys: Sequence[str], *, before_metrics: bool) -> Column:
    """Make the column of an unknown key, a dimension or a metric by its name and place alone.

    Values don't count: they differ from one report to the next. If the name doesn't show what the
    key is, the place does: dimensions stand before metrics.
    """
    if _is_no_metric(key, keys) or (before_metrics and not is_measure(key)):
        return dimension_column(key)
    return metric_column(key)
