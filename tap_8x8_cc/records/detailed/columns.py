"""The columns of detailed reports.

A detailed report has a row for each event: an interaction, a participant in one, a change of
status, a survey. Values are texts, lists, or objects that tell whether they may still grow.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tap_8x8_cc.records.columns import EVENT_FIXED, ONGOING_SUFFIX, Column, Role, framed, named
from tap_8x8_cc.records.metrics import Kind, detailed_kind, holds_list, metric_description
from tap_8x8_cc.records.naming import column_name, shorten

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

INTERACTIONS = "detailed-reports-interaction-details"
STATUS_CHANGES = "detailed-reports-agent-status-change"
PARTICIPANTS, COMMENTS = "participants", "participantComments"
PARTICIPANT_KEYS = ("participantId", "participantAssignNumber")
"""The metrics that tell a participant from others."""
_PARTICIPANT = re.compile(r"participant(?!s$)")
_FINISHED = re.compile(r"[Ff]inishedTime$")

_DESCRIPTIONS = {
    "local_date": "Calendar date of the event in the time zone; null where its time is unknown.",
    "timezone": "IANA time zone of local_date.",
}
_COMMENT = (
    Column("timestamp", Role.METRIC, "When it was written.", "timestamp", Kind.TIMESTAMP),
    Column("participant_id", Role.METRIC, "Who wrote it.", "participantId", Kind.TEXT),
    Column("participant_name", Role.METRIC, "Name of who wrote it.", "participantName", Kind.TEXT),
    Column("comment", Role.METRIC, "The comment; may hold personal data.", "comment", Kind.TEXT),
)


def detailed_columns(
    metrics: Iterable[str], participants: Collection[str] | None, *, with_tenant: bool
) -> tuple[Column, ...]:
    """Return the columns of a detailed report, in the order of the stream.

    Args:
        metrics: The metrics that may be asked for, by the API's names.
        participants: Where a row holds all participants of its interaction: what it tells of each.
            This stands in the objects of `participants` then, not in columns.
        with_tenant: Whether rows carry a tenant.
    """
    apart = participants is not None
    keys = [key for key in dict.fromkeys(metrics) if not (apart and _is_of_participant(key))]
    columns = [column for key in keys for column in value_columns(key)]
    if participants is not None:
        columns += value_columns(PARTICIPANTS, members=participants)
    return framed(columns, with_tenant=with_tenant, fixed=EVENT_FIXED, descriptions=_DESCRIPTIONS)


def participant_keys(metrics: Iterable[str], offered: Collection[str]) -> tuple[str, ...]:
    """Return the metrics that describe a participant; where none of them does, who it is.

    Args:
        metrics: The metrics that may be asked for.
        offered: All metrics of the type.
    """
    found = tuple(key for key in metrics if _PARTICIPANT.match(key))
    return found or tuple(key for key in PARTICIPANT_KEYS if key in offered)


def value_columns(
    key: str, kind: Kind | None = None, *, members: Iterable[str] = ()
) -> list[Column]:
    """Make the column of a metric and, where its value may still grow, the one that tells so.

    Args:
        key: The API's key.
        kind: How its values are typed; None: as its name says.
        members: The metrics in the objects that it lists.
    """
    kind = kind or (Kind.LIST if holds_list(key) else detailed_kind(key))
    inner = named([column for member in members for column in value_columns(member)], ())
    objects = _COMMENT if key == COMMENTS else tuple(inner)
    description = metric_description(key, kind)
    column = Column(column_name(key), Role.METRIC, description, key, kind, objects)
    grows = kind is Kind.DURATION or _FINISHED.search(key)
    return [column, ongoing_column(column)] if grows else [column]


def ongoing_column(column: Column) -> Column:
    """Make the column that tells whether another's value may still grow."""
    return Column(
        shorten(f"{column.name}_ongoing"),
        Role.METRIC,
        f"Whether {column.name} is not final; null where the API does not say.",
        ongoing_key(column.key or column.name),
        Kind.BOOLEAN,
    )


def ongoing_key(key: str) -> str:
    """Return the key by which the column is known that tells whether a value may still grow."""
    return key + ONGOING_SUFFIX


def _is_of_participant(key: str) -> bool:
    """Tell whether a metric has no column where participants come as objects.

    Comments name their author, so they may as well come beside the participants.
    """
    return key == PARTICIPANTS or (key != COMMENTS and _PARTICIPANT.match(key) is not None)
