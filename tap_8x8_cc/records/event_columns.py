"""The columns of events: the rows of detailed reports, their participants, and script paths.

The values of detailed reports are texts, lists, or objects that say whether they may still grow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_8x8_cc.records.columns import (
    ONGOING_SUFFIX,
    Column,
    Layout,
    Role,
    Rows,
    fixed_names,
    framed,
    matched,
    named,
)
from tap_8x8_cc.records.metrics import Kind, detailed_kind, holds_list, metric_description
from tap_8x8_cc.records.naming import column_name, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

PARTICIPANTS, COMMENTS = "participants", "participantComments"
PARTICIPANT_KEYS = ("participantId", "participantAssignNumber")
"""The metrics that distinguish participants."""
PATH_ID = "path_id"
_PARTICIPANT = re.compile(r"participant(?!s$)")
_FINISHED = re.compile(r"[Ff]inishedTime$")
_COMMENT = (
    Column("timestamp", Role.METRIC, "When it was written.", "timestamp", Kind.TIMESTAMP),
    Column("participant_id", Role.METRIC, "Who wrote it.", "participantId"),
    Column("participant_name", Role.METRIC, "Name of who wrote it.", "participantName"),
    Column("comment", Role.METRIC, "The comment; may hold personal data.", "comment"),
)
_NODE = (
    (PATH_ID, Kind.TEXT, "Identifier of the node within the tree of its day."),
    ("parent_path_id", Kind.TEXT, "The node before, of the same day; null for the root."),
    ("script_id", Kind.TEXT, "Identifier of the script."),
    ("script_name", Kind.TEXT, "Name of the script."),
    ("node_type", Kind.TEXT, "What the node does; ENTRY_POINT for the root."),
    ("node_label", Kind.TEXT, "Name of the node in the script."),
    ("depth", Kind.COUNT, "Distance from the root, which is 0 (count)."),
    ("count", Kind.COUNT, "Interactions that came this way (count)."),
    ("terminal", Kind.BOOLEAN, "Whether ways end here (true or false)."),
)


def detailed_columns(
    metrics: Iterable[str], participants: Collection[str] | None, *, with_tenant: bool
) -> tuple[Column, ...]:
    """Return the columns of a detailed report, in the order of the stream.

    If a row holds all participants of its interaction, the metrics of each are in the objects of
    `participants`, not in columns.
    """
    apart = participants is not None
    keys = [key for key in dict.fromkeys(metrics) if not (apart and _is_of_participant(key))]
    columns = [column for key in keys for column in value_columns(key)]
    if participants is not None:
        columns += value_columns(PARTICIPANTS, members=participants)
    return framed(columns, Rows.EVENT, with_tenant=with_tenant)


def participant_columns(members: Iterable[str], *, with_tenant: bool) -> tuple[Column, ...]:
    """Return the columns of a stream of participants, whose metrics are `members`."""
    columns = [column for key in dict.fromkeys(members) for column in value_columns(key)]
    return framed(columns, Rows.PARTICIPANT, with_tenant=with_tenant)


def script_columns(listed: Iterable[str], *, with_tenant: bool) -> tuple[Column, ...]:
    """Return the columns of script paths, those among them that the API's listing names."""
    nodes = [Column(name, Role.METRIC, text, name, kind) for name, kind, text in _NODE]
    known = {column.name for column in nodes}
    for name in dict.fromkeys(column_name(label) for label in listed):
        if name not in known:
            text = f"Column {name} of the report; the API publishes no definition of it (text)."
            nodes.append(Column(name, Role.METRIC, text, name))
    return framed(nodes, Rows.EVENT, with_tenant=with_tenant)


def participant_keys(metrics: Iterable[str], offered: Collection[str]) -> tuple[str, ...]:
    """Return the metrics that describe a participant; if there are none, those that identify it."""
    found = tuple(key for key in metrics if _PARTICIPANT.match(key))
    return found or tuple(key for key in PARTICIPANT_KEYS if key in offered)


def value_columns(key: str, *, members: Iterable[str] = ()) -> list[Column]:
    """Make the column of a metric and, if its value may still grow, the one that says so.

    It may list objects that have metrics as `members`.
    """
    kind = Kind.LIST if holds_list(key) else detailed_kind(key)
    inner = named([column for member in members for column in value_columns(member)], ())
    objects = _COMMENT if key == COMMENTS else tuple(inner)
    description = metric_description(key, kind)
    column = Column(column_name(key), Role.METRIC, description, key, kind, objects)
    grows = kind is Kind.DURATION or _FINISHED.search(key)
    return [column, ongoing_column(column)] if grows else [column]


def ongoing_column(column: Column) -> Column:
    """Make the column that says whether another's value may still grow."""
    return Column(
        shorten(f"{column.name}_ongoing"),
        Role.METRIC,
        f"Whether {column.name} is not final; null if the API does not say.",
        (column.key or column.name) + ONGOING_SUFFIX,
        Kind.BOOLEAN,
    )


def event_layout(
    keys: Sequence[str], growing: Collection[str], known: Collection[Column]
) -> Layout:
    """Return each key of an event with its column; a new one's type follows from its name alone.

    The values of `growing` keys are objects that say whether they may still grow.
    """
    found, made = matched(keys, known, value_columns)
    wanted = {key: ongoing_column(found[key]) for key in keys}
    there = {column.key for column in (*known, *made)}
    made += [wanted[key] for key in keys if key in growing and wanted[key].key not in there]
    fresh = named(made, [*fixed_names(Rows.EVENT), *(c.name for c in known if c.key)])
    by_key = {column.key: column for column in (*known, *fresh)}
    return Layout(
        tuple(keys),
        tuple(by_key[found[key].key] for key in keys),
        tuple(by_key.get(wanted[key].key) for key in keys),
        tuple(fresh),
    )


def _is_of_participant(key: str) -> bool:
    """Return whether a metric has no column if participants come as objects.

    Comments name their author, so they may come beside the participants.
    """
    return key == PARTICIPANTS or (key != COMMENTS and _PARTICIPANT.match(key) is not None)
