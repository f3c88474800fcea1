"""Where figures come from: pieces of work, and what happened to them in each quarter of an hour."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_8x8_cc_sandbox.center.calls import Facts
    from tap_8x8_cc_sandbox.center.dimensions import Leaf

Views: TypeAlias = "tuple[Facts, ...]"
"""A profile's facts by `profiles.View`."""

_CACHED_CELLS: Final = 4_000_000


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
