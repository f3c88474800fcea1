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
from tap_8x8_cc.records.metrics import Kind, summary_kind
from tap_8x8_cc.records.values import PARSERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_IDENTIFYING = re.compile(r"(Id|ID|Name)$")
TIME_KEYS = frozenset({START_KEY, END_KEY})


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one report, by key.

    Args:
        keys: The report's keys in the order of its rows.
        columns: For each key its column; None for startTime and endTime.
    """

    keys: tuple[str, ...]
    columns: tuple[Column | None, ...]

    @property
    def dimensions(self) -> list[tuple[int, Column]]:
        """Position and column of each dimension."""
        return self._with(Role.DIMENSION)

    @property
    def metrics(self) -> list[tuple[int, Column]]:
        """Position and column of each metric."""
        return self._with(Role.METRIC)

    def position(self, key: str) -> int | None:
        """Give the position of a key; None where the report does not have it."""
        return self.keys.index(key) if key in self.keys else None

    def _with(self, role: Role) -> list[tuple[int, Column]]:
        pairs = enumerate(self.columns)
        return [(index, column) for index, column in pairs if column and column.role is role]


def lay_out(
    keys: Sequence[str], known: Iterable[Column], samples: Mapping[str, Sequence[object]]
) -> Layout:
    """Give each key of a report its column.

    A known key has its column; a key that differs from a known one only in spelling
    (`queueID` for `queueId`) has that one's; any other becomes a new column.

    Args:
        keys: The report's keys, distinct, in the order of its rows.
        known: The stream's columns.
        samples: Some values of each key, to tell what an unknown key is.
    """
    by_key = {column.key: column for column in known if column.key is not None}
    by_name = {column.name: column for column in by_key.values()}
    found = {key: by_key[key] for key in keys if key in by_key}
    fresh = []
    dimensions, metrics = _places(keys, found, Role.DIMENSION), _places(keys, found, Role.METRIC)
    first_metric = min(metrics, default=len(keys))
    last_dimension = max(dimensions, default=-1)
    for index, key in enumerate(keys):
        if key in found or key in TIME_KEYS:
            continue
        if index < min(first_metric, last_dimension):  # among dimensions
            column = dimension_column(key)
        else:
            column = _classified(key, samples.get(key, ()), before_metrics=index < first_metric)
        twin = by_name.get(column.name)
        if twin is not None and twin not in found.values():
            found[key] = twin
        else:
            fresh.append(column)
    found |= {c.key: c for c in named(fresh, [*FIXED, *by_name]) if c.key is not None}
    return Layout(tuple(keys), tuple(found.get(key) for key in keys))


def _places(keys: Sequence[str], found: Mapping[str, Column], role: Role) -> list[int]:
    return [i for i, key in enumerate(keys) if key in found and found[key].role is role]


def _classified(key: str, samples: Sequence[object], *, before_metrics: bool) -> Column:
    """Tell whether an unknown key is a dimension or a metric.

    An identifier or a name is a dimension, and so is what holds words; what is called and looks
    like a measure is a metric. Where it holds nothing at all, its place decides: dimensions stand
    before metrics. A number that does not stand among dimensions is rather taken for a metric: as
    a dimension it would be part of the row's identity, and each change of it would make another
    row.
    """
    if _IDENTIFYING.search(key):
        return dimension_column(key)
    kind = summary_kind(key)
    held = [value for value in samples if value is not None and value != ""]
    if not held:
        return dimension_column(key) if before_metrics else metric_column(key)
    return metric_column(key) if _all_fit(kind, held) else dimension_column(key)


def _all_fit(kind: Kind, values: Iterable[object]) -> bool:
    parse = PARSERS[kind]
    try:
        for value in values:
            parse(value)
    except ValueError:
        return False
    return True
