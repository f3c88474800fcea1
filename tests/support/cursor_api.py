"""A second, plain model of detailed reports and script paths, apart from the sandbox.

It gives the rows and downloads that a test hands it, in the way the test wants them handed out:
where the cursor stands, when the report is done, which answers break off. It knows no rules of the
API beyond that.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from tests.support.fakes import fake_api

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.support.fakes import Received, Reply

Items = dict[str, Any]


@dataclass
class CursorApi:
    """What the server holds, and how it shows it.

    Attributes:
        types: The listing.
        rows: All rows of a detailed report; each a key and its value.
        downloads: What each download in turn holds; the last one again and again.
        cursor: Where a page names the next one: by header, by link, by both, or by none.
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
        if (more or self.circle) and self.cursor != "none":
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

    def answer(self, reply: Reply, request: Received) -> None:
        """Answer a request that is not for a token."""
        self.asked.append(f"{request.method} {request.path}")
        parts = urlsplit(request.path)
        if request.method == "POST":
            self.bodies.append(json.loads(request.body))
            reply.send_json(self.status())
        elif parts.path.endswith("/report-types"):
            reply.send_json(self.types)
        elif parts.path.endswith("/detailed-reports/7/data"):
            query = parse_qs(parts.query)
            document = query.get("lastDocumentId", [None])[0]
            body, headers, cut = self.page(document, int(query["size"][0]))
            length = str(len(body))
            sent = body[: len(body) // 2] if cut else body
            reply.send(200, sent, **{**headers, "Content-Length": length})
            reply.close_connection = cut
        elif parts.path.endswith("/7/download"):
            reply.send(200, self.download(), Content_Type="text/csv")
        else:
            reply.send_json(self.status())


@contextmanager
def served(api: CursorApi) -> Iterator[str]:
    """Serve the API on 127.0.0.1; yields its origin."""
    with fake_api(api.answer) as server:
        yield server.url
