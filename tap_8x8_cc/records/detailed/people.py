"""Participants of interactions as rows of their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import repeat
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.batches import Batch
from tap_8x8_cc.records.columns import EVENT_FIXED, ROW_ID, Column, Role, framed
from tap_8x8_cc.records.detailed.columns import PARTICIPANT_KEYS, ongoing_column, value_columns
from tap_8x8_cc.records.naming import column_name
from tap_8x8_cc.records.row_ids import row_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_8x8_cc.model.reports import ReportRequest

INTERACTION_ROW_ID = "interaction_row_id"
_KEYS = tuple(map(column_name, PARTICIPANT_KEYS))
_FIXED = {
    ROW_ID: EVENT_FIXED[ROW_ID],
    INTERACTION_ROW_ID: Column(
        INTERACTION_ROW_ID, Role.PARENT_ROW_ID, "The row_id of the interaction, to join by."
    ),
    **{name: column for name, column in EVENT_FIXED.items() if name != ROW_ID},
}
_DESCRIPTIONS = {
    "local_date": "That of the interaction; null where its time is unknown.",
    "timezone": "IANA time zone of local_date.",
}


@dataclass(frozen=True, slots=True)
class Interactions:
    """What a report tells of the participants of some interactions.

    Args:
        row_ids: The id of each interaction.
        dates: The local date of each.
        participants: The participants of each, as typed objects; None where it tells of none.
        unparsed: By interaction and place: what a member could not hold, as raw text.
        unannounced: The members that nobody announced, by the names they have in the objects.
    """

    row_ids: Sequence[str] = ()
    dates: Sequence[object] = ()
    participants: Sequence[Sequence[Mapping[str, Any]] | None] = ()
    unparsed: defaultdict[tuple[int, int], dict[str, str]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    unannounced: Sequence[Column] = ()


def participant_columns(members: Iterable[str], *, with_tenant: bool) -> tuple[Column, ...]:
    """Return the columns of a stream of participants.

    Args:
        members: The metrics in the objects of `participants`.
        with_tenant: Whether rows carry a tenant.
    """
    columns = [column for key in dict.fromkeys(members) for column in value_columns(key)]
    return framed(columns, with_tenant=with_tenant, fixed=_FIXED, descriptions=_DESCRIPTIONS)


def unannounced_members(
    column: Column, typed: Sequence[Sequence[Mapping[str, Any]] | None], raw: Sequence[object]
) -> list[Column]:
    """Return the columns of members that objects hold and their column does not know.

    Args:
        column: The column of the lists of objects.
        typed: The lists; all objects in them have the same members.
        raw: The lists as they came.
    """
    known = {member.name for member in column.members}
    first = next((people[0] for people in typed if people), None)
    if first is None or first.keys() <= known:
        return []
    entries = [entry for value in raw for entry in (value if isinstance(value, list) else [value])]
    keys = dict.fromkeys(key for entry in entries if isinstance(entry, dict) for key in entry)
    made = [member for key in keys for member in (*value_columns(key), *_grown(key))]
    found = {m.name: m for m in made if m.name in first.keys() - known}
    return list(found.values())


def _grown(key: str) -> list[Column]:
    """Return the column that tells whether a value may still grow, for one that may turn out to."""
    column, *others = value_columns(key)
    return others or [ongoing_column(column)]


def participant_ids(row_id: str, people: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the id of each participant of an interaction.

    Who has the same id and assignment as another, or none, gets an occurrence number.
    """
    seen: Counter[tuple[object, ...]] = Counter()
    found = []
    for person in people:
        identity = (row_id, *(person.get(key) for key in _KEYS))
        again = seen[identity]
        seen[identity] += 1
        found.append(row_hash((*identity, again) if again else identity).hex())
    return found


def participant_batch(
    found: Interactions,
    columns: Sequence[Column],
    sources: Mapping[str, str],
    facts: ReportRequest,
    read_at: str,
) -> Batch:
    """Return a record for each participant, in order.

    Args:
        found: The interactions.
        columns: The columns to emit.
        sources: The members that columns of another name are filled from.
        facts: What the interactions share.
        read_at: When their report was created.
    """
    lists = [(at, people) for at, people in enumerate(found.participants) if people]
    everyone = [person for _, people in lists for person in people]
    places = [(at, place) for at, people in lists for place in range(len(people))]
    fixed: dict[Role, Iterable[object]] = {
        Role.ROW_ID: [
            row_id for at, people in lists for row_id in participant_ids(found.row_ids[at], people)
        ],
        Role.PARENT_ROW_ID: [found.row_ids[at] for at, _ in places],
        Role.TENANT_ID: repeat(facts.tenant_id, len(places)),
        Role.LOCAL_DATE: [found.dates[at] for at, _ in places],
        Role.READ_AT: repeat(read_at, len(places)),
        Role.TIMEZONE: repeat(facts.zone.key, len(places)),
        Role.UNPARSED: map(found.unparsed.get, places),
    }
    table = [
        [person.get(sources.get(column.name, column.name)) for person in everyone]
        if column.role is Role.METRIC
        else fixed[column.role]
        for column in columns
    ]
    return Batch(tuple(column.name for column in columns), table, len(places))
