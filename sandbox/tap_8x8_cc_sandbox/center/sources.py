"""Where figures come from: pieces of work, and what happened to them in each quarter of an hour."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from tap_8x8_cc_sandbox.center.calendar import SLOT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_8x8_cc_sandbox.center.calls import Facts
    from tap_8x8_cc_sandbox.center.dimensions import Leaf
    from tap_8x8_cc_sandbox.center.profiles import Courses

Views: TypeAlias = "tuple[Facts, ...]"
"""A profile's facts by `profiles.View`."""

_CACHED_CELLS: Final = 4_000_000
_DAY: Final = 86_400


@dataclass(frozen=True, slots=True)
class Cells:
    """What was active in a quarter: positions of leaves, and the profile of each."""

    leaves: array[int]
    profiles: array[int]


class Source(Protocol):
    """A body of facts. `cells` gives the same for the same slot, in whatever order it's asked."""

    @property
    def leaves(self) -> Sequence[Leaf]:
        """The pieces of work."""

    @property
    def profiles(self) -> Sequence[Views]:
        """The stock that quarters draw from."""

    def cells(self, slot: int) -> Cells:
        """Tell what was active in the slot that begins at an instant."""


class Cache:
    """Remembers the cells of slots, up to a few million, then starts afresh."""

    def __init__(self, make: Callable[[int], Cells]) -> None:
        self._make = make
        self._known: dict[int, Cells] = {}
        self._size = 0

    def __call__(self, slot: int) -> Cells:
        """Return the cells of a slot."""
        found = self._known.get(slot)
        if found is None:
            found = self._make(slot)
            if self._size > _CACHED_CELLS:
                # Replaced, not emptied: another thread may be reading it.
                self._known, self._size = {}, 0
            self._known[slot] = found
            self._size += len(found.leaves) + 1
        return found


class Flow:
    """A source of interactions that touch later quarters than the one they came in.

    Args:
        origins: Which profile of interactions came in each quarter.
        courses: For each profile, what it adds to its own quarter and later ones.
    """

    def __init__(self, origins: Source, courses: Sequence[Courses]) -> None:
        self.leaves = origins.leaves
        self.profiles: list[Views] = []
        self._known: dict[int, int] = {}
        self._origins = origins
        self._homes = _homes(origins.leaves)
        self._courses = [
            [(quarter, is_queues, self._stocked(views)) for (quarter, is_queues), views in each]
            for each in (course.items() for course in courses)
        ]
        longest = max((quarter for each in self._courses for quarter, _, _ in each), default=0)
        self._days_back = longest * SLOT // _DAY + 1
        self._of_day = lru_cache(maxsize=32)(self._spread)
        self.cells = Cache(self._make)

    def _stocked(self, views: Views) -> int:
        """Return the position of facts in the stock, where those that are shared stand once."""
        if id(views) not in self._known:
            self._known[id(views)] = len(self.profiles)
            self.profiles.append(views)
        return self._known[id(views)]

    def _spread(self, day: int) -> dict[int, Cells]:
        """Return, by quarter, what the interactions that came on a day add to it."""
        found: dict[int, Cells] = {}
        for slot in range(day * _DAY, (day + 1) * _DAY, SLOT):
            cells = self._origins.cells(slot)
            for leaf, profile in zip(cells.leaves, cells.profiles, strict=True):
                for quarter, is_queues, facts in self._courses[profile]:
                    at = slot + quarter * SLOT
                    if at not in found:
                        found[at] = Cells(array("I"), array("I"))
                    found[at].leaves.append(self._homes[leaf] if is_queues else leaf)
                    found[at].profiles.append(facts)
        return found

    def _make(self, slot: int) -> Cells:
        cells = Cells(array("I"), array("I"))
        today = slot // _DAY
        for day in range(today - self._days_back, today + 1):
            part = self._of_day(day).get(slot)
            if part is not None:
                cells.leaves.extend(part.leaves)
                cells.profiles.extend(part.profiles)
        return cells


def _homes(leaves: Sequence[Leaf]) -> list[int]:
    """Return, for each piece of work, that of its queue and channel without an agent."""
    own = {
        (leaf.channel, leaf.queue): position
        for position, leaf in enumerate(leaves)
        if leaf.agent is None
    }
    return [own[leaf.channel, leaf.queue] for leaf in leaves]


class Expanded:
    """Splits each piece of work of a source, as wrap-up codes split an agent's interactions.

    Args:
        base: The source to split.
        children: For each profile of the base: pairs of part and that part's facts.
        parts: Number of parts a piece of work can have.
        specialise: Makes the leaf of a part.
    """

    def __init__(
        self,
        base: Source,
        children: Sequence[Sequence[tuple[int, Views]]],
        parts: int,
        specialise: Callable[[Leaf, int], Leaf],
    ) -> None:
        self._base = base
        self._parts = parts
        self.leaves = [specialise(leaf, part) for leaf in base.leaves for part in range(parts)]
        self.profiles: list[Views] = []
        self._children: list[list[tuple[int, int]]] = []
        for pairs in children:
            first = len(self.profiles)
            self._children.append([(part, first + n) for n, (part, _) in enumerate(pairs)])
            self.profiles.extend(views for _, views in pairs)

    def cells(self, slot: int) -> Cells:
        """Split the base's cells."""
        base = self._base.cells(slot)
        leaves, profiles = array("I"), array("I")
        for leaf, profile in zip(base.leaves, base.profiles, strict=True):
            for part, own in self._children[profile]:
                leaves.append(leaf * self._parts + part)
                profiles.append(own)
        return Cells(leaves, profiles)
