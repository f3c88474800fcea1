"""Polls come soon after a report is done, and seldom; no report has a say in another's waits."""

from __future__ import annotations

from itertools import accumulate, islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.patience import poll_waits


def seen_after(seconds: float, longest: float = 30) -> tuple[float, int]:
    """Return when a report is seen to be done that takes so many seconds, and at which poll."""
    for number, moment in enumerate(accumulate(poll_waits(longest)), 1):
        if moment >= seconds:
            return moment, number
    raise AssertionError


def test_a_report_of_three_seconds_is_seen_soon_with_few_polls() -> None:
    moment, number = seen_after(3.0)
    assert moment <= 3.0 * 1.1
    assert number <= 4


def test_eight_short_reports_after_a_long_one_wait_for_none_of_its_time() -> None:
    """One at a time: at most 1.3 times what generation takes, and a poll for each."""
    times = [8.0] + [0.5] * 8
    waited = sum(seen_after(seconds)[0] for seconds in times)
    assert waited <= 1.3 * (sum(times) + len(times) * 1.0)


@given(st.floats(0.1, 3600), st.integers(1, 300))
def test_waits_grow_up_to_the_longest_and_no_report_is_seen_much_too_late(
    seconds: float, longest: int
) -> None:
    waits = list(islice(poll_waits(longest), 200))
    assert all(0.9 <= wait <= longest for wait in waits)
    moment, _ = seen_after(seconds, longest)
    assert moment - seconds <= max(1.0, min(longest, 0.12 * seconds + 1.0))


@pytest.mark.parametrize("longest", [1, 5, 30])
def test_the_longest_wait_is_reached(longest: int) -> None:
    assert max(islice(poll_waits(longest), 100)) >= 0.9 * longest
