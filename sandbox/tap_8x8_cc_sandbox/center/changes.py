"""Agents' changes of status, and answers to surveys, one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from tap_8x8_cc_sandbox.center.calendar import SLOT
from tap_8x8_cc_sandbox.center.events import Event, moment
from tap_8x8_cc_sandbox.center.model import Ongoing
from tap_8x8_cc_sandbox.center.profiles import View
from tap_8x8_cc_sandbox.center.rng import Rng

if TYPE_CHECKING:
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from tap_8x8_cc_sandbox.center.staff import Roster
    from tap_8x8_cc_sandbox.center.traffic import Traffic

_COURSES: Final = (
    ("available", "offered", "accepted", "handling", "wrapUp"),
    ("available", "offered", "rejected"),
    ("onBreak", "available"),
    ("workingOffline", "available"),
    ("handling", "putOnHold", "holdResumed", "wrapUp"),
)
_IN_INTERACTION: Final = frozenset(
    {"offered", "accepted", "handling", "wrapUp", "rejected", "putOnHold", "holdResumed"}
)
_WITH_CODE: Final = frozenset({"onBreak", "workingOffline"})


def status_events(
    statuses: Traffic, roster: Roster, slot: int, now: int, zone: ZoneInfo
) -> Iterator[Event]:
    """Return agents' changes of status in a quarter of an hour.

    Args:
        statuses: The source of agents' time.
        roster: The contact center's people.
        slot: First second of the quarter.
        now: A moment in milliseconds; what happened later is left out.
        zone: Zone of the times.
    """
    for position in statuses.cells(slot).leaves:
        agent = statuses.leaves[position].agent
        if agent is None:
            continue
        rng = Rng("status", slot, agent.id)
        course = rng.pick(_COURSES)
        step = SLOT * 1000 // len(course)
        transaction = str(rng.below(10**9))
        for number, status in enumerate(course):
            time = slot * 1000 + number * step + rng.below(step)
            code = rng.pick(roster.status_codes) if status in _WITH_CODE else None
            busy = status in _IN_INTERACTION
            values: dict[str, object] = {
                "time": moment(time, zone),
                "agent": agent.name,
                "agentId": agent.id,
                "agentGroup": agent.group.name,
                "agentGroupId": agent.group.id,
                "status": status,
                "interactionId": f"int-{slot:x}-{transaction}" if busy else None,
                "transactionId": transaction if busy else None,
                "statusCode": code and code.name,
                "statusCodeId": code and code.id,
                "statusCodeList": code and code.list_name,
                "statusCodeListId": code and code.list_id,
                "statusCodeShortCode": code and code.name[:3].upper(),
                "statusCodeText": code and code.name,
            }
            if time <= now:
                yield Event(time, ongoing=False, values=values)


def survey_events(surveys: Traffic, slot: int, now: int, zone: ZoneInfo) -> Iterator[Event]:
    """Return the surveys that customers took in a quarter of an hour; as `status_events`."""
    cells = surveys.cells(slot)
    for position, profile in zip(cells.leaves, cells.profiles, strict=True):
        leaf = surveys.leaves[position]
        facts = surveys.profiles[profile][View.FINAL]
        survey, queue, agent, channel = leaf.survey, leaf.queue, leaf.agent, leaf.channel
        if not facts["started"] or not (survey and queue and agent and channel):
            continue
        rng = Rng("survey", slot, position)
        time = slot * 1000 + rng.below(SLOT * 1000)
        values: dict[str, object] = {
            "time": moment(time, zone),
            "surveyId": survey.id,
            "surveyName": survey.name,
            "interactionId": f"int-{time:x}-{rng.below(1 << 40):010x}",
            "mediaType": "phone",
            "channelId": channel.id,
            "channelName": channel.name,
            "queueId": queue.id,
            "queueName": queue.name,
            "agentId": agent.id,
            "agentName": agent.name,
            "state": "Completed" if facts["completed"] else "HungUp",
            "answered": facts["answered"],
            "skipped": facts["skipped"],
            "achievableScore": facts["achievableScore"],
            "actualScore": facts["actualScore"],
            "surveyDuration": Ongoing(rng.between(5_000, 90_000), ongoing=False),
            "comments": "Friendly, but slow; thanks" if rng.chance(20) else None,
        }
        if time <= now:
            yield Event(time, ongoing=False, values=values)
