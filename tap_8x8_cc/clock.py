"""Time and waiting, passed in so that rules stay testable and tests need not sleep."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime

PACE_VARIABLE = "TAP_8X8_CC_TEST_PACE"
"""Environment variable for tests: the factor by which every wait of the tap is multiplied."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The clock and the patience of a run.

    Args:
        pace: Factor on every wait, in retries and between polls: 1 in earnest, 0 not to wait.
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
        """Return seconds on a clock that never goes back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds`, at this clock's pace."""
        if (scaled := seconds * self.pace) > 0:
            time.sleep(scaled)
