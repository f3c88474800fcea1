"""Which reports a stream reads, for each tenant: planned once in a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from tap_8x8_cc.errors import AuthError, ConfigError, TapError
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.planning.catalog import offers
from tap_8x8_cc.planning.planned import planned_report
from tap_8x8_cc.planning.planner import Asked

if TYPE_CHECKING:
    import logging

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.planning.planned import PlannedReport
    from tap_8x8_cc.planning.planner import Planner
    from tap_8x8_cc.session import Session
    from tap_8x8_cc.streams.ledger import Ledger


class Wishes(Protocol):
    """What a stream knows of the reports that it needs."""

    name: str

    @property
    def logger(self) -> logging.Logger:
        """Where to warn."""

    def metrics_for(self, tenant_id: str | None) -> tuple[str, ...]:
        """Return the metrics to ask for."""

    def needs_exact_range(self, tenant_id: str | None) -> bool:
        """Tell whether a range that is wider than the window would give other figures."""

    def days_for(self, tenant_id: str | None) -> int:
        """Return how many local days a report has that has no granularity."""


class Plans:
    """Plans the reports of one stream.

    Args:
        stream: The stream.
        session: The run that it is part of.
        planner: Knows what the stream asks for, and from when to when.
        ledger: Knows what has been read.
    """

    def __init__(self, stream: Wishes, session: Session, planner: Planner, ledger: Ledger) -> None:
        self._stream = stream
        self._session = session
        self._planner = planner
        self._ledger = ledger
        self._found: dict[str | None, list[PlannedReport]] = {}

    def of(self, tenant_id: str | None) -> list[PlannedReport]:
        """Return the reports to read for a tenant, in order.

        Raises:
            StateError: The state makes no sense, or does not fit the settings.
            ConfigError: The tenant's time zone makes no sense.
            ApiError: The tenant's time zone can't be asked for.
        """
        if tenant_id not in self._found:
            self._found[tenant_id] = self._plan(tenant_id) if self._is_offered(tenant_id) else []
        return self._found[tenant_id]

    def settled(self, tenant_id: str | None) -> list[PlannedReport]:
        """Return the same; none where that can't be done.

        That is the failure of this stream and tenant, and of no other.

        Raises:
            AuthError: The API key is refused.
        """
        try:
            return self.of(tenant_id)
        except TapError as error:
            self._note(tenant_id, error)
            self._found[tenant_id] = []
            return []

    def apart(self, tenant_id: str | None) -> list[ReportRequest]:
        """Return the reports that runs over parts of the range create, whatever the parts.

        Each of them is to find out by itself what the API takes a date range for, if it can. So
        what is right either way is planned, and nothing of what another stream found out is used.

        Raises:
            AuthError: The API key is refused.
        """
        needed = DateRangeReading.INSTANT if self._stream.needs_exact_range(tenant_id) else None
        reading = self._session.reading_of(tenant_id) or needed
        try:
            if self._is_offered(tenant_id):
                return self._planner.requests(self._asked(tenant_id), reading)
        except TapError as error:
            self._note(tenant_id, error)
        return []

    def _note(self, tenant_id: str | None, error: TapError) -> None:
        """Note that planning failed for a tenant; a refused API key is the failure of all."""
        if isinstance(error, AuthError):
            raise error
        self._session.note_failure(self._stream.name, tenant_id, error)

    def _is_offered(self, tenant_id: str | None) -> bool:
        """Tell whether a tenant has this report; its fellow tenants may have others.

        A custom report that is listed for none of them is asked for: the API decides.
        """
        definition, listings = self._planner.definition, self._session.listings
        if offers(listings[tenant_id], definition):
            return True
        if definition.custom and not any(offers(entry, definition) for entry in listings.values()):
            return True
        if listings[tenant_id]:  # one that has no list has failed, and that is said
            name = self._stream.name
            self._stream.logger.warning("%s: tenant %s does not offer it.", name, tenant_id)
        return False

    def _plan(self, tenant_id: str | None) -> list[PlannedReport]:
        asked = self._asked(tenant_id)
        reads_all = not self._ledger.is_incremental
        return [
            planned_report(request, asked.covered, reads_all=reads_all)
            for request in self._requests(asked)
        ]

    def _asked(self, tenant_id: str | None) -> Asked:
        session, stream = self._session, self._stream
        metrics = stream.metrics_for(tenant_id)
        zone = self._planner.definition.zone or session.zone_of(
            tenant_id, self._ledger.zone_before(tenant_id)
        )
        covered = self._ledger.covered(tenant_id, zone)
        unread = session.unread.starts((stream.name, tenant_id))
        days = stream.days_for(tenant_id)
        return Asked(tenant_id, zone, metrics, covered, session.clock.now(), days, unread)

    def _requests(self, asked: Asked) -> list[ReportRequest]:
        """Plan under the reading of date ranges that is known; where none is, under both.

        Figures of the whole range need it known. So does the last of what has settled, if a range
        up to there would end in the future under one of the readings: then the API is asked.

        Raises:
            ConfigError: It must be known and can't be found out.
        """
        known = self._session.reading_of(asked.tenant_id)
        if known:
            return self._planner.requests(asked, known)
        exact = self._planner.requests(asked, DateRangeReading.INSTANT)
        safe = self._planner.requests(asked, None)
        if [r.body() for r in exact] == [r.body() for r in safe]:
            return exact
        held_back = exact[-1].window.end > (safe[-1].window.end if safe else exact[0].window.start)
        needs_exact = self._stream.needs_exact_range(asked.tenant_id)
        if needs_exact or not self._planner.definition.is_summary or held_back:
            proven = self._session.prove_reading(exact)
            if proven:
                return self._planner.requests(asked, proven)
            if needs_exact:
                raise ConfigError(
                    f"{self._stream.name}: its figures are of the whole date range, and whether "
                    "the API takes the Z of a date range for UTC or for the time zone's clock "
                    "could not be found out. Set date_range_reading to instant or local."
                )
        return safe
