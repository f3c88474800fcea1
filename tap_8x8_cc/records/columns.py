"""The columns of a stream, and the JSON Schema made from them.

A report's columns are the fixed ones of every stream, the dimensions of its grouping and the
metrics of its type. The API does not announce the dimensions' keys: they are predicted from the
grouping's words and confirmed, or added to, by the data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.metrics import (
    Kind,
    dimension_description,
    is_published,
    is_summable,
    metric_description,
    summary_kind,
    sums_note,
)
from tap_8x8_cc.records.naming import column_name, dimension_keys, resolve

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


class Role(StrEnum):
    """The three kinds of column: of every row, or of the report's own keys."""

    FIXED = auto()
    DIMENSION = auto()
    METRIC = auto()


class Rows(StrEnum):
    """The three kinds of row."""

    SUMMARY = auto()
    EVENT = auto()
    PARTICIPANT = auto()


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Args:
        name: Its name in the stream.
        role: What it is to the row.
        description: For people, with the unit.
        key: The API's key, for dimensions and metrics.
        kind: How its values are typed.
        members: The members of the objects in a list; none if it holds texts.
        summable: Whether its values can be summed over buckets; None if unknown or no number.
    """

    name: str
    role: Role
    description: str
    key: str | None = None
    kind: Kind = Kind.TEXT
    members: tuple[Column, ...] = ()
    summable: bool | None = None


ROW_ID = "row_id"
TENANT_ID = "tenant_id"
END_TIME = "end_time"
READ_AT = "read_at"
TOTAL_TYPE = "total_type"
UNPARSED = "unparsed_values"
INTERACTION_ROW_ID = "interaction_row_id"
ONGOING_SUFFIX = ".ongoing"
"""Ends the key of a column that says whether another's value may still grow."""
SUMMABLE = "x-summable"
"""The member of a column's schema that says whether it can be summed over buckets."""
START_KEY, END_KEY = "startTime", "endTime"
TIME_KEYS = frozenset({START_KEY, END_KEY})


def _fixed(name: str, kind: Kind, description: str) -> Column:
    return Column(name, Role.FIXED, description, kind=kind)


_ALL = frozenset(Rows)
_SUMMARIES = frozenset({Rows.SUMMARY})
_EVENTS = frozenset({Rows.EVENT, Rows.PARTICIPANT})
_FIXED = (
    (_fixed(ROW_ID, Kind.KEY, "Hash of what identifies the row; the key."), _ALL),
    (
        _fixed(INTERACTION_ROW_ID, Kind.TEXT, "The row_id of the interaction, to join by."),
        frozenset({Rows.PARTICIPANT}),
    ),
    (_fixed(TENANT_ID, Kind.TEXT, "Tenant that the row belongs to."), _ALL),
    (_fixed("start_time", Kind.TIMESTAMP, "Start of the bucket, in UTC."), _SUMMARIES),
    (_fixed(END_TIME, Kind.TIMESTAMP, "End of the bucket, in UTC."), _SUMMARIES),
    (_fixed("report_date", Kind.DATE, "Local day whose report listed the row."), _EVENTS),
    (
        _fixed("local_date", Kind.DATE, "Calendar date of start_time in the time zone."),
        _SUMMARIES,
    ),
    (
        _fixed(
            "local_date",
            Kind.DATE,
            "Calendar date of the event in the time zone; report_date if its time is unknown.",
        ),
        _EVENTS,
    ),
    (
        _fixed("local_time", Kind.TIME, "What the time zone's clock shows at start_time."),
        _SUMMARIES,
    ),
    (
        _fixed(
            READ_AT,
            Kind.TIMESTAMP,
            "When the tap began to write the rows of the report, in UTC; the same for all of them.",
        ),
        _ALL,
    ),
    (_fixed("granularity", Kind.TEXT, "Length of the bucket."), _SUMMARIES),
    (
        _fixed("timezone", Kind.TEXT, "IANA time zone in which the buckets are cut."),
        _SUMMARIES,
    ),
    (_fixed("timezone", Kind.TEXT, "IANA time zone of the dates."), _EVENTS),
    (
        _fixed(TOTAL_TYPE, Kind.TEXT, "subtotal or grandtotal; null for an ordinary row."),
        _SUMMARIES,
    ),
    (
        _fixed(
            UNPARSED,
            Kind.OBJECT,
            "Raw text, by column, of values that their column's type can't hold.",
        ),
        _ALL,
    ),
)
"""The fixed columns in order, with the kinds of row that have them; the last stands last."""

_KIND_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.COUNT: {"type": ["integer", "null"]},
    Kind.DURATION: {"type": ["number", "null"]},
    Kind.PERCENTAGE: {"type": ["number", "null"]},
    Kind.NUMBER: {"type": ["number", "null"]},
    Kind.TIMESTAMP: {"type": ["string", "null"], "format": "date-time"},
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.LIST: {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
    Kind.BOOLEAN: {"type": ["boolean", "null"]},
    Kind.KEY: {"type": ["string"]},
    Kind.DATE: {"type": ["string", "null"], "format": "date"},
    Kind.TIME: {"type": ["string", "null"], "format": "time"},
    Kind.OBJECT: {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
}


def fixed_columns(rows: Rows) -> tuple[Column, ...]:
    """Return the fixed columns that a kind of row may have, in order."""
    return tuple(column for column, kinds in _FIXED if rows in kinds)


def fixed_names(rows: Rows) -> list[str]:
    """Return the names that no other column may have."""
    return [column.name for column in fixed_columns(rows)]


def summary_columns(
    group_by: str | None, metrics: Iterable[str], *, with_tenant: bool, with_totals: bool
) -> tuple[Column, ...]:
    """Return the columns of a summary report, in the order of the stream.

    Args:
        group_by: The grouping, `media-and-channel-and-queue`; None if the type has none.
        metrics: The metrics that may be asked for, by the API's names.
        with_tenant: Whether rows carry a tenant.
        with_totals: Whether rows carry a total type.
    """
    predicted = dimension_keys(group_by or "")
    dimensions = [dimension_column(key) for key in predicted]
    measures = [metric_column(key) for key in dict.fromkeys(metrics) if key not in predicted]
    own = dimensions + measures
    return framed(own, Rows.SUMMARY, with_tenant=with_tenant, with_totals=with_totals)


def framed(
    own: Sequence[Column], rows: Rows, *, with_tenant: bool, with_totals: bool = False
) -> tuple[Column, ...]:
    """Return the columns of a stream: the fixed ones around its own, with distinct names.

    Args:
        own: Its own columns, named after their keys.
        rows: The kind of its rows.
        with_tenant: Whether rows carry a tenant.
        with_totals: Whether rows carry a total type.
    """
    unwanted = {TENANT_ID} if not with_tenant else set()
    unwanted |= {TOTAL_TYPE} if not with_totals else set()
    around = [column for column in fixed_columns(rows) if column.name not in unwanted]
    return (*around[:-1], *named(own, fixed_names(rows)), around[-1])


def dimension_column(key: str) -> Column:
    """Make the column of a dimension."""
    return Column(column_name(key), Role.DIMENSION, dimension_description(key), key, Kind.TEXT)


def metric_column(key: str) -> Column:
    """Make the column of a summary metric."""
    text = metric_description(key) + sums_note(key)
    return Column(
        column_name(key), Role.METRIC, text, key, summary_kind(key), summable=is_summable(key)
    )


def named(columns: Sequence[Column], taken: Iterable[str]) -> list[Column]:
    """Return columns with names that differ from each other and from those `taken`.

    If several want the same name, a dimension gets it, then a published metric, then a plain key
    (`newCalls`) before one with signs in it (`new.calls`), then the first by the alphabet. The
    order of the API's listing doesn't count, since it may change.
    """
    used = list(taken)
    names: dict[str, str] = {}
    for column in sorted(columns, key=_precedence):
        identity = column.key or column.name
        names |= resolve({identity: column.name}, used)
        used.append(names[identity])
    return [replace(column, name=names[column.key or column.name]) for column in columns]


def _precedence(column: Column) -> tuple[bool, bool, bool, str]:
    key = (column.key or "").removesuffix(ONGOING_SUFFIX)
    return column.role is Role.METRIC, not is_published(key), not key.isalnum(), key


def stream_schema(columns: Iterable[Column]) -> dict[str, Any]:
    """Return the JSON Schema of a stream with these columns."""
    return {
        "type": "object",
        "properties": {column.name: column_schema(column) for column in columns},
        "required": [ROW_ID],
    }


def column_schema(column: Column) -> dict[str, Any]:
    """Return the JSON Schema of a column."""
    form = _KIND_SCHEMAS[column.kind]
    if column.members:
        members = {member.name: column_schema(member) for member in column.members}
        form = {**form, "items": {"type": ["object", "null"], "properties": members}}
    if column.summable is not None:
        form = {**form, SUMMABLE: column.summable}
    return {**form, "description": column.description}
