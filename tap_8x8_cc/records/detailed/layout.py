"""Which key of a detailed report fills which column, also for keys and forms nobody announced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_8x8_cc.records.columns import EVENT_FIXED, named
from tap_8x8_cc.records.detailed.columns import ongoing_column, ongoing_key, value_columns

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_8x8_cc.model.blocks import RowBlock
    from tap_8x8_cc.records.columns import Column

VALUE, ONGOING = "value", "ongoing"
"""The members of an object that tells whether its value may still grow."""


@dataclass(frozen=True, slots=True)
class DetailedLayout:
    """The columns of some rows of a detailed report.

    Args:
        columns: The column of each key, in the order of the rows' keys.
        ongoing: For each of them the column that tells whether its value may still grow, if any.
        fresh: The columns that nobody announced.
    """

    columns: tuple[Column, ...]
    ongoing: tuple[Column | None, ...]
    fresh: tuple[Column, ...]


def detailed_layout(
    keys: Sequence[str], chunk: RowBlock, known: Iterable[Column]
) -> DetailedLayout:
    """Return each key its column; a key or a form of value nobody announced gets a new one.

    The type of a new one follows from its name alone: values differ from one report to the next.
    A key that differs from a known one only in spelling (`queueID` for `queueId`) has that one's.

    Args:
        keys: The keys of the rows.
        chunk: The rows.
        known: The columns known so far.
    """
    by_key = {column.key: column for column in known if column.key}
    by_name = {column.name: column for column in by_key.values()}
    found: dict[str, Column] = {key: by_key[key] for key in keys if key in by_key}
    fresh: list[Column] = []
    for key, values in zip(keys, chunk.columns, strict=True):
        growing = dict in set(map(type, values)) and any(map(is_ongoing, values))
        column = found.get(key)
        if column is None:
            made = value_columns(key)
            column = by_name.get(made[0].name)
            if column is None or column in found.values():
                column, *others = made
                fresh += [column, *others]
                growing = growing and not others
            found[key] = column
        if growing and ongoing_key(column.key or key) not in by_key:
            fresh.append(ongoing_column(column))
    renamed = {c.key: c for c in named(fresh, [*EVENT_FIXED, *by_name])}
    columns = tuple(renamed.get(key, found[key]) for key in keys)
    ongoing = tuple(
        by_key.get(wanted) or renamed.get(wanted)
        for wanted in (ongoing_key(column.key or "") for column in columns)
    )
    return DetailedLayout(columns, ongoing, tuple(renamed.values()))


def is_ongoing(value: object) -> bool:
    """Tell whether a value is an object that tells whether its value may still grow."""
    return type(value) is dict and VALUE in value
