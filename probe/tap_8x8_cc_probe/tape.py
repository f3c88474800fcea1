"""The probe's record of every request and its answer, word for word."""

from __future__ import annotations

import json
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from requests.structures import CaseInsensitiveDict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CALLS = frozenset({"types", "create", "status", "data", "download"})
_report: ContextVar[str] = ContextVar("report", default="")


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer."""

    report: str  # the probe's name of the report that it is about
    method: str
    path: str  # below the API's base, such as /17/data
    sent: Any
    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes

    @property
    def call(self) -> str:
        """What it asks for: `types`, `create`, `status`, `data`, `download`, or `details`."""
        last = "create" if self.method == "POST" else self.path.rpartition("/")[2]
        last = last.removeprefix("report-")
        return last if last in _CALLS else "details"

    @property
    def went_well(self) -> bool:
        """Whether the API did what it was asked."""
        return self.status < 300  # noqa: PLR2004

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The answer's body; None if it is not JSON."""
        return read_json(self.body)


class Tape:
    """Keeps all exchanges, in the order of the answers; safe for threads."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    @contextmanager
    def about(self, report: str) -> Iterator[None]:
        """Note the report of what this thread asks for meanwhile."""
        token = _report.set(report)
        try:
            yield
        finally:
            _report.reset(token)

    def of(self, report: str) -> list[Exchange]:
        """Return the exchanges about a report."""
        return [exchange for exchange in list(self.exchanges) if exchange.report == report]

    def record(  # noqa: PLR0913, PLR0917 - what the client gives an observer
        self,
        method: str,
        path: str,
        sent: Any,  # noqa: ANN401 - JSON is anything
        status: int,
        headers: Mapping[str, str],
        body: bytes,
    ) -> None:
        """Keep an answer."""
        known = CaseInsensitiveDict(headers)
        self.exchanges.append(Exchange(_report.get(), method, path, sent, status, known, body))


def read_json(body: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """Read a body; None if it is not JSON."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
