"""The reports of the simulated API: their life, and the rows they hold.

A report's status follows from the clock alone; no thread generates anything. Its rows are computed
when they are first read, as the contact center was when the report was created.
"""

from __future__ import annotations

import heapq
import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias
from weakref import ref

from tap_8x8_cc_sandbox.api.pages import MOST_RECORDS
from tap_8x8_cc_sandbox.center.model import (
    DetailedSpec,
    DetailedTable,
    PathNode,
    ReportSpec,
    Row,
    Table,
)
from tap_8x8_cc_sandbox.center.ranges import final_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_8x8_cc_sandbox.api.config import SandboxConfig
    from tap_8x8_cc_sandbox.api.faults import FaultRule
    from tap_8x8_cc_sandbox.api.rules import Accepted
    from tap_8x8_cc_sandbox.center.center import ContactCenter


@dataclass(frozen=True, slots=True)
class Held:
    """A summary report that was computed: its first rows, and how many there are in all."""

    table: Table
    count: int


Data: TypeAlias = Held | DetailedTable | list[PathNode]

CACHED_ROWS = 250_000
"""Rows of computed reports kept in memory, beyond the report that is being read."""
HELD_ROWS = 100_000
"""Rows of a summary report that is kept whole. Of a longer one the rows that JSON can show are
kept, and its download computes the others again."""
FIRST_ID = 2_710_001


@dataclass(slots=True, eq=False)
class Report:
    """A report that was created."""

    id: int  # number of the report
    tenant: str  # tenant that it belongs to, empty for a single one
    accepted: Accepted  # what was asked for
    center: ContactCenter  # the contact center as it was when the report was created
    now: datetime  # the present of that moment
    begins: float  # when its generation begins, on the monotonic clock
    ready: float  # when its generation ends, by the same clock
    interactive: bool  # whether it came from the endpoint of detailed reports
    waits_as: str  # status while it waits for its generation
    works_as: str  # status while it is generated
    polls: int = 0  # how often its status was asked
    turns: int = 0  # how often its first page was read
    # Whether nothing more is expected of it: read to its end, or failed and known so.
    finished: bool = False
    fault: FaultRule | None = None  # a fault that shapes its life
    lock: threading.Lock = field(default_factory=threading.Lock)

    def status(self, at: float) -> tuple[str, str | None]:
        """Return the status, and the reason of a failure, at a time of the monotonic clock."""
        if self.fault is not None:
            if self.fault.action == "stuck":
                return "IN_PROGRESS", None
            if self.fault.action == "unknown_status":
                return self.fault.status_name, None
            if self.fault.action == "failed" and at >= self.ready:
                return "FAILED", self.fault.reason
        if at >= self.ready:
            return "DONE", None
        return (self.works_as if at >= self.begins else self.waits_as), None

    @property
    def work(self) -> tuple[object, ...]:
        """What the rows follow from."""
        spec, config, now = self.accepted.spec, self.center.config, self.now
        if isinstance(spec, ReportSpec):
            now = min(now, final_at(spec, late_changes=config.late_changes))
        return ref(self.center), spec, now

    def compute(self) -> Data:
        """Compute the rows."""
        spec = self.accepted.spec
        if isinstance(spec, ReportSpec):
            return self._hold(spec)
        if isinstance(spec, DetailedSpec):
            return self.center.detailed(spec, self.now)
        return self.center.script_paths(
            spec.start, spec.end, spec.end_inclusive, spec.filters, self.now
        )

    def rows(self, held: Held) -> Iterator[Row]:
        """Yield all rows of a summary report."""
        spec = self.accepted.spec
        if held.count == len(held.table.rows) or not isinstance(spec, ReportSpec):
            yield from held.table.rows
        else:
            yield from self.center.scan(spec, self.now)[2]

    def _hold(self, spec: ReportSpec) -> Held:
        dimensions, metrics, rows = self.center.scan(spec, self.now)
        first = list(islice(rows, HELD_ROWS))
        more = sum(1 for _ in rows)
        held = first[:MOST_RECORDS] if more else first
        return Held(Table(dimensions, metrics, held), len(first) + more)


@dataclass(slots=True)
class _Computed:
    """Rows of reports by what they follow from, shared by the servers of a process."""

    known: OrderedDict[object, Data] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, key: object) -> Data | None:
        """Return rows that are known."""
        with self.lock:
            if key in self.known:
                self.known.move_to_end(key)
            return self.known.get(key)

    def keep(self, key: object, data: Data) -> None:
        """Keep rows; the longest unused ones go if there are too many."""
        with self.lock:
            self.known[key] = data
            total = sum(map(_size, self.known.values()))
            while total > CACHED_ROWS and len(self.known) > 1:
                total -= _size(self.known.popitem(last=False)[1])


_COMPUTED = _Computed()


class ReportStore:
    """The reports, oldest first. Used on the server's event loop, except for `data`."""

    def __init__(self) -> None:
        self._created = 0
        self._max_unfinished = 0  # at a time: neither read to their end nor failed
        self._max_generating = 0
        self._reports: dict[int, Report] = {}
        self._slots: list[float] = []

    def create(  # noqa: PLR0913 - all that a report begins with
        self,
        accepted: Accepted,
        config: SandboxConfig,
        *,
        tenant: str,
        center: ContactCenter,
        now: datetime,
        interactive: bool,
        fault: FaultRule | None,
    ) -> Report:
        """Create a report; one from the endpoint of detailed reports is ready at once."""
        at = time.monotonic()
        at_once = interactive and config.quirks.detailed_status == "done"
        begins, ready = (at, at) if at_once else self._schedule(at, accepted.type, config)
        report = Report(
            id=FIRST_ID + self._created,
            tenant=tenant,
            accepted=accepted,
            center=center,
            now=now,
            begins=begins,
            ready=ready,
            interactive=interactive,
            waits_as=config.quirks.first_status,
            works_as=config.quirks.waiting_status,
            fault=fault,
        )
        self._reports[report.id] = report
        self._created += 1
        while len(self._reports) > config.max_reports:
            del self._reports[next(iter(self._reports))]
        unfinished = sum(not known.finished for known in self._reports.values())
        generating = sum(known.ready > at for known in self._reports.values())
        self._max_unfinished = max(self._max_unfinished, unfinished)
        self._max_generating = max(self._max_generating, generating)
        return report

    @property
    def unready(self) -> int:
        """How many reports are being generated, or wait for it."""
        return self._unready(time.monotonic())

    def get(self, report_id: int) -> Report | None:
        """Return a report; None where it doesn't exist, any more or at all."""
        report = self._reports.get(report_id)
        vanished = report is not None and report.fault and report.fault.action == "vanish"
        return None if vanished else report

    def data(self, report: Report) -> Data:
        """Return a report's rows, computed at the first call. Safe in any thread, and slow."""
        with report.lock:
            data = _COMPUTED.get(report.work)
            if data is None:
                data = report.compute()
                _COMPUTED.keep(report.work, data)
            return data

    def snapshot(self) -> dict[str, Any]:
        """Return what happened so far, and the reports there are."""
        at = time.monotonic()
        reports = list(self._reports.values())
        statuses = [report.status(at)[0] for report in reports]
        return {
            "reports_created": self._created,
            "reports_forgotten": self._created - len(reports),
            "reports_ready": statuses.count("DONE"),
            "reports_unfinished": sum(not report.finished for report in reports),
            "max_unfinished": self._max_unfinished,
            "max_generating": self._max_generating,
            "polls": {str(report.id): report.polls for report in reports},
            "statuses": {
                str(report.id): status for report, status in zip(reports, statuses, strict=True)
            },
        }

    def _schedule(self, at: float, report_type: str, config: SandboxConfig) -> tuple[float, float]:
        """Take the place that is free first; return when generation begins and ends."""
        seconds = config.generation_seconds_by_type.get(report_type, config.generation_seconds)
        ahead = self._unready(at) - config.parallel_generation
        begins = at if ahead < 0 else heapq.nsmallest(ahead + 1, self._slots)[-1]
        heapq.heappush(self._slots, begins + seconds)
        return begins, begins + seconds

    def _unready(self, at: float) -> int:
        while self._slots and self._slots[0] <= at:
            heapq.heappop(self._slots)
        return len(self._slots)


def _size(data: Data) -> int:
    if isinstance(data, list):
        return len(data)
    return len(data.table.rows if isinstance(data, Held) else data.rows)
