"""What identifies the rows of detailed reports, of which the API documents no key.

What may change between two readings of a row is left out, so that an interaction that finishes
stays the same row; so are the names of what has an id. Rows that are equal in all that counts get
an occurrence number, so that none is lost.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import repeat
from typing import TYPE_CHECKING

from tap_8x8_cc.records.detailed.columns import INTERACTIONS, PARTICIPANT_KEYS, STATUS_CHANGES
from tap_8x8_cc.records.metrics import Kind, detailed_kind
from tap_8x8_cc.records.row_ids import Occurrences, row_hash

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tap_8x8_cc.model.reports import ReportRequest

FIRST_PARTICIPANT = 1
"""The number of the first assignment of an interaction."""
_IDENTIFIER = re.compile(r"(Id|ID)$")
_LATER = re.compile(r"finish|end|complet|wrapup|action", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Identity:
    """What identifies the rows of a detailed type.

    Args:
        keys: The identifying metrics that are on offer.
        times: The metrics that tell when a row took place, the first that holds a time counting.
        interactions: Whether rows are interactions, or their participants.
        by_participant: Whether each participant of an interaction has a row.
    """

    keys: tuple[str, ...]
    times: tuple[str, ...]
    interactions: bool
    by_participant: bool

    @property
    def asked(self) -> tuple[str, ...]:
        """The metrics to ask for whatever is selected."""
        return tuple(dict.fromkeys((*self.keys, *self.times)))


def identity_of(report_type: str, offered: Collection[str], *, with_participants: bool) -> Identity:
    """Tell what identifies the rows of a type.

    Args:
        report_type: The detailed type.
        offered: The metrics on offer.
        with_participants: Whether a row holds all participants of its interaction.
    """
    interactions = report_type == INTERACTIONS
    by_participant = interactions and not with_participants
    times = _times(offered)
    identifiers = [key for key in offered if _IDENTIFIER.search(key)]
    if interactions:
        times = sorted(times, key=lambda key: key != "creationTime")
        keys = ["interactionId", "creationTime"]
        keys += PARTICIPANT_KEYS if by_participant else ()
        keys += [] if "interactionId" in offered else identifiers
    elif report_type == STATUS_CHANGES:
        keys = ["agentId" if "agentId" in offered else "agent", "time", "status", "interactionId"]
    else:
        keys = [*identifiers, *times]
    known = dict.fromkeys(key for key in keys if key in offered)
    return Identity(tuple(known), tuple(times), interactions, by_participant)


class DetailedIds:
    """Gives the rows of one report their ids.

    Args:
        facts: What the rows share.
        identity: What identifies them.
    """

    def __init__(self, facts: ReportRequest, identity: Identity) -> None:
        self.times = identity.times
        self._identity = identity
        self._head = (facts.tenant_id, facts.type)
        self._range = facts.window.start.isoformat()
        self._occurrences = Occurrences()

    def of(
        self, values: Mapping[str, Sequence[object]], dates: Sequence[str | None], count: int
    ) -> list[str]:
        """Return the id of each row.

        Args:
            values: The typed values of each key.
            dates: The local date of each row; None where it holds no time.
            count: Number of rows.
        """
        keys = [key for key in self._identity.keys if key in values]
        rows = zip(*(values[key] for key in keys), strict=True) if keys else repeat((), count)
        row_ids = []
        for index, row in enumerate(rows):
            known = {k: v for k, v in zip(keys, row, strict=True) if v is not None and v != ""}
            identity = (*self._head, *self._parts(known, timed=dates[index] is not None))
            if len(identity) == len(self._head):  # nothing identifies it but all that it holds
                whole = [(key, column[index]) for key, column in sorted(values.items())]
                identity = (*self._head, self._range, *whole)
            digest = row_hash(identity)
            if again := self._occurrences.number(digest, (None, "")):
                digest = row_hash((*identity, again))
            row_ids.append(digest.hex())
        return row_ids

    def _parts(self, known: dict[str, object], *, timed: bool) -> list[object]:
        """Return names and values of what identifies a row; none where that would not be enough.

        An interaction that waits has one row, without a participant. It becomes the row of the
        first participant, so these two are one row; further participants have their own.
        """
        identity = self._identity
        if identity.interactions and not known.keys() & {"interactionId", "creationTime"}:
            return []
        if identity.by_participant and known.get("participantAssignNumber") == FIRST_PARTICIPANT:
            known = {k: v for k, v in known.items() if not k.startswith("participant")}
        parts = [part for key in sorted(known) for part in (key, known[key])]
        if parts and not identity.interactions and not timed:
            parts.append(self._range)
        return parts


def _times(offered: Collection[str]) -> list[str]:
    """Return the metrics that may tell when a row took place, the best first."""
    known = [key for key in ("time", "creationTime") if key in offered]
    if known:
        return known
    times = [key for key in offered if detailed_kind(key) is Kind.TIMESTAMP]
    return [key for key in times if not _LATER.search(key)][:1]
