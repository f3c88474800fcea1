"""The four bodies of facts that reports are made of: interactions, codes, agents' time, surveys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.center.calls import QUARTER, Facts, Line
from tap_8x8_cc_sandbox.center.dimensions import Leaf
from tap_8x8_cc_sandbox.center.profiles import KNOWN, View, combine, line_courses, line_profiles
from tap_8x8_cc_sandbox.center.rng import Rng
from tap_8x8_cc_sandbox.center.sources import Expanded, Flow
from tap_8x8_cc_sandbox.center.staff import Media
from tap_8x8_cc_sandbox.center.traffic import Lane, Traffic

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.center.model import CenterConfig
    from tap_8x8_cc_sandbox.center.profiles import Calls, Courses
    from tap_8x8_cc_sandbox.center.sources import Views
    from tap_8x8_cc_sandbox.center.staff import Agent, Channel, Queue, Roster, Survey

_WORK_PROFILES: Final = 192
"""Quarters of an agent at work, from idle to busy."""
_LUNCH_PROFILES: Final = 32
_SURVEY_PROFILES: Final = 96
_SITES: Final = ("Austin, TX", "Cluj-Napoca")
_AGENT_PERMILLE: Final = 220
_QUEUE_PERMILLE: Final = 22
"""For each agent who serves the queue."""
_MOST_PERMILLE: Final = 600
_ORDINARY_PACE: Final = 65
_SURVEY_PERMILLE: Final = 60
_POINTS: Final = 5


@dataclass(frozen=True, slots=True)
class Interactions:
    """What went through the queues."""

    source: Flow  # the facts
    origins: Traffic  # which profile of interactions came in each quarter
    calls: list[Calls]  # the interactions of each profile


def interactions(config: CenterConfig, roster: Roster) -> Interactions:
    """Lay out the work on interactions: of each queue by itself, and of its agents, by channel."""
    stock: list[Calls] = []
    stocked: list[Courses] = []
    codes, shift = len(roster.wrap_up_codes), 1 if config.corrected_codes else 0
    first: dict[Line, tuple[int, int]] = {}
    lanes = []
    for leaf in _interaction_leaves(roster):
        if leaf.channel is None:
            continue
        line = Line(leaf.channel.media, leaf.outbound, leaf.agent is not None)
        if line not in first:
            own = line_profiles(line, codes, config.seed, config.tenant)
            first[line] = (len(stock), len(own))
            stock.extend(own)
            stocked += line_courses(line, codes, shift, config.seed, config.tenant)
        lanes.append(Lane(leaf, *_strained(leaf, *first[line]), _permille(leaf, roster)))
    origins = Traffic(lanes, [], *_seed("interactions", config))
    return Interactions(Flow(origins, stocked), origins, stock)


def _permille(leaf: Leaf, roster: Roster) -> int:
    """How often something happens in a quarter of the busiest hour."""
    if leaf.queue is None:
        return 0
    if leaf.agent:
        return _AGENT_PERMILLE * leaf.queue.load * leaf.agent.pace // (100 * _ORDINARY_PACE)
    serving = sum(leaf.queue in agent.queues for agent in roster.agents)
    lost = _QUEUE_PERMILLE * serving * leaf.queue.load * (3 + leaf.queue.strain**2 // 80) // 5000
    return min(lost, _MOST_PERMILLE)


def _strained(leaf: Leaf, first: int, count: int) -> tuple[int, int]:
    """The part of a line's profiles that a queue draws from: a strained one from the busy end."""
    skipped = count * (leaf.queue.strain if leaf.queue else 0) // 250
    return first + skipped, count * 3 // 5


def wrap_ups(work: Interactions, roster: Roster) -> Expanded:
    """Split agents' interactions by wrap-up code."""
    codes = roster.wrap_up_codes
    return Expanded(
        work.source,
        [_by_code(views) for views in work.source.profiles],
        len(codes),
        lambda leaf, part: replace(leaf, wrap_up_code=codes[part]),
    )


def _by_code(views: Views) -> list[tuple[int, Views]]:
    found = {name for facts in views for name in facts if name.startswith("code.")}
    return [
        (int(code), tuple(_code_facts(facts, code) for facts in views))
        for code in sorted(name.removeprefix("code.") for name in found)
    ]


def _code_facts(facts: Facts, code: str) -> Facts:
    count, time = facts[f"code.{code}"], facts[f"codeTime.{code}"]
    return Facts({"transactionCodeCount": count, "transactionCodeTime": time})


def statuses(config: CenterConfig, roster: Roster) -> Traffic:
    """Lay out how agents spend the time that they are logged in."""
    profiles = [views for _, views in _status_profiles(config.seed, config.tenant)]
    lanes = [
        Lane(
            Leaf(agent=agent, site=_site(number)),
            *_paced(agent),
            4000,
            (_WORK_PROFILES, _LUNCH_PROFILES),
        )
        for number, agent in enumerate(roster.agents)
    ]
    return Traffic(lanes, profiles, *_seed("statuses", config))


def _paced(agent: Agent) -> tuple[int, int]:
    """The part of the quarters at work that an agent's own are drawn from."""
    width = _WORK_PROFILES // 4
    middle = _WORK_PROFILES * agent.pace // 100
    return max(0, min(middle - width // 3, _WORK_PROFILES - width)), width


def status_codes(base: Traffic, config: CenterConfig, roster: Roster) -> Expanded:
    """Split agents' time away from work by status code."""
    codes = roster.status_codes
    children = [
        [(code, tuple(_away(facts) for facts in views))] if code >= 0 else []
        for code, views in _status_profiles(config.seed, config.tenant)
    ]
    return Expanded(
        base, children, len(codes), lambda leaf, part: replace(leaf, status_code=codes[part])
    )


def surveys(config: CenterConfig, roster: Roster) -> Traffic:
    """Lay out the surveys after phone calls."""
    profiles: list[Views] = []
    lanes = []
    for survey in roster.surveys:
        own = _survey_profiles(survey, config.seed, config.tenant)
        for leaf in _interaction_leaves(roster):
            channel, agent = leaf.channel, leaf.agent
            if channel and agent and channel.media is Media.PHONE and not leaf.outbound:
                taken = replace(leaf, survey=survey)
                lanes.append(Lane(taken, len(profiles), len(own), _SURVEY_PERMILLE))
        profiles.extend(combine_views(parts) for parts in own)
    return Traffic(lanes, profiles, *_seed("surveys", config))


def questions(base: Traffic, config: CenterConfig, roster: Roster) -> Expanded:
    """Split surveys by question."""
    everything = [question for survey in roster.surveys for question in survey.questions]
    children = []
    for survey in roster.surveys:
        offset = everything.index(survey.questions[0])
        children += [
            [(offset + n, views) for n, views in enumerate(parts[1:])]
            for parts in _survey_profiles(survey, config.seed, config.tenant)
        ]
    return Expanded(
        base,
        children,
        len(everything),
        lambda leaf, part: replace(leaf, question=everything[part]),
    )


def _seed(name: str, config: CenterConfig) -> tuple[ZoneInfo, str, int, str]:
    return ZoneInfo(config.timezone), name, config.seed, config.tenant


def _site(number: int) -> str:
    return _SITES[number % len(_SITES)]


def _interaction_leaves(roster: Roster) -> list[Leaf]:
    def leaf(channel: Channel, queue: Queue, agent: Agent | None, site: int) -> Leaf:
        return Leaf(channel, queue, agent, queue.outbound or channel.outbound, site=_site(site))

    found = []
    for number, queue in enumerate(roster.queues):
        channels = [channel for channel in roster.channels if channel.media is queue.media]
        served = [(n, agent) for n, agent in enumerate(roster.agents) if queue in agent.queues]
        for channel in channels:
            found.append(leaf(channel, queue, None, number))
            found.extend(leaf(channel, queue, agent, n) for n, agent in served)
    return found


@lru_cache(maxsize=16)
def _status_profiles(*seed: object) -> tuple[tuple[int, Views], ...]:
    """Stock quarters of an agent: position of the status code used (-1 for none), and the facts."""
    rng = Rng("statuses", *seed)
    stock = [_work(rng, number * 100 // _WORK_PROFILES) for number in range(_WORK_PROFILES)]
    stock += [_lunch(rng) for _ in range(_LUNCH_PROFILES)]
    return tuple((code, tuple(_status_view(facts, view) for view in View)) for code, facts in stock)


def _work(rng: Rng, occupancy: int) -> tuple[int, Facts]:
    """Invent a quarter at work, of which about `occupancy` percent goes into interactions."""
    facts = Facts({"loggedInTime": QUARTER if rng.chance(90) else rng.below(QUARTER)})
    left = facts["loggedInTime"]
    code = rng.below(4) if rng.chance(15) else -1
    if code >= 0:
        facts["statusCodeCount"] = rng.between(1, 2)
        away = rng.below(left * 3 // 4 + 1)
        facts["workingOfflineTime" if code > 1 else "onBreakTime"] = away
        left -= away
    busy = left * min(98, max(2, occupancy + rng.between(-12, 12))) // 100
    facts["availableTime"] = left - busy
    facts["handlingTime"] = busy * rng.between(60, 85) // 100
    facts["wrapUpTime"] = (busy - facts["handlingTime"]) * rng.between(50, 95) // 100
    facts["offeringTime"] = busy - facts["handlingTime"] - facts["wrapUpTime"]
    return code, facts


def _lunch(rng: Rng) -> tuple[int, Facts]:
    """Invent a quarter around lunch: mostly a break."""
    away = QUARTER * rng.between(30, 100) // 100
    facts = Facts({"loggedInTime": QUARTER, "statusCodeCount": 1, "onBreakTime": away})
    facts["availableTime"] = QUARTER - away
    return 0, facts


def _status_view(facts: Facts, view: View) -> Facts:
    if view is View.SLIVER:
        seen = Facts({name: value // 5 for name, value in facts.items()})
        seen["statusCodeCount"] = facts["statusCodeCount"]
        return seen
    late = ("handlingTime", "wrapUpTime")
    return Facts({n: v * KNOWN[view] // 100 if n in late else v for n, v in facts.items()})


def _away(facts: Facts) -> Facts:
    return Facts(
        {
            "statusCodeCount": facts["statusCodeCount"],
            "statusCodeTime": facts["onBreakTime"] + facts["workingOfflineTime"],
            "loggedInTime": facts["loggedInTime"],
        }
    )


@lru_cache(maxsize=16)
def _survey_profiles(survey: Survey, *seed: object) -> tuple[tuple[Views, ...], ...]:
    """Stock quarters of a survey: the facts of its course, then those of each question."""
    rng = Rng("surveys", survey.id, *seed)
    stock = []
    for number in range(_SURVEY_PROFILES):
        responses = [_respond(survey, rng) for _ in range(1 + number * 2 // _SURVEY_PROFILES)]
        stock.append(
            tuple(
                tuple(combine(parts) for parts in _seen(asked))
                for asked in zip(*responses, strict=True)
            )
        )
    return tuple(stock)


def _seen(responses: tuple[Facts, ...]) -> list[tuple[Facts, ...]]:
    """List the responses that each view knows of."""
    pending = {View.FRESH: 1, View.SLIVER: len(responses) - 1}
    return [responses[: len(responses) - pending.get(view, 0)] for view in View]


def combine_views(parts: tuple[Views, ...]) -> Views:
    """Add up the facts of several parts, view by view."""
    return tuple(combine(facts) for facts in zip(*parts, strict=True))


def _respond(survey: Survey, rng: Rng) -> list[Facts]:
    """Invent a customer's way through a survey: its course, then each question."""
    opted_in = rng.chance(45) or not survey.offered
    started = opted_in and rng.chance(90)
    hangs_up_at = rng.below(len(survey.questions)) if rng.chance(15) else len(survey.questions)
    course = Facts(
        {
            "offered": int(survey.offered),
            "optedIn": int(opted_in and survey.offered),
            "started": int(started),
            "completed": int(started and hangs_up_at == len(survey.questions)),
        }
    )
    answers = []
    for number in range(len(survey.questions)):
        facts = Facts()
        if started and number == hangs_up_at:
            facts["hungUp"] = 1
        elif started and number < hangs_up_at and rng.chance(10):
            facts["skipped"] = 1
        elif started and number < hangs_up_at:
            facts["answered"] = 1
            facts["achievableScore"] = _POINTS
            facts["actualScore"] = rng.between(1, _POINTS)
        answers.append(facts)
    return [course, *answers]
