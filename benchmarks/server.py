"""The API as prepared pages: a process of its own that costs next to nothing per request.

It knows nothing of contact centers: every report, of whatever type and grouping, holds the same
rows. What it serves is fixed by a `Workload`, given as JSON on the command line; the port it
listens on, on 127.0.0.1, is the first line that it writes.
"""

from __future__ import annotations

import json
import re
import sys
import threading
import time
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import islice, permutations, product
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.data import METRICS, prepare

BASE = "/analytics/cc/v8/historical-metrics"
STATS = "/stats"
_TYPES = ("agent", "queue", "group", "channel", "campaign", "media", "skill", "script")
_REPORT = re.compile(rf"{BASE}/(?P<id>\d+)/(?P<part>status|data|download)")


@dataclass(frozen=True, slots=True)
class Workload:
    """What there is to sync.

    Args:
        windows: Windows of 28 days to read of each stream.
        rows: Rows in each window of each stream.
        streams: Summary streams on offer, up to 48.
        types: Report types that these belong to, up to 8 and at most six streams each.
        seconds: How long a report takes to be generated; 0: it is done when it is created.
    """

    windows: int = 1
    rows: int = 0
    streams: int = 1
    types: int = 1
    seconds: float = 0.0

    @property
    def listing(self) -> list[dict[str, Any]]:
        """The report types; groupings differ in the order of their words alone."""
        words = ("-and-".join(p) for p in permutations(("media", "channel", "queue")))
        pairs = islice(product(words, _TYPES[: self.types]), self.streams)
        found: dict[str, list[dict[str, Any]]] = {}
        for grouping, name in pairs:
            found.setdefault(name, []).append({"name": grouping, "filters": []})
        return [
            {"type": f"{name}-interactions-summary", "groupBy": groupings, "metrics": METRICS}
            for name, groupings in found.items()
        ]


class PreparedServer(ThreadingHTTPServer):
    """Serves a workload, and counts.

    Args:
        workload: What to serve.
    """

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, workload: Workload) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.workload = workload
        self.prepared = prepare(workload.rows)
        self._lock = threading.Lock()
        self._reports: list[tuple[date, float]] = []
        self._polls: Counter[int] = Counter()
        self._in_being: set[int] = set()
        self._most = 0

    def create(self, first: date) -> int:
        """Note a report for the window that begins on `first`; give its number."""
        with self._lock:
            self._reports.append((first, time.monotonic()))
            number = len(self._reports) - 1
            self._in_being.add(number)
            self._most = max(self._most, len(self._in_being))
            return number

    def first_day(self, number: int) -> date:
        """Tell on which day a report's window begins."""
        return self._reports[number][0]

    def poll(self, number: int) -> bool:
        """Count a poll; tell whether the report is done."""
        with self._lock:
            self._polls[number] += 1
        return self.is_done(number)

    def is_done(self, number: int) -> bool:
        """Tell whether a report has been generated."""
        return time.monotonic() - self._reports[number][1] >= self.workload.seconds

    def note_read(self, number: int) -> None:
        """Count a report as read."""
        with self._lock:
            self._in_being.discard(number)

    def stats(self) -> dict[str, Any]:
        """Return the counts so far, and start to count again."""
        with self._lock:
            polls = [self._polls[number] for number in range(len(self._reports))]
            found = {"reports": len(polls), "polls": polls, "most_in_being": self._most}
            self._reports, self._polls, self._in_being, self._most = [], Counter(), set(), 0
            return found


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: PreparedServer

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/oauth/v2/token":
            self._json({"access_token": "prepared", "expires_in": "86400"})
            return
        number = self.server.create(date.fromisoformat(json.loads(body)["dateRange"]["start"][:10]))
        self._status(number, done=self.server.is_done(number))

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        if url.path == f"{BASE}/report-types":
            self._json(self.server.workload.listing)
        elif url.path == STATS:
            self._json(self.server.stats())
        elif found := _REPORT.fullmatch(url.path):
            self._report(int(found["id"]), found["part"], parse_qs(url.query))
        else:
            self.send_error(404)

    def _report(self, number: int, part: str, query: dict[str, list[str]]) -> None:
        server, first = self.server, self.server.first_day(number)
        rows = server.prepared.rows
        if part == "status":
            self._status(number, done=server.poll(number))
        elif part == "download":
            server.note_read(number)
            self._answer(server.prepared.csv(first), "text/csv")
        else:
            page, size = int(query["page"][0]), int(query["size"][0])
            pages = -(-rows // size)
            if page + 1 >= pages:
                server.note_read(number)
            headers = {"X-Total-Elements": str(rows), "X-Total-Pages": str(pages)}
            self._answer([server.prepared.page(page, first, size)], "application/json", headers)

    def _status(self, number: int, *, done: bool) -> None:
        self._json({"id": number, "status": "DONE" if done else "IN_PROGRESS"})

    def _json(self, value: object) -> None:
        self._answer([json.dumps(value).encode()], "application/json")

    def _answer(self, pieces: list[bytes], kind: str, more: dict[str, str] | None = None) -> None:
        self.send_response(200)
        headers = {"Content-Type": kind, "Content-Length": str(sum(map(len, pieces)))}
        for name, value in {**headers, **(more or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        for piece in pieces:
            self.wfile.write(piece)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def command(workload: Workload) -> list[str]:
    """Return the command that serves a workload."""
    return [sys.executable, "-m", "benchmarks.server", json.dumps(asdict(workload))]


def main() -> None:
    """Serve the workload of the command line until terminated."""
    with PreparedServer(Workload(**json.loads(sys.argv[1]))) as server:
        sys.stdout.write(f"{server.server_port}\n")
        sys.stdout.flush()
        server.serve_forever()


if __name__ == "__main__":
    main()
