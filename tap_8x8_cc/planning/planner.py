"""Which reports a stream needs: its windows, and the request for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_8x8_cc.config.values import instant
from tap_8x8_cc.model.calendar import Granularity, following
from tap_8x8_cc.model.reports import ReportKind, SummaryRequest
from tap_8x8_cc.model.windows import Window, first_start, plan, settled_end, split

if TYPE_CHECKING:
    from datetime import datetime

    from tap_8x8_cc.api.listing import Listing
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.planning.definitions import ReportDefinition

SHORTEST_BUCKET = timedelta(minutes=15)
DETAILED_DAYS = 7
"""Local days in a detailed report. A row has some five thousand bytes and a report is spooled whole
before it is written, so that more days would save few requests and cost much space."""


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the reports of one stream.

    Args:
        definition: What the stream asks for.
        settings: The settings.
        days: Local days in a report that has no granularity.
    """

    definition: ReportDefinition
    settings: Settings
    days: int = 1

    def requests(
        self,
        tenant_id: str | None,
        zone: ZoneInfo,
        metrics: tuple[str, ...],
        bookmark: datetime | None,
        now: datetime,
    ) -> list[ReportRequest]:
        """Return the reports to read, oldest first.

        Args:
            tenant_id: The tenant, where there are several.
            zone: The zone of the buckets.
            metrics: The metrics to ask for.
            bookmark: The end of what earlier runs have read, if they have.
            now: The present.
        """
        return [
            self.definition.request(tenant_id, zone, metrics, window)
            for window in self._windows(zone, bookmark, now)
        ]

    def halves(self, request: ReportRequest) -> list[ReportRequest]:
        """Return two requests for the halves of a window; none where it can't be halved."""
        windows = split(request.window, self.definition.cut, request.zone) or ()
        return [request.within(window) for window in windows]

    def _windows(self, zone: ZoneInfo, bookmark: datetime | None, now: datetime) -> list[Window]:
        settings, cut = self.settings, self.definition.cut
        last = instant(settings.end_date, zone) if settings.end_date else None
        first = instant(settings.start_date, zone)
        end = settled_end(now, settings.settle, last, cut, zone)
        start = first_start(first, bookmark, settings.lookback, cut, zone)
        if self.definition.kind is ReportKind.SUMMARY:
            return plan(start, end, cut, zone)
        return whole_days(start, end, self.days, zone)


def whole_days(start: datetime, end: datetime, days: int, zone: ZoneInfo) -> list[Window]:
    """Divide a range of whole local days into windows of so many days, the last maybe of fewer.

    Args:
        start: Begin of the range, the begin of a local day.
        end: End of the range, excluded, likewise.
        days: Local days in a window, at least one.
        zone: The report's time zone.

    Returns:
        The windows, oldest first, without gap or overlap; none where the range is empty.
    """
    cuts = [start]
    while (edge := cuts[-1]) < end:
        for _ in range(days):
            edge = following(edge, Granularity.DAY, zone)
        cuts.append(min(edge, end))
    return [Window(first, last, first) for first, last in pairwise(cuts)]


def zone_probe(
    listing: Listing, tenant_id: str | None, settings: Settings, now: datetime
) -> SummaryRequest | None:
    """Return the smallest report there is, without a zone: the API fills in the tenant's.

    Returns:
        The request; None where no summary report is on offer.
    """
    for entry in listing.values():
        if entry.kind is ReportKind.SUMMARY:
            utc, quarter = ZoneInfo("UTC"), Granularity.QUARTER
            end = settled_end(now, settings.settle, None, quarter, utc)
            start = end - SHORTEST_BUCKET
            return SummaryRequest(
                stream="time zone",
                title="time zone",
                tenant_id=tenant_id,
                type=entry.type,
                group_by=next(iter(entry.groupings), None),
                granularity=quarter,
                window=Window(start, end, start),
                zone=utc,
                names_zone=False,
                metrics=entry.metrics[:1],
            )
    return None
