"""What a run needs to deal with the API, made from its settings: each part once."""

from __future__ import annotations

import logging
from functools import cached_property
from typing import TYPE_CHECKING

from tap_8x8_cc.api.client import ApiAddress, ApiClient
from tap_8x8_cc.api.listing import Listing, fetch_listing
from tap_8x8_cc.api.reports import Reports
from tap_8x8_cc.api.throttle import Throttle
from tap_8x8_cc.config.values import parse_zone
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.reports import DetailedRequest, ReportRequest, ScriptPathsRequest
from tap_8x8_cc.planning.planner import probe
from tap_8x8_cc.reading.detailed import DetailedReader
from tap_8x8_cc.reading.prefetch import Pipeline
from tap_8x8_cc.reading.script_paths import ScriptPathsReader
from tap_8x8_cc.reading.summary import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.reports import Request
    from tap_8x8_cc.reading.spool import Reading
    from tap_8x8_cc.reading.summary import Job

logger = logging.getLogger(__name__)


class ApiSession:
    """A run's client, reports, and line of reports, and what the API said of its tenants.

    Args:
        settings: The settings.
        clock: Time, and the pace of waits.
        on_done: Told of each report that is DONE, with the seconds it took; in other threads.
    """

    def __init__(
        self, settings: Settings, clock: Clock, on_done: Callable[[Request, float], None]
    ) -> None:
        self.clock = clock
        self._settings = settings
        self._zones: dict[str | None, ZoneInfo] = {}
        address = ApiAddress(
            origin=settings.api_url,
            base_path=settings.base_path,
            client_id=settings.client_id,
            client_secret=settings.client_secret,
            user_agent=settings.user_agent,
            request_timeout=settings.request_timeout,
            connections=settings.max_concurrent_reports + 2,
        )
        self.client = ApiClient(address, clock, Throttle(settings.max_concurrent_reports))
        self._reports = Reports(
            self.client,
            clock,
            timeout=settings.report_timeout,
            longest_poll=settings.poll_interval_max,
            on_done=on_done,
        )
        self.pipeline = Pipeline(self._fetcher(), self.client.throttle)

    @cached_property
    def listings(self) -> Mapping[str | None, Listing]:
        """The report types on offer, for each tenant; raises ApiError."""
        return {tenant: fetch_listing(self.client, tenant) for tenant in self._settings.tenants}

    def zone_of(self, tenant_id: str | None) -> ZoneInfo:
        """Tell a tenant's default time zone, by the details of a report that names none.

        Args:
            tenant_id: The tenant.

        Raises:
            ConfigError: The API does not say; it is not guessed.
            ApiError: A call failed for good.
        """
        if tenant_id not in self._zones:
            self._zones[tenant_id] = self._ask_for_zone(tenant_id)
        return self._zones[tenant_id]

    def _ask_for_zone(self, tenant_id: str | None) -> ZoneInfo:
        tenant = f" of tenant {tenant_id}" if tenant_id else ""
        request = probe(self.listings[tenant_id], tenant_id, self._settings, self.clock.now())
        details = None
        if request:
            report, _ = self._reports.create(request)
            details = self._reports.details(report)
        name = details.get("timezone") if isinstance(details, dict) else None
        if not isinstance(name, str) or not name:
            raise ConfigError(
                f"timezone: the API does not tell the default time zone{tenant}; "
                "set timezone to it."
            )
        logger.info("Time zone%s: %s", tenant, name)
        return parse_zone(name)

    def _fetcher(self) -> Callable[[Job], Reading]:
        """Give what has any report generated and reads it, in the way of its form."""
        reports, size = self._reports, self._settings.page_size
        summary = Reader(reports, data_format=self._settings.data_format, page_size=size)
        fetch: dict[type[Request], Callable[[Job], Reading]] = {
            ReportRequest: summary.fetch,
            DetailedRequest: DetailedReader(reports, self.client, page_size=size).fetch,
            ScriptPathsRequest: ScriptPathsReader(reports).fetch,
        }
        return lambda job: fetch[type(job.request)](job)
