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
from tap_8x8_cc.errors import ConfigError, TapError
from tap_8x8_cc.planning.planner import zone_probe
from tap_8x8_cc.reading.detailed import DetailedReader
from tap_8x8_cc.reading.prefetch import Prefetcher
from tap_8x8_cc.reading.script_paths import ScriptPathsReader
from tap_8x8_cc.reading.summary import SummaryReader

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.progress import Progress

logger = logging.getLogger(__name__)


class Session:
    """A run's client, readers and line of reports, and what the API said of its tenants.

    Args:
        settings: The settings.
        clock: Time, and the pace of waits.
        progress: Told how far the run is.
    """

    def __init__(self, settings: Settings, clock: Clock, progress: Progress) -> None:
        self.settings = settings
        self.clock = clock
        self.progress = progress
        self.failures: list[str] = []
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
            on_done=progress.generated,
        )
        self.summary = SummaryReader(
            self._reports, data_format=settings.data_format, page_size=settings.page_size
        )
        self.detailed = DetailedReader(self._reports, self.client, page_size=settings.page_size)
        self.script_paths = ScriptPathsReader(self._reports)
        self.prefetcher = Prefetcher(self.client.throttle)

    @cached_property
    def listings(self) -> Mapping[str | None, Listing]:
        """The report types on offer, for each tenant; raises ApiError."""
        return {tenant: fetch_listing(self.client, tenant) for tenant in self.settings.tenants}

    def note_failure(self, stream: str, tenant_id: str | None, error: TapError) -> None:
        """Record that a stream failed for good; the run goes on and ends with exit code 1."""
        name = stream if tenant_id is None else f"{stream} (tenant {tenant_id})"
        self.failures.append(name)
        logger.error("Stream %s failed: %s", name, error)
        logger.debug("Stream %s failed", name, exc_info=error)

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
        request = zone_probe(self.listings[tenant_id], tenant_id, self.settings, self.clock.now())
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
