"""The retry policy: what is tried again, how often, and after which waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.retry import (
    CREATE,
    READ,
    RetryPolicy,
    TransientError,
    parse_retry_after,
    retrying,
)
from tap_8x8_cc.errors import RefusedError, UnavailableError
from tests.support.fakes import FakeClock

if TYPE_CHECKING:
    from collections.abc import Callable

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


class Paced(FakeClock):
    """A clock at full pace, whose time passes with the waits of the retry policy."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        super().__init__(pace=1.0)
        monkeypatch.setattr("backoff._sync.time.sleep", self.sleep)


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
    clock: FakeClock, *results: Exception | str, policy: RetryPolicy = READ
) -> tuple[int, int, str | None]:
    """Give the number of tries, of retries announced, and what came of it; None: given up."""
    calls, call = outcomes(*results)
    waits: list[int] = []
    wrapped = retrying(call, "page 0", policy, clock, lambda: waits.append(1))
    try:
        result: str | None = wrapped()
    except UnavailableError:
        result = None
    return len(calls), len(waits), result


def test_a_passing_failure_is_tried_again_after_growing_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Paced(monkeypatch)
    failure = TransientError("HTTP 502 Bad Gateway.")
    assert attempt(clock, *[failure] * 6, "rows") == (7, 6, "rows")
    for wait, longest in zip(clock.waits, (1, 2, 4, 8, 16, 30), strict=True):
        assert longest / 2 <= wait <= longest


def test_tries_are_bounded_and_the_message_names_request_and_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Paced(monkeypatch)
    _, call = outcomes(TransientError("HTTP 503 Service Unavailable."))
    with pytest.raises(UnavailableError, match=r"^page 0: HTTP 503 Service Unavailable\. Given up"):
        retrying(call, "page 0", READ, clock, lambda: None)()
    assert len(clock.waits) == READ.tries - 1


def test_total_time_is_bounded_whatever_the_api_asks_for(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Paced(monkeypatch)
    patient = TransientError("HTTP 429.", retry_after=200)
    tries, _, result = attempt(clock, patient)
    assert result is None
    assert tries == 5  # 0, 200, 400, 600, 800 s and a little; the next would pass 900 s
    assert sum(clock.waits) <= READ.seconds


def test_a_refusal_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Paced(monkeypatch)
    calls, call = outcomes(RefusedError("page 0: HTTP 400 Bad Request.", 400))
    with pytest.raises(RefusedError):
        retrying(call, "page 0", READ, clock, lambda: None)()
    assert len(calls) == 1
    assert clock.waits == []


@pytest.mark.parametrize("asked", [0.5, 7, 60])
def test_retry_after_is_obeyed_never_sooner_and_little_later(
    monkeypatch: pytest.MonkeyPatch, asked: float
) -> None:
    clock = Paced(monkeypatch)
    failure = TransientError("HTTP 429.", retry_after=asked, throttled=True)
    assert attempt(clock, failure, "rows")[2] == "rows"
    assert asked <= clock.waits[0] <= asked + 1


def test_a_create_that_may_have_acted_is_repeated_few_times_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Paced(monkeypatch)
    maybe = TransientError("The connection failed.", processed=True)
    never = TransientError("HTTP 429.", processed=False)
    assert attempt(clock, maybe, policy=CREATE)[0] == 1 + (CREATE.repeats or 0)
    assert attempt(clock, never, policy=CREATE)[0] == CREATE.tries
    assert attempt(clock, never, never, maybe, never, "made", policy=CREATE)[2] == "made"


@given(st.integers(0, 10_000_000))
def test_retry_after_in_seconds_and_as_a_date_mean_the_same(seconds: int) -> None:
    assert parse_retry_after(f" {seconds} ", NOW) == seconds
    later = NOW + timedelta(seconds=seconds)
    assert parse_retry_after(format_datetime(later, usegmt=True), NOW) == seconds
    assert parse_retry_after(format_datetime(NOW - timedelta(seconds=1 + seconds)), NOW) == 0


@given(st.one_of(st.none(), st.text(), st.from_regex(r"[A-Z][a-z]{2}, [0-9 :A-Za-z+-]{0,40}")))
def test_a_strange_retry_after_is_none_or_a_wait(text: str | None) -> None:
    seconds = parse_retry_after(text, NOW)
    assert seconds is None or 0 <= seconds < float("inf")


@given(st.lists(st.sampled_from(["transient", "maybe", "asks", "done"]), max_size=30))
def test_no_sequence_of_failures_outlasts_the_bounds(sequence: list[str]) -> None:
    kinds = {
        "transient": TransientError("x", processed=False),
        "maybe": TransientError("x"),
        "asks": TransientError("x", retry_after=5),
    }
    results = [kinds.get(kind, "rows") for kind in sequence] or ["rows"]
    tries, waits, _ = attempt(FakeClock(), *results, policy=CREATE)
    assert waits == tries - 1
    assert tries <= CREATE.tries
    maybes = sum(kind in {"maybe", "asks"} for kind in sequence[:tries])
    assert maybes <= 1 + (CREATE.repeats or 0)
