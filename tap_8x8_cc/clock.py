"""Time and waiting, passed in so that rules stay testable and tests need not sleep.

A thread that works for a report has a token by which it learns that the report is not wanted any
more: every wait looks at it, and whoever is about to ask the API for something does.
"""

from __future__ import annotations

import os
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tap_8x8_cc.errors import CancelledError

if TYPE_CHECKING:
    from collections.abc import Iterator

PACE_VARIABLE = "TAP_8X8_CC_TEST_PACE"
"""Environment variable for tests: how many seconds a second of the tap takes."""

_thread = threading.local()


@contextmanager
def cancellable(token: threading.Event) -> Iterator[None]:
    """Let what this thread does meanwhile end with CancelledError once `token` is set."""
    _thread.token = token
    try:
        yield
    finally:
        _thread.token = None


def check_cancelled() -> None:
    """Raise CancelledError if what this thread does is not wanted any more."""
    token: threading.Event | None = getattr(_thread, "token", None)
    if token is not None and token.is_set():
        raise CancelledError


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock of a run: what it waits for, and by what it counts how long something took.

    Args:
        pace: How many real seconds a second of this clock takes; 0: waits take no time at all.
    """

    pace: float = 1.0

    @classmethod
    def from_environment(cls) -> Clock:
        """Make the clock of this process."""
        return cls(pace=float(os.environ.get(PACE_VARIABLE, "1")))

    def now(self) -> datetime:
        """Return the current instant, in UTC."""
        return datetime.now(UTC)

    def monotonic(self) -> float:
        """Return seconds on a clock that never goes back, at this clock's pace."""
        return time.monotonic() / (self.pace or 1.0)

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`, at this clock's pace; raises CancelledError."""
        # An event can't wait for longer than some centuries.
        scaled = min(max(seconds * self.pace, 0.0), threading.TIMEOUT_MAX)
        token: threading.Event | None = getattr(_thread, "token", None)
        if token is None:
            time.sleep(scaled)
        elif token.wait(scaled):
            raise CancelledError
