"""What is known of one tenant: what it offers, its time zone, and how its API reads date ranges."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from tap_8x8_cc.config.values import parse_zone
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.windows import Limits, settled_end
from tap_8x8_cc.reading.probes import (
    default_zone,
    first_proof,
    quarter_requests,
    samples,
    zone_probes,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.api.listing import Listing
    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.reports import ReportRequest

logger = logging.getLogger(__name__)

_WAY_OUT = (
    "Set date_range_reading to instant or local, whichever tap-8x8-cc-probe finds, and check that "
    "timezone is the zone in which the API cuts its buckets."
)


class Tenant:
    """One tenant of the API, or the only one.

    The reading of date ranges is configured, proven (by this run, or by an earlier one), or
    unknown. Only buckets in the tenant's main zone prove it.

    Args:
        id: The tenant's id; None if requests need none.
        listing: The report types it offers; empty if the list can't be had.
        settings: The settings.
        clock: Time.
        reports: Creates the small reports by which zone and reading are found out.
        assumes: Whether to create no reports, and to assume what they would show.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - each a thing of its own
        self,
        id: str | None,  # noqa: A002 - the API's word
        listing: Listing,
        settings: Settings,
        clock: Clock,
        reports: Reports,
        assumes: bool = False,  # noqa: FBT001, FBT002 - passed by name
    ) -> None:
        self.id = id
        self.listing = listing
        self.assumptions: list[str] = []
        self._settings = settings
        self._clock = clock
        self._reports = reports
        self._assumes = assumes
        self._zone: ZoneInfo | ConfigError | None = settings.timezone
        self._proven: DateRangeReading | None = None
        self._recalled: set[DateRangeReading] = set()
        self._fruitless: set[ZoneInfo] = set()

    @property
    def name(self) -> str:
        """The tenant as messages name it, after a noun; empty if there is only one."""
        return f" of tenant {self.id}" if self.id else ""

    @property
    def reading(self) -> DateRangeReading | None:
        """How the API reads date ranges; None if that is unknown."""
        return self._settings.date_range_reading or self._proven

    @property
    def proven(self) -> DateRangeReading | None:
        """The reading that is to be kept in the state."""
        return None if self._settings.date_range_reading else self._proven

    def zone(self, before: str | None) -> ZoneInfo:
        """Return the main time zone: the setting, or the tenant's default as the API says it.

        Args:
            before: The zone of earlier runs, to be assumed if no report may be created.

        Raises:
            ConfigError: The API does not say; it is not guessed.
            AuthError: The API key is refused.
        """
        if self._zone is None and self._assumes:
            self.assumptions.append(
                f"timezone is not set: planned in {before or 'UTC'}, a run asks for the tenant's "
                "by a small report; set timezone for exact ranges."
            )
            return parse_zone(before or "UTC")
        if self._zone is None:
            try:
                self._zone = self._ask_for_zone()
            except ConfigError as error:  # asked once in a run, though many streams want to know
                self._zone = error
        if isinstance(self._zone, ConfigError):
            raise self._zone
        return self._zone

    def recall(self, reading: DateRangeReading) -> None:
        """Take up what an earlier run proved; if streams differ, the reading is unknown."""
        self._recalled.add(reading)
        self._proven = reading if len(self._recalled) == 1 else None

    def prove(self, requests: Sequence[ReportRequest]) -> DateRangeReading | None:
        """Find out by a few small reports how the API reads date ranges; None if none shows it."""
        if self._assumes:
            self.assumptions.append(
                f"date_range_reading is not known yet: planned as {DateRangeReading.INSTANT}, a "
                "run finds it out by a few small reports."
            )
            self._proven = DateRangeReading.INSTANT
            return self._proven
        zone = requests[0].zone
        if zone in self._fruitless:
            return None
        start = min(request.window.start for request in requests)
        end = max(request.window.end for request in requests)
        quarters = Grid(Granularity.QUARTER, zone)
        settled = settled_end(
            self._clock.now(), self._settings.settle, end, quarters, Limits(reading=None)
        )
        windows = samples(start, settled, zone)
        probes = quarter_requests(self.listing, requests[0], "date range")
        found = first_proof(self._reports, probes, windows)
        if found and zone == self._zone:
            self._learn(found)
        elif not found:
            self._fruitless.add(zone)
        return found

    def judge(self, request: ReportRequest, buckets: Iterable[tuple[datetime, datetime]]) -> None:
        """Check that a report covers its window, by the buckets received; before any is written.

        Raises:
            ConfigError: The buckets contradict the reading that was assumed, or each other, or no
                reading explains them: the report may hold parts of days.
        """
        asked, zone = request.window.asked(request.zone), request.zone
        proofs: set[DateRangeReading] = set()
        nights = request.definition.runs_overnight
        for start, end in buckets:
            if nights and start < request.window.start:
                continue  # a night may count for the day on which it began
            if request.window.start <= start and end <= request.window.end:
                continue  # asked for under any reading
            possible = asked.readings_of(start, end, zone)
            if not possible:
                raise ConfigError(
                    f"{request.name}: received the bucket {start:%Y-%m-%dT%H:%MZ}, which the date "
                    f"range covers under no known reading. {_WAY_OUT}"
                )
            if len(possible) == 1 and request.grid.floor(start) == start:
                proofs.update(possible)
        known = request.window.reading or (self.reading if zone == self._zone else None)
        if len(proofs | ({known} - {None})) > 1:
            how = "set" if self._settings.date_range_reading else "proven before"
            against = f"the reading that was {how}, {known}" if known else "each other"
            raise ConfigError(
                f"{request.name}: the received buckets contradict {against}: its rows may be "
                f"parts of days. {_WAY_OUT}"
            )
        if proofs and zone == self._zone:
            self._learn(proofs.pop())

    def _learn(self, reading: DateRangeReading) -> None:
        if self.reading is None:
            logger.info("The API%s reads date ranges as %s.", self.name, reading)
            self._proven = reading

    def _ask_for_zone(self) -> ZoneInfo:
        probes = zone_probes(self.listing, self.id, self._settings.settle, self._clock.now())
        name = default_zone(self._reports, probes, self.name)
        logger.info("Time zone%s: %s", self.name, name)
        try:
            return parse_zone(name)
        except ConfigError as error:
            raise ConfigError(f"{error} The API names it; set timezone to one.") from error
