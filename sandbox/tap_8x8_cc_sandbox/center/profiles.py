"""Quarters of an hour in stock.

A busy contact center has millions of quarters per queue and agent. Each takes its facts from a
stock of *profiles*, chosen by an arithmetic hash, so any quarter is known at once, alone and in any
order.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from tap_8x8_cc_sandbox.center.calls import Call, Facts, Line, call_facts, make_call, waiting_facts
from tap_8x8_cc_sandbox.center.rng import Rng

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PER_LINE: Final = 192
"""Profiles of each line, from quiet to busy."""


class View(IntEnum):
    """How much of a quarter's facts is known."""

    FRESH = 0
    """Just ended."""
    HOURS_OLD = 1
    DAY_OLD = 2
    FINAL = 3
    SLIVER = 4
    """Only its first moments count."""


KNOWN: Final = {View.FRESH: 50, View.HOURS_OLD: 75, View.DAY_OLD: 90, View.FINAL: 100}
"""Percentage of handling and wrap-up time known."""
_PENDING: Final = {View.FRESH: 2, View.HOURS_OLD: 1, View.DAY_OLD: 0, View.FINAL: 0}
"""Interactions whose outcome isn't known yet."""
_SLIVER_PERCENT: Final = 20


@dataclass(frozen=True, slots=True)
class Profile:
    """The interactions of a quarter of an hour, and the facts of each view of it."""

    calls: tuple[Call, ...]
    views: tuple[Facts, ...]


def combine(parts: Iterable[Facts]) -> Facts:
    """Put the facts of interactions of one quarter together."""
    total = Facts()
    for part in parts:
        for name, value in part.items():
            if name.startswith("longest"):
                total[name] = max(total[name], value)
            else:
                total[name] += value
    return total


def settled(calls: Sequence[Call], view: View) -> list[tuple[Call, int]]:
    """List the calls whose outcome a view knows, with the known percentage of their handling."""
    if view is View.SLIVER:
        return [(call, _SLIVER_PERCENT) for call in calls[:1]]
    known = len(calls) - min(_PENDING[view], len(calls))
    return [(call, KNOWN[view]) for call in calls[:known]]


@lru_cache(maxsize=64)
def line_profiles(line: Line, codes: int, *seed: object) -> tuple[Profile, ...]:
    """Stock the profiles of a line, from few interactions to many."""
    rng = Rng("profiles", line.media, line.outbound, line.agent, *seed)
    size = 3 if line.agent else 2
    stock = [
        _make_profile(
            [
                make_call(line, rng, codes, 100 * number // PER_LINE)
                for _ in range(1 + number * size // PER_LINE)
            ],
            rng,
        )
        for number in range(PER_LINE)
    ]
    return tuple(stock)


def _make_profile(calls: list[Call], rng: Rng) -> Profile:
    agent = calls[0].line.agent
    end = Facts(
        {
            "endAssigned": rng.below(4) if agent else 0,
            "endAlerting": rng.below(2) if agent else 0,
            "endParked": rng.below(3) // 2 if agent else 0,
            "endOffering": 0 if agent else rng.below(2),
            "endWaiting": 0 if agent else rng.below(6),
        }
    )
    views = []
    for view in View:
        seen = settled(calls, view)
        pending = [] if view is View.SLIVER else calls[len(seen) :]
        parts = [call_facts(call, percent) for call, percent in seen]
        views.append(combine([*parts, *map(waiting_facts, pending), end]))
    return Profile(tuple(calls), tuple(views))
