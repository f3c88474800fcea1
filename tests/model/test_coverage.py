"""What has been read stays one range without a hole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.model.coverage import Coverage, extended

DAY = timedelta(days=1)
ORIGIN = datetime(2026, 1, 1, tzinfo=UTC)
ranges = st.tuples(st.integers(0, 30), st.integers(1, 10)).map(lambda r: (r[0], r[0] + r[1]))


def day(number: int) -> datetime:
    return ORIGIN + number * DAY


@given(st.lists(ranges, min_size=1, max_size=12))
def test_every_day_covered_has_been_read(found: list[tuple[int, int]]) -> None:
    covered, read, until = None, set[int](), -1
    for start, end in found:
        covered = extended(covered, day(start), day(end))
        read |= set(range(start, end))
        days = set(range((covered.since - ORIGIN).days, (covered.until - ORIGIN).days))
        assert days <= read
        assert (covered.until - ORIGIN).days >= until  # never back
        until = (covered.until - ORIGIN).days


def test_a_night_joins_the_end_and_the_past_the_begin() -> None:
    covered = Coverage(day(5), day(10))
    assert covered.joined(day(7), day(11)) == Coverage(day(5), day(11))
    assert covered.joined(day(10), day(12)) == Coverage(day(5), day(12))
    assert covered.joined(day(2), day(5)) == Coverage(day(2), day(10))
    assert covered.joined(day(6), day(8)) == covered


def test_a_hole_is_not_counted_on() -> None:
    covered = Coverage(day(5), day(10))
    assert covered.joined(day(1), day(4)) == covered
    assert covered.joined(day(12), day(13)) == Coverage(day(12), day(13))
