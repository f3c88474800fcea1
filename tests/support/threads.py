"""Tests of what several threads do: a test that is stuck fails instead of waiting."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.clock import Clock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 20.0
"""Seconds after which a test is taken to be stuck; none needs a fraction of it."""


def in_time(work: Callable[[], Any]) -> None:
    """Do the work in a thread, so that a deadlock fails the test rather than stopping it."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "stuck"
    if failures:
        raise failures[0]


class SharedClock(Clock):
    """A clock that stands still until all threads that use it wait, and then goes on.

    Args:
        threads: How many there are; each works within `thread`.
    """

    def __init__(self, threads: int) -> None:
        super().__init__(0.0)
        for name, value in {
            "changed": threading.Condition(),
            "present": [0.0],
            "wakes": [],
            "threads": [threads],
        }.items():
            object.__setattr__(self, name, value)  # a clock is frozen

    changed: threading.Condition
    present: list[float]
    wakes: list[float]
    threads: list[int]

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return self.present[0]

    def sleep(self, seconds: float) -> None:
        with self.changed:
            wake = self.present[0] + seconds
            self.wakes.append(wake)
            self._go_on()
            while self.present[0] < wake:
                self.changed.wait()
            self.wakes.remove(wake)

    @contextmanager
    def thread(self) -> Iterator[None]:
        """Use the clock in one of the threads."""
        try:
            yield
        finally:
            with self.changed:
                self.threads[0] -= 1
                self._go_on()

    def _go_on(self) -> None:
        waiting = [wake for wake in self.wakes if wake > self.present[0]]
        if waiting and len(waiting) == self.threads[0]:
            self.present[0] = min(waiting)
            self.changed.notify_all()
