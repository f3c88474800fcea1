"""What was asked of the API and what it answered, word for word, for whoever studies its manner."""

from __future__ import annotations

import io
import threading
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec
import urllib3

from tap_8x8_cc.api.client import TOKEN_PATH
from tap_8x8_cc.api.transport import body_chunks

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests

    from tap_8x8_cc.clock import Clock

LARGEST_BODY = 1 << 26
SLOWEST_BODY = 300.0
"""Seconds."""
ELSEWHERE = "(elsewhere)"
"""The path of what was asked of another host."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer.

    Args:
        method: How it was asked.
        path: What for: the path below the API's base, `/17/data`.
        sent: The JSON body; None where there was none.
        status: The HTTP status.
        headers: The answer's headers, which ignore case.
        body: The answer's body.
    """

    method: str
    path: str
    sent: Any
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def creates(self) -> bool:
        """Whether it asked for a report to be created."""
        return self.method == "POST"

    @property
    def went_well(self) -> bool:
        """Whether the API did what it was asked."""
        return self.status < HTTPStatus.MULTIPLE_CHOICES


class Tape:
    """Keeps all answers of a client but those that hold tokens; safe for threads.

    Args:
        base_url: Where the API is.
        clock: Tells the time.
    """

    def __init__(self, base_url: str, clock: Clock) -> None:
        self._base_url = base_url
        self._clock = clock
        self._exchanges: list[Exchange] = []
        self._moved: dict[str, str] = {}
        self._lock = threading.Lock()

    @property
    def exchanges(self) -> list[Exchange]:
        """What was kept so far, in the order of the answers."""
        with self._lock:
            return list(self._exchanges)

    def record(self, response: requests.Response, **_: Any) -> None:
        """Keep an answer, and leave it as if nobody had read it; raises as `body_chunks`."""
        request = response.request
        path = self._path(request.url or "")
        if path is None:
            return
        if response.is_redirect:
            # What is asked for there is what was asked for here.
            self._moved[urljoin(response.url, response.headers["Location"])] = path
        chunks = body_chunks(response, self._clock, largest=LARGEST_BODY, seconds=SLOWEST_BODY)
        body = b"".join(chunks)
        response.raw = urllib3.HTTPResponse(
            io.BytesIO(body), status=response.status_code, preload_content=False
        )
        sent = msgspec.json.decode(request.body) if request.body else None
        exchange = Exchange(
            request.method or "GET", path, sent, response.status_code, response.headers, body
        )
        with self._lock:
            self._exchanges.append(exchange)

    def _path(self, url: str) -> str | None:
        """Return the path below the base; None for the token endpoint."""
        if url in self._moved:
            return self._moved[url]
        bare = url.partition("?")[0]
        if bare.endswith(TOKEN_PATH):
            return None
        return bare.removeprefix(self._base_url) if bare.startswith(self._base_url) else ELSEWHERE
