"""What a stream's state says, and what is made of what others wrote there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tap_8x8_cc.errors import StateError
from tap_8x8_cc.model.coverage import Coverage
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.streams.state import StreamState, doubts

ZONE = ZoneInfo("America/New_York")
FIRST = datetime(2026, 3, 1, 5, tzinfo=UTC)
NOW = datetime(2026, 4, 1, tzinfo=UTC)


def state(**facts: Any) -> StreamState:
    return StreamState("calls", facts)


def test_nothing_is_covered_without_a_bookmark() -> None:
    assert state().covered(FIRST, ZONE) is None
    assert state(since="2026-03-02T05:00:00Z").covered(FIRST, ZONE) is None


@pytest.mark.parametrize(
    "bookmark",
    [
        "2026-03-05T05:00:00Z",
        "2026-03-05T05:00:00.000000+00:00",
        "2026-03-05T00:00:00-05:00",
        "2026-03-05",
        "2026-03-05T00:00:00",
    ],
)
def test_a_bookmark_is_read_like_start_date(bookmark: str) -> None:
    expected = Coverage(FIRST, datetime(2026, 3, 5, 5, tzinfo=UTC))
    assert state(replication_key_value=bookmark).covered(FIRST, ZONE) == expected


@pytest.mark.parametrize("value", ["yesterday", 17, {}, "9999-12-31", "9999-12-31T23:59:59Z", "0"])
@pytest.mark.parametrize("key", ["replication_key_value", "since"])
def test_what_is_not_a_time_is_one_line(value: object, key: str) -> None:
    facts = {"replication_key_value": "2026-03-05", key: value}
    with pytest.raises(
        StateError, match=r"state, (bookmark|since) of calls: .*read it again"
    ) as it:
        state(**facts).covered(FIRST, ZONE)
    assert "\n" not in str(it.value)


def test_a_start_after_the_end_is_refused() -> None:
    with pytest.raises(StateError, match="can't have been read from"):
        state(replication_key_value="2026-03-05", since="2026-03-06").covered(FIRST, ZONE)


def test_facts_are_written_canonically_and_together() -> None:
    facts: dict[str, Any] = {}
    own = StreamState("calls", facts)
    own.keep_covered(Coverage(FIRST, FIRST + timedelta(days=2)), "end_time", None)
    assert facts == {
        "replication_key": "end_time",
        "replication_key_value": "2026-03-03T05:00:00Z",
        "since": "2026-03-01T05:00:00Z",
    }
    longer = Coverage(FIRST - timedelta(days=1), FIRST + timedelta(days=2))
    own.keep_covered(longer, "end_time", DateRangeReading.LOCAL)
    assert facts["replication_key_value"] == "2026-03-03T05:00:00Z"
    assert facts["since"] == "2026-02-28T05:00:00Z"
    assert facts["date_range_reading"] == "local"


def test_a_state_without_a_start_is_taken_to_be_read_from_start_date() -> None:
    facts = {"replication_key_value": "2026-03-05T05:00:00Z"}
    assert StreamState("calls", facts).covered(FIRST, ZONE) == Coverage(
        FIRST, datetime(2026, 3, 5, 5, tzinfo=UTC)
    )


def test_what_it_was_read_as_may_stand_in_a_state_without_tenants() -> None:
    before = {"granularity": "day"}
    assert StreamState("calls", {}, [{}, {"read_as": before}]).read_as == before
    own = {"read_as": {"granularity": "hour"}}
    assert StreamState("calls", own, [{"read_as": before}]).read_as == own["read_as"]
    with pytest.raises(StateError, match="read_as of calls"):
        _ = state(read_as=["day"]).read_as


def lines(since: str, until: str, first: str, last: str | None = None) -> list[str]:
    covered = state(replication_key_value=until, since=since).covered(FIRST, ZONE)
    assert covered
    moments = [datetime.fromisoformat(f"{text}T05:00Z") if text else None for text in (first, last)]
    assert moments[0]
    return list(doubts("calls", covered, moments[0], moments[1], NOW))


def test_an_ordinary_night_needs_no_word() -> None:
    assert lines("2026-03-01", "2026-03-20", "2026-03-01") == []
    assert lines("2026-03-01", "2026-03-20", "2026-03-10", "2026-03-25") == []
    assert lines("2026-03-01", "2026-03-20", "2026-02-01", "2026-03-10") == []


def test_a_hole_is_named() -> None:
    (line,) = lines("2026-03-01", "2026-03-20", "2026-03-22")
    assert "2026-03-20T04:00:00Z" in line
    assert "2026-03-22T05:00:00Z" in line
    assert "hole" in line


def test_an_end_before_the_bookmark_or_before_all_is_said() -> None:
    (line,) = lines("2026-03-01", "2026-03-20", "2026-03-01", "2026-03-10")
    assert "after end_date" in line
    (line,) = lines("2026-03-01", "2026-03-20", "2026-02-01", "2026-02-10")
    assert "Set end_date to 2026-03-01T05:00:00Z or later" in line


def test_a_bookmark_in_the_future_is_refused_but_for_clocks_that_differ() -> None:
    assert lines("2026-03-01", "2026-04-01", "2026-03-01") == []
    with pytest.raises(StateError, match=r"bookmark of calls, 2026-04-03.*future"):
        lines("2026-03-01", "2026-04-03", "2026-03-01")
