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
from tap_8x8_cc_sandbox.api.negotiation import XLSX, file_form, respond
from tap_8x8_cc_sandbox.api.rules import SCRIPT_PATHS
from tap_8x8_cc_sandbox.api.store import Held
from tap_8x8_cc_sandbox.center.model import DetailedTable, ReportSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request

    from tap_8x8_cc_sandbox.api.negotiation import FileForm
    from tap_8x8_cc_sandbox.api.quirks import Quirks
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
    """Answers the calls."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self._store = sandbox.store

    @property
    def _quirks(self) -> Quirks:
        return self._sandbox.config.quirks

    async def types(self, call: Call) -> Response:
        """Answer `GET /report-types` and `GET /report-types/{type}`."""
        types, quirks = self._sandbox.types(call.tenant, call.version), self._quirks
        name = call.request.path_params.get("type")
        if name is None:
            return self._respond(call, typejson.listing(types, quirks))
        entry = typejson.entries(types, quirks).get(name)
        if entry is None:
            raise ApiError(404, "Not found: unknown report type.")
        return self._respond(call, entry)

    async def create(self, call: Call) -> Response:
        """Answer `POST /`: start a report."""
        report = await self._create(call, interactive=False)
        answer = {"id": self._id(report), "status": self._quirks.first_status}
        links = {"Link": _link(f"{call.base}/{report.id}/status", "status")}
        return self._created(call, report, answer, links)

    async def detailed_create(self, call: Call) -> Response:
        """Answer `POST /detailed-reports`: make a detailed report, which is done at once."""
        report = await self._create(call, interactive=True)
        quirks, answer = self._quirks, self._status(report)
        links = {}
        if quirks.detailed_status != "done":
            answer["status"] = quirks.waiting_status
        elif self._is(report, "DONE"):
            url = f"{call.base}/detailed-reports/{report.id}/data?size={pages.DEFAULT_SIZE}"
            links["Link"] = _link(url, "data")
        as_list = quirks.detailed_create == "list"
        return self._created(call, report, [answer] if as_list else answer, links)

    async def status(self, call: Call) -> Response:
        """Answer `GET /{id}/status`."""
        report = self._report(call)
        quirks = self._quirks
        at_detailed = "/detailed-reports/" in call.request.url.path
        if report.interactive and at_detailed == (quirks.detailed_status == "ordinary"):
            raise ApiError(404, "Not found: no such report.")
        report.polls += 1
        if report.polls <= quirks.unknown_polls:
            raise ApiError(404, "Not found: no such report.")
        answer = self._status(report)
        if self._is(report, "FAILED"):
            report.finished = True
        links = [_link(url, rel) for rel, url in self._results(call, report).items()]
        return self._respond(call, answer, {"Link": ",".join(links)} if links else {})

    async def links(self, call: Call) -> Response:
        """Answer `GET /{id}/links`."""
        report = self._report(call)
        urls = {"status": f"{call.base}/{report.id}/status"}
        urls |= self._results(call, report)
        return self._respond(call, [{"relation": rel, "link": url} for rel, url in urls.items()])

    async def details(self, call: Call) -> Response:
        """Answer `GET /{id}`: the definition of a report."""
        report = self._report(call)
        details: dict[str, Any] = {**self._status(report), **report.accepted.definition}
        if details.get("timezone") is None:
            form = self._quirks.details_timezone
            details["timezone"] = report.accepted.timezone if form == "filled" else None
            if form == "absent":
                del details["timezone"]
        return self._respond(call, details)

    async def data(self, call: Call) -> Response:
        """Answer `GET /{id}/data`: a page of a summary report."""
        report = self._ready(call)
        spec = report.accepted.spec
        if not isinstance(spec, ReportSpec):
            raise BadRequestError(
                f"data is not available for {report.accepted.type}; use download."
            )
        quirks = self._quirks
        page, size = pages.number(call.request, "page", 0), pages.page_size(call.request, quirks)
        first = page * size
        report.turns += not page
        held = await run_in_threadpool(self._store.data, report)
        assert isinstance(held, Held)  # noqa: S101 - what the kind of spec says
        pages.check_reach(first, held.count, quirks)
        begin = pages.moved(first, report.turns > 1, quirks)
        records = await run_in_threadpool(pages.summary_page, held.table, spec, quirks, begin, size)
        elements, count = pages.page_counts(held.count, size, quirks)
        headers = pages.counts(page, elements, count, size, quirks)
        if first + size < elements:
            url = f"{call.base}/{report.id}/data?page={page + 1}&size={size}"
            headers["Link"] = _link(url, "next")
        if first + size >= min(elements, pages.MOST_RECORDS):
            report.finished = True
        return self._rows(call, records, headers, none_at_all=not held.count)

    async def detailed_data(self, call: Call) -> Response:
        """Answer `GET /detailed-reports/{id}/data`: a page of a detailed report."""
        report = self._ready(call)
        if not report.interactive:
            raise ApiError(404, "Not found: no such detailed report.")
        quirks = self._quirks
        size = pages.page_size(call.request, quirks)
        first = _position(call.request, report)
        table = await run_in_threadpool(self._store.data, report)
        assert isinstance(table, DetailedTable)  # noqa: S101 - what an interactive report has
        begin = max(first - (quirks.live_rows != "still"), 0)
        more = size + first - begin
        records = await run_in_threadpool(pages.detailed_page, table, quirks, begin, more)
        headers = {}
        last = first + size
        if last < len(table.rows):
            document = f"{report.id}-{last}"
            url = f"{call.base}/detailed-reports/{report.id}/data"
            headers["Link"] = _link(f"{url}?size={size}&lastDocumentId={document}", "next")
            headers["Last-Document-Id"] = document
        else:
            report.finished = True
            if first and quirks.last_cursor == "echo":
                headers["Last-Document-Id"] = call.request.query_params["lastDocumentId"]
        return self._rows(call, records, headers, none_at_all=not table.rows)

    async def download(self, call: Call) -> Response:
        """Answer `GET /{id}/download`: the whole report as a file."""
        form = file_form(call.request)
        report = self._ready(call)
        if self._quirks.downloads == "elsewhere":
            return Response(
                status_code=302, headers={"Location": self._sandbox.signed.sign(report.id)}
            )
        return await self._file(report, form)

    async def signed(self, request: Request) -> Response:
        """Answer a download on the other host, which wants no token."""
        if "authorization" in request.headers:
            raise BadRequestError("only one auth mechanism is allowed.")
        report_id = self._sandbox.signed.report_id(request.path_params["name"])
        report = None if report_id is None else self._store.get(report_id)
        if report is None:
            raise ApiError(403, "Forbidden.")
        return await self._file(report, file_form(request))

    async def _file(self, report: Report, form: FileForm) -> Response:
        """Return a report as a file."""
        if form is XLSX and report.accepted.type == SCRIPT_PATHS:
            raise ApiError(406, "Not acceptable: script-paths is available as text/csv only.")
        data = await run_in_threadpool(self._store.data, report)
        quirks = self._quirks
        if quirks.empty_paths == "404" and isinstance(data, list) and not data:
            raise ApiError(404, "Not found: no data.")
        content = _lines(report, data, quirks)
        name = " ".join(report.accepted.title.split())
        headers = {"Content-Disposition": f'attachment; filename="{name}.{form.extension}"'}
        if form is XLSX:
            book = await run_in_threadpool(download.workbook, content)
            report.finished = True
            return Response(book, 200, headers, form.media_type)
        pieces = self._to_the_end(report, download.csv_pieces(content, mark=quirks.csv_bom))
        return StreamingResponse(pieces, 200, headers, form.media_type)

    def _to_the_end(self, report: Report, pieces: Iterator[bytes]) -> Iterator[bytes]:
        yield from pieces
        report.finished = True

    async def _create(self, call: Call, *, interactive: bool) -> Report:
        """Create the report that a request describes, if it keeps the rules."""
        wanted, has_slash = self._quirks.post_slash, call.request.url.path.endswith("/")
        if (wanted, has_slash) in {("needed", False), ("refused", True)}:
            raise ApiError(404 if wanted == "needed" else 405, "There is nothing here.")
        try:
            body = msgspec.json.decode(await call.request.body())
        except msgspec.DecodeError:
            raise BadRequestError("the body must be JSON.") from None
        rules = self._sandbox.rule_book(call.tenant, call.version)
        accepted = rules.accept_detailed(body) if interactive else rules.accept(body)
        most = self._sandbox.config.most_unready
        if most and self._store.unready >= most:
            raise ApiError(429, "Too many requests: too many reports are being generated.")
        state = call.request.state
        report = self._store.create(
            accepted,
            self._sandbox.config,
            tenant=call.tenant,
            center=self._sandbox.center(call.tenant),
            now=self._sandbox.clock.now(),
            interactive=interactive,
            fault=getattr(state, "report_fault", None),
        )
        state.entry.report_id = report.id
        return report

    def _report(self, call: Call) -> Report:
        text = call.request.path_params["id"]
        report = self._store.get(int(text)) if text.isascii() and text.isdigit() else None
        if report is None or report.tenant != call.tenant:
            raise ApiError(404, "Not found: no such report.")
        return report

    def _ready(self, call: Call) -> Report:
        report = self._report(call)
        if not self._is(report, "DONE"):
            status = self._status(report)["status"]
            raise BadRequestError(f"the report's status is {status}, not DONE.")
        return report

    def _id(self, report: Report) -> int | str:
        return str(report.id) if self._quirks.ids == "text" else report.id

    def _is(self, report: Report, status: str) -> bool:
        """Tell whether a report has a status, whatever word stands for it."""
        return report.status(time.monotonic())[0] == status

    def _status(self, report: Report) -> dict[str, Any]:
        status, reason = report.status(time.monotonic())
        quirks = self._quirks
        words = {"DONE": quirks.done_status, "FAILED": quirks.failed_status}
        answer = {"id": self._id(report), "status": words.get(status, status)}
        return answer if reason is None else {**answer, "reason": reason}

    def _results(self, call: Call, report: Report) -> dict[str, str]:
        """Return the URLs of a report's rows, none before it is done."""
        if not self._is(report, "DONE"):
            return {}
        url = f"{call.base}/{report.id}"
        if isinstance(report.accepted.spec, ReportSpec):
            data = f"{url}/data?page=0&size={pages.DEFAULT_SIZE}"
            return {"data": data, "download": f"{url}/download"}
        return {"download": f"{url}/download"}

    def _created(
        self, call: Call, report: Report, answer: object, headers: dict[str, str]
    ) -> Response:
        """Answer a create."""
        quirks = self._quirks
        if quirks.create_answer == "location":
            place = {"Location": f"{call.base}/{report.id}"}
            return Response(status_code=quirks.create_code, headers=place)
        if quirks.create_answer == "id":
            answer, headers = {"id": self._id(report)}, {}
        return self._respond(call, answer, headers, quirks.create_code)

    def _rows(
        self,
        call: Call,
        records: list[dict[str, Any]],
        headers: dict[str, str],
        *,
        none_at_all: bool,
    ) -> Response:
        """Answer with a page of rows, or with what stands for a report without any."""
        quirks = self._quirks
        if none_at_all and quirks.empty_report != "list":
            match quirks.empty_report:
                case "404":
                    raise ApiError(404, "Not found: no data.")
                case "204":
                    return Response(status_code=204)
                case form:
                    return self._respond(call, None if form == "null" else {})
        return self._respond(call, pages.wrapped(records, quirks), headers)

    def _respond(
        self,
        call: Call,
        value: object,
        headers: dict[str, str] | None = None,
        status: int = 200,
    ) -> Response:
        return respond(call.request, value, headers, status, mark=self._quirks.json_bom)


def _lines(report: Report, data: Data, quirks: Quirks) -> Iterator[download.Line]:
    """Yield the lines of a report's download, the first with the names of the columns."""
    if isinstance(data, DetailedTable):
        return download.detailed_lines(data, quirks)
    spec = report.accepted.spec
    if isinstance(data, Held) and isinstance(spec, ReportSpec):
        return download.summary_lines(data.table, report.rows(data), spec, quirks)
    assert isinstance(data, list)  # noqa: S101 - what is left
    return download.script_lines(data, quirks)


def _position(request: Request, report: Report) -> int:
    """Return the index of the first row after the last document that the client has."""
    document = request.query_params.get("lastDocumentId")
    if document is None:
        return 0
    owner, _, index = document.partition("-")
    if owner != str(report.id) or not (index.isascii() and index.isdigit()):
        raise BadRequestError("unknown lastDocumentId.")
    return int(index)


def _link(url: str, relation: str) -> str:
    return f'<{url}>; rel="{relation}"'
