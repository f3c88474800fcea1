"""A second, plain model of the API: one report type, rows that are a function of their number.

It makes reports of exactly as many rows as wanted, streams downloads of any length, and lets a test
write the CSV as it likes. It knows nothing of faults, limits of ranges or time: the sandbox does.
"""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from tests.support.fakes import fake_api

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.support.fakes import Received, Reply

STREAM = "plain_summary_by_queue"
KEYS = ("startTime", "endTime", "queue", "queueId", "accepted", "handlingTime", "share")
LABELS = ("Start", "End", "Queue Name", "Queue", "Accepted", "Handling Time", "Share, %")
FIRST_DAY = datetime(2026, 3, 1, tzinfo=UTC)
MOST_RECORDS = 10_000
DAY = timedelta(days=1)

Cells = tuple[str | None, ...]


@cache
def times(day: int) -> tuple[str, str]:
    """Return the begin and the end of a day."""
    start = FIRST_DAY + day * DAY
    return f"{start:%Y-%m-%dT%H:%M}Z", f"{start + DAY:%Y-%m-%dT%H:%M}Z"


def row(number: int, day: int) -> Cells:
    """Return a row of a day: times, queue and its id, and three metrics."""
    return (
        *times(day),
        f"Queue {number}",
        str(number),
        str((number * 7 + day) % 100 + 1),
        str(number * 1009 % 100_000 + 1),
        f"{(number + day) % 101}.5",
    )


@dataclass
class PlainApi:
    """What the server holds, and how it shows it.

    Attributes:
        rows: Rows of the whole data, in days of `per_day` each.
        per_day: Rows of a day.
        capped: Whether headers count at most 10,000 rows.
        counts_page: Whether headers count the rows of the page, and only a link names the next.
        refuses: Whether JSON pages of more than 10,000 rows are refused.
        last_pages: Whether pages of more than 10,000 rows are given after the first.
        row: Makes a row of its number within the day and its day.
        items: Makes the items of a row.
        header: The header of the CSV.
        cells: Makes the cells of a row of the CSV, given its number in the report.
        line_end: What ends a line of the CSV.
        tail: What follows the last line in place of `line_end`; None: that.
        cut: Bytes that downloads lack at their end, one after the other; none when used up.
        torn: Readings of pages in which a row moves from the first page to the second, and another
            the other way, once the first has been given.
        requests: The method and path of each request.
        sizes: The size of each page that was asked for.
    """

    rows: int
    per_day: int = 1000
    capped: bool = False
    counts_page: bool = False
    refuses: bool = False
    last_pages: bool = True
    row: Callable[[int, int], Cells] = row
    items: Callable[[Cells], Any] = lambda cells: [
        {"key": key, "label": label, "value": value}
        for key, label, value in zip(KEYS, LABELS, cells, strict=True)
    ]
    header: tuple[str, ...] = LABELS
    cells: Callable[[int, Cells], Iterable[Any]] = lambda _, cells: cells
    line_end: str = "\r\n"
    tail: str | None = None
    cut: list[int] = field(default_factory=list)
    torn: int = 0
    requests: list[str] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    ranges: dict[int, range] = field(default_factory=dict)

    def report(self, body: dict[str, Any]) -> int:
        """Note the range of days of a new report; gives its id."""
        start, end = (
            (datetime.fromisoformat(body["dateRange"][which]) - FIRST_DAY) / DAY
            for which in ("start", "end")
        )
        report_id = len(self.ranges) + 1
        self.ranges[report_id] = range(max(0, round(start)), max(0, round(end)))
        return report_id

    def all_rows(self, days: range) -> Iterator[Cells]:
        """Return the rows of some days."""
        for day in days:
            for number in range(max(0, min(self.per_day, self.rows - day * self.per_day))):
                yield self.row(number, day)

    def count(self, days: range) -> int:
        """Count the rows of some days."""
        end = min(days.stop * self.per_day, self.rows)
        return max(0, end - min(days.start * self.per_day, self.rows))

    def page(self, days: range, number: int, size: int) -> list[dict[str, Any]]:
        """Return a JSON page."""
        first = number * size
        found = islice(self.all_rows(days), first, max(first, min(first + size, MOST_RECORDS)))
        listed = list(found)
        if number == 1 and self.torn:
            self.torn -= 1
            place = self.torn % len(listed)  # another one each time
            listed[place] = next(islice(self.all_rows(days), place, None))
        return [{"total": None, "items": self.items(cells)} for cells in listed]

    def csv(self, days: range) -> Iterator[bytes]:
        """Return the download, in pieces."""
        lines = (self.cells(number, cells) for number, cells in enumerate(self.all_rows(days)))
        buffer = io.StringIO(newline="")
        writer = csv.writer(buffer, lineterminator=self.line_end)
        writer.writerow(self.header)
        while piece := list(islice(lines, 2000)):
            writer.writerows(piece)
            text = buffer.getvalue()
            # The last line stays behind, since it may be the last of all.
            end = text.rfind(self.line_end, 0, -len(self.line_end)) + len(self.line_end)
            yield text[:end].encode()
            buffer.seek(0)
            buffer.truncate()
            buffer.write(text[end:])
        text = buffer.getvalue()
        if self.tail is not None:
            text = text.removesuffix(self.line_end) + self.tail
        cut = self.cut.pop(0) if self.cut else 0
        yield text[: len(text) - cut].encode()

    def answer(self, reply: Reply, request: Received) -> None:
        """Answer with a new report, the listing, a status, a page or a download."""
        url = urlsplit(request.path)
        if request.method == "POST":
            self.requests.append(f"POST {request.path}")
            reply.send_json({"id": self.report(json.loads(request.body)), "status": "DONE"})
            return
        self.requests.append(f"GET {url.path.rpartition('historical-metrics')[2]}")
        if url.path.endswith("/report-types"):
            grouping = {"name": "queue", "filters": []}
            metrics = list(KEYS[4:])
            reply.send_json([{"type": "plain-summary", "groupBy": [grouping], "metrics": metrics}])
            return
        found = re.search(r"/(\d+)/(\w+)$", url.path)
        assert found
        days = self.ranges[int(found[1])]
        if found[2] == "status":
            reply.send_json({"id": int(found[1]), "status": "DONE"})
        elif found[2] == "download":
            reply.stream(self.csv(days))
        else:
            query = parse_qs(url.query)
            self.sizes.append(int(query["size"][0]))
            self._page(reply, request, days, int(query["page"][0]), int(query["size"][0]))

    def _page(self, reply: Reply, request: Received, days: range, number: int, size: int) -> None:
        count = self.count(days)
        refuses = self.refuses or (number > 0 and not self.last_pages)
        if refuses and count > MOST_RECORDS:
            reply.send_json({"message": "The report has too many records."}, status=400)
            return
        page = self.page(days, number, size)
        if self.counts_page:
            following = f"{request.path.partition('?')[0]}?page={number + 1}&size={size}"
            more = (number + 1) * size < min(count, MOST_RECORDS)
            headers = {"X-Total-Elements": str(len(page))}
            if more:
                headers["Link"] = f'<{following}>; rel="next"'
            reply.send_json(page, headers)
            return
        shown = min(count, MOST_RECORDS) if self.capped else count
        pages = -(-shown // size)
        counts = {"X-Page": number, "X-Total-Elements": shown, "X-Total-Pages": pages}
        reply.send_json(page, {name: str(value) for name, value in counts.items()})


@contextmanager
def serve(api: PlainApi) -> Iterator[str]:
    """Serve an API on the loopback address; gives its origin."""
    with fake_api(api.answer) as server:
        yield server.url
