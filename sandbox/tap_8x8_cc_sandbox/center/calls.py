"""Single interactions, and the facts that each adds to the figures.

Every figure of a summary report is made of *facts*: whole counts and milliseconds of a quarter
of an hour. A quarter's facts are the sums of the facts of the interactions that took place in it,
so figures of different reports agree with each other by construction.

How facts are combined follows from their names: `longest…` by the largest, `end…` (the situation at
the end of a bucket) by the last, all others by adding.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, TypeAlias

from tap_8x8_cc_sandbox.center.staff import Media

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.center.rng import Rng

Facts: TypeAlias = Counter[str]

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE

ONLINE_STEPS: Final = (
    (5 * SECOND, "lowerThan5s"),
    (10 * SECOND, "5s-10s"),
    (20 * SECOND, "10s-20s"),
    (30 * SECOND, "20s-30s"),
    (45 * SECOND, "30s-45s"),
    (MINUTE, "45s-1m"),
    (2 * MINUTE, "1m-2m"),
    (5 * MINUTE, "2m-5m"),
    (10 * MINUTE, "5m-10m"),
)
"""Upper bounds, excluded, of the classes of waiting times of phone and chat."""
OFFLINE_STEPS: Final = (
    (30 * MINUTE, "lowerThan30m"),
    (HOUR, "30m-1h"),
    (90 * MINUTE, "1h-1h30m"),
    (2 * HOUR, "1h30m-2h"),
    (3 * HOUR, "2h-3h"),
)
"""The same for email and voicemail."""
SHORT_ABANDON: Final = 5 * SECOND
SLA: Final = {
    Media.PHONE: 20 * SECOND,
    Media.CHAT: 30 * SECOND,
    Media.EMAIL: 2 * HOUR,
    Media.VOICEMAIL: HOUR,
}
"""Waiting time within which an interaction counts as accepted in time."""


_PROMPT: Final = (97, 55)
"""Percentage of interactions that come when somebody is free, or nearly so: in a quiet quarter of
an hour, and in a busy one."""


class Outcome(Enum):
    """What became of an interaction, as far as one queue or agent is concerned."""

    ACCEPTED = auto()
    REJECTED = auto()
    TIMED_OUT = auto()
    ABANDONED_WHILE_OFFERED = auto()
    DIRECT = auto()
    ABANDONED = auto()
    DIVERTED = auto()
    VOICEMAIL = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A kind of work that has its own rhythm: media, direction, and whether an agent takes part."""

    media: Media
    outbound: bool
    agent: bool


@dataclass(frozen=True, slots=True)
class Call:
    """An interaction. Durations in milliseconds.

    Attributes:
        line: Its kind.
        outcome: What became of it.
        direct: Name of the facts of a call that passed no queue, else empty.
        again: Whether it had been in the queue before.
        script: Time in the script.
        wait: Time in the queue.
        offer: Time an agent's phone rang or screen blinked.
        handling: Time with an agent.
        wrap_up: Time the agent spent on it afterwards.
        holds: Durations of the times on hold.
        focus: Time the agent looked at it.
        park: Time it lay aside.
        transfer: Name of the transfer fact it ended in, else empty.
        received: Name of the transfer fact it came by, else empty.
        conference: Duration of a conference, 0 for none.
        joined: Whether the agent joined that conference rather than started it.
        consulted: Whether the agent consulted a colleague.
        code: Position of its wrap-up code, -1 for none.
    """

    line: Line
    outcome: Outcome
    direct: str
    again: bool
    script: int
    wait: int
    offer: int
    handling: int
    wrap_up: int
    holds: tuple[int, ...]
    focus: int
    park: int
    transfer: str
    received: str
    conference: int
    joined: bool
    consulted: bool
    code: int


NOT_QUEUED: Final = frozenset({Outcome.REJECTED, Outcome.TIMED_OUT, Outcome.DIRECT})
"""Outcomes that say nothing of a queue: what one agent rejects waits on for another."""
_AGENT_OUTCOMES: Final = (
    *(Outcome.ACCEPTED,) * 80,
    *(Outcome.REJECTED,) * 4,
    *(Outcome.TIMED_OUT,) * 5,
    *(Outcome.ABANDONED_WHILE_OFFERED,) * 3,
    *(Outcome.DIRECT,) * 8,
)
_QUEUE_OUTCOMES: Final = (
    *(Outcome.ABANDONED,) * 7,
    *(Outcome.DIVERTED,) * 2,
    Outcome.VOICEMAIL,
)
_DIRECT: Final = (
    "directInbound",
    "directOutbound",
    "internalCallsInitiated",
    "internalCallsReceived",
)
_TRANSFERS: Final = ("blindTransferToAgent", "blindTransferToQueue", "warmTransfersCompleted")
_RECEIVED: Final = ("blindTransfersReceived", "warmTransfersReceived")


def make_call(line: Line, rng: Rng, codes: int, pressure: int) -> Call:
    """Invent an interaction of a kind.

    Args:
        line: Its kind.
        rng: The figures' source.
        codes: Number of wrap-up codes, of which it has one or none.
        pressure: How busy the quarter of an hour is, 0 to 100.
    """
    online = line.media.is_online
    phone = line.media is Media.PHONE
    outcome = rng.pick(_AGENT_OUTCOMES if line.agent else _QUEUE_OUTCOMES)
    if outcome is Outcome.DIRECT and not phone:
        outcome = Outcome.ACCEPTED
    handled = outcome in {Outcome.ACCEPTED, Outcome.DIRECT}
    accepted = outcome is Outcome.ACCEPTED
    handling = rng.skewed(15 * SECOND, 25 * MINUTE if online else HOUR) if handled else 0
    talks = accepted and phone
    return Call(
        line=line,
        outcome=outcome,
        direct=rng.pick(_DIRECT) if outcome is Outcome.DIRECT else "",
        again=rng.chance(12),
        script=0 if line.outbound else rng.skewed(2 * SECOND, 2 * MINUTE),
        wait=_wait(rng, SLA[line.media], 12 * MINUTE if online else 5 * HOUR, pressure),
        offer=rng.between(900, 25 * SECOND) if line.agent else 0,
        handling=handling,
        wrap_up=rng.skewed(0, 5 * MINUTE) if accepted else 0,
        holds=tuple(
            rng.between(SECOND, 1 + handling // 4 + SECOND)
            for _ in range(rng.below(3) if talks and rng.chance(30) else 0)
        ),
        focus=handling * rng.between(40, 100) // 100,
        park=rng.skewed(MINUTE, 3 * HOUR) if accepted and not online and rng.chance(20) else 0,
        transfer=rng.pick(_TRANSFERS) if accepted and rng.chance(9) else "",
        received=rng.pick(_RECEIVED) if accepted and rng.chance(8) else "",
        conference=handling // 3 if talks and rng.chance(6) else 0,
        joined=rng.chance(50),
        consulted=talks and rng.chance(7),
        code=rng.below(codes) if accepted and rng.chance(85) else -1,
    )


def call_facts(call: Call, percent: int = 100) -> Facts:
    """Return the facts of one interaction, with `percent` of its handling and wrap-up known."""
    facts = Facts()
    handling = call.handling * percent // 100
    if call.outcome is Outcome.DIRECT:
        _count_direct(call, handling, facts)
        return facts
    if call.outcome not in NOT_QUEUED:
        _count_in_queue(call, facts)
    if call.line.agent:
        _count_offer(call, facts)
    if call.outcome is Outcome.ACCEPTED:
        facts["handlingTime"] += handling
        facts["wrapUpTime"] += call.wrap_up * percent // 100
        _count_handling(call, facts)
    return facts


def _wait(rng: Rng, in_time: int, longest: int, pressure: int) -> int:
    """Throw a waiting time: as a rule within the service level, now and then far beyond."""
    quiet, busy = _PROMPT
    prompt = quiet + (busy - quiet) * pressure // 100
    return rng.skewed(200, in_time * 5 // 4) if rng.chance(prompt) else rng.skewed(200, longest)


def waiting_facts(call: Call) -> Facts:
    """Return the facts of an interaction of which nothing is known but that it came."""
    if call.outcome in NOT_QUEUED:
        return Facts()
    return Facts({"entered": 1, "newInQueue": 0 if call.again else 1})


def wait_class(wait: int, *, online: bool) -> str:
    """Name the class of a waiting time in milliseconds."""
    steps = ONLINE_STEPS if online else OFFLINE_STEPS
    last = "greaterThan10m" if online else "greaterThan3h"
    return next((name for bound, name in steps if wait < bound), last)


def _count_direct(call: Call, handling: int, facts: Facts) -> None:
    facts[call.direct] += 1
    if call.direct.startswith("internal"):
        facts["internalCallsTime"] += handling
    else:
        facts[f"{call.direct}Time"] += handling


def _count_in_queue(call: Call, facts: Facts) -> None:
    facts["entered"] += 1
    facts["newInQueue"] += not call.again
    facts["waitTime"] += call.wait
    facts["longestWait"] = call.wait
    facts["scriptTime"] += call.script
    facts["callbacksOffered"] += call.wait > 2 * MINUTE
    if call.outcome is Outcome.ACCEPTED:
        facts["accepted"] += 1
        facts["acceptedInSla"] += call.wait <= SLA[call.line.media]
        facts["acceptedWaitTime"] += call.wait
        facts["longestAcceptedWait"] = call.wait
        facts[f"accepted.{wait_class(call.wait, online=call.line.media.is_online)}"] += 1
    elif call.outcome is Outcome.VOICEMAIL:
        facts["diverted"] += 1
        facts["voicemailsLeft"] += 1
    elif call.outcome is Outcome.DIVERTED:
        facts["diverted"] += 1
    else:
        facts["shortAbandoned" if call.wait < SHORT_ABANDON else "abandoned"] += 1
        facts["abandonTime"] += call.wait
        facts["longestAbandon"] = call.wait
        facts[f"abandon.{wait_class(call.wait, online=True)}"] += 1


_OFFERED: Final = {
    Outcome.REJECTED: "rejected",
    Outcome.TIMED_OUT: "rejectTimeout",
    Outcome.ABANDONED_WHILE_OFFERED: "abandonedWhileOffered",
}


def _count_offer(call: Call, facts: Facts) -> None:
    facts["presented"] += 1
    facts["offeringTime"] += call.offer
    facts["longestOffering"] = call.offer
    if call.outcome is Outcome.ACCEPTED:
        facts["acceptedOfferingTime"] += call.offer
    else:
        facts[_OFFERED[call.outcome]] += 1


def _count_handling(call: Call, facts: Facts) -> None:
    facts["focusTime"] += call.focus
    facts["parkTime"] += call.park
    facts["hold"] += len(call.holds)
    facts["holdTime"] += sum(call.holds)
    facts["longestHold"] = max(call.holds, default=0)
    facts["repliedEmails"] += call.line.media is Media.EMAIL
    facts["consultationsEstablished"] += call.consulted
    for name in filter(None, (call.transfer, call.received)):
        facts[name] += 1
    if call.conference:
        name = "conferencesReceived" if call.joined else "conferencesEstablished"
        facts[name] += 1
        facts[f"{name}Time"] += call.conference
