"""What every request passes first: the log, and the faults."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import re
import socket
import struct
import time
from dataclasses import dataclass, field
from email.utils import formatdate
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import HTMLResponse, Response

from tap_8x8_cc_sandbox.api.auth import bearer
from tap_8x8_cc_sandbox.api.damage import DAMAGES, Answer, damage
from tap_8x8_cc_sandbox.api.errors import error_response, phrase
from tap_8x8_cc_sandbox.api.operations import CONTROL, FILES, MOVED, REGIONS, Target

if TYPE_CHECKING:
    from asyncio import Transport

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from tap_8x8_cc_sandbox.api.faults import FaultRule
    from tap_8x8_cc_sandbox.api.log import LoggedRequest
    from tap_8x8_cc_sandbox.api.quirks import Quirks
    from tap_8x8_cc_sandbox.api.state import Sandbox

REPORT_FAULTS = {"failed", "stuck", "vanish", "unknown_status"}
RATE_LIMIT = 1000
RATE_SECONDS = 60
_REGION = re.compile(r"(/[a-z0-9-]+)(/analytics/cc/.*)")
_DEFAULT_STATUS = {"status": 500, "not_ready": 400}
_LOG = logging.getLogger(__name__)
_PAGE = "<!DOCTYPE html><html><head><title>8x8</title></head><body>Please sign in.</body></html>"


@dataclass(slots=True)
class Passage:
    """What the faults make of one request."""

    reply: Response | None = None
    reset: FaultRule | None = None
    damages: list[FaultRule] = field(default_factory=list)


class Middleware:
    """ASGI application in front of the API's own.

    It leaves the log's entry and a fault of the report to be created in the request's state, under
    `entry` and `report_fault`.
    """

    def __init__(self, app: ASGIApp, sandbox: Sandbox) -> None:
        self._app = app
        self._sandbox = sandbox
        self._chance = random.Random(sandbox.config.fault_seed)  # noqa: S311 - no secret
        self._requests_in_minute: tuple[int, int] = (0, 0)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL + "/"):
            await self._app(scope, receive, send)
            return
        headers, body = Headers(scope=scope), await _read(receive)
        query = scope["query_string"].decode("latin-1")
        quirks = self._sandbox.config.quirks
        sent = scope["path"]
        away = None if sent.startswith(FILES) else _redirect(scope["method"], sent, query, quirks)
        # What follows needs not know of gateways, regions and redirects.
        path = sent if sent.startswith(FILES) else _settled(sent, quirks)
        scope = {**scope, "path": path, "raw_path": path.encode()}
        entry = self._sandbox.log.open(scope["method"], scope["path"], query, headers, body)
        scope["state"]["entry"] = entry
        if away is not None:
            status, location = away
            entry.operation = None
            moved = Response(status_code=status, headers={"Location": location})
            await moved(scope, _replayed(body, receive), self._noting(entry, send))
            return
        passage = await self._face_faults(scope, entry, headers)
        if passage.reset is not None:
            entry.status = 0
            await _reset(scope, receive, abrupt=passage.reset.abrupt)
            return
        app = passage.reply or self._app
        noting = self._noting(entry, send)
        if passage.damages:
            await self._damaged(app, passage.damages, scope, _replayed(body, receive), noting)
        else:
            await _logging_failures(app, scope, _replayed(body, receive), noting)

    async def _face_faults(self, scope: Scope, entry: LoggedRequest, headers: Headers) -> Passage:
        sandbox = self._sandbox
        report = None if entry.report_id is None else sandbox.store.get(entry.report_id)
        if report is not None:
            entry.report_type = report.accepted.type
        target = Target(entry.operation, entry.report_id)
        passage = Passage()
        for rule in sandbox.faults.draw(
            target, entry.path, entry.report_type, headers.get("x-tenant-info", "")
        ):
            entry.faults = (*entry.faults, rule.action)
            if rule.action == "slow":
                await asyncio.sleep(rule.seconds)
            elif rule.action == "expire_token":
                sandbox.tokens.expire(bearer(headers))
            elif rule.action in REPORT_FAULTS:
                scope["state"]["report_fault"] = rule
                if report is not None:
                    report.fault = rule
            elif rule.action in DAMAGES:
                passage.damages.append(rule)
            elif rule.action == "reset_before":
                passage.reset = rule
                break
            else:
                passage.reply = _reply(rule, sandbox.config.quirks)
                break
        return passage

    async def _damaged(
        self,
        app: ASGIApp,
        rules: list[FaultRule],
        scope: Scope,
        receive: Receive,
        send: Send,
    ) -> None:
        """Send what the application answers, damaged."""
        start: Message = {}
        pieces: list[bytes] = []

        async def collect(message: Message) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            else:
                pieces.append(message.get("body", b""))

        await _logging_failures(app, scope, receive, collect)
        headers = {key.decode().lower(): value.decode() for key, value in start["headers"]}
        answer = Answer(start["status"], headers, b"".join(pieces))
        for rule in rules:
            answer = damage(answer, rule, self._chance)
        await _send(answer, scope, receive, send)

    def _noting(self, entry: LoggedRequest, send: Send) -> Send:
        """Return a `send` that notes the status, and adds what every answer carries."""

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status = message["status"]
                if self._sandbox.config.quirks.rate_limit_headers:
                    self._add_rate_limit(MutableHeaders(scope=message))
            await send(message)

        return noting

    def _add_rate_limit(self, headers: MutableHeaders) -> None:
        minute, second = divmod(int(time.monotonic()), RATE_SECONDS)
        last_minute, count = self._requests_in_minute
        count = count + 1 if minute == last_minute else 1
        self._requests_in_minute = (minute, count)
        headers["x-ratelimit-limit"] = str(RATE_LIMIT)
        headers["x-ratelimit-remaining"] = str(max(RATE_LIMIT - count, 0))
        headers["x-ratelimit-reset"] = str(RATE_SECONDS - second)


def _settled(path: str, quirks: Quirks) -> str:
    """Return the path of a request without what stands before it; empty where that lacks."""
    path = path.removeprefix(MOVED)
    if not path.startswith(quirks.gateway_path):
        return ""
    path = path.removeprefix(quirks.gateway_path)
    found = _REGION.fullmatch(path)
    if found and quirks.regions == "any" and found[1] not in REGIONS:
        return found[2]
    return path


def _redirect(method: str, path: str, query: str, quirks: Quirks) -> tuple[int, str] | None:
    """Return status and `Location` of a request that is sent elsewhere on this host, or None."""
    status = quirks.redirect_gets if method == "GET" else quirks.redirect_posts
    if not status or path.startswith(MOVED) or "/analytics/" not in path:
        return None
    return status, f"{MOVED}{path}" + (f"?{query}" if query else "")


def _reply(rule: FaultRule, quirks: Quirks) -> Response:
    """Return the answer that a fault puts in the API's place."""
    if rule.action == "html":
        return HTMLResponse(_PAGE)
    status = rule.status or _DEFAULT_STATUS[rule.action]
    headers = dict(rule.headers)
    if rule.retry_after_date_in is not None:
        headers["Retry-After"] = formatdate(time.time() + rule.retry_after_date_in, usegmt=True)
    if rule.body:
        return Response(
            rule.body, status, headers, None if "content-type" in headers else "text/plain"
        )
    return error_response(status, phrase(status), quirks, headers)


async def _read(receive: Receive) -> bytes:
    pieces: list[bytes] = []
    more = True
    while more:
        message = await receive()
        pieces.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(pieces)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives a body already read."""
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


async def _logging_failures(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Run an application; a failure of its own is logged, and answered with 500."""
    try:
        await app(scope, receive, send)
    except Exception:
        _LOG.exception("%s %s failed", scope["method"], scope["path"])
        raise


async def _send(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    headers = {**answer.headers, "content-length": str(len(answer.body))}
    encoded = [(key.encode(), value.encode()) for key, value in headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
    if answer.cut is None:
        await send({"type": "http.response.body", "body": answer.body})
        return
    await send({"type": "http.response.body", "body": answer.body[: answer.cut], "more_body": True})
    transport: Transport = scope["state"]["transport"]
    transport.close()
    await _disconnected(receive)


async def _reset(scope: Scope, receive: Receive, *, abrupt: bool) -> None:
    """End the connection without an answer."""
    transport: Transport = scope["state"]["transport"]
    if abrupt:
        linger: Any = struct.pack("ii", 1, 0)
        with contextlib.suppress(OSError):
            transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, linger
            )
    transport.abort()
    await _disconnected(receive)


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
