"""How the probe's reports are asked for and read: each watched, and no more than ten."""

from __future__ import annotations

import io
import logging
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from tap_8x8_cc.api.calls import ApiCall
from tap_8x8_cc.api.creation import ReportCreator
from tap_8x8_cc.api.reports import Reports
from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.api.retry import TransientError
from tap_8x8_cc.api.statuses import read_status
from tap_8x8_cc.errors import ApiError, RefusedError, ReportError
from tap_8x8_cc.model.reports import DETAILED_PATH
from tap_8x8_cc.reading.job import Job
from tap_8x8_cc.reading.summary import SummaryReader
from tap_8x8_cc.records.columns import summary_columns
from tap_8x8_cc.records.decoder import DecodeIssues, SummaryDecoder
from tap_8x8_cc.records.layout import summary_layout
from tap_8x8_cc.records.row_ids import Occurrences
from tap_8x8_cc_probe.answers import Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_8x8_cc.api.client import ApiClient
    from tap_8x8_cc.api.creation import Report
    from tap_8x8_cc.api.statuses import StatusReply
    from tap_8x8_cc.api.tape import Exchange, Tape
    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.reports import ReportRequest

logger = logging.getLogger(__name__)

MOST_REPORTS = 10
ENOUGH = f"all {MOST_REPORTS} reports that a probe may create are used"
CSV_PAGE = 50
"""Rows on a page of the report whose CSV is looked at: so few that there is a second page."""
PAGE = 500
FEW_DOCUMENTS = 10
NO_SUCH_REPORT = "1"


@dataclass(frozen=True, slots=True)
class SyncReading:
    """How a report was read.

    Args:
        doubt: Why its CSV is not trusted; empty where it is; None where none was looked at.
        unparsed: A text of each column that its type can't hold.
    """

    doubt: str | None
    unparsed: Mapping[str, str]


class CountedCreator(ReportCreator):
    """Creates so many reports and no more."""

    def __init__(self, client: ApiClient, clock: Clock) -> None:
        super().__init__(client, clock)
        self._left = MOST_REPORTS
        self._lock = threading.Lock()

    def create(self, request: ReportRequest) -> tuple[Report, StatusReply]:
        """Create a report; raises ReportError where enough were, and as `ReportCreator.create`."""
        with self._lock:
            if not self._left:
                raise ReportError(ENOUGH)
            self._left -= 1
        return super().create(request)


class Asker:
    """Asks for reports and reads them, and gives what was seen of each.

    Args:
        client: Sends the calls.
        tape: Keeps what the client gets.
        settings: The settings.
        clock: Time and waiting.
    """

    def __init__(self, client: ApiClient, tape: Tape, settings: Settings, clock: Clock) -> None:
        self.reports = Reports(
            client,
            clock,
            timeout=settings.report_timeout,
            longest_poll=settings.poll_interval_max,
            creator=CountedCreator(client, clock),
        )
        self._client = client
        self._tape = tape

    @property
    def created(self) -> int:
        """How many reports were created so far."""
        return sum(e.creates and e.went_well for e in self._tape.exchanges)

    def watch(self, request: ReportRequest, do: Callable[[], object]) -> Sight:
        """Do something with a report and return what was seen, also where it fails."""
        why_not = ""
        try:
            do()
        except (ApiError, ReportError) as error:
            why_not = str(error)
            logger.info("Probing: %s", error)
        return Sight(request, self.about(request.title), why_not)

    def about(self, title: str) -> list[Exchange]:
        """Return what was asked and answered about the reports of a title."""
        exchanges = self._tape.exchanges
        own = [e for e in exchanges if e.creates and e.sent and e.sent.get("title") == title]
        ids = {report_id for e in own for report_id in _ids(e)}
        others = [e for e in exchanges if not e.creates]
        return own + [e for e in others if _named(e) in ids]

    def read_page(self, request: ReportRequest) -> None:
        """Read a report's first page; raises as `Reports.obtain`."""
        self.reports.obtain(request, lambda report: self.reports.page(report, 0, PAGE))

    def read_with_details(self, request: ReportRequest) -> Any:  # noqa: ANN401 - JSON is anything
        """Read a report's first page and its details, which are returned; raises as before."""

        def read(report: Report) -> Any:  # noqa: ANN401 - likewise
            details = self.reports.details(report)
            self.reports.page(report, 0, PAGE)
            return details

        return self.reports.obtain(request, read)

    def read_with_csv(self, request: ReportRequest) -> None:
        """Read a report's first page and its CSV, if there is one; raises as before."""

        def read(report: Report) -> None:
            self.reports.page(report, 0, PAGE)
            try:
                self.reports.download(report, io.BytesIO())
            except RefusedError as error:
                logger.info("Probing: no CSV: %s", error)

        self.reports.obtain(request, read)

    def read_as_a_sync_does(self, request: ReportRequest) -> SyncReading:
        """Read a report as a sync does, and make records of its rows; raises as before."""
        reader = SummaryReader(self.reports, data_format="auto", page_size=CSV_PAGE)
        columns = summary_columns(
            request.group_by, request.metrics, with_tenant=False, with_totals=False
        )
        issues, occurrences = DecodeIssues(), Occurrences()
        rows = reader.fetch(Job(request, columns, reader.fetch))
        try:
            for keys, chunk in rows.chunks():
                layout = summary_layout(keys, columns)
                SummaryDecoder(request, layout, columns, issues, occurrences).decode(chunk)
        finally:
            rows.close()
        downloaded = any(e.path.endswith("/download") for e in self.about(request.title))
        doubt = reader.doubts.get(request.stream, "") if downloaded else None
        return SyncReading(doubt, issues.unparsed)

    def read_documents(self, request: ReportRequest) -> None:
        """Read a few rows of a detailed report; raises as before."""

        def read(report: Report) -> None:
            params = {"size": str(FEW_DOCUMENTS)}
            call = self.reports.call(report, "page of", "/data", DETAILED_PATH, params=params)
            self.reports.patiently(report, lambda: self._client.get(call, lambda answer: answer))

        self.reports.obtain(request, read)


def ask_for_nothing(client: ApiClient, tape: Tape, tenant_id: str | None) -> Exchange | None:
    """Ask for a report that there is not, to see what an error looks like."""
    what = "status of a report that there is not"
    try:
        client.get(ApiCall(what, f"/{NO_SUCH_REPORT}/status", tenant_id), lambda answer: answer)
    except RefusedError:
        return tape.exchanges[-1]
    return None


def run_together(tasks: list[Callable[[], None]]) -> None:
    """Run tasks, each in a thread; daemons, so that a probe that is stopped waits for none."""
    futures: list[Future[None]] = []
    for task in tasks:
        future: Future[None] = Future()
        futures.append(future)
        threading.Thread(target=_fulfil, args=(task, future), daemon=True).start()
    for future in futures:
        future.result()


def _fulfil(task: Callable[[], None], future: Future[None]) -> None:
    try:
        task()
        future.set_result(None)
    except BaseException as error:  # noqa: BLE001 - handed to whoever waits
        future.set_exception(error)


def _named(exchange: Exchange) -> str:
    """Return the report's id in a path, which may be a detailed report's; empty: there is none."""
    _, _, path = exchange.path.removeprefix(DETAILED_PATH).partition("/")
    return unquote(path.partition("/")[0])


def _ids(created: Exchange) -> list[str]:
    """Return the id that a creation's answer gives, if it gives one."""
    if not created.went_well:
        return []
    try:
        return [read_status(Response(created.body, created.headers, created.status)).id]
    except TransientError:
        return []
