"""Which key of a report fills which column of its stream, also for keys nobody announced."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_8x8_cc.records.columns import (
    END_KEY,
    FIXED,
    START_KEY,
    Column,
    Role,
    dimension_column,
    metric_column,
    named,
)
from tap_8x8_cc.records.metrics import is_measure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

_IDENTIFYING = re.compile(r"(Id|ID|Name)$")
TIME_KEYS = frozenset({START_KEY, END_KEY})


@dataclass(frozen=True, slots=True)
class SummaryLayout:
    """The columns of one report, by key.

    Args:
        keys: The report's keys in the order of its rows.
        columns: For each key its column; None for startTime and endTime.
        identity: Names of the dimensions that identify a row; None: all of them do.
    """

    keys: tuple[str, ...]
    columns: tuple[Column | None, ...]
    identity: frozenset[str] | None = None

    @property
    def dimensions(self) -> list[tuple[int, Column]]:
        """Position and column of each dimension."""
        return self._with(Role.DIMENSION)

    @property
    def metrics(self) -> list[tuple[int, Column]]:
        """Position and column of each metric."""
        return self._with(Role.METRIC)

    def position(self, key: str) -> int | None:
        """Return the position of a key; None where the report does not have it."""
        return self.keys.index(key) if key in self.keys else None

    def _with(self, role: Role) -> list[tuple[int, Column]]:
        pairs = enumerate(self.columns)
        return [(index, column) for index, column in pairs if column and column.role is role]


def summary_layout(keys: Sequence[str], known: Iterable[Column]) -> SummaryLayout:
    """Return each key of a report with its column.

    A known key has its column; a key that differs from a known one only in spelling
    (`queueID` for `queueId`) has that one's; any other becomes a new column.

    Args:
        keys: The report's keys, distinct, in the order of its rows.
        known: The stream's columns.
    """
    by_key = {column.key: column for column in known if column.key is not None}
    by_name = {column.name: column for column in by_key.values()}
    found = {key: by_key[key] for key in keys if key in by_key}
    first_metric = _first_metric(keys, found)
    fresh = []
    for index, key in enumerate(keys):
        if key in found or key in TIME_KEYS:
            continue
        column = _classified(key, keys, before_metrics=index < first_metric)
        twin = by_name.get(column.name)
        if twin is not None and twin not in found.values():
            found[key] = twin
        else:
            fresh.append(column)
    found |= {c.key: c for c in named(fresh, [*FIXED, *by_name]) if c.key is not None}
    return SummaryLayout(tuple(keys), tuple(found.get(key) for key in keys))


def _first_metric(keys: Sequence[str], found: Mapping[str, Column]) -> int:
    """Return where the metrics begin: with the first known one, or after the last dimension."""
    metrics = [i for i, key in enumerate(keys) if key in found and found[key].role is Role.METRIC]
    if metrics:
        return metrics[0]
    others = [i for i, key in enumerate(keys) if key in found or _is_telling(key, keys)]
    return max(others, default=-1) + 1


def _is_telling(key: str, keys: Collection[str]) -> bool:
    """Tell whether a key is surely no metric: a time, an identifier, a name, or with one beside."""
    beside = f"{key}Id" in keys or f"{key}ID" in keys
    return key in TIME_KEYS or beside or _IDENTIFYING.search(key) is not None


def _classified(key: str, keys: Sequence[str], *, before_metrics: bool) -> Column:
    """Tell whether an unknown key is a dimension or a metric, by its name and place alone.

    Values have no say: they differ from one report to the next, and with them the row ids would.
    An identifier or a name is a dimension, and so is what an identifier stands beside. What is
    called like a measure is a metric. Of any other the place decides: dimensions stand before
    metrics.
    """
    if _is_telling(key, keys):
        return dimension_column(key)
    if before_metrics and not is_measure(key):
        return dimension_column(key)
    return metric_column(key)
