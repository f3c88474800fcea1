"""Which reports a stream needs: its windows, and the request for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_8x8_cc.naming import report_title
from tap_8x8_cc.reading import Job
from tap_8x8_cc.reports import ReportRequest
from tap_8x8_cc.rows import ReportFacts
from tap_8x8_cc.setting_values import instant
from tap_8x8_cc.windows import Granularity, Window, first_start, plan, settled_end, split

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from tap_8x8_cc.definitions import ReportDefinition
    from tap_8x8_cc.schema import Column
    from tap_8x8_cc.settings import Settings

SHORTEST_BUCKET = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Planner:
    """Plans the reports of one stream.

    Args:
        definition: What the stream asks for.
        settings: The settings.
        columns: The stream's columns, as discovered.
    """

    definition: ReportDefinition
    settings: Settings
    columns: Sequence[Column]

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
        return [self._job(replace(job.request, window=window), zone) for window in windows]

    def probe(
        self, tenant_id: str | None, metrics: tuple[str, ...], now: datetime
    ) -> ReportRequest:
        """Give the smallest report there is, without a zone: the API fills in the tenant's."""
        utc, quarter = ZoneInfo("UTC"), Granularity.QUARTER
        end = settled_end(now, self.settings.settle, None, quarter, utc)
        start = end - SHORTEST_BUCKET
        request = self._request(tenant_id, None, metrics[:1], Window(start, end, start))
        return replace(
            request,
            granularity=quarter,
            filters=(),
            intra_day=None,
            include_subtotals=False,
            include_grand_total=False,
        )

    def _windows(self, zone: ZoneInfo, bookmark: datetime | None, now: datetime) -> list[Window]:
        settings, granularity = self.settings, self.definition.granularity
        last = instant(settings.end_date, zone) if settings.end_date else None
        first = instant(settings.start_date, zone)
        end = settled_end(now, settings.settle, last, granularity, zone)
        start = first_start(first, bookmark, settings.lookback, granularity, zone)
        return plan(start, end, granularity, zone)

    def _job(self, request: ReportRequest, zone: ZoneInfo) -> Job:
        facts = ReportFacts(
            tenant_id=request.tenant_id,
            type=request.type,
            group_by=request.group_by,
            granularity=request.granularity,
            zone=zone,
            window=request.window,
            with_totals=request.with_totals,
        )
        return Job(request, facts, self.columns)

    def _request(
        self,
        tenant_id: str | None,
        zone: ZoneInfo | None,
        metrics: tuple[str, ...],
        window: Window,
    ) -> ReportRequest:
        definition = self.definition
        return ReportRequest(
            stream=definition.name,
            title=report_title(definition.name),
            tenant_id=tenant_id,
            type=definition.type,
            group_by=definition.group_by,
            granularity=definition.granularity,
            window=window,
            zone=zone,
            metrics=metrics,
            filters=definition.filters,
            intra_day=definition.intra_day,
            include_subtotals=definition.include_subtotals,
            include_grand_total=definition.include_grand_total,
        )
