"""Pages of detailed reports that overlap."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.reading.detailed import overlap


@given(st.text("ab", max_size=12), st.text("ab", max_size=12))
def test_overlap_is_the_longest_end_of_a_page_that_starts_the_next(before: str, here: str) -> None:
    longest = max(n for n in range(len(here) + 1) if before.endswith(here[:n]))
    assert overlap([*before], [*here]) == longest


@pytest.mark.parametrize(("last", "expected"), [("x", 39_999), ("y", 0)])
def test_overlap_takes_linear_time(last: str, expected: int) -> None:
    """Rows that are all alike would take 10^9 comparisons otherwise."""
    size = 40_000
    assert overlap(["x"] * (size - 1) + [last], ["x"] * (size - 1)) == expected
