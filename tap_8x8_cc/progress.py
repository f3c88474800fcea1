"""How far a run is, for people and for what reads Singer metrics."""

from __future__ import annotations

import logging
from contextlib import contextmanager
from typing import TYPE_CHECKING

from singer_sdk import metrics
from singer_sdk.metrics import Metric, Point

from tap_8x8_cc.model.instants import utc_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.model.reports import ReportRequest

logger = logging.getLogger(__name__)


class Progress:
    """Counts the reports of a run, their rows, and the time that it takes.

    Args:
        log: The logger of Singer metrics.
        clock: Time.
    """

    def __init__(self, log: logging.Logger, clock: Clock) -> None:
        self._log = log
        self._clock = clock
        self._begun = clock.monotonic()
        self._waited = 0.0
        self._reached: dict[tuple[str, str | None], datetime] = {}
        self._planned = 0
        self._read = 0
        self._rows = 0

    def plan(self, reports: int) -> None:
        """Count reports to come; a negative number are reports that will not."""
        self._planned += reports

    def generated(self, request: ReportRequest, seconds: float) -> None:
        """Tell how long the API took to generate a report; safe for threads."""
        tags = {"stream": request.stream, "report_type": request.type, "job_type": "report"}
        if request.tenant_id is not None:
            tags["tenant_id"] = request.tenant_id
        self._point("timer", Metric.JOB_DURATION, round(seconds, 3), tags)

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Count the time within as spent waiting for the API."""
        begun = self._clock.monotonic()
        try:
            yield
        finally:
            self._waited += self._clock.monotonic() - begun

    def read(self, request: ReportRequest, rows: int) -> None:
        """Tell that all rows of a report are written."""
        self._read += 1
        self._rows += rows
        whose, end = (request.stream, request.tenant_id), request.window.end
        self._reached[whose] = max(end, self._reached.get(whose, end))
        logger.info(
            "%s: %d rows; report %d of %d, %d rows so far",
            request.name,
            rows,
            self._read,
            self._planned,
            self._rows,
        )

    def close(self) -> None:
        """Tell what was read, up to when, and how long it took; however the run ended."""
        streams = len({stream for stream, _ in self._reached})
        logger.info(
            "Read %d of %d reports: %d rows of %d streams%s, in %.0f s, %.0f s of them waiting for "
            "the API.",
            self._read,
            self._planned,
            self._rows,
            streams,
            _up_to(self._reached.values()),
            self._clock.monotonic() - self._begun,
            self._waited,
        )

    def finished(self, calls: Mapping[str, int]) -> None:
        """Tell how many HTTP requests the run took, and how many of them were retries."""
        for kind in ("requests", "retries"):
            self._point("counter", Metric.HTTP_REQUEST_COUNT, calls.get(kind, 0), {"kind": kind})

    def _point(self, kind: str, metric: Metric, value: float, tags: Mapping[str, str]) -> None:
        metrics.log(self._log, Point(kind, metric, value, dict(tags)))


def _up_to(ends: Collection[datetime]) -> str:
    """Say up to when streams have been read: each, or the least and the most advanced of them."""
    if not ends:
        return ""
    first, last = utc_text(min(ends)), utc_text(max(ends))
    return f", up to {last}" if first == last else f", up to {first} at least and {last} at most"
