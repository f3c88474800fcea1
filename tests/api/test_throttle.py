"""What the API's throttling means: fewer reports side by side, and creates that wait for others."""

from __future__ import annotations

import threading

import pytest

from tap_8x8_cc.api.patience import Throttle, TransientError
from tap_8x8_cc.clock import cancellable
from tap_8x8_cc.errors import CancelledError
from tests.support.fakes import FakeClock
from tests.support.threads import in_time


def test_throttling_halves_the_number_once_a_round_and_it_grows_again() -> None:
    throttle = Throttle(8, FakeClock())
    sent_in = throttle.round
    for _ in range(5):  # five requests were under way when the API began to throttle
        throttle.throttled(sent_in)
    assert throttle.allowed == 4
    throttle.throttled(throttle.round)
    assert throttle.allowed == 2
    grown = []
    for _ in range(60):
        throttle.begin()
        throttle.end(was_read=True)
        grown.append(throttle.allowed)
    assert grown == sorted(grown)
    assert grown[1] == 3
    assert grown[-1] == 8
    for _ in range(9):
        throttle.throttled(throttle.round)
    assert throttle.allowed == 1


def test_a_refused_create_waits_for_another_report_but_not_for_nothing() -> None:
    throttle = Throttle(4, FakeClock())
    throttle.begin()
    assert throttle.wait_for_another(throttle.ended) is False  # nobody else is under way
    throttle.begin()
    threading.Timer(0.05, lambda: throttle.end(was_read=True)).start()
    in_time(lambda: assert_true(throttle.wait_for_another(throttle.ended)))
    before = throttle.ended
    throttle.begin()
    throttle.end(was_read=False)
    assert throttle.wait_for_another(before) is True  # it ended while the create was tried


def assert_true(value: object) -> None:
    """Assert, in an expression."""
    assert value


def test_creates_that_wait_for_each_other_give_up() -> None:
    throttle = Throttle(3, FakeClock())
    for _ in range(3):
        throttle.begin()
    ended = throttle.ended
    found: list[bool] = []

    def create() -> None:
        found.append(throttle.wait_for_another(ended))
        throttle.end(was_read=False)

    def all_of_them() -> None:
        threads = [threading.Thread(target=create) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    in_time(all_of_them)
    assert found.count(False) >= 1
    assert len(found) == 3


def test_a_thread_cancelled_on_its_way_in_keeps_no_other_out() -> None:
    """After a 429, the first to be let in is cancelled before it sends anything."""
    throttle = Throttle(4, FakeClock())
    throttle.throttled(throttle.round, 1.0)
    token = threading.Event()
    token.set()
    with (
        cancellable(token),
        pytest.raises(CancelledError),
        throttle.slot(60.0),
    ):
        raise AssertionError("it was sent")  # pragma: no cover

    def enter() -> None:
        with throttle.slot(60.0):
            pass

    in_time(enter)


def test_all_calls_wait_for_the_end_of_a_pause_and_come_spread_out() -> None:
    clock = FakeClock()
    throttle = Throttle(4, clock)
    throttle.throttled(throttle.round, 30.0)
    for _ in range(20):
        before = len(clock.waits)
        with throttle.slot(60.0):
            pass
        for wait in clock.waits[before:]:
            assert 30.0 <= wait <= 32.0
        clock.waits.clear()
        throttle.throttled(throttle.round, 30.0)
    with pytest.raises(TransientError), throttle.slot(10.0):
        pass
