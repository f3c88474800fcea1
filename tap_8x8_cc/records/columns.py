"""The columns of a stream, and the JSON Schema made from them.

A report's columns are the fixed ones of every stream, the dimensions of its grouping and the
metrics of its type. The API does not announce the dimensions' keys: they are predicted from the
grouping's words and confirmed, or added to, by the data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum, auto
from types import MappingProxyType
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
    from collections.abc import Iterable, Mapping, Sequence


class Role(StrEnum):
    """What a column is to its row."""

    ROW_ID = auto()
    PARENT_ROW_ID = auto()
    TENANT_ID = auto()
    START_TIME = auto()
    END_TIME = auto()
    LOCAL_DATE = auto()
    LOCAL_TIME = auto()
    READ_AT = auto()
    GRANULARITY = auto()
    TIMEZONE = auto()
    TOTAL_TYPE = auto()
    DIMENSION = auto()
    METRIC = auto()
    UNPARSED = auto()


OWN_ROLES = frozenset({Role.DIMENSION, Role.METRIC})
"""What is the report's own; all else tells what a row is, and every row has it."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Args:
        name: Its name in the stream.
        role: What it is to the row.
        description: For people, with the unit.
        key: The API's key, for dimensions and metrics.
        kind: How its values are typed, for dimensions and metrics.
        members: The members of the objects in a list; none where it holds texts.
        summable: Whether its values can be summed over buckets; None if unknown or no number.
    """

    name: str
    role: Role
    description: str
    key: str | None = None
    kind: Kind | None = None
    members: tuple[Column, ...] = ()
    summable: bool | None = None


ROW_ID = "row_id"
TENANT_ID = "tenant_id"
END_TIME = "end_time"
READ_AT = "read_at"
TOTAL_TYPE = "total_type"
ONGOING_SUFFIX = ".ongoing"
"""What the key of a column ends with that tells whether another's value may still grow."""
SUMMABLE = "x-summable"
"""The member of a column's schema that says whether it can be summed over buckets."""
START_KEY, END_KEY = "startTime", "endTime"

FIXED = {
    column.name: column
    for column in (
        Column(ROW_ID, Role.ROW_ID, "Hash of what identifies the row; the key."),
        Column(TENANT_ID, Role.TENANT_ID, "Tenant that the row belongs to."),
        Column("start_time", Role.START_TIME, "Begin of the bucket, in UTC."),
        Column(END_TIME, Role.END_TIME, "End of the bucket, in UTC."),
        Column("local_date", Role.LOCAL_DATE, "Calendar date of start_time in the time zone."),
        Column("local_time", Role.LOCAL_TIME, "What the time zone's clock shows at start_time."),
        Column(READ_AT, Role.READ_AT, "When the row's report was created, in UTC."),
        Column("granularity", Role.GRANULARITY, "Length of the bucket."),
        Column("timezone", Role.TIMEZONE, "IANA time zone in which the buckets are cut."),
        Column(TOTAL_TYPE, Role.TOTAL_TYPE, "subtotal or grandtotal; null for an ordinary row."),
        Column(
            "unparsed_values",
            Role.UNPARSED,
            "Raw text, by column, of values that their column's type can't hold.",
        ),
    )
}
"""The columns that every stream of a summary may have; their names are taken."""
EVENT_FIXED = {
    name: FIXED[name]
    for name in (ROW_ID, TENANT_ID, "local_date", "timezone", READ_AT, "unparsed_values")
}
"""Those of streams whose rows have no bucket: their times are the API's own."""

_KIND_SCHEMAS: dict[Kind, dict[str, Any]] = {
    Kind.COUNT: {"type": ["integer", "null"]},
    Kind.DURATION: {"type": ["number", "null"]},
    Kind.PERCENTAGE: {"type": ["number", "null"]},
    Kind.NUMBER: {"type": ["number", "null"]},
    Kind.TIMESTAMP: {"type": ["string", "null"], "format": "date-time"},
    Kind.TEXT: {"type": ["string", "null"]},
    Kind.LIST: {"type": ["array", "null"], "items": {"type": ["string", "null"]}},
    Kind.BOOLEAN: {"type": ["boolean", "null"]},
}
_ROLE_SCHEMAS: dict[Role, dict[str, Any]] = {
    Role.ROW_ID: {"type": ["string"]},
    Role.PARENT_ROW_ID: {"type": ["string", "null"]},
    Role.TENANT_ID: {"type": ["string", "null"]},
    Role.START_TIME: {"type": ["string", "null"], "format": "date-time"},
    Role.END_TIME: {"type": ["string", "null"], "format": "date-time"},
    Role.LOCAL_DATE: {"type": ["string", "null"], "format": "date"},
    Role.LOCAL_TIME: {"type": ["string", "null"], "format": "time"},
    Role.READ_AT: {"type": ["string", "null"], "format": "date-time"},
    Role.GRANULARITY: {"type": ["string", "null"]},
    Role.TIMEZONE: {"type": ["string", "null"]},
    Role.TOTAL_TYPE: {"type": ["string", "null"]},
    Role.UNPARSED: {"type": ["object", "null"], "additionalProperties": {"type": "string"}},
}


def summary_columns(
    group_by: str | None, metrics: Iterable[str], *, with_tenant: bool, with_totals: bool
) -> tuple[Column, ...]:
    """Return the columns of a summary report, in the order of the stream.

    Args:
        group_by: The grouping, `media-and-channel-and-queue`; None where the type has none.
        metrics: The metrics that may be asked for, by the API's names.
        with_tenant: Whether rows carry a tenant.
        with_totals: Whether rows carry a total type.
    """
    predicted = dimension_keys(group_by or "")
    dimensions = [dimension_column(key) for key in predicted]
    measures = [metric_column(key) for key in dict.fromkeys(metrics) if key not in predicted]
    return framed(dimensions + measures, with_tenant=with_tenant, with_totals=with_totals)


def framed(
    own: Sequence[Column],
    *,
    with_tenant: bool,
    with_totals: bool = False,
    fixed: Mapping[str, Column] = MappingProxyType(FIXED),
    descriptions: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Column, ...]:
    """Return the columns of a stream: the fixed ones around its own, each name given once.

    Args:
        own: Its own columns, named as their keys want.
        with_tenant: Whether rows carry a tenant.
        with_totals: Whether rows carry a total type.
        fixed: The fixed columns; the last of them stands behind the stream's own.
        descriptions: What a fixed column means in this stream, where that is something else.
    """
    wanted = {TENANT_ID: with_tenant, TOTAL_TYPE: with_totals}
    around = [
        replace(column, description=descriptions.get(column.name, column.description))
        for column in fixed.values()
        if wanted.get(column.name, True)
    ]
    return (*around[:-1], *named(own, fixed), around[-1])


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

    Of those that want the same one, a dimension has it, then a published metric, then a plain key
    (`newCalls`) before one with signs in it (`new.calls`), then the first by the alphabet. The
    order in which the API lists them has no say: it may be another one tomorrow.
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
    form = _ROLE_SCHEMAS[column.role] if column.kind is None else _KIND_SCHEMAS[column.kind]
    if column.members:
        members = {member.name: column_schema(member) for member in column.members}
        form = {**form, "items": {"type": ["object", "null"], "properties": members}}
    if column.summable is not None:
        form = {**form, SUMMABLE: column.summable}
    return {**form, "description": column.description}
