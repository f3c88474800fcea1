"""Which reports a stream needs: its windows, and the request for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_8x8_cc.config.values import instant
from tap_8x8_cc.model.calendar import Granularity, Grid, following
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.reports import ReportDefinition, ReportKind, ReportRequest
from tap_8x8_cc.model.windows import Limits, Window, first_start, plan, settled_end, split

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from tap_8x8_cc.api.listing import Listing, ReportType
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.coverage import Coverage

SHORTEST_BUCKET = timedelta(minutes=15)
TYPES_TO_ASK = 3
"""Report types that are tried, one after another, to see when something happened."""
DETAILED_DAYS = 7
"""Local days in a detailed report. A row has some five thousand bytes and a report is spooled whole
before it is written, so that more days would save few requests and cost much space."""


@dataclass(frozen=True, slots=True)
class Asked:
    """For whom and when reports are planned.

    Args:
        tenant_id: The tenant, where there are several.
        zone: The zone of the buckets.
        metrics: The metrics to ask for.
        covered: What earlier runs have read, if they have.
        now: The present.
        days: Local days in a report that has no granularity.
        unread: Where the windows begin whose reports an interrupted run created and did not read.
    """

    tenant_id: str | None
    zone: ZoneInfo
    metrics: tuple[str, ...]
    covered: Coverage | None
    now: datetime
    days: int = 1
    unread: Collection[datetime] = ()


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the reports of one stream.

    Args:
        definition: What the stream asks for.
        settings: The settings.
    """

    definition: ReportDefinition
    settings: Settings

    def requests(self, asked: Asked, reading: DateRangeReading | None) -> list[ReportRequest]:
        """Return the reports to read: what lacks of the past, newest first, then the usual night.

        In this order what has been read is one range without a hole, after each of them.

        Args:
            asked: For whom and when.
            reading: What the API takes a date range for; None where that is not known.
        """
        return [
            ReportRequest(
                definition=self.definition,
                window=window,
                zone=asked.zone,
                tenant_id=asked.tenant_id,
                metrics=asked.metrics,
            )
            for window in self._windows(asked, reading)
        ]

    def halves(self, request: ReportRequest) -> list[ReportRequest]:
        """Return two requests for the halves of a window; none where it can't be halved."""
        windows = split(request.window, self.definition.grid(request.zone)) or ()
        return [request.within(window) for window in windows]

    def pieces(self, request: ReportRequest, longest: timedelta) -> list[ReportRequest]:
        """Return requests for parts of a window, none longer than that if it can be helped."""
        span = request.window.end - request.window.start
        halves = self.halves(request) if span > longest else []
        return [piece for half in halves for piece in self.pieces(half, longest)] or [request]

    def widened(self, request: ReportRequest) -> list[ReportRequest]:
        """Return requests for the same window that are right under both readings."""
        grid = self.definition.grid(request.zone)
        window = request.window
        windows = plan(window.start, window.end, grid, Limits(None, self.settings.max_window_days))
        return [request.within(part) for part in windows]

    def first(self, zone: ZoneInfo) -> datetime:
        """Return from where data is wanted: the begin of the bucket that holds `start_date`."""
        return self.definition.grid(zone).floor(instant(self.settings.start_date, zone))

    def last(self, zone: ZoneInfo) -> datetime | None:
        """Return up to where data is wanted, if `end_date` is set."""
        end = self.settings.end_date
        return instant(end, zone) if end else None

    def _windows(self, asked: Asked, reading: DateRangeReading | None) -> list[Window]:
        settings, zone, covered = self.settings, asked.zone, asked.covered
        grid = self.definition.grid(zone)
        first = self.first(zone)
        end = settled_end(asked.now, settings.settle, self.last(zone), grid, reading)
        start = first_start(first, covered.until if covered else None, settings.lookback, grid)
        if covered:
            # What lies before has been read by the run that was interrupted, a while ago.
            start = min((at for at in asked.unread if start <= at <= covered.until), default=start)
        past: list[Window] = []
        if covered and first < (since := grid.floor(covered.since)):
            start = max(start, since)
            if since <= end:
                past = self._divided(first, since, asked, reading)
        return [*reversed(past), *self._divided(start, end, asked, reading)]

    def _divided(
        self, start: datetime, end: datetime, asked: Asked, reading: DateRangeReading | None
    ) -> list[Window]:
        most = self.settings.max_window_days
        if self.definition.is_summary:
            return plan(start, end, self.definition.grid(asked.zone), Limits(reading, most))
        return whole_days(start, end, min(asked.days, most or asked.days), asked.zone, reading)


def needs_exact_range(definition: ReportDefinition) -> bool:
    """Return whether figures are of the whole range, so that a wider one would change them."""
    if definition.kind is ReportKind.SUMMARY:
        parts_of_days = definition.intra_day is not None
        return not definition.is_incremental or definition.with_totals or parts_of_days
    return definition.kind is ReportKind.SCRIPT_PATHS


def whole_days(
    start: datetime,
    end: datetime,
    days: int,
    zone: ZoneInfo,
    reading: DateRangeReading | None = DateRangeReading.INSTANT,
) -> list[Window]:
    """Divide a range of whole local days into windows of so many days, the last maybe of fewer.

    Args:
        start: Begin of the range, the begin of a local day.
        end: End of the range, excluded, likewise.
        days: Local days in a window, at least one.
        zone: The report's time zone.
        reading: What the API takes a date range for; None where that is not known.

    Returns:
        The windows, oldest first, without gap or overlap; none where the range is empty.
    """
    cuts = [start]
    while (edge := cuts[-1]) < end:
        for _ in range(days):
            edge = following(edge, Granularity.DAY, zone)
        cuts.append(min(edge, end))
    return [Window(first, last, first, reading) for first, last in pairwise(cuts)]


def quarter_requests(listing: Listing, request: ReportRequest) -> list[ReportRequest]:
    """Return requests for quarters of an hour, as plain as can be, to see when something happened.

    Args:
        listing: The report types on offer.
        request: The report that it is done for; its own type comes first, if it is a summary.
    """
    entries = [entry for entry in listing.values() if entry.kind is ReportKind.SUMMARY]
    entries.sort(key=lambda entry: entry.type != request.type)
    return [
        _plain(entry, request.tenant_id, request.zone, request.window, "date range")
        for entry in entries[:TYPES_TO_ASK]
    ]


def zone_probes(
    listing: Listing, tenant_id: str | None, settings: Settings, now: datetime
) -> list[ReportRequest]:
    """Return requests for the smallest reports there are, without a zone.

    The API fills in the tenant's. There is one of each of a few types, if they are on offer.
    """
    utc = ZoneInfo("UTC")
    end = settled_end(now, settings.settle, None, Grid(Granularity.QUARTER, utc))
    window = Window(end - SHORTEST_BUCKET, end, end - SHORTEST_BUCKET)
    entries = [entry for entry in listing.values() if entry.kind is ReportKind.SUMMARY]
    return [
        replace(_plain(entry, tenant_id, utc, window, "time zone"), names_zone=False)
        for entry in entries[:TYPES_TO_ASK]
    ]


def _plain(
    entry: ReportType, tenant_id: str | None, zone: ZoneInfo, window: Window, name: str
) -> ReportRequest:
    """Return a request for quarters of an hour of a type, by its first grouping."""
    definition = ReportDefinition(
        name=name,
        type=entry.type,
        group_by=next(iter(entry.groupings), None),
        granularity=Granularity.QUARTER,
    )
    return ReportRequest(
        definition=definition,
        window=window,
        zone=zone,
        tenant_id=tenant_id,
        metrics=entry.metrics[:1],
    )
