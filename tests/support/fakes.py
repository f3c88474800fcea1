"""Stand-ins for time and for an API that answers whatever a test wants, over real HTTP."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, ClassVar

from tap_8x8_cc.api.calls import ApiAddress
from tap_8x8_cc.api.client import ApiClient
from tap_8x8_cc.clock import Clock

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterable, Iterator

RETRY_SECONDS = 1500
TOKEN_BODY = (
    b'{"access_token": "token-%d-abcdefgh", "token_type": "BearerToken", "expires_in": "1799"}'
)


class FakeClock(Clock):
    """A clock that stands still but for the waits, which it notes."""

    waits: list[float]

    def __init__(self) -> None:
        super().__init__(0.0)
        object.__setattr__(self, "waits", [])  # a clock is frozen

    def now(self) -> datetime:
        return datetime(2026, 3, 1, tzinfo=UTC) + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        return sum(self.waits)

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)


@dataclass(frozen=True, slots=True)
class Received:
    """A request that the API received."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(slots=True)
class FakeApi:
    """What an API on the loopback address received.

    Args:
        url: Its origin.
        received: The requests, tokens' among them, in order.
    """

    url: str
    received: list[Received] = field(default_factory=list)

    def client(self, clock: Clock, *, request_timeout: float = 5.0) -> ApiClient:
        """Make a client of it."""
        address = ApiAddress(
            self.url,
            "/base",
            "key",
            "very-secret",
            "agent",
            request_timeout,
            retry_seconds=RETRY_SECONDS,
        )
        return ApiClient(address, clock)

    @property
    def data_requests(self) -> list[Received]:
        """The requests that are not for a token."""
        return [request for request in self.received if request.path != "/oauth/v2/token"]


class Reply(BaseHTTPRequestHandler):
    """Answers one request; given to the function that says how."""

    protocol_version = "HTTP/1.1"
    api: ClassVar[FakeApi]
    respond: ClassVar[Callable[[Reply, Received], None]]

    def do_GET(self) -> None:
        self._take()

    def do_POST(self) -> None:
        self._take()

    def send(self, status: int, body: bytes, **headers: str) -> None:
        """Send a whole answer."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def send_json(
        self, value: Any, headers: dict[str, str] | None = None, status: int = 200
    ) -> None:
        """Send a whole answer of JSON."""
        named = {"Content-Type": "application/json", **(headers or {})}
        self.send(status, json.dumps(value).encode(), **named)

    def stream(self, pieces: Iterable[bytes]) -> None:
        """Send a CSV in chunks."""
        self.send_response(200)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for piece in filter(None, pieces):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
        self.wfile.write(b"0\r\n\r\n")

    def token(self) -> None:
        """Send a token, each time another one."""
        count = sum(request.path == "/oauth/v2/token" for request in self.api.received)
        self.send(200, TOKEN_BODY % count)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""

    def _take(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        request = Received(self.command, self.path, dict(self.headers), body)
        self.api.received.append(request)
        type(self).respond(self, request)


@contextmanager
def fake_api(
    answer: Callable[[Reply, Received], None],
    *,
    tokens: bool = True,
    context: ssl.SSLContext | None = None,
) -> Iterator[FakeApi]:
    """Serve an API whose answers `answer` sends.

    Args:
        answer: Answers a request.
        tokens: Whether tokens are given out without asking it.
        context: For HTTPS.
    """

    def respond(reply: Reply, request: Received) -> None:
        if tokens and request.path == "/oauth/v2/token":
            reply.token()
        else:
            answer(reply, request)

    api = FakeApi("")
    handler = type("Handler", (Reply,), {"api": api, "respond": staticmethod(respond)})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # cut connections
        if context is not None:
            server.socket = context.wrap_socket(server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        api.url = f"{scheme}://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield api
        finally:
            server.shutdown()
            thread.join()
