"""Participants of interactions as rows of their own."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.columns import EVENT_FIXED, ROW_ID, Column, Role, framed
from tap_8x8_cc.records.detailed.columns import PARTICIPANT_KEYS, value_columns
from tap_8x8_cc.records.naming import column_name
from tap_8x8_cc.records.row_ids import row_hash

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

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
    """

    row_ids: Sequence[str] = ()
    dates: Sequence[object] = ()
    participants: Sequence[Sequence[Mapping[str, Any]] | None] = ()
    unparsed: defaultdict[tuple[int, int], dict[str, str]] = field(
        default_factory=lambda: defaultdict(dict)
    )


def participant_columns(members: Iterable[str], *, with_tenant: bool) -> tuple[Column, ...]:
    """Return the columns of a stream of participants.

    Args:
        members: The metrics in the objects of `participants`.
        with_tenant: Whether rows carry a tenant.
    """
    columns = [column for key in dict.fromkeys(members) for column in value_columns(key)]
    return framed(columns, with_tenant=with_tenant, fixed=_FIXED, descriptions=_DESCRIPTIONS)


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


def participant_records(
    found: Interactions, columns: Sequence[Column], facts: ReportRequest, read_at: str
) -> Iterator[dict[str, Any]]:
    """Yield a record for each participant, in order.

    Args:
        found: The interactions.
        columns: The columns to emit.
        facts: What the interactions share.
        read_at: When their report was created.
    """
    shared = {
        Role.TENANT_ID: facts.tenant_id,
        Role.TIMEZONE: facts.zone.key,
        Role.READ_AT: read_at,
    }
    for at, people in enumerate(found.participants):
        of_interaction = shared | {
            Role.PARENT_ROW_ID: found.row_ids[at],
            Role.LOCAL_DATE: found.dates[at],
        }
        row_ids = participant_ids(found.row_ids[at], people or ())
        for place, (row_id, person) in enumerate(zip(row_ids, people or (), strict=True)):
            fixed = of_interaction | {
                Role.ROW_ID: row_id,
                Role.UNPARSED: found.unparsed.get((at, place)),
            }
            yield {
                column.name: person.get(column.name)
                if column.role is Role.METRIC
                else fixed[column.role]
                for column in columns
            }
