"""What has been read of a stream: one range of time, without a hole.

It grows at both ends. Each night adds new ranges to its end. An earlier `start_date` adds older
ones to its start, newest first, so that it never has a hole, whenever a run ends.
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
        since: Its start.
        until: Its end, excluded.
    """

    since: datetime
    until: datetime

    def joined(self, start: datetime, end: datetime) -> Coverage:
        """Return what is covered when [start, end) has been read as well.

        A range after the end, with a hole between, becomes the coverage: older rows stay loaded,
        but are not counted on. One before the start, with a hole between, does not count.
        """
        if start > self.until:
            return Coverage(start, end)
        if end < self.since:
            return self
        return Coverage(min(self.since, start), max(self.until, end))


def extended(covered: Coverage | None, start: datetime, end: datetime) -> Coverage:
    """Return what is covered when [start, end) has been read; nothing may have been before."""
    return covered.joined(start, end) if covered else Coverage(start, end)
