"""One run: its client, its readers, the line of reports, and what failed."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.calls import ApiAddress
from tap_8x8_cc.api.client import ApiClient
from tap_8x8_cc.api.listing import fetch_listing
from tap_8x8_cc.api.patience import Throttle
from tap_8x8_cc.api.reports import Reports
from tap_8x8_cc.api.unread import UnreadReports
from tap_8x8_cc.errors import ApiError, AuthError
from tap_8x8_cc.model.instants import utc_text
from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.reading.detailed import DetailedReader
from tap_8x8_cc.reading.queue import ReportQueue
from tap_8x8_cc.reading.script_paths import ScriptPathsReader
from tap_8x8_cc.reading.summary import SummaryReader
from tap_8x8_cc.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_8x8_cc.api.listing import Listing
    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.errors import TapError
    from tap_8x8_cc.progress import Progress
    from tap_8x8_cc.reading.job import Job
    from tap_8x8_cc.reading.spool import ReportRows

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """A stream that failed for good, for one tenant if there are several."""

    stream: str
    tenant_id: str | None

    @property
    def name(self) -> str:
        """It as messages name it."""
        tenant = "" if self.tenant_id is None else f" (tenant {self.tenant_id})"
        return f"{self.stream}{tenant}"


class Run:
    """What all streams of a run share.

    Args:
        settings: The settings.
        clock: Time and waiting.
        progress: Counts how far the run is.
        dry: Whether to create no reports: what small ones would show is assumed.
    """

    def __init__(
        self, settings: Settings, clock: Clock, progress: Progress, *, dry: bool = False
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.progress = progress
        self.failures: list[Failure] = []
        self.client = open_client(settings, clock)
        api = settings.api_url + settings.base_path
        self.unread = UnreadReports(api, clock, settings.report_reuse)
        self.queue = ReportQueue(self.client.throttle)
        self._dry = dry
        self._last_read_at = datetime.min.replace(tzinfo=UTC)
        self._warned: set[str] = set()
        self._reports = reports = Reports(
            self.client,
            clock,
            timeout=settings.report_timeout,
            longest_poll=settings.poll_interval_max,
            on_done=progress.generated,
            unread=self.unread,
        )
        page_size = settings.page_size
        self._readers: dict[ReportKind, Any] = {
            ReportKind.SUMMARY: SummaryReader(
                reports, data_format=settings.data_format, page_size=page_size
            ),
            ReportKind.DETAILED: DetailedReader(reports, self.client, page_size=page_size),
            ReportKind.SCRIPT_PATHS: ScriptPathsReader(reports),
        }

    @cached_property
    def tenants(self) -> Mapping[str | None, Tenant]:
        """The tenants by id, in the order of the setting; one None if requests need no tenant.

        Raises:
            ApiError: No tenant has a list of report types, or the API key is refused.
        """
        ids = self.settings.tenants
        found: dict[str | None, Tenant] = {}
        for tenant_id in ids:
            try:
                listing = fetch_listing(self.client, tenant_id)
            except ApiError as error:
                if isinstance(error, AuthError) or len(ids) == 1:
                    raise
                failed = error
                self.note_failure("list of report types", tenant_id, error)
                listing = {}
            found[tenant_id] = Tenant(
                tenant_id, listing, self.settings, self.clock, self._reports, self._dry
            )
        if not any(tenant.listing for tenant in found.values()):
            raise failed
        return found

    @property
    def listings(self) -> dict[str | None, Listing]:
        """The report types on offer, for each tenant."""
        return {tenant.id: tenant.listing for tenant in self.tenants.values()}

    @property
    def assumptions(self) -> list[str]:
        """What a dry run assumed, each once."""
        tenants = self.tenants.values()
        return list(dict.fromkeys(each for tenant in tenants for each in tenant.assumptions))

    def fetch(self, job: Job) -> ReportRows:
        """Have a report generated and read it whole; called in other threads."""
        rows: ReportRows = self._readers[job.request.kind].fetch(job)
        return rows

    def read_at(self) -> str:
        """Return the present as the `read_at` of the rows of a report, later than any before."""
        present = self.clock.now().astimezone(UTC)
        present = max(present, self._last_read_at + timedelta(milliseconds=1))
        self._last_read_at = present
        return utc_text(present)

    def warn_once(self, warning: str) -> None:
        """Log a warning unless this run has logged it before."""
        if warning not in self._warned:
            self._warned.add(warning)
            logger.warning("%s", warning)

    def note_failure(self, stream: str, tenant_id: str | None, error: TapError) -> None:
        """Record that a stream failed for good; the run goes on and ends with exit code 1."""
        failure = Failure(stream, tenant_id)
        self.failures.append(failure)
        logger.error("Stream %s failed: %s", failure.name, error)
        logger.debug("Stream %s failed", failure.name, exc_info=error)


def open_client(settings: Settings, clock: Clock) -> ApiClient:
    """Make the client that the settings describe."""
    address = ApiAddress(
        origin=settings.api_url,
        base_path=settings.base_path,
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        user_agent=settings.user_agent,
        request_timeout=settings.request_timeout,
        connections=settings.max_concurrent_reports + 2,
        retry_seconds=settings.retry_seconds,
    )
    return ApiClient(address, clock, Throttle(settings.max_concurrent_reports, clock))
