"""Shorter reports in place of one that failed, or that is too large to be read."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.pages import RECORD_LIMIT
from tap_8x8_cc.errors import ReportTimeoutError, ReportTooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import timedelta

    from tap_8x8_cc.errors import ReportFailedError
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.planning.planner import Planner
    from tap_8x8_cc.reading.job import Job
    from tap_8x8_cc.session import Session
    from tap_8x8_cc.streams.ledger import Ledger

_SMALLER = (
    "It can't be made shorter: choose a finer granularity, a coarser grouping or filters"
    " (or data_format auto, if it is json)."
)
_JSON_ROWS = 0.8 * RECORD_LIMIT
"""Rows that a report should hold for JSON to give all of them: some days are busier."""
_SLOW = (
    "Twice report_timeout was spent on its range: set a longer one, or, if shorter reports are"
    " ready in time, max_window_days."
)


class Parting:
    """Parts the reports of one stream.

    Args:
        session: The run that it is part of.
        planner: Knows how windows are cut.
        ledger: Knows in which order parts leave no hole.
        job_of: Makes a job of a request, and of the moment at which it is given up.
    """

    def __init__(
        self,
        session: Session,
        planner: Planner,
        ledger: Ledger,
        job_of: Callable[[ReportRequest, float], Job[Any]],
    ) -> None:
        self._session = session
        self._planner = planner
        self._ledger = ledger
        self._job_of = job_of
        self._longest: timedelta | None = None

    def jobs(self, parts: Sequence[ReportRequest], until: float = math.inf) -> list[Job[Any]]:
        """Return jobs for the parts of a report, in the order in which they are to be read.

        Args:
            parts: The parts.
            until: When they are given up, on the monotonic clock.
        """
        return [self._job_of(part, until) for part in self._ledger.in_order(parts)]

    def in_place_of(
        self, job: Job[Any], error: ReportTooLargeError | ReportFailedError
    ) -> list[Job[Any]]:
        """Return jobs for the parts of a report that can't be had in one.

        Args:
            job: The report.
            error: Why it can't be had.

        Raises:
            ReportTooLargeError: It has no parts.
            ReportFailedError: Likewise, or too much time has been spent on it.
        """
        until = job.until
        now = self._session.clock.monotonic()
        if isinstance(error, ReportTimeoutError):
            until = min(until, now + self._session.settings.report_timeout)
        if now >= until:
            raise ReportTimeoutError(f"{error} {_SLOW}") from error
        parts = self.jobs(self._smaller(job.request, error), until)
        if parts:
            return parts
        if isinstance(error, ReportTooLargeError):
            raise ReportTooLargeError(f"{error} {_SMALLER}") from error
        raise error

    def shortened(self, jobs: list[Job[Any]]) -> list[Job[Any]]:
        """Part the windows that are too long for JSON, where their reports are not created yet."""
        if self._longest is None:
            return jobs
        found: list[Job[Any]] = []
        for job in jobs:
            parts = self.jobs(self._planner.pieces(job.request, self._longest))
            if len(parts) > 1 and self._session.prefetcher.replace(job, parts):
                self._session.progress.plan(len(parts) - 1)
                found += parts
            else:
                found.append(job)
        return found

    def _smaller(
        self, request: ReportRequest, error: ReportTooLargeError | ReportFailedError
    ) -> list[ReportRequest]:
        """Return requests for parts of a window that can't be had in one; none: it has no parts.

        By how many rows it holds it is known how long one may be, this one and those after it.
        """
        if not (isinstance(error, ReportTooLargeError) and error.rows):
            return self._planner.halves(request)
        span = request.window.end - request.window.start
        self._longest = span * (_JSON_ROWS / error.rows)
        parts = self._planner.pieces(request, self._longest)
        return parts if len(parts) > 1 else []
