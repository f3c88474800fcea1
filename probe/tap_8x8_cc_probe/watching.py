"""Watches the client's answers, for the tape."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

import msgspec
import urllib3

from tap_8x8_cc.api.client import TOKEN_PATH
from tap_8x8_cc.api.transport import body_chunks

if TYPE_CHECKING:
    import requests

    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc_probe.tape import Tape


class Watcher:
    """Shows the tape each answer of a client, before it is read."""

    def __init__(self, tape: Tape, base_url: str, clock: Clock) -> None:
        self._tape, self._base_url, self._clock = tape, base_url, clock
        self._moved: dict[str, str] = {}

    def record(self, response: requests.Response, **_: Any) -> None:
        """Keep an answer, and leave it as if nobody had read it; raises as `body_chunks`."""
        request = response.request
        path = self._path(request.url or "")
        if path is None:
            return
        if response.is_redirect:
            self._moved[urljoin(response.url, response.headers["Location"])] = path
        body = b"".join(body_chunks(response, self._clock, largest=1 << 26, seconds=300.0))
        response.raw = urllib3.HTTPResponse(
            io.BytesIO(body), status=response.status_code, preload_content=False
        )
        sent = msgspec.json.decode(request.body) if request.body else None
        self._tape.record(
            request.method or "GET", path, sent, response.status_code, response.headers, body
        )

    def _path(self, url: str) -> str | None:
        """Return the path below the base; None for the token endpoint."""
        if url in self._moved:
            return self._moved[url]
        bare = url.partition("?")[0]
        if bare.endswith(TOKEN_PATH):
            return None
        return (
            bare.removeprefix(self._base_url) if bare.startswith(self._base_url) else "(elsewhere)"
        )
