"""What of a stream has been read: one range of time, without a hole.

It grows at both ends. Each night joins new ranges to its end; an earlier `start_date` joins older
ones to its begin, newest first, so that it has no hole at any moment, whenever a run ends.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Coverage:
    """A range that has been read whole.

    Attributes:
        since: Its begin.
        until: Its end, excluded.
    """

    since: datetime
    until: datetime

    def joined(self, start: datetime, end: datetime) -> Coverage:
        """Return what is covered when [start, end) has been read as well.

        A range beyond the end, with a hole between, begins coverage anew: what is older stays where
        it was loaded, but is not counted on. One before the begin, with a hole between, is not
        counted until what is between has been read.
        """
        if start > self.until:
            return Coverage(start, end)
        if end < self.since:
            return self
        return Coverage(min(self.since, start), max(self.until, end))


def extended(covered: Coverage | None, start: datetime, end: datetime) -> Coverage:
    """Return what is covered when [start, end) has been read; nothing may have been before."""
    return covered.joined(start, end) if covered else Coverage(start, end)
