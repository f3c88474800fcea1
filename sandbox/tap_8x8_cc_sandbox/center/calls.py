"""Single interactions, and the facts that each adds to the figures.

Every figure of a summary report is made of *facts*: whole counts and milliseconds of a quarter
of an hour. A quarter's facts are the sums of the facts of the interactions that touched it, so
figures of different reports agree with each other.

How facts are combined over time follows from their names: `longest…` by the largest, `carried…` and
`end…` (the situation at the start and the end of a bucket) by the first and the last, all others by
adding. So an interaction that still waits when a bucket begins counts in each bucket it touches, as
`newInQueue+carriedWaiting`, but only once in `newInQueue`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from enum import Enum, auto
from typing import TYPE_CHECKING, Final, TypeAlias

from tap_8x8_cc_sandbox.center.staff import Media

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc_sandbox.center.rng import Rng

Facts: TypeAlias = Counter[str]

SECOND: Final = 1000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
QUARTER: Final = 15 * MINUTE

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
"""The same for e-mail and voicemail."""
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
JITTER: Final = SECOND
"""Interactions of one profile come at different milliseconds, at most this far apart."""
_DAYS_PERCENT: Final = 15
"""E-mails that wait for days."""
_OVERNIGHT_PERCENT: Final = 2
"""Interactions that are put aside until the next day."""


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
    """An interaction. Durations in milliseconds."""

    line: Line  # its kind
    outcome: Outcome  # what became of it
    direct: str  # name of the facts of a call that passed no queue, else empty
    at: int  # when it comes, counted from the start of its quarter of an hour
    script: int  # time in the script; it ends in the same quarter
    wait: int  # time in the queue
    offer: int  # time an agent's phone rang or screen blinked
    handling: int  # time with an agent; none of an e-mail, which is all wrap-up
    wrap_up: int  # time the agent spent on it afterwards
    holds: tuple[int, ...]  # durations of the times on hold
    focus: int  # time the agent looked at it
    park: int  # time it lay aside
    transfer: str  # name of the transfer fact it ended in, else empty
    received: str  # name of the transfer fact it came by, else empty
    conference: int  # duration of a conference, 0 for none
    joined: bool  # whether the agent joined that conference rather than started it
    consulted: bool  # whether the agent consulted a colleague
    code: int  # position of its wrap-up code, -1 for none

    @property
    def entered(self) -> int:
        """When it enters the queue, counted as `at`."""
        return self.at + self.script

    @property
    def offered(self) -> int:
        """When it leaves the queue, to an agent if there is one."""
        return self.entered + self.wait

    @property
    def answered(self) -> int:
        """When its outcome is known."""
        return self.offered + self.offer

    @property
    def handled(self) -> int:
        """When an agent hangs up or puts it aside."""
        return self.answered + self.handling

    @property
    def resumed(self) -> int:
        """When it no longer lies aside."""
        return self.handled + self.park

    @property
    def done(self) -> int:
        """When an agent has done with it."""
        return self.resumed + self.wrap_up


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
        codes: Number of wrap-up codes; it has one or none of them.
        pressure: How busy the quarter of an hour is, 0 to 100.
    """
    online = line.media.is_online
    phone = line.media is Media.PHONE
    outcome = rng.pick(_AGENT_OUTCOMES if line.agent else _QUEUE_OUTCOMES)
    if outcome is Outcome.DIRECT and not phone:
        outcome = Outcome.ACCEPTED
    queued = outcome not in NOT_QUEUED
    accepted = outcome is Outcome.ACCEPTED
    work = rng.skewed(15 * SECOND, 25 * MINUTE if online else HOUR)
    handled = accepted or outcome is Outcome.DIRECT
    handling = work if handled and line.media is not Media.EMAIL else 0
    wrap_up = rng.skewed(0, 5 * MINUTE) if line.media is not Media.EMAIL else work
    talks = accepted and phone
    park = rng.skewed(MINUTE, 3 * HOUR) if accepted and not online and rng.chance(20) else 0
    if accepted and rng.chance(_OVERNIGHT_PERCENT):
        park += rng.between(10, 20) * HOUR
    call = Call(
        line=line,
        outcome=outcome,
        direct=rng.pick(_DIRECT) if outcome is Outcome.DIRECT else "",
        at=0,
        script=rng.skewed(2 * SECOND, 2 * MINUTE) if queued and not line.outbound else 0,
        wait=_wait(rng, line.media, pressure) if queued else 0,
        offer=rng.between(900, 25 * SECOND) if line.agent and outcome is not Outcome.DIRECT else 0,
        handling=handling,
        wrap_up=wrap_up if accepted else 0,
        holds=tuple(
            rng.between(SECOND, 1 + handling // 4 + SECOND)
            for _ in range(rng.below(3) if talks and rng.chance(30) else 0)
        ),
        focus=(handling or wrap_up) * rng.between(40, 100) // 100 if handled else 0,
        park=park,
        transfer=rng.pick(_TRANSFERS) if accepted and rng.chance(9) else "",
        received=rng.pick(_RECEIVED) if accepted and rng.chance(8) else "",
        conference=handling // 3 if talks and rng.chance(6) else 0,
        joined=rng.chance(50),
        consulted=talks and rng.chance(7),
        code=rng.below(codes) if accepted and rng.chance(85) else -1,
    )
    while True:
        timed = replace(call, at=rng.below(QUARTER - JITTER - call.script))
        if all(moment % QUARTER < QUARTER - JITTER for moment in _moments(timed)):
            return timed


def _moments(call: Call) -> tuple[int, ...]:
    """The instants at which something changes: whatever the jitter, they stay in their quarter."""
    late = call.entered + SLA[call.line.media]
    return call.offered, call.answered, call.handled, call.resumed, call.done, late


def _wait(rng: Rng, media: Media, pressure: int) -> int:
    """Throw a waiting time: as a rule within the service level, now and then far beyond."""
    quiet, busy = _PROMPT
    if media is Media.EMAIL and rng.chance(_DAYS_PERCENT):
        return rng.between(1, 3) * DAY + rng.skewed(0, HOUR)
    if rng.chance(quiet + (busy - quiet) * pressure // 100):
        return rng.skewed(200, SLA[media] * 5 // 4)
    return rng.skewed(200, 12 * MINUTE if media.is_online else 5 * HOUR)


def passing(call: Call) -> Iterator[tuple[int, bool, str]]:
    """Return what an interaction counts as on its way.

    Yields:
        How many quarters after its first; whether it is then the queue's or the agent's; and the
        fact that it adds 1 to.
    """
    last = call.answered // QUARTER
    if call.outcome not in NOT_QUEUED:
        yield 0, last > 0, "newInQueue"
        for quarter in range(last):
            end = (quarter + 1) * QUARTER
            yield quarter, True, "endWaiting" if end <= call.offered else "endOffering"
            if end - call.entered <= SLA[call.line.media]:
                yield quarter, True, "endWithinSla"
            yield quarter + 1, True, "carriedWaiting"
    if call.line.agent and call.outcome is not Outcome.DIRECT:
        yield call.offered // QUARTER, False, "presented"
        for quarter in range(call.offered // QUARTER, last):
            yield quarter, False, "endAlerting"
            yield quarter + 1, False, "carriedPresented"
        for quarter in range(call.offered // QUARTER, call.done // QUARTER):
            yield quarter, False, "endAssigned"
        for quarter in range(call.handled // QUARTER, call.resumed // QUARTER):
            yield quarter, False, "endParked"


def call_facts(call: Call, percent: int = 100) -> Facts:
    """Return what an interaction adds to the quarter of its outcome.

    Args:
        call: The interaction.
        percent: How much of its handling and wrap-up is known.
    """
    facts = Facts()
    handling = call.handling * percent // 100
    if call.outcome is Outcome.DIRECT:
        facts[call.direct] += 1
        name = "internalCalls" if call.direct.startswith("internal") else call.direct
        facts[f"{name}Time"] += handling
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


def wait_class(wait: int, *, online: bool) -> str:
    """Name the class of a waiting time in milliseconds."""
    steps = ONLINE_STEPS if online else OFFLINE_STEPS
    last = "greaterThan10m" if online else "greaterThan3h"
    return next((name for bound, name in steps if wait < bound), last)


def _count_in_queue(call: Call, facts: Facts) -> None:
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
