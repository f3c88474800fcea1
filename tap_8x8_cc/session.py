"""What a run needs to deal with the API, made from its settings: each part once."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from tap_8x8_cc.api.calls import ApiAddress
from tap_8x8_cc.api.client import ApiClient
from tap_8x8_cc.api.listing import Listing, fetch_listing
from tap_8x8_cc.api.reports import Reports
from tap_8x8_cc.api.throttle import Throttle
from tap_8x8_cc.api.unread import UnreadReports
from tap_8x8_cc.config.values import parse_zone
from tap_8x8_cc.errors import ApiError, AuthError, ConfigError, TapError
from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.windows import settled_end
from tap_8x8_cc.planning.planner import quarter_requests, zone_probes
from tap_8x8_cc.reading.detailed import DetailedReader
from tap_8x8_cc.reading.prefetch import Prefetcher
from tap_8x8_cc.reading.probes import default_zone, first_that_tells, samples
from tap_8x8_cc.reading.script_paths import ScriptPathsReader
from tap_8x8_cc.reading.summary import SummaryReader

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.progress import Progress
    from tap_8x8_cc.records.batches import Record

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """What failed for good.

    Args:
        stream: The stream.
        tenant_id: The tenant, where there are several.
    """

    stream: str
    tenant_id: str | None

    @property
    def name(self) -> str:
        """It as messages name it."""
        tenant = "" if self.tenant_id is None else f" (tenant {self.tenant_id})"
        return f"{self.stream}{tenant}"


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
        self.failures: list[Failure] = []
        self.on_extraction: Callable[[Record], None] = lambda _: None
        """Given the record of each range that has been read whole, behind its rows."""
        self._readings: dict[str | None, DateRangeReading] = {}
        self._zones: dict[str | None, ZoneInfo | ConfigError] = {}
        self.assumptions: list[str] = []
        self._asks = True
        self.client = open_client(settings, clock)
        api = settings.api_url + settings.base_path
        self.unread = UnreadReports(api, clock, settings.report_reuse)
        self._reports = Reports(
            self.client,
            clock,
            timeout=settings.report_timeout,
            longest_poll=settings.poll_interval_max,
            on_done=progress.generated,
            unread=self.unread,
        )
        self.summary = SummaryReader(
            self._reports, data_format=settings.data_format, page_size=settings.page_size
        )
        self.detailed = DetailedReader(self._reports, self.client, page_size=settings.page_size)
        self.script_paths = ScriptPathsReader(self._reports)
        self.prefetcher = Prefetcher(self.client.throttle)

    @cached_property
    def listings(self) -> Mapping[str | None, Listing]:
        """The report types on offer, for each tenant; none for one of several that has no list.

        Raises:
            ApiError: No tenant has a list, or the API key is refused.
        """
        found: dict[str | None, Listing] = {}
        for tenant in self.settings.tenants:
            try:
                found[tenant] = fetch_listing(self.client, tenant)
            except AuthError:
                raise
            except ApiError as error:
                if len(self.settings.tenants) == 1:
                    raise
                failed = error
                self.note_failure("list of report types", tenant, error)
                found[tenant] = {}
        if not any(found.values()):
            raise failed
        return found

    def note_failure(self, stream: str, tenant_id: str | None, error: TapError) -> None:
        """Record that a stream failed for good; the run goes on and ends with exit code 1."""
        failure = Failure(stream, tenant_id)
        self.failures.append(failure)
        logger.error("Stream %s failed: %s", failure.name, error)
        logger.debug("Stream %s failed", failure.name, exc_info=error)

    def ask_nothing(self) -> None:
        """Create no report to learn something: assume it, and take the assumption down."""
        self._asks = False

    def zone_of(self, tenant_id: str | None, before: str | None = None) -> ZoneInfo:
        """Tell a tenant's default time zone, by the details of a report that names none.

        Args:
            tenant_id: The tenant.
            before: The zone that earlier runs were told; taken where nothing may be asked.

        Raises:
            ConfigError: The API does not say; it is not guessed.
            AuthError: The API key is refused.
        """
        if not self._asks:
            zone = before or "UTC"
            self._assume(
                f"timezone is not set: planned in {zone}, a run asks for the tenant's by a small "
                "report; set timezone for exact ranges."
            )
            return parse_zone(zone)
        if tenant_id not in self._zones:
            try:
                self._zones[tenant_id] = self._ask_for_zone(tenant_id)
            except ConfigError as error:  # asked once in a run, though many streams want to know
                self._zones[tenant_id] = error
        found = self._zones[tenant_id]
        if isinstance(found, ConfigError):
            raise found
        return found

    def reading_of(self, tenant_id: str | None) -> DateRangeReading | None:
        """Tell what the API takes a date range for, by the setting or as proven; None: unknown."""
        return self.settings.date_range_reading or self._readings.get(tenant_id)

    def proven_reading(self, tenant_id: str | None) -> DateRangeReading | None:
        """Tell what is proven; None where it is not, or the setting says it."""
        return None if self.settings.date_range_reading else self._readings.get(tenant_id)

    def learn_reading(self, tenant_id: str | None, reading: DateRangeReading | None) -> None:
        """Take note of a proof; None: what was proven does not hold."""
        if reading is None:
            self._readings.pop(tenant_id, None)
            return
        if tenant_id not in self._readings:
            tenant = f" of tenant {tenant_id}" if tenant_id else ""
            logger.info("The API%s reads date ranges as %s.", tenant, reading)
        self._readings[tenant_id] = reading

    def prove_reading(self, requests: Sequence[ReportRequest]) -> DateRangeReading | None:
        """Ask the API how it reads date ranges, by small reports over what is to be read.

        Args:
            requests: The reports to read, one at least, of one stream and tenant.

        Returns:
            The reading; None where nothing was found to tell by.

        Raises:
            ApiError: A call failed for good.
        """
        first = requests[0]
        tenant_id, zone = first.tenant_id, first.zone
        if not self._asks:
            self._assume(
                f"date_range_reading is not known yet: planned as {DateRangeReading.INSTANT}, a "
                "run finds it out by a few small reports."
            )
            self._readings[tenant_id] = DateRangeReading.INSTANT
            return DateRangeReading.INSTANT
        start = min(request.window.start for request in requests)
        end = max(request.window.end for request in requests)
        quarters = Grid(Granularity.QUARTER, zone)
        now, settle = self.clock.now(), self.settings.settle
        settled = settled_end(now, settle, end, quarters, reading=None)
        windows = samples(start, settled, zone)
        templates = quarter_requests(self.listings[tenant_id], first)
        proven = first_that_tells(self._reports, templates, windows) if windows else None
        if proven:
            self.learn_reading(tenant_id, proven)
        return proven

    def _assume(self, assumption: str) -> None:
        if assumption not in self.assumptions:
            self.assumptions.append(assumption)

    def _ask_for_zone(self, tenant_id: str | None) -> ZoneInfo:
        tenant = f" of tenant {tenant_id}" if tenant_id else ""
        probes = zone_probes(self.listings[tenant_id], tenant_id, self.settings, self.clock.now())
        name = default_zone(self._reports, probes, tenant)
        logger.info("Time zone%s: %s", tenant, name)
        try:
            return parse_zone(name)
        except ConfigError as error:
            raise ConfigError(f"{error} The API names it; set timezone to one.") from error


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
