"""What whoever reads a report hands on with its rows: which report it was, and what it took."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, cast
from zoneinfo import ZoneInfo

from tap_8x8_cc.api.statuses import Report
from tap_8x8_cc.model.origins import Origin, Transport
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.reading.job import Job, fetch_whole
from tap_8x8_cc.reading.spool import ReportRows
from tests.support.fakes import FakeClock
from tests.support.requests import script_paths_request

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_8x8_cc.api.reports import Reports

CREATED_AT = datetime(2026, 3, 9, 4, 30, 0, 250_000, tzinfo=UTC)
GENERATED, READ = 12.5, 3.25
DAY = datetime(2026, 3, 7, tzinfo=UTC)


class FakeReports:
    """Has a report that took GENERATED seconds."""

    def __init__(self) -> None:
        self.clock = FakeClock()

    def obtain(
        self,
        request: object,
        read: Callable[[Report], object],
        on_created: Callable[[], None],
        *,
        until: float,
    ) -> object:
        assert until > 0
        on_created()
        return read(Report("31", request, 0.0, CREATED_AT, GENERATED))  # type: ignore[arg-type]


def test_rows_come_with_their_report_and_how_long_it_took() -> None:
    zone, window = ZoneInfo("UTC"), Window(DAY, DAY + timedelta(days=1), DAY)
    request = script_paths_request(stream="s", title="s", window=window, zone=zone)
    reports = FakeReports()

    def read(_report: Report, _job: object) -> ReportRows:
        reports.clock.sleep(READ)
        return ReportRows(Transport.CSV, with_buckets=False)

    def fetch(job: Job) -> ReportRows:
        return fetch_whole(cast("Reports", reports), job, read)

    job = Job(request, (), fetch)
    found = fetch(job)
    found.close()
    assert found.origin == Origin("31", CREATED_AT, GENERATED, READ, Transport.CSV)
    assert job.created.is_set()
