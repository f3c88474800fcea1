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
GROWTH = 1.15
JITTER = 0.03
SOONER = 0.97
"""After a report that was done at its first poll, the next of its type is asked for a bit sooner,
..."""
MARGIN = 1.02
"""... but not before this multiple of the time at which one was not done yet; ..."""
FADING = 0.999
"""... a time that counts for less with every report since."""
CAUTION = 0.25
"""After one that was not: where between its last two polls it is taken to have been done."""


@dataclass(frozen=True, slots=True)
class Expectation:
    """What reports of a type take.

    Args:
        wait: Seconds before the first poll.
        too_soon: Seconds after creation at which a report was not done.
    """

    wait: float
    too_soon: float


@dataclass(slots=True)
class Rhythm:
    """The waits between polls, and what is learnt from them; safe for threads.

    Args:
        longest: Most seconds between two polls (`poll_interval_max`).
    """

    longest: float
    _expected: dict[str, Expectation] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def waits(self, report_type: str) -> Iterator[float]:
        """Give the waits before each poll of a report, in seconds, without end."""
        with self._lock:
            known = self._expected.get(report_type)
        first = known.wait if known else SHORTEST_WAIT
        yield self._bounded(first)
        wait = SHORTEST_WAIT
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
            known = self._expected.get(report_type, Expectation(done, 0.0))
            if polls <= 1:
                too_soon = known.too_soon * FADING
                wait = max(done * SOONER, too_soon * MARGIN)
            else:
                # Those that were created together tell the same thing: no reason to wait longer.
                too_soon = last
                wait = max(last + (done - last) * CAUTION, min(known.wait, done * SOONER))
            bounded = min(max(wait, SHORTEST_WAIT), self.longest)
            self._expected[report_type] = Expectation(bounded, too_soon)

    def _bounded(self, wait: float) -> float:
        jitter = random.uniform(1, 1 + JITTER)  # noqa: S311 - jitter is no secret
        return min(wait * jitter, self.longest)
