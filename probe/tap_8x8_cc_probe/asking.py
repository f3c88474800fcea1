"""Create a report, wait for it and read some of it, by plain calls; every answer is kept."""

from __future__ import annotations

import json
import logging
import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from requests.structures import CaseInsensitiveDict

from tap_8x8_cc.api.calls import ApiCall
from tap_8x8_cc.api.listing import fetch_listing
from tap_8x8_cc.api.patience import ROW_BYTES, poll_waits
from tap_8x8_cc.api.statuses import Status, StatusReply, read_status
from tap_8x8_cc.errors import ApiError, RefusedError, ReportError
from tap_8x8_cc_probe.answers import Exchange, Sight

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_8x8_cc.api.client import ApiClient
    from tap_8x8_cc.api.listing import Listing
    from tap_8x8_cc.api.responses import Response
    from tap_8x8_cc.clock import Clock

logger = logging.getLogger(__name__)

MAX_REPORTS = 10
ENOUGH = f"a probe creates at most {MAX_REPORTS} reports"
PAGE = 500
REPORT_SECONDS = 300
"""Time for a report to be generated."""
UNKNOWN_POLLS = 10
"""Polls that may answer 404: a new report may not be known everywhere yet."""
RECORD_LIMIT = 10_000
"""Rows that JSON pages give at most (vendor's guide)."""
NOT_FOUND, NOT_ALLOWED = 404, 405
_report: ContextVar[str] = ContextVar("report", default="")
"""The report that this thread asks about."""


class Asker:
    """Creates and reads reports of one tenant; safe for threads."""

    def __init__(
        self, client: ApiClient, clock: Clock, tenant_id: str | None, longest_poll: int
    ) -> None:
        self.exchanges: list[Exchange] = []
        self._client, self._clock = client, clock
        self._tenant_id = tenant_id
        self._longest_poll = longest_poll
        self._left = MAX_REPORTS
        self._lock = threading.Lock()
        client.watcher = self._keep

    def _keep(  # noqa: PLR0913, PLR0917 - what the client gives a watcher
        self,
        method: str,
        path: str,
        sent: Any,  # noqa: ANN401 - JSON is anything
        status: int,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        known = CaseInsensitiveDict(headers)
        self.exchanges.append(Exchange(_report.get(), method, path, sent, status, known, body))

    def ask(  # noqa: PLR0913 - how a report is read
        self,
        name: str,
        body: dict[str, Any],
        *,
        path: str = "",
        size: int = PAGE,
        csv: bool = False,
        details: bool = False,
    ) -> Sight:
        """Create a report and read some of it; what fails is noted in what is returned.

        Args:
            name: The probe's name of it.
            body: The body of the create call, without its title.
            path: The path of the create call.
            size: Rows of a page; the first and the last one are read.
            csv: Whether to download the CSV too.
            details: Whether to read the report's definition too.
        """
        reasons = []
        _report.set(name)
        try:
            report = self._create({**body, "title": f"tap-8x8-cc probe {name}"}, path)
            steps: list[Callable[[], object]] = [lambda: self._read_pages(report, path, size)]
            if details:
                steps.insert(0, lambda: self._get(report, ""))
            if csv:
                file: dict[str, Any] = {"accept": "text/csv", "elsewhere": True}
                steps.append(lambda: self._get(report, "/download", **file))
            for step in steps:
                try:
                    step()
                except ApiError as error:
                    reasons.append(str(error))
        except (ApiError, ReportError) as error:
            reasons.append(str(error))
        for reason in reasons:
            logger.info("Probing: %s", reason)
        seen = [exchange for exchange in list(self.exchanges) if exchange.report == name]
        return Sight(body, seen, "; ".join(reasons))

    def look_around(self) -> Listing:
        """Return the listing; ask for a report that does not exist, to see what an error is.

        Raises:
            ApiError: The API does not list its report types.
        """
        _report.set("types")
        listing = fetch_listing(self._client, self._tenant_id)
        _report.set("missing")
        try:
            self._get("1", "/status")
        except RefusedError as error:
            logger.debug("Refused, as expected: %s", error)
        return listing

    def _create(self, body: dict[str, Any], path: str) -> str:
        """Create a report, wait until it is done, and return its id."""
        with self._lock:
            if not self._left:
                raise ReportError(ENOUGH)
            self._left -= 1
        what, sent = f"creation of {body['title']}", json.dumps(body).encode()
        for slash in ("", "/"):
            call = ApiCall(what, path + slash, self._tenant_id, body=sent, repeatable=False)
            try:
                reply = self._client.get(call, read_status)
                break
            except RefusedError as error:
                if error.status not in {NOT_FOUND, NOT_ALLOWED} or slash:
                    raise
        self._wait_for(body["title"], reply, path)
        return reply.id

    def _wait_for(self, name: str, reply: StatusReply, path: str) -> None:
        deadline = self._clock.monotonic() + REPORT_SECONDS
        unknown = 0
        for wait in poll_waits(self._longest_poll):
            if reply.status is Status.DONE:
                return
            if reply.status is Status.FAILED or self._clock.monotonic() > deadline:
                raise ReportError(f"{name}: {reply.word or 'no status'} {reply.reason}".rstrip())
            self._clock.sleep(wait)
            try:
                reply = self._poll(reply.id, path)
            except RefusedError as error:
                unknown += 1
                if error.status != NOT_FOUND or unknown > UNKNOWN_POLLS:
                    raise

    def _poll(self, report: str, path: str) -> StatusReply:
        """Ask for a status; of a detailed report, at either of two paths."""
        call = self._call(report, "/status")
        try:
            return self._client.get(call, lambda answer: read_status(answer, report))
        except RefusedError as error:
            if error.status != NOT_FOUND or not path:
                raise
            call = self._call(report, "/status", path)
            return self._client.get(call, lambda answer: read_status(answer, report))

    def _read_pages(self, report: str, path: str, size: int) -> None:
        """Read the first page and the last one; of a detailed report, which has a path, the first.

        JSON ends at a number of rows, whatever the headers count.
        """
        params = {"size": str(size)}
        if path:
            self._get(report, "/data", path, params=params)
            return
        page = self._get(report, "/data", params=params | {"page": "0"})
        counted = page.headers.get("X-Total-Elements", "")
        last = (min(int(counted), RECORD_LIMIT) - 1) // size if counted.isdigit() else 0
        if last > 0:
            self._get(report, "/data", params=params | {"page": str(last)})

    def _get(self, report: str, suffix: str, path: str = "", **more: Any) -> Response:
        return self._client.get(self._call(report, suffix, path, **more), lambda answer: answer)

    def _call(self, report: str, suffix: str, path: str = "", **more: Any) -> ApiCall:
        what = f"{suffix.strip('/') or 'details'} of report {report}"
        url = f"{path}/{quote(report, safe='')}{suffix}"
        return ApiCall(what, url, self._tenant_id, largest=ROW_BYTES * PAGE, **more)
