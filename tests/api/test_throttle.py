"""What the API's throttling means: fewer reports side by side, and creates that wait for others."""

from __future__ import annotations

import threading

from tap_8x8_cc.api.throttle import Throttle
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
