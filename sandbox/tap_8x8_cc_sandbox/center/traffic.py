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
_WEEKEND_PERCENT: Final = 35
_CURVE: Final = (
    *(30, 28, 25, 22, 22, 25),
    *(26, 30, 60, 85, 100, 95),
    *(70, 75, 90, 95, 80, 60),
    *(45, 38, 35, 34, 33, 32),
)
"""Load by the local hour, in percent of the busiest; at night that of queues that never close."""


@dataclass(frozen=True, slots=True)
class Lane:
    """A piece of work's place in the stock, and how often it is active at the busiest hour.

    Attributes:
        leaf: What the work is.
        first: Its first profile.
        count: Number of its profiles, ordered from quiet to busy.
        permille: Chance of being active in a quarter of the busiest hour.
    """

    leaf: Leaf
    first: int
    count: int
    permille: int


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
        self._keys = [key(*seed, *_identity(leaf)) for leaf in self.leaves]
        self._hours: dict[tuple[int, int], list[tuple[int, int, int, int, int]]] = {}
        self.cells = Cache(self._make)

    def _make(self, slot: int) -> Cells:
        moment = local(slot, self._zone)
        hour = (moment.weekday(), moment.hour)
        if hour not in self._hours:
            self._hours[hour] = self._open_lanes(moment)
        # Each day has a level of its own, 80 to 120 percent of the ordinary.
        level = 80 + mix(self._salt + moment.toordinal()) % 41
        spread = (slot * 0x9E3779B97F4A7C15) & MASK
        leaves, profiles = array("I"), array("I")
        for leaf, own, chance, first, count in self._hours[hour]:
            throw = ((spread ^ own) * 0xBF58476D1CE4E5B9) & MASK
            throw = ((throw ^ (throw >> 29)) * 0x94D049BB133111EB) & MASK
            if (throw >> 44) * 100_000 < chance * level:
                leaves.append(leaf)
                profiles.append(first + ((throw & 0xFFFFFF) * count >> 24))
        return Cells(leaves, profiles)

    def _open_lanes(self, moment: datetime) -> list[tuple[int, int, int, int, int]]:
        """List the work that is possible in an hour of the week, with its chance."""
        load = _CURVE[moment.hour]
        if moment.weekday() >= _SATURDAY:
            load = load * _WEEKEND_PERCENT // 100
        found = []
        for position, lane in enumerate(self._lanes):
            chance = lane.permille * load // 100
            if chance and _is_possible(lane.leaf, moment):
                # A quiet hour draws from the quiet end of the stock.
                count = max(1, lane.count * (25 + load * 3 // 4) // 100)
                found.append((position, self._keys[position], chance << 20, lane.first, count))
        return found


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
