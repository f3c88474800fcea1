"""Which reports a stream needs: its windows, and the request for each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_8x8_cc.api.listing import Form
from tap_8x8_cc.config.values import instant
from tap_8x8_cc.model.reports import DetailedRequest, ReportRequest, ScriptPathsRequest
from tap_8x8_cc.model.windows import (
    Granularity,
    Window,
    first_start,
    following,
    plan,
    settled_end,
    split,
)
from tap_8x8_cc.reading.summary import Job
from tap_8x8_cc.records.decoder import ReportFacts
from tap_8x8_cc.records.naming import report_title

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_8x8_cc.api.listing import Listing
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.reports import Request
    from tap_8x8_cc.planning.definitions import ReportDefinition
    from tap_8x8_cc.records.columns import Column

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
        columns: The stream's columns, as discovered.
        days: Local days in a report that has no granularity.
        interactions: Whether its rows are interactions, with participants and an end.
    """

    definition: ReportDefinition
    settings: Settings
    columns: Sequence[Column]
    days: int = 1
    interactions: bool = False

    def jobs(
        self,
        tenant_id: str | None,
        zone: ZoneInfo,
        metrics: tuple[str, ...],
        bookmark: datetime | None,
        now: datetime,
    ) -> list[Job]:
        """Give the reports to read, oldest first.

        Args:
            tenant_id: The tenant, where there are several.
            zone: The zone of the buckets.
            metrics: The metrics to ask for.
            bookmark: The end of what earlier runs have read, if they have.
            now: The present.
        """
        return [
            self._job(self._request(tenant_id, zone, metrics, window), zone)
            for window in self._windows(zone, bookmark, now)
        ]

    def halves(self, job: Job) -> list[Job]:
        """Give two jobs for the halves of a job's window; none where it can't be halved."""
        zone = job.facts.zone
        windows = split(job.facts.window, self.definition.granularity, zone) or ()
        return [self._job(job.request.within(window), zone) for window in windows]

    def _windows(self, zone: ZoneInfo, bookmark: datetime | None, now: datetime) -> list[Window]:
        settings, granularity = self.settings, self.definition.granularity
        last = instant(settings.end_date, zone) if settings.end_date else None
        first = instant(settings.start_date, zone)
        end = settled_end(now, settings.settle, last, granularity, zone)
        start = first_start(first, bookmark, settings.lookback, granularity, zone)
        if self.definition.form is Form.SUMMARY:
            return plan(start, end, granularity, zone)
        return whole_days(start, end, self.days, zone)

    def _job(self, request: Request, zone: ZoneInfo) -> Job:
        definition = self.definition
        summary = definition.form is Form.SUMMARY
        facts = ReportFacts(
            tenant_id=request.tenant_id,
            type=request.type,
            group_by=definition.group_by,
            granularity=definition.granularity if summary else Granularity.NONE,
            zone=zone,
            window=request.window,
            with_totals=definition.with_totals,
        )
        return Job(request, facts, self.columns)

    def _request(
        self, tenant_id: str | None, zone: ZoneInfo, metrics: tuple[str, ...], window: Window
    ) -> Request:
        definition = self.definition
        common: dict[str, Any] = {
            "stream": definition.name,
            "title": report_title(definition.name),
            "tenant_id": tenant_id,
            "type": definition.type,
            "window": window,
            "zone": zone,
            "intra_day": definition.intra_day,
        }
        match definition.form:
            case Form.SUMMARY:
                return ReportRequest(
                    **common,
                    group_by=definition.group_by or "",
                    granularity=definition.granularity,
                    metrics=metrics,
                    filters=definition.filters,
                    include_subtotals=definition.include_subtotals,
                    include_grand_total=definition.include_grand_total,
                )
            case Form.DETAILED:
                return DetailedRequest(
                    **common,
                    metrics=metrics,
                    search=definition.search,
                    include_participants=(
                        definition.include_participants if self.interactions else None
                    ),
                    show_ongoing=definition.show_ongoing if self.interactions else None,
                )
            case Form.SCRIPT_PATHS:
                return ScriptPathsRequest(**common, search=definition.search)


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


def probe(
    listing: Listing, tenant_id: str | None, settings: Settings, now: datetime
) -> ReportRequest | None:
    """Give the smallest report there is, without a zone: the API fills in the tenant's.

    Returns:
        The request; None where no summary report is on offer.
    """
    for entry in listing.values():
        if entry.form is Form.SUMMARY:
            utc, quarter = ZoneInfo("UTC"), Granularity.QUARTER
            end = settled_end(now, settings.settle, None, quarter, utc)
            start = end - SHORTEST_BUCKET
            return ReportRequest(
                stream="time zone",
                title="time zone",
                tenant_id=tenant_id,
                type=entry.type,
                group_by=next(iter(entry.groupings)),
                granularity=quarter,
                window=Window(start, end, start),
                zone=None,
                metrics=entry.metrics[:1],
            )
    return None
