"""A report to read completely, and the steps that reports of every kind share."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.model.origins import Origin
from tap_8x8_cc.reading.spool import ReportRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.api.reports import Reports
    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.columns import Column


@dataclass(frozen=True, slots=True, eq=False)
class Job:
    """A report to read.

    Args:
        request: What to ask for.
        columns: The stream's columns, as discovered.
        fetch: Has it generated and reads it; called in another thread.
        created: Set when the API has been asked.
        cancelled: Set when it is no longer wanted.
        until: When, on the monotonic clock, its range is given up, if too much time has been
            spent on it already.
    """

    request: ReportRequest
    columns: Sequence[Column]
    fetch: Fetch
    created: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    until: float = math.inf


Fetch = Callable[[Job], ReportRows]
"""Has a report generated and reads it completely."""


def fetch_whole(
    reports: Reports, job: Job, read: Callable[[Report, Job], ReportRows]
) -> ReportRows:
    """Generate a report and read all of it; one that vanishes meanwhile is generated again.

    Raises:
        ReportFailedError: It was not generated, or vanished each time.
        ReportError: It can't be read whole.
        ApiError: A call failed for good.
    """

    def read_whole(report: Report) -> ReportRows:
        begun = reports.clock.monotonic()
        rows = read(report, job)
        rows.origin = Origin(
            report_id=report.id,
            created_at=report.created_at,
            generation_seconds=report.generation_seconds,
            reading_seconds=reports.clock.monotonic() - begun,
            transport=rows.transport,
        )
        return rows

    return reports.obtain(job.request, read_whole, job.created.set, until=job.until)


def check_count(rows: int, total: int | None, name: str) -> None:
    """Raise ReportError if rows are missing from those that were counted."""
    if total is not None and rows < total:
        raise ReportError(f"{name}: received {rows} rows, expected {total}.")
