"""Reports that have been created and not read yet, so that a later run need not create them again.

A report is found again by the identity of its definition: the create call without its title, the
tenant, and where it was sent. Detailed reports are left out: they are DONE when they are created,
and no documented call says whether one still exists.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import msgspec

from tap_8x8_cc.model.reports import ReportKind

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime, timedelta

    from tap_8x8_cc.api.statuses import Report
    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.model.reports import ReportRequest

Owner = tuple[str, str | None]
"""A stream, and a tenant if there are several."""


@dataclass(frozen=True, slots=True)
class UnreadReport:
    """A report that waits to be read: its id, its definition's identity, its age and its window."""

    id: str
    identity: str
    created_at: datetime
    start: datetime
    end: datetime


class UnreadReports:
    """Knows the reports of a run, and of the one before, that are not read yet; safe for threads.

    Args:
        api: Where reports are created: origin and path.
        clock: Time.
        most: Age from which a report is not read any more.
    """

    def __init__(self, api: str, clock: Clock, most: timedelta) -> None:
        self._api = api
        self._clock = clock
        self._most = most
        self._lock = threading.Lock()
        self._known: dict[tuple[Owner, str], UnreadReport] = {}
        self._changed: set[Owner] = set()
        self._since = math.inf

    def recall(self, owner: Owner, report: UnreadReport) -> None:
        """Take up a report of an earlier run, unless it is too old."""
        with self._lock:
            if self._is_fresh(report):
                self._known[owner, report.identity] = report
            else:
                self._note_change(owner)

    def find(self, request: ReportRequest) -> UnreadReport | None:
        """Return a report of this definition that is there to be read, if there may be one."""
        with self._lock:
            report = self._known.get(self._key(request)) if self._known else None
            return report if report and self._is_fresh(report) else None

    def add(self, report: Report) -> None:
        """Note a report that has been created."""
        if not self._most or report.request.kind is ReportKind.DETAILED:
            return
        owner, identity = self._key(report.request)
        window = report.request.window
        with self._lock:
            self._known[owner, identity] = UnreadReport(
                report.id, identity, report.created_at, window.start, window.end
            )
            self._note_change(owner)

    def remove(self, request: ReportRequest) -> None:
        """Note that the report of this definition has been read, or is of no use."""
        key = self._key(request)
        with self._lock:
            if self._known.pop(key, None):
                self._note_change(key[0])

    def keep_only(self, requests: Iterable[ReportRequest]) -> None:
        """Forget the reports that none of these requests asks for: nobody is going to read them."""
        with self._lock:
            if not self._known:  # a first run may plan very many requests
                return
            for key in self._known.keys() - set(map(self._key, requests)):
                del self._known[key]
                self._note_change(key[0])

    def edges(self, owner: Owner) -> set[datetime]:
        """Return where the windows start and end whose reports wait to be read."""
        return {edge for report in self.of(owner) for edge in (report.start, report.end)}

    def of(self, owner: Owner) -> list[UnreadReport]:
        """Return the reports of a stream and tenant, in the order of their creation."""
        with self._lock:
            return [report for (whose, _), report in self._known.items() if whose == owner]

    def changes(self) -> set[Owner]:
        """Return whose reports have changed since this was last asked."""
        with self._lock:
            changed, self._changed, self._since = self._changed, set(), math.inf
            return changed

    def is_due(self, seconds: float) -> bool:
        """Return whether the first change that nobody has asked for is so many seconds old."""
        return self._clock.monotonic() - self._since >= seconds

    def identity(self, request: ReportRequest) -> str:
        """Return what distinguishes the definition of a request from all others."""
        body = msgspec.json.decode(request.body())
        del body["title"]
        whole = [self._api, request.path, request.tenant_id, body]
        return blake2b(msgspec.json.encode(whole, order="sorted"), digest_size=12).hexdigest()

    def _key(self, request: ReportRequest) -> tuple[Owner, str]:
        return (request.stream, request.tenant_id), self.identity(request)

    def _is_fresh(self, report: UnreadReport) -> bool:
        return self._clock.now() - report.created_at < self._most

    def _note_change(self, owner: Owner) -> None:
        self._changed.add(owner)
        self._since = min(self._since, self._clock.monotonic())
