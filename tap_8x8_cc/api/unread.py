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
    """A report that waits to be read.

    Args:
        id: The API's id of it.
        identity: Of its definition.
        created_at: When it was created, in UTC.
        start: Start of its window.
        end: End of its window.
    """

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
        self._known: dict[Owner, dict[str, UnreadReport]] = {}
        self._changed: set[Owner] = set()
        self._since: float | None = None
        self._due = -math.inf

    def recall(self, owner: Owner, report: UnreadReport) -> None:
        """Take up a report of an earlier run, unless it is too old."""
        with self._lock:
            if self._is_fresh(report):
                self._known.setdefault(owner, {})[report.identity] = report
            else:
                self._note_change(owner)

    def find(self, request: ReportRequest) -> UnreadReport | None:
        """Return a report of this definition that is there to be read, if there may be one."""
        with self._lock:
            known = self._known.get(_owner(request), {})
            report = known.get(self.identity(request)) if known else None
            return report if report and self._is_fresh(report) else None

    def add(self, report: Report) -> None:
        """Note a report that has been created."""
        request = report.request
        if not self._most or request.kind is ReportKind.DETAILED:
            return
        window = request.window
        unread = UnreadReport(
            report.id, self.identity(request), report.created_at, window.start, window.end
        )
        with self._lock:
            self._known.setdefault(_owner(request), {})[unread.identity] = unread
            self._note_change(_owner(request))

    def remove(self, request: ReportRequest) -> None:
        """Note that the report of this definition has been read, or is of no use."""
        with self._lock:
            known = self._known.get(_owner(request))
            if known and known.pop(self.identity(request), None) is not None:
                self._note_change(_owner(request))

    def keep_only(self, requests: Iterable[ReportRequest]) -> None:
        """Forget the reports that none of these requests asks for: nobody is going to read them."""
        with self._lock:
            # A first run may plan very many, and there is nothing to forget of most owners.
            wanted = {
                (_owner(request), self.identity(request))
                for request in requests
                if self._known.get(_owner(request))
            }
            for owner, known in self._known.items():
                for identity in [each for each in known if (owner, each) not in wanted]:
                    del known[identity]
                    self._note_change(owner)

    def edges(self, owner: Owner) -> set[datetime]:
        """Return where the windows start and end whose reports wait to be read."""
        return {edge for report in self.of(owner) for edge in (report.start, report.end)}

    def of(self, owner: Owner) -> list[UnreadReport]:
        """Return the reports of a stream and tenant, in the order of their creation."""
        with self._lock:
            return list(self._known.get(owner, {}).values())

    def changes(self) -> set[Owner]:
        """Return whose reports have changed since this was last asked."""
        with self._lock:
            changed, self._changed, self._since = self._changed, set(), None
            return changed

    def is_due(self, quiet: float, apart: float) -> bool:
        """Return whether there are changes that it is time to ask for.

        Args:
            quiet: Seconds since the first of them.
            apart: Seconds since it was last time.
        """
        with self._lock:
            now = self._clock.monotonic()
            if self._since is None or now - self._since < quiet or now - self._due < apart:
                return False
            self._due = now
            return True

    def identity(self, request: ReportRequest) -> str:
        """Return what distinguishes the definition of a request from all others."""
        body = msgspec.json.decode(request.body())
        del body["title"]
        whole = [self._api, request.path, request.tenant_id, body]
        return blake2b(msgspec.json.encode(whole, order="sorted"), digest_size=12).hexdigest()

    def _is_fresh(self, report: UnreadReport) -> bool:
        return self._clock.now() - report.created_at < self._most

    def _note_change(self, owner: Owner) -> None:
        self._changed.add(owner)
        if self._since is None:
            self._since = self._clock.monotonic()


def _owner(request: ReportRequest) -> Owner:
    return request.stream, request.tenant_id
