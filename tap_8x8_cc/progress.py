"""How far a run is, for people and for what reads Singer metrics."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from singer_sdk import metrics
from singer_sdk.metrics import Metric, Point

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_8x8_cc.model.reports import ReportRequest

logger = logging.getLogger(__name__)


class Progress:
    """Counts the reports of a run and their rows.

    Args:
        log: The logger of Singer metrics.
    """

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
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

    def read(self, request: ReportRequest, rows: int) -> None:
        """Tell that all rows of a report are written."""
        self._read += 1
        self._rows += rows
        logger.info(
            "%s: %d rows; report %d of %d, %d rows so far",
            request.name,
            rows,
            self._read,
            self._planned,
            self._rows,
        )

    def finished(self, calls: Mapping[str, int]) -> None:
        """Tell how many HTTP requests the run took, and how many of them were retries."""
        for kind in ("requests", "retries"):
            self._point("counter", Metric.HTTP_REQUEST_COUNT, calls.get(kind, 0), {"kind": kind})

    def _point(self, kind: str, metric: Metric, value: float, tags: Mapping[str, str]) -> None:
        metrics.log(self._log, Point(kind, metric, value, dict(tags)))
