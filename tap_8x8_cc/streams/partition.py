"""One stream for one tenant: which reports it needs, having them, and its part of the state.

The state says what has been read: one range without a hole, from `since` to the bookmark. It grows
when the rows of a window have all been written, empty windows included. It never runs ahead of its
rows, and the bookmark never moves back.
"""

from __future__ import annotations

import logging
import math
from collections import deque
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, TypeVar

from tap_8x8_cc.api.pages import RECORD_LIMIT
from tap_8x8_cc.errors import (
    AuthError,
    ConfigError,
    RefusedError,
    ReportError,
    ReportFailedError,
    ReportTimeoutError,
    ReportTooLargeError,
    StateError,
    TapError,
)
from tap_8x8_cc.model.coverage import extended
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.reports import ReportRequest
from tap_8x8_cc.planning.catalog import is_offered
from tap_8x8_cc.planning.planner import ExactRange, Planner, exact_range, planned_report
from tap_8x8_cc.planning.shape import advice, changes, shape_of
from tap_8x8_cc.reading.job import Job
from tap_8x8_cc.reading.spool import spooling
from tap_8x8_cc.records.buckets import instants
from tap_8x8_cc.streams.state import doubts

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Sequence
    from datetime import datetime, timedelta

    from tap_8x8_cc.model.coverage import Coverage
    from tap_8x8_cc.model.reports import ReportDefinition
    from tap_8x8_cc.model.windows import Window
    from tap_8x8_cc.planning.planner import PlannedReport
    from tap_8x8_cc.planning.shape import Shape
    from tap_8x8_cc.reading.spool import ReportRows
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.run import Run
    from tap_8x8_cc.streams.state import StreamState
    from tap_8x8_cc.tenant import Tenant

logger = logging.getLogger(__name__)

_JSON_ROWS = 0.8 * RECORD_LIMIT
"""Rows that a report should have so that JSON gives all of them: some days are busier."""
_SMALLER = (
    "It can't be made shorter: choose a finer granularity, a coarser grouping or filters"
    " (or data_format auto, if it is json)."
)
_SLOW = (
    "Twice report_timeout was spent on its range: set a longer one, or, if shorter reports are"
    " ready in time, max_window_days."
)
_UNPROVEN = (
    "its rows can't be cut to the date range, and how the API reads the Z of a date range could "
    "not be found out. Set date_range_reading to instant or local."
)
_FEW = {2: "two", 3: "three", 4: "four"}
Planned = TypeVar("Planned", "PlannedReport", "ReportRequest")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a catalog makes of a stream."""

    metrics: tuple[str, ...]
    columns: tuple[Column, ...]
    replication_key: str | None
    """The column that the bookmark is of; None: each run reads everything."""


class Partition:
    """Plans, reads and keeps the state of one stream for one tenant."""

    def __init__(
        self,
        run: Run,
        tenant: Tenant,
        definition: ReportDefinition,
        state: StreamState,
        choice: Choice,
    ) -> None:
        self.definition = definition
        self.covered: Coverage | None = None
        self.is_too_early = False
        """Whether nothing is read, since no bucket after `start_date` is complete yet."""
        self._run = run
        self._tenant = tenant
        self._state = state
        self._choice = choice
        self._owner = (definition.name, tenant.id)
        self._planned: list[PlannedReport] | None = None
        self._waiting: deque[Job] = deque()
        self._longest: timedelta | None = None
        for report in state.unread():
            run.unread.recall(self._owner, report)
        if state.reading:
            tenant.recall(state.reading)

    @property
    def name(self) -> str:
        """The stream's name."""
        return self.definition.name

    # --- the plan

    def plan(self) -> list[PlannedReport]:
        """Return the reports to read, in order; none if that can't be said, which is noted.

        Raises:
            AuthError: The API key is refused.
        """
        if self._planned is None:
            self._planned = self._unless_it_fails(self._plan)
        return self._planned

    def plan_apart(self) -> list[ReportRequest]:
        """Return the reports that runs over parts of the range create, whatever the parts.

        Each of them is to find out by itself how the API reads a date range. So what is right
        either way is planned, and nothing that another stream found out is used.

        Raises:
            AuthError: The API key is refused.
        """
        return self._unless_it_fails(self._plan_apart)

    def enqueue(self, *, newest_only: bool = False) -> None:
        """Put the reports in line to be generated; raises AuthError."""
        jobs = [self._job(report.request) for report in self.plan()]
        if newest_only:
            jobs = sorted(jobs, key=lambda job: job.request.window.end)[-1:]
        self._waiting.extend(jobs)
        self._run.queue.append(jobs)

    def _unless_it_fails(self, planning: Callable[[], list[Planned]]) -> list[Planned]:
        try:
            return planning() if self._is_offered() else []
        except AuthError:
            raise
        except TapError as error:
            self.fail(error)
            return []

    def _plan(self) -> list[PlannedReport]:
        planner, now = self._planner, self._run.clock.now()
        before, shape = self._state.read_as, self._shape()
        if before is not None and (names := changes(before, shape)):
            raise StateError(advice(self.name, names, before, shape))
        reads_all = self._choice.replication_key is None
        covered = None if reads_all else self._state.covered(planner.first, planner.zone)
        if covered:
            self.covered = replace(covered, since=planner.grid.floor(covered.since))
            for line in doubts(self.name, self.covered, planner.first, planner.last, now):
                logger.warning("%s", line)
        requests = self._requests(self._windows(planner, now))
        self.is_too_early = not requests and self.covered is None
        return [planned_report(each, self.covered, reads_all=reads_all) for each in requests]

    def _plan_apart(self) -> list[ReportRequest]:
        is_needed = exact_range(self.definition) is ExactRange.NEEDED
        needed = DateRangeReading.INSTANT if is_needed else None
        reading = self._run.settings.date_range_reading or needed
        return self._requests(self._planner.windows(self._run.clock.now(), reading=reading))

    def _windows(self, planner: Planner, now: datetime) -> list[Window]:
        """Return the windows under the reading of date ranges that is known, or else under both.

        The API is asked for the reading if only exact requests give right rows, and if the newest
        buckets would have to wait since a request for them might reach into the future.
        """
        plan = partial(planner.windows, now, self.covered, self._run.unread.edges(self._owner))
        if known := self._tenant.reading:
            return plan(known)
        exact, safe = plan(DateRangeReading.INSTANT), plan(None)
        if not exact:
            return safe
        newest = max(window.end for window in exact)
        is_complete = newest == max((window.end for window in safe), default=None)
        if is_complete and (
            exact_range(self.definition) is ExactRange.FREE
            or all(window.is_exact(planner.zone) for window in safe)
        ):
            return safe
        proven = self._tenant.prove(self._requests(exact))
        return plan(proven) if proven else safe

    def _requests(self, windows: Sequence[Window]) -> list[ReportRequest]:
        """Return requests for windows; the newest asks for the grand total, if any."""
        newest = max((window.end for window in windows), default=None)
        return [
            ReportRequest(
                definition=self.definition if window.end == newest else self._without_total(),
                window=window,
                zone=self._planner.zone,
                tenant_id=self._tenant.id,
                metrics=self._choice.metrics,
            )
            for window in windows
        ]

    def _without_total(self) -> ReportDefinition:
        return replace(self.definition, include_grand_total=False)

    @cached_property
    def _planner(self) -> Planner:
        """Plans in the stream's zone; raises ConfigError if that can't be known, and AuthError."""
        before = (self._state.read_as or {}).get("timezone")
        zone = self.definition.zone or self._tenant.zone(
            before if isinstance(before, str) else None
        )
        return Planner(self.definition, self._run.settings, zone)

    def _is_offered(self) -> bool:
        """Return whether the tenant has this report, and warn if it hasn't."""
        if is_offered(self._run.listings, self._tenant.id, self.definition):
            return True
        if self._tenant.listing:  # one that has no list has failed, and that is logged
            logger.warning("%s: tenant %s does not offer it.", self.name, self._tenant.id)
        return False

    # --- the reports

    def read(self, meanwhile: Callable[[], None]) -> Generator[tuple[ReportRequest, ReportRows]]:
        """Yield the reports in order, each when it has been had whole; in parts if it can't be.

        Args:
            meanwhile: Called now and then while waiting, in this thread.

        Raises:
            TapError: A report can't be had; those after it are still waiting, see `drop`.
        """
        while self._waiting:
            job = self._waiting[0]
            try:
                rows = self._take(job, meanwhile)
            except (ReportTooLargeError, ReportFailedError) as error:
                self._replace(job, error)
                continue
            with closing(rows), spooling():
                self._check(job.request, rows)
                yield job.request, rows
            self._waiting.popleft()
            self._shorten()

    def drop(self) -> None:
        """Give up the reports that are still waiting."""
        self._run.queue.drop(self._waiting)
        self._waiting.clear()

    def fail(self, error: TapError) -> None:
        """Note that the stream failed for this tenant."""
        self._run.note_failure(self.name, self._tenant.id, error)

    def _job(self, request: ReportRequest, until: float = math.inf) -> Job:
        return Job(request, self._choice.columns, self._run.fetch, until=until)

    def _take(self, job: Job, meanwhile: Callable[[], None]) -> ReportRows:
        """Wait for a report; one that is of no use is not read again by another run."""
        try:
            with self._run.progress.waiting():
                return self._run.queue.take(job, meanwhile)
        except (ReportError, RefusedError):
            self._run.unread.remove(job.request)
            raise

    def _check(self, request: ReportRequest, rows: ReportRows) -> None:
        """Check that the rows are of the window, before any is written.

        Raises:
            ConfigError: They may be of parts of days, or of other days.
        """
        exact = request.window.is_exact(request.zone)
        if rows.count and not exact and exact_range(self.definition) is ExactRange.NEEDED:
            raise ConfigError(f"{request.name}: {_UNPROVEN}")
        if self.definition.is_summary and self.definition.is_incremental:
            self._tenant.judge(request, instants(rows.buckets, request))

    def _replace(self, job: Job, error: ReportTooLargeError | ReportFailedError) -> None:
        """Put shorter reports in place of one that can't be had in one.

        Raises:
            ReportTooLargeError: It is a single bucket.
            ReportFailedError: It is a single bucket, or too much time has been spent on it.
        """
        until, now = job.until, self._run.clock.monotonic()
        if isinstance(error, ReportTimeoutError):
            until = min(until, now + self._run.settings.report_timeout)
        if now >= until:
            raise ReportTimeoutError(f"{error} {_SLOW}") from error
        window, planner = job.request.window, self._planner
        if isinstance(error, ReportTooLargeError) and error.rows:
            # The number of its rows shows how long a report may be, this one and those after it.
            self._longest = (window.end - window.start) * (_JSON_ROWS / error.rows)
            parts = planner.pieces(window, self._longest)
        else:
            parts = list(planner.halves(window))
        if len(parts) <= 1:
            if isinstance(error, ReportTooLargeError):
                raise ReportTooLargeError(f"{error} {_SMALLER}") from error
            raise error
        logger.warning("%s It is read in %s parts.", error, _FEW.get(len(parts), len(parts)))
        jobs = self._parts(job.request, parts, until)
        self._waiting.popleft()
        self._waiting.extendleft(reversed(jobs))
        self._run.queue.insert(jobs)
        self._run.progress.plan(len(jobs) - 1)

    def _shorten(self) -> None:
        """Part the windows that are known to be too long, if their reports are not created yet."""
        if self._longest is None:
            return
        found: deque[Job] = deque()
        for job in self._waiting:
            pieces = self._planner.pieces(job.request.window, self._longest)
            parts = self._parts(job.request, pieces, job.until)
            if len(parts) > 1 and self._run.queue.replace(job, parts):
                self._run.progress.plan(len(parts) - 1)
                found.extend(parts)
            else:
                found.append(job)
        self._waiting = found

    def _parts(self, request: ReportRequest, windows: Sequence[Window], until: float) -> list[Job]:
        """Return jobs for parts of a window, in the order in which they leave no hole.

        Missing history is joined from its end, everything else from its start.
        """
        plain = replace(request, definition=self._without_total())
        last = windows[-1]
        jobs = [self._job((request if w is last else plain).within(w), until) for w in windows]
        is_past = self.covered is not None and last.end <= self.covered.since
        return jobs[::-1] if is_past else jobs

    # --- the state

    def complete(self, request: ReportRequest) -> None:
        """Enter into the state that the rows of a report have all been written."""
        self._run.unread.remove(request)
        self._state.keep_shape(self._shape())
        key, window = self._choice.replication_key, request.window
        if key:
            self.covered = extended(self.covered, window.start, window.end)
            self._state.keep_covered(self.covered, key, self._tenant.proven)

    def keep_unread(self) -> None:
        """Enter into the state which reports are created and not read yet."""
        self._state.keep_unread(self._run.unread.of(self._owner))

    def _shape(self) -> Shape:
        with_tenants = bool(self._run.settings.tenant_ids)
        return shape_of(self.definition, self._planner.zone, with_tenants=with_tenants)
