"""Patience: what is tried again, for how long, and after which waits."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.patience import (
    FIRST_SECONDS,
    LONGEST_TOLD_WAIT,
    Patience,
    TransientError,
    parse_retry_after,
)
from tap_8x8_cc.clock import Clock, cancellable
from tap_8x8_cc.errors import CancelledError, RefusedError, UnavailableError
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def outcomes(*results: Exception | str) -> tuple[list[int], Callable[[], str]]:
    """Make a call that raises or returns these in turn, the last one for ever."""
    calls: list[int] = []

    def call() -> str:
        calls.append(1)
        result = results[min(len(calls), len(results)) - 1]
        if isinstance(result, Exception):
            raise result
        return result

    return calls, call


def attempt(
    clock: FakeClock, *results: Exception | str, seconds: float = 3600, repeatable: bool = True
) -> tuple[int, int, str | None]:
    """Return the number of tries, of retries announced, and what came of it; None: given up."""
    calls, call = outcomes(*results)
    waits: list[int] = []
    patience = Patience(seconds, clock)
    try:
        result: str | None = patience.persist(
            "page 0", call, repeatable=repeatable, on_wait=lambda: waits.append(1)
        )
    except UnavailableError:
        result = None
    return len(calls), len(waits), result


def test_a_passing_failure_is_tried_again_after_growing_waits() -> None:
    clock = FakeClock()
    failure = TransientError("HTTP 502 Bad Gateway.")
    assert attempt(clock, *[failure] * 6, "rows") == (7, 6, "rows")
    for wait, longest in zip(clock.waits, (1, 2, 4, 8, 16, 30), strict=True):
        assert longest / 2 <= wait <= longest


def test_patience_counts_in_time_and_the_message_names_request_failure_and_setting() -> None:
    clock = FakeClock()
    _, call = outcomes(TransientError("HTTP 503 Service Unavailable."))
    with pytest.raises(
        UnavailableError, match=r"^page 0: HTTP 503 Service Unavailable\. Given up; retry_seconds"
    ):
        Patience(1800, clock).persist("page 0", call)
    assert 1770 <= sum(clock.waits) <= 1801
    assert len(clock.waits) >= 60  # half an hour of trouble is not a number of tries


def test_patience_counts_from_the_first_failure() -> None:
    """A download breaks off after two hours, and is had at the next try."""
    clock = FakeClock()
    failures = [TransientError("The connection failed.", down=True)]

    def download() -> str:
        clock.sleep(7200)
        if failures:
            raise failures.pop()
        return "rows"

    assert Patience(3600, clock).persist("CSV", download) == "rows"


def test_half_an_hour_of_throttling_fails_nothing() -> None:
    clock = FakeClock()
    asked = [TransientError("HTTP 429.", wait=20, throttled=True, processed=False)] * 90
    assert attempt(clock, *asked, "rows")[2] == "rows"
    assert 1800 <= sum(clock.waits) <= 1900


@pytest.mark.parametrize(("asked", "result"), [(1200, "rows"), (5000, None)])
def test_a_wait_beyond_all_patience_is_given_up_at_once(asked: float, result: str | None) -> None:
    clock = FakeClock()
    failure = TransientError("HTTP 429.", wait=asked, throttled=True)
    assert attempt(clock, failure, "rows")[2] == result
    assert bool(clock.waits) == (result is not None)


def test_a_refusal_is_not_tried_again() -> None:
    clock = FakeClock()
    calls, call = outcomes(RefusedError("page 0: HTTP 400 Bad Request.", 400))
    with pytest.raises(RefusedError):
        Patience(3600, clock).persist("page 0", call)
    assert len(calls) == 1
    assert clock.waits == []


@pytest.mark.parametrize("asked", [0.5, 7, 60])
def test_retry_after_is_obeyed_never_sooner_and_little_later(asked: float) -> None:
    clock = FakeClock()
    failure = TransientError("HTTP 429.", wait=asked, throttled=True)
    assert attempt(clock, failure, "rows")[2] == "rows"
    assert asked <= clock.waits[0] <= asked + 1


def test_what_may_have_been_done_is_not_done_again() -> None:
    clock = FakeClock()
    maybe = TransientError("The connection failed.", processed=True)
    never = TransientError("HTTP 429.", processed=False)
    assert attempt(clock, maybe, "made", repeatable=False) == (1, 0, None)
    assert attempt(clock, never, never, never, "made", repeatable=False) == (4, 3, "made")
    assert attempt(clock, never, maybe, "made", repeatable=False) == (2, 1, None)


@given(st.integers(0, 10_000_000))
def test_retry_after_in_seconds_and_as_a_date_mean_the_same(seconds: int) -> None:
    assert parse_retry_after(f" {seconds} ", None, NOW) == seconds
    later = format_datetime(NOW + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(later, None, NOW) == seconds
    earlier = format_datetime(NOW - timedelta(seconds=1 + seconds))
    assert parse_retry_after(earlier, None, NOW) == 0


@given(st.integers(0, 10_000), st.integers(-100_000, 100_000))
def test_a_date_is_held_against_the_answer_s_own_whatever_this_clock_shows(
    seconds: int, ahead: int
) -> None:
    theirs = NOW + timedelta(seconds=ahead)
    asked = format_datetime(theirs + timedelta(seconds=seconds), usegmt=True)
    assert parse_retry_after(asked, format_datetime(theirs, usegmt=True), NOW) == seconds


@given(st.one_of(st.none(), st.text(), st.from_regex(r"[A-Z][a-z]{2}, [0-9 :A-Za-z+-]{0,40}")))
def test_a_strange_retry_after_is_none_or_a_wait(text: str | None) -> None:
    seconds = parse_retry_after(text, text, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_TOLD_WAIT


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1711111111000", None),
        ("1e400", None),
        ("inf", None),
        ("Fri, 31 Dec 9999 23:59:59 -2359", None),
        ("Mon, 01 Jan 2026 00:00:00 +99999999999999", None),
        ("Sun, 01 Mar 2026 12:00:00 GMT", "Mon, 01 Jan 2026 00:00:00 +99999999999999"),
        ("-inf", None),
        ("nan", None),
    ],
)
def test_absurd_times_to_wait_are_cut_or_ignored(text: str, date: str | None) -> None:
    seconds = parse_retry_after(text, date, NOW)
    assert seconds is None or 0 <= seconds <= LONGEST_TOLD_WAIT


DOWN = TransientError("The connection failed: api has no address (DNS).", down=True,
                      answered=False, processed=False)  # fmt: skip


def test_an_api_that_never_answered_is_given_up_after_a_minute_with_the_settings() -> None:
    clock = FakeClock()
    _, call = outcomes(DOWN)
    with pytest.raises(UnavailableError, match=r"DNS.*never answered.*api_url.*HTTPS_PROXY"):
        Patience(3600, clock).persist("access token", call)
    assert FIRST_SECONDS <= clock.monotonic() <= FIRST_SECONDS + 31


def test_an_api_that_is_down_is_given_up_for_all_calls_and_not_for_good() -> None:
    clock = FakeClock()
    patience = Patience(1800, clock)
    assert patience.persist("first", lambda: "answer") == "answer"
    for error in (DOWN, TransientError("HTTP 503.", down=True)):
        began = clock.monotonic()
        calls, call = outcomes(error)
        with pytest.raises(UnavailableError, match="retry_seconds is 1800"):
            patience.persist("one", call)
        assert 1770 <= clock.monotonic() - began <= 1801
        for stream in ("two", "three"):
            before = len(clock.waits)
            calls, call = outcomes(error, "answer")
            with pytest.raises(UnavailableError, match="out of reach"):
                patience.persist(stream, call)
            assert (len(calls), len(clock.waits)) == (1, before)
        assert patience.persist("four", lambda: "answer") == "answer"
        assert attempt(clock, error, "rows")[2] == "rows"


def test_a_wait_ends_when_nobody_wants_its_result() -> None:
    token = threading.Event()

    class Clocked(FakeClock):
        def sleep(self, seconds: float) -> None:
            token.set()
            Clock.sleep(self, seconds)

    _, call = outcomes(TransientError("HTTP 503."))
    with cancellable(token), pytest.raises(CancelledError):
        Patience(3600, Clocked()).persist("page 0", call)
