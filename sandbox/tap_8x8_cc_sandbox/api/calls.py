"""The calls of the simulated API."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response, StreamingResponse

from tap_8x8_cc_sandbox.api import download, pages, typejson
from tap_8x8_cc_sandbox.api.errors import ApiError, BadRequestError
from tap_8x8_cc_sandbox.api.negotiation import FileForm, file_form, respond
from tap_8x8_cc_sandbox.api.rules import SCRIPT_PATHS
from tap_8x8_cc_sandbox.api.store import Held
from tap_8x8_cc_sandbox.center.model import DetailedTable, ReportSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from tap_8x8_cc_sandbox.api.faults import FaultRule
    from tap_8x8_cc_sandbox.api.log import LoggedRequest
    from tap_8x8_cc_sandbox.api.quirks import Quirks
    from tap_8x8_cc_sandbox.api.rules import Accepted
    from tap_8x8_cc_sandbox.api.state import Sandbox
    from tap_8x8_cc_sandbox.api.store import Data, Report


@dataclass(frozen=True, slots=True)
class Call:
    """A request that was let in: API version, tenant, and the absolute URL of its base."""

    request: Request
    version: int
    tenant: str
    base: str


class Api:
    """Answers the calls.

    Args:
        sandbox: State of the simulated API.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._store = sandbox.store

    async def types(self, call: Call) -> Response:
        """Answer `GET /report-types`."""
        return respond(call.request, list(self._listing(call).values()))

    async def type(self, call: Call) -> Response:
        """Answer `GET /report-types/{type}`."""
        entry = self._listing(call).get(call.request.path_params["type"])
        if entry is None:
            raise ApiError(404, "Not found: unknown report type.")
        return respond(call.request, entry)

    async def create(self, call: Call) -> Response:
        """Answer `POST /`: start a report."""
        body = _body(await call.request.body())
        report = self._create(
            call, self._sandbox.rule_book(call.tenant, call.version).accept(body), interactive=False
        )
        status = self._sandbox.config.quirks.first_status
        links = {"Link": _link(f"{call.base}/{report.id}/status", "status")}
        return respond(call.request, {"id": self._id(report), "status": status}, links)

    async def create_detailed(self, call: Call) -> Response:
        """Answer `POST /detailed-reports`: make a detailed report, which is done at once."""
        body = _body(await call.request.body())
        accepted = self._sandbox.rule_book(call.tenant, call.version).accept_detailed(body)
        report = self._create(call, accepted, interactive=True)
        answer = self._status(report)
        links = {}
        if answer["status"] == "DONE":
            url = f"{call.base}/detailed-reports/{report.id}/data?size={pages.DEFAULT_SIZE}"
            links["Link"] = _link(url, "data")
        as_list = self._sandbox.config.quirks.detailed_create == "list"
        return respond(call.request, [answer] if as_list else answer, links)

    async def status(self, call: Call) -> Response:
        """Answer `GET /{id}/status`."""
        report = self._report(call)
        report.polls += 1
        answer = self._status(report)
        if answer["status"] == "FAILED":
            self._store.finish(report, release=True)
        links = [_link(url, rel) for rel, url in self._results(call, report, answer).items()]
        return respond(call.request, answer, {"Link": ",".join(links)} if links else {})

    async def links(self, call: Call) -> Response:
        """Answer `GET /{id}/links`."""
        report = self._report(call)
        urls = {"status": f"{call.base}/{report.id}/status"}
        urls |= self._results(call, report, self._status(report))
        return respond(call.request, [{"relation": rel, "link": url} for rel, url in urls.items()])

    async def details(self, call: Call) -> Response:
        """Answer `GET /{id}`: the definition of a report."""
        report = self._report(call)
        details: dict[str, Any] = {**self._status(report), **report.accepted.definition}
        if details.get("timezone") is None:
            form = self._sandbox.config.quirks.details_timezone
            details["timezone"] = report.accepted.timezone if form == "filled" else None
            if form == "absent":
                del details["timezone"]
        return respond(call.request, details)

    async def data(self, call: Call) -> Response:
        """Answer `GET /{id}/data`: a page of a summary report."""
        report = self._ready(call)
        spec = report.accepted.spec
        if not isinstance(spec, ReportSpec):
            raise BadRequestError(
                f"data is not available for {report.accepted.type}; use download."
            )
        page, size = _number(call, "page", 0), _size(call)
        first = page * size
        if page < 0 or first >= pages.MOST_RECORDS:
            raise BadRequestError(f"page is out of the first {pages.MOST_RECORDS} records.")
        held = await run_in_threadpool(self._store.data, report)
        assert isinstance(held, Held)  # noqa: S101 - what the kind of spec says
        quirks = self._sandbox.config.quirks
        records = await run_in_threadpool(pages.summary_page, held.table, spec, quirks, first, size)
        elements, count = pages.page_counts(held.count, size, quirks)
        headers = {
            "X-Page": str(page),
            "X-Page-Size": str(size),
            "X-Total-Pages": str(count),
            "X-Total-Elements": str(elements),
        }
        if first + size < elements:
            url = f"{call.base}/{report.id}/data?page={page + 1}&size={size}"
            headers["Link"] = _link(url, "next")
        if first + size >= min(elements, pages.MOST_RECORDS):
            self._store.finish(report, release=page > 0)
        return respond(call.request, records, headers)

    async def detailed_data(self, call: Call) -> Response:
        """Answer `GET /detailed-reports/{id}/data`: a page of a detailed report."""
        report = self._ready(call)
        if not report.interactive:
            raise ApiError(404, "Not found: no such detailed report.")
        size, first = _size(call), _position(call, report)
        table = await run_in_threadpool(self._store.data, report)
        assert isinstance(table, DetailedTable)  # noqa: S101 - what an interactive report has
        quirks = self._sandbox.config.quirks
        records = await run_in_threadpool(pages.detailed_page, table, quirks, first, size)
        headers = {}
        last = first + size
        if last < len(table.rows):
            document = f"{report.id}-{last}"
            url = f"{call.base}/detailed-reports/{report.id}/data"
            headers["Link"] = _link(f"{url}?size={size}&lastDocumentId={document}", "next")
            headers["Last-Document-Id"] = document
        else:
            self._store.finish(report, release=first > 0)
        return respond(call.request, records, headers)

    async def download(self, call: Call) -> Response:
        """Answer `GET /{id}/download`: the whole report as a file."""
        form = file_form(call.request)
        report = self._ready(call)
        if form is FileForm.XLSX and report.accepted.type == SCRIPT_PATHS:
            raise ApiError(406, "Not acceptable: script-paths is available as text/csv only.")
        data = await run_in_threadpool(self._store.data, report)
        quirks = self._sandbox.config.quirks
        content = _lines(report, data, quirks)
        name = " ".join(report.accepted.title.split())
        headers = {"Content-Disposition": f'attachment; filename="{name}.{form.extension}"'}
        if form is FileForm.XLSX:
            book = await run_in_threadpool(download.workbook, content)
            self._store.finish(report, release=True)
            return Response(book, 200, headers, form.media_type)
        pieces = self._to_the_end(report, download.csv_pieces(content, mark=quirks.csv_bom))
        return StreamingResponse(pieces, 200, headers, form.media_type)

    def _to_the_end(self, report: Report, pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield from pieces
        self._store.finish(report, release=True)

    def _listing(self, call: Call) -> dict[str, dict[str, Any]]:
        types = self._sandbox.types(call.tenant, call.version)
        return typejson.entries(types, self._sandbox.config.quirks.script_paths_listing)

    def _create(self, call: Call, accepted: Accepted, *, interactive: bool) -> Report:
        state = call.request.state
        fault: FaultRule | None = getattr(state, "report_fault", None)
        report = self._store.create(
            accepted,
            self._sandbox.config,
            tenant=call.tenant,
            center=self._sandbox.center(call.tenant),
            now=self._sandbox.clock.now(),
            interactive=interactive,
            fault=fault,
        )
        entry: LoggedRequest = state.entry
        entry.report_id = report.id
        return report

    def _report(self, call: Call) -> Report:
        text = call.request.path_params["id"]
        report = self._store.get(int(text)) if text.isascii() and text.isdigit() else None
        if report is None or report.tenant != call.tenant:
            raise ApiError(404, "Not found: no such report.")
        return report

    def _ready(self, call: Call) -> Report:
        report = self._report(call)
        status = self._status(report)["status"]
        if status != "DONE":
            raise BadRequestError(f"the report's status is {status}, not DONE.")
        return report

    def _id(self, report: Report) -> int | str:
        return str(report.id) if self._sandbox.config.quirks.ids == "text" else report.id

    def _status(self, report: Report) -> dict[str, Any]:
        status, reason = report.status(time.monotonic())
        answer = {"id": self._id(report), "status": status}
        return answer if reason is None else {**answer, "reason": reason}

    def _results(self, call: Call, report: Report, answer: dict[str, Any]) -> dict[str, str]:
        """Return the URLs of a report's rows, none before it is done."""
        if answer["status"] != "DONE":
            return {}
        url = f"{call.base}/{report.id}"
        if isinstance(report.accepted.spec, ReportSpec):
            data = f"{url}/data?page=0&size={pages.DEFAULT_SIZE}"
            return {"data": data, "download": f"{url}/download"}
        return {"download": f"{url}/download"}


def _lines(report: Report, data: Data, quirks: Quirks) -> Iterator[download.Line]:
    """Yield the lines of a report's download, the first with the names of the columns."""
    if isinstance(data, DetailedTable):
        return download.detailed_lines(data, quirks)
    spec = report.accepted.spec
    if isinstance(data, Held) and isinstance(spec, ReportSpec):
        return download.summary_lines(data.table, report.rows(data), spec, quirks)
    assert isinstance(data, list)  # noqa: S101 - what is left
    return download.script_lines(data)


def _body(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        raise BadRequestError("the body must be JSON.") from None


def _link(url: str, relation: str) -> str:
    return f'<{url}>; rel="{relation}"'


def _number(call: Call, name: str, default: int) -> int:
    text = call.request.query_params.get(name)
    try:
        return default if text is None else int(text)
    except ValueError:
        raise BadRequestError(f"{name} must be a whole number.") from None


def _size(call: Call) -> int:
    size = _number(call, "size", pages.DEFAULT_SIZE)
    if not 1 <= size <= pages.MOST_SIZE:
        raise BadRequestError(f"size must be 1 to {pages.MOST_SIZE}.")
    return size


def _position(call: Call, report: Report) -> int:
    """Return the index of the first row after the last document that the client has."""
    document = call.request.query_params.get("lastDocumentId")
    if document is None:
        return 0
    owner, _, index = document.partition("-")
    if owner != str(report.id) or not (index.isascii() and index.isdigit()):
        raise BadRequestError("unknown lastDocumentId.")
    return int(index)
