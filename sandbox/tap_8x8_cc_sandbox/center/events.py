"""What a detailed report's rows are made of: one event, and who took part in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.center.model import Ongoing

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened."""

    time: int  # when, in milliseconds since 1970-01-01T00:00Z
    ongoing: bool  # whether it hasn't ended yet
    values: dict[str, object]  # its values by column
    # The values of each who took part.
    participants: list[dict[str, object]] = field(default_factory=list)


def moment(milliseconds: int, zone: ZoneInfo) -> datetime:
    """Return the local time of an instant in milliseconds."""
    seconds, rest = divmod(milliseconds, 1000)
    return datetime.fromtimestamp(seconds, zone) + timedelta(milliseconds=rest)


def phases(durations: Sequence[int], elapsed: int) -> list[Ongoing | None]:
    """Tell how far things that follow each other have got after a time.

    Args:
        durations: How long each takes in the end, in milliseconds.
        elapsed: Milliseconds since the first began.

    Returns:
        The duration of each so far; None for what hasn't begun.
    """
    found: list[Ongoing | None] = []
    for duration in durations:
        if elapsed < 0:
            found.append(None)
        elif elapsed < duration:
            found.append(Ongoing(elapsed, ongoing=True))
        else:
            found.append(Ongoing(duration, ongoing=False))
        elapsed = elapsed - duration if elapsed >= duration else -1
    return found
