"""Reports generated side by side, ahead of their reading, and handed out in order.

Most of a sync is waiting for the API to generate reports, and it generates several at once. So the
reports of all streams stand in one queue, in the order in which their rows are written, and the
first of them, as many as the throttle allows, are in flight: created, being generated, or waiting
to be read. A place is free again when its report is taken, or dropped.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future, wait
from typing import TYPE_CHECKING

from tap_8x8_cc.clock import cancellable
from tap_8x8_cc.reading.spool import spooling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_8x8_cc.api.patience import Throttle
    from tap_8x8_cc.reading.job import Job
    from tap_8x8_cc.reading.spool import ReportRows


IN_ORDER = 0.5
"""Seconds that a report waits for the one before it to be created: they are created in order, not
in a burst, but a creation that is slow, or tried again, holds up none of the others."""
TICK = 0.1
"""Seconds between two calls of what is to be done while waiting."""


class ReportQueue:
    """Fetches the first jobs, each in a thread of its own.

    All methods are for one thread, the one that writes.

    Args:
        throttle: How many reports may be in flight.
    """

    def __init__(self, throttle: Throttle) -> None:
        self._throttle = throttle
        self._waiting: deque[Job] = deque()
        self._started: dict[int, tuple[Job, Future[ReportRows]]] = {}
        self._last: Job | None = None

    def append(self, jobs: Iterable[Job]) -> None:
        """Put jobs at the end."""
        self._waiting.extend(jobs)

    def insert(self, jobs: Iterable[Job]) -> None:
        """Put jobs, in their order, at the head."""
        self._waiting.extendleft(reversed(list(jobs)))

    def replace(self, job: Job, parts: Iterable[Job]) -> bool:
        """Put jobs in the place of one, unless that is under way; returns whether it was not."""
        found = next((at for at, each in enumerate(self._waiting) if each is job), None)
        if found is None:
            return False
        line = list(self._waiting)
        self._waiting = deque([*line[:found], *parts, *line[found + 1 :]])
        return True

    def take(self, job: Job, meanwhile: Callable[[], None] = lambda: None) -> ReportRows:
        """Wait for the job at the head.

        Its place is free then for the next one; if it failed, only with the next call, so that what
        is inserted instead goes first.

        Args:
            job: The job.
            meanwhile: Called now and then while waiting, in this thread.

        Returns:
            The rows; the caller closes them.

        Raises:
            Whatever fetching it raised.
        """
        self._fill()
        while id(job) not in self._started:
            # What comes after it holds all that the throttle has come to allow, and can't be
            # taken before it: this is a part of a failed report.
            self._start(self._waiting.popleft())
        _, future = self._started[id(job)]
        try:
            while not wait((future,), TICK).done:
                meanwhile()
            rows = future.result()
        finally:
            del self._started[id(job)]
        self._fill()
        return rows

    def drop(self, jobs: Iterable[Job]) -> None:
        """Forget jobs that nobody will take, and go on with the next ones.

        What is under way stops at its next wait or call; what is done is discarded.
        """
        unwanted = {id(job) for job in jobs}
        self._waiting = deque(job for job in self._waiting if id(job) not in unwanted)
        for key in unwanted & self._started.keys():
            job, future = self._started.pop(key)
            job.cancelled.set()
            future.add_done_callback(_discard)
        self._fill()

    def _fill(self) -> None:
        while self._waiting and len(self._started) < self._throttle.allowed:
            self._start(self._waiting.popleft())

    def _start(self, job: Job) -> None:
        future: Future[ReportRows] = Future()
        self._started[id(job)] = (job, future)
        # Daemons: a run that is stopped does not wait for the API.
        threading.Thread(target=self._run, args=(job, self._last, future), daemon=True).start()
        self._last = job

    def _run(self, job: Job, previous: Job | None, future: Future[ReportRows]) -> None:
        if previous is not None:
            previous.created.wait(IN_ORDER)
        try:
            with spooling(), cancellable(job.cancelled):
                rows = job.fetch(job)
        except BaseException as error:  # noqa: BLE001 - handed to the taker
            future.set_exception(error)
        else:
            self._throttle.read()
            future.set_result(rows)
        finally:
            job.created.set()


def _discard(future: Future[ReportRows]) -> None:
    if future.exception() is None:
        future.result().close()
