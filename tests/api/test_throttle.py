"""What the API's throttling means: fewer reports side by side, and creates that wait for others."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tap_8x8_cc.api.calls import ApiAddress, ApiCall
from tap_8x8_cc.api.client import ApiClient
from tap_8x8_cc.api.patience import Throttle, TransientError
from tap_8x8_cc.clock import cancellable
from tap_8x8_cc.errors import CancelledError
from tests.support.fakes import FakeClock, fake_api
from tests.support.threads import SharedClock, in_time

if TYPE_CHECKING:
    from tests.support.fakes import Received, Reply


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
        throttle.read()
        grown.append(throttle.allowed)
    assert grown == sorted(grown)
    assert grown[1] == 3
    assert grown[-1] == 8
    for _ in range(9):
        throttle.throttled(throttle.round)
    assert throttle.allowed == 1


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


WORKERS, CALLS = 4, 40
BEGIN, LASTING = 10.0, 1800.0


def requests_of_a_night(*, throttled: bool, told: str = "") -> int:
    """Return how many requests some threads send that make a call every second or two."""
    clock = SharedClock(WORKERS)

    def answer(reply: Reply, _: Received) -> None:
        if throttled and BEGIN <= clock.monotonic() < BEGIN + LASTING:
            reply.send(429, b"", **({"Retry_After": told} if told else {}))
        else:
            reply.send(200, b"[]")

    with fake_api(answer) as api:
        address = ApiAddress(api.url, "/base", "key", "very-secret", "agent", 5.0)
        client = ApiClient(address, clock)

        def work(number: int) -> None:
            with clock.thread():
                for _ in range(CALLS):
                    clock.sleep(1.0 + 0.3 * number)
                    client.get(ApiCall("status", "/7/status"), lambda answer: answer)

        with ThreadPoolExecutor(WORKERS) as pool:
            list(pool.map(work, range(WORKERS)))
        assert clock.monotonic() > (LASTING if throttled else 0)
        return len(api.data_requests)


@pytest.mark.parametrize("told", ["", "1200"])
def test_half_an_hour_of_429_costs_few_requests(told: str) -> None:
    """On a clock by which requests take no time: at a quick pace they would take long."""
    calm = requests_of_a_night(throttled=False)
    assert calm == WORKERS * CALLS
    assert requests_of_a_night(throttled=True, told=told) <= 1.15 * calm
