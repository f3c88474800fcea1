"""Typing the values of detailed reports: texts, lists, and objects.

A value is a text, a number, a list, or an object `{"value": …, "ongoing": …}` of one of these.
Older API versions write plain values; both give the same result.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.event_columns import ongoing_column, value_columns
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.values import PARSERS, parse_boolean, parse_text, parse_time, raw_text

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.records.columns import Column

VALUE, ONGOING = "value", "ongoing"
"""The members of an object that says whether its value may still grow."""


@dataclass(frozen=True, slots=True)
class Typed:
    """A typed value, and what was noticed.

    Args:
        value: The value; null if its column can't hold it.
        ongoing: Whether it may still grow; None if the API does not say.
        unparsed: Raw text, by the place within the value, of what could not be held.
        fresh: The members of objects that were not announced, by their name there.
    """

    value: Any
    ongoing: bool | None = None
    unparsed: dict[str, str] = field(default_factory=dict)
    fresh: dict[str, Column] = field(default_factory=dict)


_NULL = Typed(None)


def is_growing(value: object) -> bool:
    """Return whether a value is an object that says whether its value may still grow."""
    return type(value) is dict and VALUE in value


def typed_value(column: Column, value: Any, zone: ZoneInfo | None = None) -> Typed:  # noqa: ANN401
    """Type a value of a column; times without an offset are the zone's."""
    if not is_growing(value):
        return _plain(column, value, zone)
    found = _plain(column, value[VALUE], zone)
    try:
        ongoing = parse_boolean(value.get(ONGOING))
        known = len(value) == 1 + (ONGOING in value)
    except ValueError:
        ongoing, known = None, False
    unparsed = found.unparsed if known else {**found.unparsed, "": raw_text(value)}
    return Typed(found.value, ongoing, unparsed, found.fresh)


def _plain(column: Column, value: Any, zone: ZoneInfo | None) -> Typed:  # noqa: ANN401
    if value is None:
        return _NULL
    if column.kind is Kind.LIST:
        return _objects(column, value, zone) if column.members else _texts(value)
    try:
        if isinstance(value, dict):
            raise ValueError(value)  # noqa: TRY004, TRY301 - as what does not fit otherwise
        if column.kind is Kind.TIMESTAMP:
            return Typed(parse_time(value, zone))
        return Typed(PARSERS[column.kind](value))
    except ValueError:
        return Typed(None, unparsed={"": raw_text(value)})


def _texts(value: Any) -> Typed:  # noqa: ANN401
    """Type a list of texts; a single value is a list of one."""
    if value == "":
        return _NULL
    if isinstance(value, dict):
        return Typed(None, unparsed={"": raw_text(value)})
    return Typed([parse_text(entry) for entry in (value if isinstance(value, list) else [value])])


def _objects(column: Column, value: Any, zone: ZoneInfo | None) -> Typed:  # noqa: ANN401
    """Type a list of objects; a single one is a list of one."""
    entries = [value] if isinstance(value, dict) else value
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return _NULL if value == "" else Typed(None, unparsed={"": raw_text(value)})
    found = [_object(column, entry, zone) for entry in entries]
    unparsed = {
        f".{place}{where}": raw
        for place, entry in enumerate(found)
        for where, raw in entry.unparsed.items()
    }
    fresh = {name: member for entry in found for name, member in entry.fresh.items()}
    return Typed([entry.value for entry in found], None, unparsed, fresh)


def _object(column: Column, entry: dict[str, Any], zone: ZoneInfo | None) -> Typed:
    known = {member.key: member for member in column.members}
    record: dict[str, Any] = dict.fromkeys(member.name for member in column.members)
    unparsed: dict[str, str] = {}
    fresh: dict[str, Column] = {}
    for key, value in entry.items():
        member = known.get(key)
        if member is None:
            member = value_columns(key)[0]
            fresh[member.name] = member
        typed = typed_value(member, value, zone)
        record[member.name] = typed.value
        ongoing = ongoing_column(member)
        if ongoing.name in record:
            record[ongoing.name] = typed.ongoing
        elif typed.ongoing is not None:
            record[ongoing.name] = typed.ongoing
            fresh[ongoing.name] = ongoing
        unparsed |= {f".{member.name}{where}": raw for where, raw in typed.unparsed.items()}
    return Typed(record, None, unparsed, fresh)
