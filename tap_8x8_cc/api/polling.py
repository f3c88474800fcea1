"""When to ask whether a report is done: politely, and soon after it is.

The vendor asks not to poll in a tight loop. So the first poll comes a second after creation, and
the waits between those that follow grow by a fixed factor, with a little jitter, so that reports
that were created together are not asked about together.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

SHORTEST_WAIT = 1.0
"""Seconds before the first poll."""
GROWTH = 1.07
"""A report of three seconds is seen after 3.2, one of a minute after 24 polls."""
JITTER = 0.03


def poll_waits(longest: float) -> Iterator[float]:
    """Return the waits before each poll of a report, in seconds, without end.

    Args:
        longest: Most seconds between two polls (`poll_interval_max`).
    """
    wait = SHORTEST_WAIT
    while True:
        spread = random.uniform(1.0 - JITTER, 1.0)  # noqa: S311 - jitter is no secret
        yield min(wait, longest) * spread
        wait *= GROWTH
