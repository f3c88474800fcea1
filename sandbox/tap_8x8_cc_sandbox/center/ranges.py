"""Which quarters of an hour a report covers, and how much of each is known at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.center.calendar import SLOT, Bucket, instant, local
from tap_8x8_cc_sandbox.center.model import Granularity
from tap_8x8_cc_sandbox.center.profiles import View

if TYPE_CHECKING:
    from datetime import datetime, time

    from tap_8x8_cc_sandbox.center.model import ReportSpec

_UTC: Final = ZoneInfo("UTC")
_HOUR: Final = 3600
_AGES: Final = ((2 * _HOUR, View.FRESH), (24 * _HOUR, View.HOURS_OLD), (48 * _HOUR, View.DAY_OLD))
"""Up to which age in seconds, counted from a quarter's end, how much of it is known."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """The range of a report, seen at a moment. Instants as in `calendar`."""

    start: int  # first instant that belongs to the range
    end: int  # the first after the range
    edge: int | None  # the quarter that begins exactly at an included end, if there is one
    now: int  # the moment; nothing has happened after it
    late_changes: bool = False  # whether a quarter's figures go on changing after its end
    intra_day: tuple[time, time] | None = None  # local wall times between which activity counts
    zone: ZoneInfo = _UTC  # zone of those times
    morning: int = 0  # seconds after midnight that count for the day before, with its night

    @property
    def whole(self) -> tuple[int, int]:
        """First instant and end of what is covered, the quarter at an included end with it."""
        return self.start, self.end if self.edge is None else self.edge + 1

    def slots(self, bucket: Bucket) -> list[tuple[int, View]]:
        """List the quarters of a bucket that the range covers, and how much of each is known."""
        start, end = bucket.start + self.morning, bucket.end + self.morning
        first = max(start, self.start)
        found = range(first + -first % SLOT, min(end, self.end, self.now), SLOT)
        slots = [(slot, self._view(slot)) for slot in found if self._is_within_day(slot)]
        edge = self.edge
        if edge is not None and start <= edge < min(end, self.now):
            slots += [(edge, View.SLIVER)] if self._is_within_day(edge) else []
        return slots

    def _view(self, slot: int) -> View:
        age = self.now - slot - SLOT
        if age < 0:
            return View.SLIVER
        if self.late_changes:
            return next((view for limit, view in _AGES if age < limit), View.FINAL)
        return View.FINAL

    def _is_within_day(self, slot: int) -> bool:
        if self.intra_day is None:
            return True
        return is_between(local(slot, self.zone).time(), *self.intra_day)


def edge_slot(end: datetime) -> int | None:
    """Find the quarter that begins exactly at an included end; none begins between two quarters."""
    second = instant(end)
    return None if end.microsecond or second % SLOT else second


def cover(spec: ReportSpec, now: datetime, *, late_changes: bool) -> Coverage:
    """Work out what a summary report covers."""
    return Coverage(
        start=instant(spec.start),
        end=instant(spec.end),
        edge=edge_slot(spec.end) if spec.end_inclusive else None,
        now=instant(now),
        late_changes=late_changes,
        intra_day=spec.intra_day,
        zone=ZoneInfo(spec.timezone),
        morning=_morning(spec),
    )


def final_at(spec: ReportSpec, *, late_changes: bool) -> datetime:
    """Return a moment from which the figures of a summary report no longer change."""
    return spec.end + timedelta(days=2 if late_changes else 0, minutes=30)


def _morning(spec: ReportSpec) -> int:
    """Return how many seconds after midnight count for the day before."""
    by_days = spec.granularity not in {Granularity.QUARTER, Granularity.HALF, Granularity.HOUR}
    if not (spec.whole_nights and spec.intra_day and by_days):
        return 0
    start, end = spec.intra_day
    return end.hour * _HOUR + end.minute * 60 + end.second if end < start else 0


def is_between(moment: time, start: time, end: time) -> bool:
    """Tell whether a time of day lies in a range, its end excluded; overnight if end < start."""
    if start <= end:
        return start <= moment < end
    return moment >= start or moment < end
