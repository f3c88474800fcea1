"""Who took part in an interaction, and what a detailed report says of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tap_8x8_cc_sandbox.center.calls import Call, Outcome
from tap_8x8_cc_sandbox.center.events import moment
from tap_8x8_cc_sandbox.center.model import Ongoing

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tap_8x8_cc_sandbox.center.dimensions import Leaf
    from tap_8x8_cc_sandbox.center.rng import Rng
    from tap_8x8_cc_sandbox.center.staff import Agent, Roster

Steps: TypeAlias = "tuple[Ongoing | None, Ongoing | None, Ongoing | None, Ongoing | None]"
"""How far offer, handling, lying aside and wrap-up have got."""

_EXTERNAL: Final = "+14085550199"


@dataclass(frozen=True, slots=True)
class Participant:
    """An agent, or (without one) an external number, in an interaction."""

    number: int
    agent: Agent | None
    call: Call
    reason: str

    def values(self, offered: int, steps: Steps, zone: ZoneInfo) -> dict[str, object]:
        """Return the participant's columns.

        Args:
            offered: When the interaction was offered, in milliseconds since 1970-01-01T00:00Z.
            steps: How far its steps have got.
            zone: Zone of the times.
        """
        offer, handling, park, wrap_up = steps
        accepted = None if handling is None else offered + _length(offer)
        handled = None if wrap_up is None else (accepted or 0) + _length(handling) + _length(park)
        done = None if wrap_up is None or wrap_up.ongoing else (handled or 0) + _length(wrap_up)

        def time(at: int | None) -> object:
            return None if at is None else moment(at, zone)

        return {
            **self._who(),
            **self._attention(handling, wrap_up),
            "participantAssignTime": moment(offered, zone),
            "participantOfferTime": moment(offered, zone),
            "participantOfferActionTime": time(accepted),
            "participantOfferAction": None if accepted is None else self._action(),
            "participantOfferDuration": offer,
            "participantHandlingDuration": handling,
            "participantHandlingEndTime": time(handled),
            "participantHandlingOutcome": None if handled is None else "WrapUp",
            "participantPark": int(self.call.park > 0),
            "participantParkDuration": park,
            "participantWrapUpDuration": wrap_up,
            "participantWrapUpEndTime": time(done),
            "participantProcessingDuration": _sum(handling, wrap_up),
            "participantBusyDuration": _sum(offer, handling, wrap_up),
        }

    def _who(self) -> dict[str, object]:
        agent = self.agent
        return {
            "participantId": agent.id if agent else _EXTERNAL,
            "participantName": agent.name if agent else None,
            "participantType": "agent" if agent else "externalNumber",
            "participantGroupId": agent.group.id if agent else None,
            "participantGroupName": agent.group.name if agent else None,
            "participantAssignNumber": self.number,
            "participantAssignReason": self.reason,
        }

    def _attention(self, handling: Ongoing | None, wrap_up: Ongoing | None) -> dict[str, object]:
        if handling is None or wrap_up is None:
            return {}
        call = self.call
        return {
            "participantHold": len(call.holds),
            "participantHoldDuration": Ongoing(sum(call.holds), ongoing=False),
            "participantLongestHoldDuration": Ongoing(max(call.holds, default=0), ongoing=False),
            "participantFocus": int(call.focus > 0),
            "participantFocusDuration": Ongoing(call.focus, ongoing=False),
            "participantLongestFocusDuration": Ongoing(call.focus, ongoing=False),
            "participantMute": 0,
            "participantMuteDuration": Ongoing(0, ongoing=False),
            "participantLongestMuteDuration": Ongoing(0, ongoing=False),
            "participantComments": [],
        }

    def _action(self) -> str:
        abandoned = self.call.outcome is Outcome.ABANDONED_WHILE_OFFERED
        return "customerHangUp" if abandoned else "accepted"


def participants(leaf: Leaf, call: Call, roster: Roster, rng: Rng) -> list[Participant]:
    """List who took part: nobody where no agent was reached, several after a transfer."""
    if leaf.agent is None:
        return []
    found = [Participant(1, leaf.agent, call, "Offered")]
    others = [agent for agent in roster.agents if agent is not leaf.agent]
    if call.transfer in {"blindTransferToAgent", "warmTransfersCompleted"} and others:
        found.append(Participant(2, rng.pick(others), call, "TransferReceived"))
    if call.conference:
        found.append(Participant(len(found) + 1, None, call, "ConferenceJoined"))
    return found


def _length(step: Ongoing | None) -> int:
    return step.value if step is not None and isinstance(step.value, int) else 0


def _sum(*steps: Ongoing | None) -> Ongoing | None:
    begun = [step for step in steps if step is not None]
    if not begun:
        return None
    return Ongoing(sum(map(_length, begun)), any(step.ongoing for step in begun))
