"""Streams: which windows to read, records in order, and the bookmark behind them.

The state says what has been read: one range without a hole, from `since` to the bookmark. It grows
when the rows of a window have all been written, empty windows included, and is written at once; it
never runs ahead of its rows, and the bookmark never moves back.
"""

from __future__ import annotations

import math
from abc import abstractmethod
from contextlib import closing
from typing import TYPE_CHECKING, Any

from singer_sdk.helpers.conform import TypeConformanceLevel
from singer_sdk.metrics import Status, Tag
from typing_extensions import override

from tap_8x8_cc.errors import (
    ConfigError,
    RefusedError,
    ReportError,
    ReportFailedError,
    ReportTooLargeError,
    TapError,
)
from tap_8x8_cc.messages import MessageWriter
from tap_8x8_cc.model.date_ranges import agreed
from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.planning.catalog import offered_metrics
from tap_8x8_cc.planning.defaults import is_selected
from tap_8x8_cc.planning.planner import Planner, needs_exact_range
from tap_8x8_cc.reading.job import Job
from tap_8x8_cc.reading.spool import spooling
from tap_8x8_cc.records.columns import (
    END_TIME,
    READ_AT,
    ROW_ID,
    Column,
    stream_schema,
)
from tap_8x8_cc.records.decoder import DecodeIssues
from tap_8x8_cc.records.extractions import extraction
from tap_8x8_cc.streams.fixed import FixedColumnsStream
from tap_8x8_cc.streams.identity import IdentityWatch
from tap_8x8_cc.streams.keeping import write_if_due, write_state
from tap_8x8_cc.streams.ledger import Ledger
from tap_8x8_cc.streams.parting import Parting
from tap_8x8_cc.streams.plans import Plans

if TYPE_CHECKING:
    from collections.abc import Collection, Generator, Iterator, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.metrics import Timer

    from tap_8x8_cc.model.origins import Origin
    from tap_8x8_cc.model.reports import ReportDefinition, ReportRequest
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.records.batches import Batch
    from tap_8x8_cc.session import Session

_FEW = {2: "two", 3: "three", 4: "four"}


class ReportStream(FixedColumnsStream):
    """The rows of one report, of any form.

    Args:
        tap: The tap.
        session: The run that it is part of.
        definition: What to ask the API for.
        columns: The columns that are announced.
    """

    # Decoded rows hold exactly the selected columns and plain JSON values already.
    TYPE_CONFORMANCE_LEVEL = TypeConformanceLevel.NONE

    def __init__(
        self,
        tap: Tap,
        session: Session,
        definition: ReportDefinition,
        columns: Sequence[Column],
    ) -> None:
        self.selected_by_default = is_selected(definition)
        self._columns = tuple(columns)
        self._definition = definition
        super().__init__(tap, schema=stream_schema(columns), name=definition.name)
        self._session = session
        self._planner = Planner(definition, session.settings)
        self._ledger = Ledger(self, session, self._planner)
        self.plans = Plans(self, session, self._planner, self._ledger)
        self._parting = Parting(session, self._planner, self._ledger, self._job)
        self._issues = DecodeIssues()
        self._identity_watch = IdentityWatch(self)
        self._tags: dict[str, Any] = {}
        self._jobs: dict[str | None, list[Job[Any]]] = {}
        self._set_keys()

    @property
    @override
    def is_sorted(self) -> bool:
        return True

    @property
    @override
    def partitions(self) -> list[dict[str, Any]] | None:
        """One state partition for each tenant."""
        return [{"tenant_id": tenant} for tenant in self._session.settings.tenant_ids] or None

    @override  # type: ignore[misc]  # final, but its maps are made before, see `_sdk`
    def sync(self, context: Context | None = None) -> None:
        """Sync the stream, its maps made anew: the SDK made them of the catalog as it was given."""
        self._register_schema()
        super().sync(context)

    @override
    def get_records(self, context: Context | None) -> Iterator[Record]:
        """Return the rows of each window, oldest first, and move the bookmark behind each.

        A window that can't be had ends the stream, for this tenant, with its bookmark where it
        is; other streams go on and the run fails in the end.
        """
        for batch in self._batches(context):
            yield from batch.records()

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        """Write the records of each batch at once, where there is nothing to do to each of them.

        The SDK's own way, which looks at each record five times, is for stream maps, flattening
        and connection tests.
        """
        if not (write_messages and self._is_plain()):
            yield from super()._sync_records(context, write_messages=write_messages)
            return
        contexts = self.partitions if context is None else [context]
        with self.get_record_counter() as counter, self.get_sync_timer() as timer:
            for element in contexts or [None]:
                counter.with_context(element or {})
                timer.with_context(element or {})
                for batch in self._batches(element):
                    if self.selected:
                        MessageWriter.write_batch(self.name, batch)
                        counter.increment(batch.count)

    @override
    def get_sync_timer(self) -> Timer:
        """Return the meter of the stream's duration, whose status says whether it failed."""
        timer = super().get_sync_timer()
        self._tags = timer.tags
        return timer

    @property
    def is_wanted(self) -> bool:
        """Whether its reports are to be read: it is selected, or what is written beside it."""
        return bool(self.outputs)

    @property
    def outputs(self) -> list[str]:
        """The names of the selected streams that its reports are read for."""
        return [self.name] if self.selected else []

    @property  # type: ignore[misc]  # final, but a stream may be read for what goes beside it
    @override
    def has_selected_descendents(self) -> bool:
        """Whether it is to be read for the rows beside its own."""
        return self.is_wanted

    def _batches(self, context: Context | None) -> Iterator[Batch]:
        tenant_id = context["tenant_id"] if context else None
        jobs = self.jobs(tenant_id)
        waiting = list(jobs)
        try:
            while waiting:
                yield from self._report(waiting.pop(0), context)
                waiting = self._parting.shortened(waiting)
        except TapError as error:
            self._session.prefetcher.drop([*jobs, *waiting])
            if self.ABORT_AT_RECORD_COUNT is not None:  # a connection test wants to know
                raise
            self._session.note_failure(self.name, tenant_id, error)
            self._tags[Tag.STATUS] = Status.FAILED
        finally:
            for line in self._issues.told():
                self.logger.warning("%s", line)

    def jobs(self, tenant_id: str | None) -> list[Job[Any]]:
        """Return the reports to read for a tenant, in order, as jobs; raises as planning does."""
        if tenant_id not in self._jobs:
            jobs = [self._job(report.request) for report in self.plans.of(tenant_id)]
            if self.ABORT_AT_RECORD_COUNT is not None:
                # A connection test reads the newest window only, and nobody has lined it up.
                jobs = jobs[-1:]
                self._session.prefetcher.append(jobs)
            self._jobs[tenant_id] = jobs
        return self._jobs[tenant_id]

    def metrics_for(self, tenant_id: str | None) -> tuple[str, ...]:
        """Return the metrics to ask for."""
        offered = offered_metrics(self._session.listings, tenant_id, self._definition)
        return self._choose(tenant_id, offered, {c.key for c in self._emitted() if c.key})

    @abstractmethod
    def _choose(
        self, tenant_id: str | None, offered: Collection[str], selected: Collection[str]
    ) -> tuple[str, ...]:
        """Return the metrics to ask for.

        Args:
            tenant_id: The tenant, where there are several.
            offered: The metrics that the tenant offers.
            selected: The keys of the columns that are selected.
        """

    @abstractmethod
    def _fetch(self, job: Job[Any]) -> ReportRows:
        """Have a report generated and read it whole; called in other threads."""

    @abstractmethod
    def _records(self, job: Job[Any], rows: ReportRows) -> Iterator[Batch]:
        """Decode the rows of a report, some at a time."""

    @override
    def _increment_stream_state(
        self, latest_record: Record, *, context: Context | None = None
    ) -> None:
        """Leave the bookmark alone: it moves with windows, not with records."""

    @override
    def _write_starting_replication_value(self, context: Context | None) -> None:
        """Leave the state alone: the planner says where windows begin."""

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return none: a bookmark is never ahead of the settled moment anyway."""
        return

    def _set_keys(self) -> None:
        self.primary_keys = (ROW_ID,)
        # Events have no bucket that ends: what is newer of them has been read later.
        key = END_TIME if self._definition.kind is ReportKind.SUMMARY else READ_AT
        self.replication_key = key if self._definition.is_incremental else None

    def keep_unread(self, tenant_id: str | None) -> None:
        """Take down in the state which reports are created and not yet read."""
        self._ledger.keep_unread(tenant_id)

    def needs_exact_range(self, tenant_id: str | None) -> bool:
        """Tell whether a range that is wider than the window would give other figures."""
        del tenant_id
        return needs_exact_range(self._definition)

    def days_for(self, tenant_id: str | None) -> int:
        """Return how many local days a report has that has no granularity."""
        del tenant_id
        return 1

    def _job(self, request: ReportRequest, until: float = math.inf) -> Job[Any]:
        return Job(request, self._columns, self._fetch, until=until)

    def _report(self, job: Job[Any], context: Context | None) -> Iterator[Batch]:
        """Return the rows of a report; in two parts where it can't be had in one."""
        try:
            rows = self._take(job)
        except (ReportTooLargeError, ReportFailedError) as error:
            parts = self._parting.in_place_of(job, error)
            count = _FEW.get(len(parts), str(len(parts)))
            self.logger.warning("%s It is read in %s parts.", error, count)
            yield from self._parts(parts, context)
            return
        self._issues.proofs.clear()
        written = 0
        with closing(rows), spooling():
            for batch in self._records(job, rows):
                written += batch.count
                yield batch
        self._session.unread.remove(job.request)
        if self._contradicts(job.request):
            again = self._parting.jobs(self._planner.widened(job.request))
            yield from self._parts(again, context)
            return
        self._session.progress.read(job.request, written)
        self._complete(job.request, rows.origin, written)

    def _take(self, job: Job[Any]) -> ReportRows:
        """Wait for a report; one that is of no use is not read again by another run."""
        session = self._session
        try:
            with session.progress.waiting():
                return session.prefetcher.take(job, lambda: write_if_due(self._tap, session.unread))
        except (ReportError, RefusedError):
            session.unread.remove(job.request)
            raise

    def _parts(self, parts: list[Job[Any]], context: Context | None) -> Iterator[Batch]:
        """Read reports in place of one that can't be used."""
        prefetcher = self._session.prefetcher
        prefetcher.insert(parts)
        self._session.progress.plan(len(parts) - 1)
        try:
            for part in parts:
                yield from self._report(part, context)
        except TapError:
            prefetcher.drop(parts)
            raise

    def _contradicts(self, request: ReportRequest) -> bool:
        """Tell whether what came shows that the API reads date ranges otherwise than assumed.

        Raises:
            ConfigError: It does, and the setting says how it should.
        """
        proof = agreed(self._issues.proofs)
        if proof is None or proof is request.window.reading:
            return False
        if request.window.reading is None:
            self._session.learn_reading(request.tenant_id, proof)
            return False
        if self._session.settings.date_range_reading:
            raise ConfigError(
                f"{request.name}: date_range_reading is {request.window.reading}, but the rows "
                f"show that the API reads date ranges as {proof}. Set date_range_reading to auto."
            )
        self.logger.warning(
            "%s: the API reads date ranges as %s, not as %s as before; it is read again.",
            request.name,
            proof,
            request.window.reading,
        )
        self._session.learn_reading(request.tenant_id, None)
        return True

    def _complete(self, request: ReportRequest, origin: Origin, rows: int) -> None:
        """Log that the rows of a window have all been written, and send the state behind it."""
        if self.selected:
            self._session.on_extraction(extraction(request, origin, rows))
        self._ledger.enter(request)
        write_state(self._tap, self._session.unread)
