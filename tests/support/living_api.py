"""A plain model of a summary report whose rows, keys and metrics change from night to night."""

from __future__ import annotations

import json
import re
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.support.fakes import fake_api

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.fakes import Received, Reply

TYPE = "living-summary"
ORIGIN = date(2026, 1, 1)
"""Days are counted from here."""


@dataclass(frozen=True)
class Group:
    """A row of a day: a queue, at a site where the API tells sites apart, and what it counts."""

    queue: str
    site: str
    accepted: int


Row = tuple[str, str | None, int, int | None]
"""Queue, site, accepted and callbacks, as far as they come."""


@dataclass
class LivingApi:
    """What the API holds at the moment.

    Attributes:
        days: The groups of each day.
        with_site: Whether rows are told apart by site too; no listing names the key.
        metric: Whether a new metric comes: never, `listed` (if it is asked for), or `unlisted`.
    """

    days: dict[int, list[Group]] = field(default_factory=dict)
    with_site: bool = False
    metric: str = "never"
    reports: list[dict[str, Any]] = field(default_factory=list)

    def rows(self, day: int, *, asked: bool) -> list[Row]:
        """Return the rows of a day.

        Args:
            day: The day.
            asked: Whether the new metric is asked for.
        """
        has_metric = self.metric == "unlisted" or (self.metric == "listed" and asked)
        found: Counter[tuple[str, str | None]] = Counter()
        for group in self.days.get(day, ()):
            found[group.queue, group.site if self.with_site else None] += group.accepted
        return [
            (queue, site, accepted, accepted * 10 if has_metric else None)
            for (queue, site), accepted in found.items()
        ]

    def answer(self, reply: Reply, request: Received) -> None:
        """Answer a request."""
        reply.send(200, json.dumps(self._answer(request)).encode())

    def _answer(self, request: Received) -> Any:
        if request.path.endswith("/report-types"):
            metrics = ["accepted", *(["callbacks"] if self.metric == "listed" else [])]
            return [{"type": TYPE, "groupBy": [{"name": "queue"}], "metrics": metrics}]
        if request.method == "POST":
            self.reports.append(json.loads(request.body))
            return {"id": len(self.reports), "status": "DONE"}
        found = re.search(r"/(\d+)/(\w+)", request.path)
        assert found
        if found[2] == "status":
            return {"id": int(found[1]), "status": "DONE"}
        is_first = "page=0" in request.path
        return self._page(self.reports[int(found[1]) - 1]) if is_first else []

    def _page(self, body: dict[str, Any]) -> list[dict[str, Any]]:
        start, end = (datetime.fromisoformat(body["dateRange"][edge]) for edge in ("start", "end"))
        first, last = ((moment.date() - ORIGIN).days for moment in (start, end))
        asked = "callbacks" in body["metrics"]
        return [
            {"total": None, "items": self._items(day, row)}
            for day in range(first, last + 1)
            for row in self.rows(day, asked=asked)
        ]

    def _items(self, day: int, row: Row) -> list[dict[str, Any]]:
        queue, site, accepted, callbacks = row
        begin = datetime.combine(ORIGIN + timedelta(days=day), datetime.min.time(), UTC)
        values = {
            "startTime": f"{begin:%Y-%m-%dT%H:%MZ}",
            "endTime": f"{begin + timedelta(days=1):%Y-%m-%dT%H:%MZ}",
            "queue": f"Queue {queue}",
            "queueId": queue,
            **({"site": site} if site else {}),
            "accepted": str(accepted),
            **({} if callbacks is None else {"callbacks": str(callbacks)}),
        }
        return [{"key": key, "label": key, "value": value} for key, value in values.items()]


@contextmanager
def living(api: LivingApi) -> Iterator[str]:
    """Serve the API; yields its origin."""
    with fake_api(api.answer) as served:
        yield served.url
