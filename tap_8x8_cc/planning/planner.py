"""Which reports a stream needs for one tenant: the windows to read, in order, and what for."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from enum import IntEnum, StrEnum, auto
from itertools import pairwise
from typing import TYPE_CHECKING

from tap_8x8_cc.config.values import instant
from tap_8x8_cc.model.instants import utc_text
from tap_8x8_cc.model.reports import ReportDefinition, ReportKind, ReportRequest
from tap_8x8_cc.model.windows import Limits, Window, first_start, plan, settled_end, split

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.calendar import Grid
    from tap_8x8_cc.model.coverage import Coverage
    from tap_8x8_cc.model.date_ranges import DateRangeReading


class Purpose(StrEnum):
    """What a report is read for."""

    NEW = auto()
    LOOKBACK = auto()
    BACKFILL = auto()


@dataclass(frozen=True, slots=True)
class PlannedReport:
    """A report that a run is going to create."""

    request: ReportRequest
    purpose: Purpose
    why: str


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the windows of one stream in one zone."""

    definition: ReportDefinition
    settings: Settings
    zone: ZoneInfo

    @property
    def grid(self) -> Grid:
        """How its date ranges are cut."""
        return self.definition.grid(self.zone)

    @property
    def first(self) -> datetime:
        """From where data is wanted: the start of the bucket that holds `start_date`."""
        return self.grid.floor(instant(self.settings.start_date, self.zone))

    @property
    def last(self) -> datetime | None:
        """Up to where data is wanted, if `end_date` is set."""
        end = self.settings.end_date
        return instant(end, self.zone) if end else None

    def windows(
        self,
        now: datetime,
        covered: Coverage | None = None,
        cuts: Collection[datetime] = (),
        reading: DateRangeReading | None = None,
    ) -> list[Window]:
        """Return the windows to read: the night, oldest first, then missing history, newest first.

        In this order, what has been read is one range without a hole after each of them.

        Args:
            now: The present.
            covered: What earlier runs have read, if anything.
            cuts: Where windows start or end whose reports an interrupted run has created.
            reading: How the API reads a date range; None if that is not known.
        """
        limits, grid, settings = self._limits(reading), self.grid, self.settings
        end = settled_end(now, settings.settle, self.last, grid, limits)
        bookmark = covered.until if covered else None
        start = first_start(self.first, bookmark, settings.lookback, grid)
        past: list[Window] = []
        if covered and self.first < (since := grid.floor(covered.since)):
            start = max(start, since)
            if since <= end:
                past = self._divided(self.first, since, cuts, limits)
        return [*self._divided(start, end, cuts, limits), *reversed(past)]

    def halves(self, window: Window) -> tuple[Window, ...]:
        """Return the halves of a window; none if it is a single bucket."""
        return split(window, self.grid, self.definition.intra_day) or ()

    def pieces(self, window: Window, longest: timedelta) -> list[Window]:
        """Return parts of a window, none longer than that if possible."""
        halves = self.halves(window) if window.end - window.start > longest else ()
        return [piece for half in halves for piece in self.pieces(half, longest)] or [window]

    def _limits(self, reading: DateRangeReading | None) -> Limits:
        # A day of events is one report: it is spooled whole, and its rows name the day.
        days = self.settings.max_window_days if self.definition.is_summary else 1
        # A figure of the whole range must not hold a morning beyond it.
        intra_day = self.definition.intra_day if self.definition.is_incremental else None
        return Limits(reading, days, intra_day)

    def _divided(
        self, start: datetime, end: datetime, cuts: Collection[datetime], limits: Limits
    ) -> list[Window]:
        cuts = set(cuts) if self.definition.is_incremental else ()
        within = sorted(at for at in cuts if start < at < end and self.grid.floor(at) == at)
        edges = pairwise((start, *within, end))
        return [window for first, last in edges for window in plan(first, last, self.grid, limits)]


class ExactRange(IntEnum):
    """How much it matters that a request covers its window and no more."""

    FREE = auto()
    """Rows beyond the window are dropped."""
    BETTER = auto()
    """Worth a few small reports to find out how the API reads date ranges.

    Events can't be dropped, since only the API knows which of their times it goes by. They are rows
    of the next day's report as well, with the same `row_id` if they have a time.
    """
    NEEDED = auto()
    """The figures of totals, whole ranges, parts of days and script paths are of all of it."""


def exact_range(definition: ReportDefinition) -> ExactRange:
    """Return how much it matters that a report's request is exact."""
    match definition.kind:
        case ReportKind.SCRIPT_PATHS:
            return ExactRange.NEEDED
        case ReportKind.DETAILED:
            return ExactRange.BETTER
    whole = not definition.is_incremental or definition.with_totals or definition.intra_day
    return ExactRange.NEEDED if whole else ExactRange.FREE


def planned_report(
    request: ReportRequest, covered: Coverage | None, *, reads_all: bool
) -> PlannedReport:
    """Return a request with what it is for."""
    window = request.window
    if covered is None:
        why = "read whole with each run" if reads_all else "not read before"
        return PlannedReport(request, Purpose.NEW, why)
    bookmark = utc_text(covered.until)
    if window.end > covered.until:
        why = f"after the bookmark, {bookmark}"
        if window.start < covered.until:
            why = f"goes beyond the bookmark, {bookmark}; starts lookback_days before it"
        return PlannedReport(request, Purpose.NEW, why)
    if window.start < covered.since:
        why = f"start_date is before what has been read, from {utc_text(covered.since)}"
        return PlannedReport(request, Purpose.BACKFILL, why)
    why = f"read again (lookback_days) before the bookmark, {bookmark}"
    return PlannedReport(request, Purpose.LOOKBACK, why)


def tally(reports: Iterable[PlannedReport]) -> dict[str, int]:
    """Count reports by what they are for, in a fixed order; and all of them."""
    found = Counter(report.purpose for report in reports)
    return {purpose.value: found[purpose] for purpose in Purpose} | {"reports": found.total()}


def summed_up(reports: Iterable[PlannedReport]) -> str:
    """Say how many reports there are, of how many streams, and what for."""
    reports = list(reports)
    counts = tally(reports)
    parts = [f"{counts[purpose.value]} {purpose}" for purpose in Purpose if counts[purpose.value]]
    total, streams = counts["reports"], len({report.request.stream for report in reports})
    return f"{total} reports of {streams} streams" + (f" ({', '.join(parts)})" if parts else "")
