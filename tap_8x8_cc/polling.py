"""When to ask whether a report is done: politely, and soon after it is.

The vendor asks not to poll in a tight loop. So the first poll comes a second after creation at the
earliest, and those that follow are at least a second apart and grow further apart, with jitter. But
reports of one type take about as long each time, so the first poll waits for as long as the last
ones took: then one poll a report is enough, and little time is lost.
"""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_WAIT = 1.0
"""Seconds before the first poll, and between the first two."""
GROWTH = 1.3
JITTER = 0.05
SOONER = 0.97
"""After a report that was done at the first poll, the next one's comes this much sooner, ..."""
LATER = 1.1
"""... and after one that was not, this much later than it was."""


@dataclass(slots=True)
class Rhythm:
    """The waits between polls, and what is learnt from them; safe for threads.

    Args:
        longest: Most seconds between two polls (`poll_interval_max`).
    """

    longest: float
    _expected: dict[str, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def waits(self, report_type: str) -> Iterator[float]:
        """Give the waits before each poll of a report, in seconds, without end."""
        with self._lock:
            first = self._expected.get(report_type, SHORTEST_WAIT)
        yield self._bounded(first)
        wait = SHORTEST_WAIT if first > SHORTEST_WAIT else SHORTEST_WAIT * GROWTH
        while True:
            yield self._bounded(wait)
            wait = min(wait * GROWTH, self.longest)

    def learn(self, report_type: str, polls: int, last: float, done: float) -> None:
        """Remember how long a report took.

        Args:
            report_type: Its type.
            polls: How many polls it took until it was done.
            last: Seconds from creation to the last poll at which it was not.
            done: Seconds from creation to the poll at which it was.
        """
        with self._lock:
            known = self._expected.get(report_type)
            if known is None:
                expected = (last + done) / 2
            elif polls <= 1:
                expected = known * SOONER
            else:
                expected = max(known * LATER, last)
            self._expected[report_type] = min(max(expected, SHORTEST_WAIT), self.longest)

    def _bounded(self, wait: float) -> float:
        jitter = random.uniform(1, 1 + JITTER)  # noqa: S311 - jitter is no secret
        return min(wait * jitter, self.longest)
