"""Quarters of an hour in stock.

A busy contact center has millions of quarters per queue and agent. Each takes its interactions from
a stock of *profiles*, chosen by an arithmetic hash, so any quarter is known at once, alone and in
any order. What an interaction adds to later quarters is stocked with it.
"""

from __future__ import annotations

from collections import defaultdict
from enum import IntEnum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from tap_8x8_cc_sandbox.center.calls import (
    QUARTER,
    Call,
    Facts,
    Line,
    call_facts,
    make_call,
    passing,
)
from tap_8x8_cc_sandbox.center.rng import Rng

if TYPE_CHECKING:
    from collections.abc import Iterable

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


KNOWN: Final = {
    View.FRESH: 50,
    View.HOURS_OLD: 75,
    View.DAY_OLD: 90,
    View.FINAL: 100,
    View.SLIVER: 20,
}
"""Percentage of handling and wrap-up time known."""
PENDING: Final = {View.FRESH: 2, View.HOURS_OLD: 1}
"""How many of a quarter's interactions have an outcome that isn't known yet: the last of them."""

Calls: TypeAlias = "tuple[Call, ...]"
Courses: TypeAlias = "dict[tuple[int, bool], tuple[Facts, ...]]"
"""Facts of each view, by the number of quarters later and whether they are the queue's own."""


def combine(parts: Iterable[Facts]) -> Facts:
    """Put the facts of interactions of one quarter together."""
    total = Facts()
    for part in parts:
        add(total, part)
    return total


def add(total: Facts, part: Facts) -> None:
    """Add the facts of an interaction to those of a quarter."""
    for name, value in part.items():
        total[name] = max(total[name], value) if name.startswith("longest") else total[name] + value


@lru_cache(maxsize=64)
def line_profiles(line: Line, codes: int, *seed: object) -> tuple[Calls, ...]:
    """Stock the profiles of a line, from few interactions to many."""
    rng = Rng("profiles", line.media, line.outbound, line.agent, *seed)
    size = 3 if line.agent else 2
    return tuple(
        tuple(
            make_call(line, rng, codes, 100 * number // PER_LINE)
            for _ in range(1 + number * size // PER_LINE)
        )
        for number in range(PER_LINE)
    )


@lru_cache(maxsize=64)
def line_courses(line: Line, codes: int, shift: int, *seed: object) -> tuple[Courses, ...]:
    """Return, for each profile of a line, what it adds to its own quarter and later ones.

    Args:
        line: The line.
        codes: Number of wrap-up codes.
        shift: How many places a wrong code lies beside the right one, 0 if none is ever wrong.
        *seed: Chooses the figures.
    """
    known: dict[object, tuple[Facts, ...]] = {}  # most quarters of waiting are alike

    def shared(views: tuple[Facts, ...]) -> tuple[Facts, ...]:
        distinct = {id(facts): facts for facts in views}.values()
        return known.setdefault(tuple(frozenset(facts.items()) for facts in distinct), views)

    return tuple(
        {key: shared(views) for key, views in _courses(calls, codes, shift).items()}
        for calls in line_profiles(line, codes, *seed)
    )


def _courses(calls: Calls, codes: int, shift: int) -> Courses:
    passed: defaultdict[tuple[int, bool], Facts] = defaultdict(Facts)
    sliver: defaultdict[tuple[int, bool], Facts] = defaultdict(Facts)
    for number, call in enumerate(calls):
        for quarter, is_queues, name in passing(call):
            passed[quarter, is_queues][name] += 1
            sliver[quarter, is_queues][name] += quarter > 0 or number == 0
    found = {
        key: (*[facts] * View.SLIVER, facts if key[0] else sliver[key])
        for key, facts in passed.items()
    }
    for number, call in enumerate(calls):
        last = call.answered // QUARTER
        key = last, False
        found[key] = tuple(map(Facts, found.get(key, [Facts()] * len(View))))
        for view, facts in zip(View, found[key], strict=True):
            if is_known(len(calls) - number, view) and (
                view is not View.SLIVER or last == number == 0
            ):
                add(facts, call_facts(call, KNOWN[view]))
                if call.code >= 0:
                    code = code_seen(call, view, codes, shift)
                    work = call.handling * KNOWN[view] // 100 + call.wrap_up * KNOWN[view] // 100
                    facts[f"code.{code}"] += 1
                    facts[f"codeTime.{code}"] += work
    return found


def is_known(from_last: int, view: View) -> bool:
    """Return whether a view knows the outcome of an interaction, the last being number 1."""
    return from_last > PENDING.get(view, 0)


def code_seen(call: Call, view: View, codes: int, shift: int) -> int:
    """Return the code that an agent has chosen so far: half of them choose a wrong one first."""
    if view in {View.FINAL, View.SLIVER} or call.wrap_up % 2:
        return call.code
    return (call.code + shift) % codes
