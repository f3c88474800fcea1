"""The columns of a stream, and the JSON Schema made from them.

A report's columns are the fixed ones of every stream, the dimensions of its grouping and the
metrics of its type. The API does not announce the dimensions' keys: they are predicted from the
grouping's words and confirmed, or added to, by the data.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from functools import cache
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.metrics import (
    Kind,
    dimension_description,
    is_measure,
    is_published,
    is_summable,
    metric_description,
    summary_kind,
    sums_note,
)
from tap_8x8_cc.records.naming import MAX_LENGTH, column_name, dimension_keys, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence


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


@dataclass(frozen=True, slots=True)
class Layout:
    """Which key of some rows fills which column.

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
_IDENTIFYING = re.compile(r"(Id|ID|Name)$")


_ALL = frozenset(Rows)
_SUMMARIES = frozenset({Rows.SUMMARY})
_EVENTS = frozenset({Rows.EVENT, Rows.PARTICIPANT})
_PARTICIPANTS = frozenset({Rows.PARTICIPANT})
_READ_AT = "When the tap began to write the rows of the report, in UTC; the same for all of them."
_EVENT_DAY = "Calendar date of the event in the time zone; report_date if its time is unknown."
_UNPARSED = "Raw text, by column, of values that their column's type can't hold."
_FIXED = (
    (_ALL, ROW_ID, Kind.KEY, "Hash of what identifies the row; the key."),
    (_PARTICIPANTS, INTERACTION_ROW_ID, Kind.TEXT, "The row_id of the interaction, to join by."),
    (_ALL, TENANT_ID, Kind.TEXT, "Tenant that the row belongs to."),
    (_SUMMARIES, "start_time", Kind.TIMESTAMP, "Start of the bucket, in UTC."),
    (_SUMMARIES, END_TIME, Kind.TIMESTAMP, "End of the bucket, in UTC."),
    (_EVENTS, "report_date", Kind.DATE, "Local day whose report listed the row."),
    (_SUMMARIES, "local_date", Kind.DATE, "Calendar date of start_time in the time zone."),
    (_EVENTS, "local_date", Kind.DATE, _EVENT_DAY),
    (_SUMMARIES, "local_time", Kind.TIME, "What the time zone's clock shows at start_time."),
    (_ALL, READ_AT, Kind.TIMESTAMP, _READ_AT),
    (_SUMMARIES, "granularity", Kind.TEXT, "Length of the bucket."),
    (_SUMMARIES, "timezone", Kind.TEXT, "IANA time zone in which the buckets are cut."),
    (_EVENTS, "timezone", Kind.TEXT, "IANA time zone of the dates."),
    (_SUMMARIES, TOTAL_TYPE, Kind.TEXT, "subtotal or grandtotal; null for an ordinary row."),
    (_ALL, UNPARSED, Kind.OBJECT, _UNPARSED),
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
    return tuple(
        Column(name, Role.FIXED, text, kind=kind)
        for kinds, name, kind, text in _FIXED
        if rows in kinds
    )


def fixed_names(rows: Rows) -> list[str]:
    """Return the names that no other column may have."""
    return [column.name for column in fixed_columns(rows)]


def summary_columns(
    group_by: str | None, metrics: Iterable[str], *, with_tenant: bool, with_totals: bool
) -> tuple[Column, ...]:
    """Return the columns of a summary report, in the order of the stream."""
    predicted = dimension_keys(group_by or "")
    dimensions = [dimension_column(key) for key in predicted]
    measures = [metric_column(key) for key in dict.fromkeys(metrics) if key not in predicted]
    own = dimensions + measures
    return framed(own, Rows.SUMMARY, with_tenant=with_tenant, with_totals=with_totals)


def framed(
    own: Sequence[Column], rows: Rows, *, with_tenant: bool, with_totals: bool = False
) -> tuple[Column, ...]:
    """Return the columns of a stream: the fixed ones around its own, with distinct names."""
    unwanted = {TENANT_ID} if not with_tenant else set()
    unwanted |= {TOTAL_TYPE} if not with_totals else set()
    around = [column for column in fixed_columns(rows) if column.name not in unwanted]
    return (*around[:-1], *named(own, fixed_names(rows)), around[-1])


def dimension_column(key: str) -> Column:
    """Make the column of a dimension."""
    return Column(column_name(key), Role.DIMENSION, dimension_description(key), key, Kind.TEXT)


@cache
def metric_column(key: str) -> Column:
    """Make the column of a summary metric."""
    text = metric_description(key) + sums_note(key)
    return Column(
        column_name(key), Role.METRIC, text, key, summary_kind(key), summable=is_summable(key)
    )


def summary_layout(keys: Sequence[str], known: Collection[Column]) -> Layout:
    """Return each key of a summary report, in the order of its rows, with its column."""
    roles = {column.key: column.role for column in known}
    no_metrics = [at for at, key in enumerate(keys) if key in roles or _is_no_metric(key, keys)]
    metrics = [at for at in no_metrics if roles.get(keys[at]) is Role.METRIC]
    first_metric = metrics[0] if metrics else max(no_metrics, default=-1) + 1

    def make(key: str) -> list[Column]:
        """Make the column of an unknown key, a dimension or a metric by its name and place alone.

        Values don't count: they differ from one report to the next. If the name doesn't show what
        the key is, the place does: dimensions stand before metrics.
        """
        is_before = keys.index(key) < first_metric and not is_measure(key)
        is_dimension = is_before or _is_no_metric(key, keys)
        return [dimension_column(key) if is_dimension else metric_column(key)]

    found, made = matched([key for key in keys if key not in TIME_KEYS], known, make)
    fresh = named(made, [*fixed_names(Rows.SUMMARY), *(c.name for c in known)])
    found |= {column.key or "": column for column in fresh}
    return Layout(tuple(keys), tuple(found.get(key) for key in keys), fresh=tuple(fresh))


def _is_no_metric(key: str, keys: Collection[str]) -> bool:
    """Return whether a key is a time, an identifier, a name, or has an identifier beside it."""
    beside = f"{key}Id" in keys or f"{key}ID" in keys
    return key in TIME_KEYS or beside or _IDENTIFYING.search(key) is not None


def matched(
    keys: Iterable[str], known: Iterable[Column], make: Callable[[str], list[Column]]
) -> tuple[dict[str, Column], list[Column]]:
    """Return the column of each key, and those that are new, by the names that they want.

    A known key has its column. A key that differs from a known one only in spelling (`queueID` for
    `queueId`) has that one's. Any other becomes a new column, which `make` makes, with the one
    beside it if there is one.
    """
    by_key = {column.key: column for column in known if column.key}
    by_name = {column.name: column for column in by_key.values()}
    found = {key: by_key[key] for key in keys if key in by_key}
    fresh: list[Column] = []
    for key in keys:
        if key in found:
            continue
        own = make(key)
        twin = by_name.get(own[0].name)
        if twin is None or twin in found.values():
            found[key] = own[0]
            fresh += own
        else:
            found[key] = twin
    return found, fresh


def named(columns: Sequence[Column], taken: Iterable[str]) -> list[Column]:
    """Return columns with names that differ from each other and from those `taken`.

    If several want the same name, a dimension gets it, then a published metric, then a plain key
    (`newCalls`) before one with signs in it (`new.calls`), then the first by the alphabet. The
    order of the API's listing doesn't count, since it may change.
    """
    used = list(taken)
    every = [name.casefold() for name in (*used, *(column.name for column in columns))]
    # As a rule nothing clashes, and each run names the columns of ninety streams.
    if len(set(every)) == len(every) and max(map(len, every), default=0) <= MAX_LENGTH:
        return list(columns)
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
