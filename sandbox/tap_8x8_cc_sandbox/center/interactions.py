"""Single interactions with all that a detailed report says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_8x8_cc_sandbox.center.calls import JITTER, NOT_QUEUED, SECOND, Call, Outcome
from tap_8x8_cc_sandbox.center.events import Event, moment, phases
from tap_8x8_cc_sandbox.center.model import Ongoing
from tap_8x8_cc_sandbox.center.participants import participants
from tap_8x8_cc_sandbox.center.rng import Rng
from tap_8x8_cc_sandbox.center.staff import Media

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from tap_8x8_cc_sandbox.center.dimensions import Leaf
    from tap_8x8_cc_sandbox.center.facts import Interactions
    from tap_8x8_cc_sandbox.center.staff import Roster

_CUSTOMERS: Final = (
    ("Doe, John", "+14085550123", "john.doe@example.com"),
    ("Élodie Durand", "+33155550142", "elodie@example.org"),
    ('Anna "Ann" Berg', "+46855550177", "ann.berg@example.net"),
    ("Ng\nWei", "+6565550190", "wei@example.com"),
)
_MEDIA: Final = {
    Media.PHONE: "phone",
    Media.CHAT: "chat",
    Media.EMAIL: "email",
    Media.VOICEMAIL: "voiceMail",
}
_OUTCOMES: Final = {
    Outcome.ACCEPTED: "Handled",
    Outcome.DIRECT: "Handled",
    Outcome.DIVERTED: "ForwardedToExternalNumber",
    Outcome.VOICEMAIL: "ForwardedToVoicemail",
}
_STATES: Final = ("InScript", "WaitingInQueue", "Handling", "Handling", "Handling", "InWrapUp")
_TRANSFERS: Final = {
    "blindTransferToAgent": "BlindTransfer",
    "blindTransferToQueue": "TransferToQueue",
    "warmTransfersCompleted": "TransferToAgent",
}


def interaction_events(
    work: Interactions, roster: Roster, slot: int, now: int, zone: ZoneInfo
) -> Iterator[Event]:
    """Return the interactions that began in a quarter of an hour, as seen at a moment.

    They are those that the summary reports count in that quarter, so both agree.

    Args:
        work: The interactions' source.
        roster: The contact center's people.
        slot: First second of the quarter.
        now: The moment in milliseconds; what began later is left out.
        zone: Zone of the times.
    """
    for position, leaf, call, time, _ in calls_of(work, slot):
        if (call.outcome not in NOT_QUEUED or call.outcome is Outcome.DIRECT) and time <= now:
            rng = Rng("interaction", slot, position, time)
            yield _Interaction(leaf, call, time, rng).event(roster, now, zone)


def calls_of(work: Interactions, slot: int) -> Iterator[tuple[int, Leaf, Call, int, int]]:
    """Return the interactions that came in a quarter of an hour.

    Yields:
        The position of the piece of work, the piece of work, the interaction, when it came in
        milliseconds, and its number in the quarter, counted from the last.
    """
    cells = work.origins.cells(slot)
    for position, profile in zip(cells.leaves, cells.profiles, strict=True):
        calls = work.calls[profile]
        for number, call in enumerate(calls):
            time = slot * 1000 + call.at + position % JITTER
            yield position, work.origins.leaves[position], call, time, len(calls) - number


class _Interaction:
    """An interaction with its course in time.

    Its steps follow each other: script, queue, offer, handling, lying aside, wrap-up.
    """

    def __init__(self, leaf: Leaf, call: Call, time: int, rng: Rng) -> None:
        self.leaf = leaf
        self.call = call
        self.time = time
        self.rng = rng
        self.steps = (
            *(call.script, call.wait, call.offer),
            *(call.handling, call.park, call.wrap_up),
        )
        self.end = time + sum(self.steps)

    def event(self, roster: Roster, now: int, zone: ZoneInfo) -> Event:
        ongoing = now < self.end
        elapsed = min(now, self.end) - self.time
        script, wait, offer, handling, park, wrap_up = phases(self.steps, elapsed)
        id_ = f"int-{self.time:x}-{self.rng.below(1 << 40):010x}"
        steps = [script, wait, offer, handling, park, wrap_up]
        state = next(
            (s for s, step in zip(_STATES, steps, strict=True) if step and step.ongoing), ""
        )
        values: dict[str, object] = {
            **_identity(id_, self.rng),
            **self._times(ongoing=ongoing, elapsed=elapsed, zone=zone),
            **self._ways(),
            **_customer(self.leaf, self.rng),
            "ivrTreatmentDuration": script,
            "queueWaitDuration": wait,
            "timeToAbandon": wait if self._abandoned else None,
            "state": state or "Finished",
        }
        if not ongoing:
            values |= self._results(roster)
        people = participants(self.leaf, self.call, roster, self.rng)
        took_part = [
            person.values(self.time + sum(self.steps[:2]), (offer, handling, park, wrap_up), zone)
            for person in people
            if offer is not None
        ]
        return Event(self.time, ongoing, values, took_part)

    @property
    def _abandoned(self) -> bool:
        return self.call.outcome in {Outcome.ABANDONED, Outcome.ABANDONED_WHILE_OFFERED}

    def _times(self, *, ongoing: bool, elapsed: int, zone: ZoneInfo) -> dict[str, object]:
        finished = Ongoing(None if ongoing else moment(self.end, zone), ongoing)
        total = Ongoing(elapsed, ongoing)
        return {
            "time": moment(self.time, zone),
            "creationTime": moment(self.time, zone),
            "queueTime": moment(self.time + self.call.script, zone),
            "finishedTime": finished,
            "interactionDuration": total,
            "customerJourneyDuration": total,
        }

    def _ways(self) -> dict[str, object]:
        leaf, queue, channel = self.leaf, self.leaf.queue, self.leaf.channel
        if queue is None or channel is None:
            raise ValueError("an interaction has a queue and a channel")
        direct = self.call.direct
        outbound = leaf.outbound or direct in {"directOutbound", "internalCallsInitiated"}
        kind = "InternalCall" if direct.startswith("internal") else "OutboundCall"
        return {
            "channelId": channel.id,
            "channelName": channel.name,
            "mediaType": _MEDIA[channel.media],
            "chatType": "webChat" if channel.media is Media.CHAT else None,
            "direction": "outbound" if outbound else "inbound",
            "interactionType": kind if outbound else None,
            "queueId": None if direct else queue.id,
            "queueName": None if direct else queue.name,
            "destinationQueueId": None if direct else queue.id,
            "destinationQueueName": None if direct else queue.name,
            "campaignId": "31" if leaf.outbound and channel.media is Media.PHONE else None,
            "campaignName": "Renewals, autumn" if leaf.outbound else None,
            "scheduleHours": "Open",
        }

    def _results(self, roster: Roster) -> dict[str, object]:
        call = self.call
        outcome = _OUTCOMES.get(call.outcome, "Abandoned")
        labels = [] if call.direct else ["Queued", "Dequeued"]
        labels += ["ConferenceEstablished"] if call.conference else []
        transfers = [_TRANSFERS[call.transfer]] if call.transfer else []
        code = roster.wrap_up_codes[call.code] if call.code >= 0 else None
        return {
            "outcome": outcome,
            "interactionLabels": [*labels, outcome],
            "transfers": transfers,
            "blindTransferToAgent": int(call.transfer == "blindTransferToAgent"),
            "blindTransferToQueue": int(call.transfer == "blindTransferToQueue"),
            "warmTransfersCompleted": int(call.transfer == "warmTransfersCompleted"),
            "conferencesEstablished": int(bool(call.conference) and not call.joined),
            "consultationsEstablished": int(call.consulted),
            "terminatedBy": "Customer" if self._abandoned else "Agent",
            "wrapUpCode": code and code.name,
            "wrapUpCodeId": code and code.id,
            "wrapUpCodeList": code and code.list_name,
            "wrapUpCodeListId": code and code.list_id,
            "wrapUpCodeText": code and f"{code.list_name}: {code.name}",
            "wrapUpShortCode": code and code.name[:3].upper(),
            "recordingFileNames": [f"rec-{self.time}.wav"] if call.handling > 60 * SECOND else [],
            "agentNotes": 'Said "call back", then\nhung up' if self.rng.chance(5) else None,
        }


def _identity(id_: str, rng: Rng) -> dict[str, object]:
    transaction = str(rng.below(10**9))
    return {
        "interactionId": id_,
        "originalInteractionId": id_,
        "transactionId": transaction,
        "originalTransactionId": transaction,
        "recordId": f"rec{transaction}",
        "journeyId": f"j-{id_}",
        "caseNumber": transaction[:6] if rng.chance(10) else None,
        "caseFollowUp": None,
    }


def _customer(leaf: Leaf, rng: Rng) -> dict[str, object]:
    name, phone, email = rng.pick(_CUSTOMERS)
    own = leaf.channel.name if leaf.channel else None
    by_phone = leaf.channel is not None and leaf.channel.media is Media.PHONE
    theirs = phone if by_phone else email
    return {
        "customerName": name,
        "customerPhone": phone,
        "customerEmail": email,
        "origination": own if leaf.outbound else theirs,
        "destination": theirs if leaf.outbound else own,
        "subject": None if by_phone else "Re: order; delivery",
    }
