"""The rhythm of the contact center: who and what is active in which quarter of an hour."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tap_8x8_cc_sandbox.center.calendar import local
from tap_8x8_cc_sandbox.center.rng import MASK, key, mix
from tap_8x8_cc_sandbox.center.sources import Cache, Cells

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc_sandbox.center.dimensions import Leaf
    from tap_8x8_cc_sandbox.center.sources import Views
    from tap_8x8_cc_sandbox.center.staff import Agent, Queue

_FRIDAY: Final = 4
_SATURDAY: Final = 5
_SHIFT_HOURS: Final = 8
_WEEK: Final = (125, 106, 100, 97, 84, 35, 31)
"""Load by day of the week, in percent; Mondays bring what waited over the weekend."""
_BAD_DAY_IN: Final = 23
"""One working day in so many is a bad one: more comes, to fewer agents."""
_LUNCH_PERCENT: Final = 30
_CURVE: Final = (
    *(30, 28, 25, 22, 22, 25),
    *(26, 30, 60, 85, 100, 95),
    *(66, 78, 92, 96, 80, 58),
    *(45, 38, 35, 34, 33, 32),
)
"""Load by the local hour, in percent of the busiest; at night that of queues that never close."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A piece of work's place in the stock, and how often it is active at the busiest hour."""

    leaf: Leaf  # what the work is
    first: int  # its first profile
    count: int  # number of its profiles, ordered from quiet to busy
    permille: int  # chance of being active in a quarter of the busiest hour
    # First and number of the profiles of the agent's lunch hour, where it has its own.
    lunch: tuple[int, int] | None = None


class Traffic:
    """A source whose pieces of work follow opening hours, shifts, and the load of day and week.

    Args:
        lanes: The pieces of work.
        profiles: The stock they draw from.
        zone: Zone of opening hours and shifts.
        seed: Chooses who is active when.
    """

    def __init__(
        self, lanes: Sequence[Lane], profiles: Sequence[Views], zone: ZoneInfo, *seed: object
    ) -> None:
        self.leaves = [lane.leaf for lane in lanes]
        self.profiles = profiles
        self._lanes = lanes
        self._zone = zone
        self._salt = key("days", *seed)
        # Bad for all sources of a contact center alike, whatever the source's own name.
        self._bad_salt = key("bad days", *seed[1:])
        self._keys = [key(*seed, *_identity(leaf)) for leaf in self.leaves]
        self._hours: dict[tuple[int, int, bool], list[tuple[int, int, int, int, int]]] = {}
        self.cells = Cache(self._make)

    def _make(self, slot: int) -> Cells:
        moment = local(slot, self._zone)
        day = moment.toordinal()
        bad = mix(self._bad_salt + day) % _BAD_DAY_IN == 0 and moment.weekday() < _SATURDAY
        hour = (moment.weekday(), moment.hour, bad)
        if hour not in self._hours:
            self._hours[hour] = self._open_lanes(moment, bad=bad)
        # Each day has a level of its own, 90 to 110 percent of the ordinary.
        level = 90 + mix(self._salt + day) % 21
        spread = (slot * 0x9E3779B97F4A7C15) & MASK
        leaves, profiles = array("I"), array("I")
        for leaf, own, chance, first, count in self._hours[hour]:
            throw = ((spread ^ own) * 0xBF58476D1CE4E5B9) & MASK
            throw = ((throw ^ (throw >> 29)) * 0x94D049BB133111EB) & MASK
            if (throw >> 44) * 100_000 < chance * level:
                leaves.append(leaf)
                profiles.append(first + ((throw & 0xFFFFFF) * count >> 24))
        return Cells(leaves, profiles)

    def _open_lanes(self, moment: datetime, *, bad: bool) -> list[tuple[int, int, int, int, int]]:
        """List the work that is possible in an hour of the week, with its chance."""
        load = _CURVE[moment.hour] * _WEEK[moment.weekday()] // 100
        found = []
        for position, lane in enumerate(self._lanes):
            chance = _chance(lane, load, moment, bad=bad)
            if chance and _is_possible(lane.leaf, moment):
                first, count = _stock(lane, load, moment, bad=bad)
                found.append((position, self._keys[position], chance << 20, first, count))
        return found


def _chance(lane: Lane, load: int, moment: datetime, *, bad: bool) -> int:
    """Return how often a piece of work is active in an hour, in a thousand quarters."""
    agent = lane.leaf.agent
    if agent is None:
        # What no agent reaches: the busier it is, the larger a part.
        lost = lane.permille * load * load // 10_000
        return lost * 4 if bad else lost
    chance = lane.permille * load // 100
    if moment.hour == agent.lunch and lane.lunch is None:
        chance = chance * _LUNCH_PERCENT // 100
    return chance * 4 // 5 if bad else chance


def _stock(lane: Lane, load: int, moment: datetime, *, bad: bool) -> tuple[int, int]:
    """Return the first and the number of the profiles that an hour draws from."""
    if lane.leaf.agent and lane.lunch and moment.hour == lane.leaf.agent.lunch:
        return lane.lunch
    if bad:
        # Only from the busy end.
        return lane.first + lane.count * 3 // 5, max(1, lane.count * 2 // 5)
    # A quiet hour draws from the quiet end.
    return lane.first, max(1, lane.count * (25 + min(load, 100) * 3 // 4) // 100)


def _identity(leaf: Leaf) -> tuple[str, ...]:
    parts = (leaf.channel, leaf.queue, leaf.agent, leaf.survey)
    return tuple("" if part is None else part.id for part in parts)


def _is_possible(leaf: Leaf, moment: datetime) -> bool:
    return (leaf.queue is None or _is_open(leaf.queue, moment)) and (
        leaf.agent is None or _is_working(leaf.agent, moment)
    )


def _is_open(queue: Queue, moment: datetime) -> bool:
    if moment.weekday() >= _SATURDAY and not queue.weekends:
        return False
    # Queues without weekends close early on Fridays.
    early = 2 if moment.weekday() == _FRIDAY and not queue.weekends else 0
    return queue.opens <= moment.hour < queue.closes - early


def _is_working(agent: Agent, moment: datetime) -> bool:
    if moment.weekday() >= _SATURDAY and not agent.weekends:
        return False
    return (moment.hour - agent.shift) % 24 < _SHIFT_HOURS
