"""Typing the values of detailed reports: texts, lists, and objects, a whole column at a time.

Each value is a text, a number, a list, or an object `{"value": …, "ongoing": …}` of one of these;
older API versions write plain values. Both come to the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.detailed.columns import ongoing_column, value_columns
from tap_8x8_cc.records.detailed.layout import ONGOING, VALUE
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.parsers import ColumnParser
from tap_8x8_cc.records.values import LARGEST_INTEGER, parse_boolean, parse_text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.records.columns import Column

_WHOLE = frozenset({Kind.COUNT, Kind.DURATION, Kind.NUMBER})
Flags = list[bool | None]
Note = Callable[[int, str, object], None]
"""Called with the position of a value, where in it, and what could not be held."""


def typed_column(
    column: Column, values: Sequence[object], note: Note, zone: ZoneInfo | None = None
) -> tuple[list[Any], Flags]:
    """Type the values of a column.

    Args:
        column: The column.
        values: Its values as they came.
        note: Told of values that the column can't hold; they become null.
        zone: The zone of times without an offset.

    Returns:
        The values, and whether each may still grow: null where that was not said.
    """
    flags: Flags = [None] * len(values)
    if dict in set(map(type, values)):
        values, flags = _unwrapped(values, note)
    if column.kind is not Kind.LIST:
        return _scalars(column, values, note, zone), flags
    if column.members:
        return _objects(column, values, note, zone), flags
    return [_texts(value, index, note) for index, value in enumerate(values)], flags


def _unwrapped(values: Sequence[object], note: Note) -> tuple[list[object], Flags]:
    """Take the values out of the objects that tell whether they may still grow."""
    plain = list(values)
    flags: Flags = [None] * len(values)
    for index, value in enumerate(values):
        if type(value) is not dict or VALUE not in value:
            continue
        plain[index] = value[VALUE]
        try:
            flags[index] = parse_boolean(value.get(ONGOING))
        except ValueError:
            note(index, "", value)
        else:
            if len(value) > 1 + (ONGOING in value):  # it holds more than is taken from it
                note(index, "", value)
    return plain, flags


def _scalars(
    column: Column, values: Sequence[object], note: Note, zone: ZoneInfo | None
) -> list[object]:
    kind = column.kind or Kind.TEXT
    if kind in _WHOLE and _are_small(values):
        return list(values)
    return ColumnParser(kind, zone).typed(
        values, lambda index, value: note(index, "", value), (dict,)
    )


def _are_small(values: Sequence[object]) -> bool:
    """Tell whether all values are whole numbers that loaders can store, or nothing."""
    if not set(map(type, values)) <= {int, type(None)}:
        return False
    numbers = [value for value in values if isinstance(value, int)]
    return not numbers or -LARGEST_INTEGER <= min(numbers) <= max(numbers) <= LARGEST_INTEGER


def _texts(value: object, index: int, note: Note) -> list[str | None] | None:
    """Make a list of texts; a single value is a list of one."""
    if value is None or value == "":
        return None
    if isinstance(value, dict):
        note(index, "", value)
        return None
    return [parse_text(entry) for entry in (value if isinstance(value, list) else [value])]


def _objects(
    column: Column, values: Sequence[object], note: Note, zone: ZoneInfo | None
) -> list[Any]:
    """Make lists of objects, member by member over all rows."""
    places: list[tuple[int, int]] = []
    objects: list[dict[str, object]] = []
    lists: list[list[dict[str, object]] | None] = []
    for index, value in enumerate(values):
        entries = [value] if isinstance(value, dict) else value
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            if value is not None and value != "":
                note(index, "", value)
            lists.append(None)
            continue
        lists.append(entries)
        objects += entries
        places += [(index, place) for place in range(len(entries))]

    def note_member(name: str) -> Note:
        def told(position: int, where: str, value: object) -> None:
            index, place = places[position]
            note(index, f".{place}.{name}{where}", value)

        return told

    typed = iter(_typed_objects(column, objects, note_member, zone))
    return [None if entries is None else [next(typed) for _ in entries] for entries in lists]


def _typed_objects(
    column: Column,
    objects: list[dict[str, object]],
    note_member: Callable[[str], Note],
    zone: ZoneInfo | None,
) -> list[dict[str, object]]:
    if not objects:
        return []
    known = {member.key: member for member in column.members}
    keys = dict.fromkeys(key for entry in objects for key in entry)
    table: dict[str, Sequence[object]] = {
        member.name: [None] * len(objects) for member in column.members
    }
    for key in keys:
        values = [entry.get(key) for entry in objects]
        member = known.get(key) or value_columns(key)[0]
        typed, flags = typed_column(member, values, note_member(member.name), zone)
        table[member.name] = typed
        ongoing = ongoing_column(member)
        if ongoing.name in table or any(flag is not None for flag in flags):
            table[ongoing.name] = flags
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
