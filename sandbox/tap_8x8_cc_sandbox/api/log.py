"""The requests that the simulated API received."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import msgspec

from tap_8x8_cc_sandbox.api.operations import Operation, target_of

if TYPE_CHECKING:
    from collections.abc import Mapping

REMEMBERED = 100_000
"""Requests kept; beyond, the oldest are forgotten."""


@dataclass(slots=True)
class LoggedRequest:
    """A request as it arrived, and what became of it."""

    time: str  # when it arrived, ISO 8601 in UTC, on the real clock
    clock: float  # the same in seconds of the monotonic clock
    method: str  # HTTP method
    path: str  # path without the query
    query: dict[str, str]  # query parameters
    operation: Operation | None  # what it asks for; None where the API has no such thing
    accept: str  # its Accept header
    tenant: str | None  # its `X-Tenant-Info` header; None without one
    body: object = None  # the JSON body of a create
    report_id: int | None = None  # the report that it names or created
    report_type: str = ""  # type of that report
    # HTTP status of the answer; 0 where the connection was reset, None so far.
    status: int | None = None
    faults: tuple[str, ...] = ()  # faults that hit it


class RequestLog:
    """The latest requests, oldest first."""

    def __init__(self) -> None:
        self._entries: deque[LoggedRequest] = deque(maxlen=REMEMBERED)

    def open(
        self, method: str, path: str, query: str, headers: Mapping[str, str], body: bytes
    ) -> LoggedRequest:
        """Note a request that arrived."""
        target = target_of(method, path)
        entry = LoggedRequest(
            time=datetime.now(UTC).isoformat(),
            clock=time.monotonic(),
            method=method,
            path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)),
            operation=target.operation,
            accept=headers.get("accept", ""),
            tenant=headers.get("x-tenant-info"),
            report_id=target.report_id,
        )
        if target.operation in {"create", "detailed_create"}:
            entry.body = _json(body)
            if isinstance(entry.body, dict):
                entry.report_type = str(entry.body.get("type", ""))
        self._entries.append(entry)
        return entry

    def entries(self) -> list[LoggedRequest]:
        """Return the requests, oldest first. Safe in any thread."""
        return list(self._entries.copy())

    def clear(self) -> None:
        """Forget all requests."""
        self._entries.clear()


def _json(body: bytes) -> object:
    try:
        return msgspec.json.decode(body)
    except msgspec.DecodeError:
        return None
