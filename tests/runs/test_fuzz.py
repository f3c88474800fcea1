"""Answers changed at random, at every endpoint: right rows or one clear line.

`python -m tests.support.mutants 0 5000` plays more of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.mutants import PLACES, Fuzzer, Mutation, fuzzing

if TYPE_CHECKING:
    from collections.abc import Iterator

EACH = 20


@pytest.fixture(scope="module")
def fuzzer() -> Iterator[Fuzzer]:
    with fuzzing() as found:
        yield found


@pytest.mark.parametrize("place", PLACES)
def test_changed_answers_end_in_right_rows_or_in_one_clear_line(fuzzer: Fuzzer, place: str) -> None:
    first = PLACES.index(place)
    ends = [
        fuzzer.check(Mutation.of(seed))
        for seed in range(first, first + EACH * len(PLACES), len(PLACES))
    ]
    assert ends.count("not met") < EACH / 2
