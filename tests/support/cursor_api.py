"""A second, plain model of detailed reports and script paths, apart from the sandbox.

It gives the rows and downloads that a test hands it, in the way the test wants them handed out:
where the cursor stands, when the report is done, which answers break off. It knows no rules of the
API beyond that.
"""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Items = dict[str, Any]


@dataclass
class CursorApi:
    """What the server holds, and how it shows it.

    Attributes:
        types: The listing.
        rows: All rows of a detailed report; each a key and its value.
        downloads: What each download in turn holds; the last one again and again.
        cursor: Where a page names the next one: by header, by link, or by both.
        circle: Whether the last page names the first one's document again.
        stuck: Whether the second page comes again and again, each time with another document.
        statuses: What create and status calls answer in turn; the last one again and again.
        cut: Numbers of the pages, counted from 0, whose first answer breaks off in the middle.
        total: What `X-Total-Elements` says, if it is there.
        as_object: Whether the items of a row are one object.
        asked: Method, path and query of each request.
        bodies: The bodies of the create calls.
    """

    types: list[dict[str, Any]]
    rows: Sequence[Items] = ()
    downloads: list[bytes] = field(default_factory=lambda: [b""])
    cursor: str = "both"
    circle: bool = False
    stuck: bool = False
    statuses: list[str] = field(default_factory=lambda: ["DONE"])
    cut: set[int] = field(default_factory=set)
    total: int | None = None
    as_object: bool = False
    asked: list[str] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)

    def status(self) -> dict[str, Any]:
        """Return the next status."""
        name = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        return {"id": 7, "status": name, "reason": "no reason"}

    def page(self, document: str | None, size: int) -> tuple[bytes, dict[str, str], bool]:
        """Return a page: its body, its headers, and whether it is cut off this time."""
        first = 0 if document is None else int(document.partition("/")[2])
        last = first + size
        rows = self.rows[size : 2 * size] if self.stuck and first else self.rows[first:last]
        body = json.dumps([{"items": self._items(row)} for row in rows]).encode()
        headers = {} if self.total is None else {"X-Total-Elements": str(self.total)}
        more = last < len(self.rows) or self.stuck
        if more or self.circle:
            following = f"doc /{last if more else size}"
            if self.cursor != "link":
                headers["Last-Document-Id"] = following
            if self.cursor != "header":
                url = f"https://elsewhere.example/data?size={size}&lastDocumentId="
                headers["Link"] = f'<{url}{quote(following)}>; rel="next"'
        number = first // size
        cut = number in self.cut
        self.cut.discard(number)
        return body, headers, cut

    def download(self) -> bytes:
        """Return the next download."""
        return self.downloads.pop(0) if len(self.downloads) > 1 else self.downloads[0]

    def _items(self, row: Items) -> Any:
        if self.as_object:
            return row
        return [{"key": key, "label": key.title(), "value": value} for key, value in row.items()]


class _Handler(BaseHTTPRequestHandler):
    """Answers for the API that a subclass holds."""

    api: CursorApi
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.api.asked.append(f"POST {self.path}")
        if self.path.startswith("/oauth"):
            self._send({"access_token": "token-of-the-plain-model", "expires_in": "1799"})
            return
        self.api.bodies.append(json.loads(body))
        self._send(self.api.status())

    def do_GET(self) -> None:
        self.api.asked.append(f"GET {self.path}")
        parts = urlsplit(self.path)
        query = parse_qs(parts.query)
        if parts.path.endswith("/report-types"):
            self._send(self.api.types)
        elif parts.path.endswith("/detailed-reports/7/data"):
            document = query.get("lastDocumentId", [None])[0]
            body, headers, cut = self.api.page(document, int(query["size"][0]))
            self._answer(body, headers, cut=cut)
        elif parts.path.endswith("/7/download"):
            self._answer(self.api.download(), {"Content-Type": "text/csv"})
        else:
            self._send(self.api.status())

    def _send(self, value: Any) -> None:
        self._answer(json.dumps(value).encode(), {})

    def _answer(self, body: bytes, headers: dict[str, str], *, cut: bool = False) -> None:
        self.send_response(200)
        for name, value in {"Content-Type": "application/json", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)
        self.close_connection = cut


@contextmanager
def served(api: CursorApi) -> Iterator[str]:
    """Serve the API on 127.0.0.1; yields its origin."""
    handler = type("Handler", (_Handler,), {"api": api})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
