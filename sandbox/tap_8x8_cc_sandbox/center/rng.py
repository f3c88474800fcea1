"""Figures that look random and are the same on every machine and version of Python."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Sequence

T = TypeVar("T")

MASK: Final = (1 << 64) - 1
_GOLDEN: Final = 0x9E3779B97F4A7C15


def key(*parts: object) -> int:
    """Return a 64-bit number for a tuple of parts, equal for equal text of the parts."""
    text = "\x1f".join(map(str, parts))
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def mix(value: int) -> int:
    """Spread a number over 64 bits (the finalizer of splitmix64)."""
    value &= MASK
    value = ((value ^ (value >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    value = ((value ^ (value >> 27)) * 0x94D049BB133111EB) & MASK
    return value ^ (value >> 31)


class Rng:
    """A row of numbers that depends on its seed alone."""

    __slots__ = ("_state",)

    def __init__(self, *parts: object) -> None:
        self._state = key(*parts)

    def below(self, limit: int) -> int:
        """Throw a whole number from 0 to `limit` - 1."""
        self._state = (self._state + _GOLDEN) & MASK
        return (mix(self._state) * limit) >> 64

    def between(self, low: int, high: int) -> int:
        """Throw a whole number from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, percent: int) -> bool:
        """Say yes in `percent` of 100 throws."""
        return self.below(100) < percent

    def pick(self, options: Sequence[T]) -> T:
        """Choose one of the options."""
        return options[self.below(len(options))]

    def skewed(self, low: int, high: int) -> int:
        """Throw like `between`, but with small numbers far more often than large ones."""
        return low + ((high - low + 1) * self.below(1000) * self.below(1000)) // 1_000_000
