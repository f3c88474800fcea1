"""Reports generated side by side, ahead of their reading, and handed out in order.

Most of a sync is waiting for the API to generate reports, and it generates several at once. So
the reports of all streams stand in one line, in the order in which their rows are written, and
the first of them, as many as the throttle allows, are in being: created, being generated, or
waiting to be read. A slot is freed when its report is taken.
"""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_8x8_cc.api.throttle import Throttle
    from tap_8x8_cc.reading.spool import Reading
    from tap_8x8_cc.reading.summary import Job


IN_ORDER = 0.5
"""Seconds that a report waits for the one before it to be created: so they are created in order and
not in a burst, but a creation that is slow, or tried again, keeps none of the others waiting."""


class Pipeline:
    """Runs `fetch` for the first jobs in line, each in a thread of its own.

    All methods are for one thread, the one that writes.

    Args:
        fetch: Has a report generated and reads it; called in other threads.
        throttle: How many reports may be in being.
    """

    def __init__(self, fetch: Callable[[Job], Reading], throttle: Throttle) -> None:
        self._fetch = fetch
        self._throttle = throttle
        self._waiting: deque[Job] = deque()
        self._started: dict[int, tuple[Job, Future[Reading]]] = {}
        self._dropped: set[Future[Reading]] = set()
        self._last: Job | None = None

    def append(self, jobs: Iterable[Job]) -> None:
        """Put jobs at the end of the line."""
        self._waiting.extend(jobs)

    def insert(self, jobs: Iterable[Job]) -> None:
        """Put jobs, in their order, at the head of the line."""
        self._waiting.extendleft(reversed(list(jobs)))

    def take(self, job: Job) -> Reading:
        """Wait for the job at the head of the line.

        Its slot is free then for the next in line; if it failed, only with the next call, so that
        what is inserted in its place goes first.

        Returns:
            What `fetch` gave; the caller closes it.

        Raises:
            Whatever `fetch` raised.
        """
        self._fill()
        while id(job) not in self._started:
            if self._dropped and self._in_being() >= self._throttle.limit:
                wait(self._dropped, return_when=FIRST_COMPLETED)
            else:
                # What comes after it holds all that the throttle has come to allow, and can't be
                # taken before it: this is a part of a failed report.
                self._start(self._waiting.popleft())
        _, future = self._started[id(job)]
        try:
            reading = future.result()
        finally:
            del self._started[id(job)]
        self._fill()
        return reading

    def drop(self, jobs: Iterable[Job]) -> None:
        """Forget jobs that nobody will take; what is under way is discarded when it is done."""
        unwanted = {id(job) for job in jobs}
        self._waiting = deque(job for job in self._waiting if id(job) not in unwanted)
        for key in unwanted & self._started.keys():
            _, future = self._started.pop(key)
            future.add_done_callback(_discard)
            self._dropped.add(future)

    def _in_being(self) -> int:
        """Count reports in being; the API goes on with those that were dropped, for a while."""
        self._dropped = {future for future in self._dropped if not future.done()}
        return len(self._started) + len(self._dropped)

    def _fill(self) -> None:
        while self._waiting and self._in_being() < self._throttle.allowed:
            self._start(self._waiting.popleft())

    def _start(self, job: Job) -> None:
        future: Future[Reading] = Future()
        self._started[id(job)] = (job, future)
        self._throttle.begin()
        # Daemons: a run that is stopped does not wait for the API.
        threading.Thread(target=self._run, args=(job, self._last, future), daemon=True).start()
        self._last = job

    def _run(self, job: Job, previous: Job | None, future: Future[Reading]) -> None:
        if previous is not None:
            previous.created.wait(IN_ORDER)
        try:
            reading = self._fetch(job)
        except BaseException as error:  # noqa: BLE001 - handed to the taker
            self._throttle.end(was_read=False)
            future.set_exception(error)
        else:
            self._throttle.end(was_read=True)
            future.set_result(reading)
        finally:
            job.created.set()


def _discard(future: Future[Reading]) -> None:
    if future.exception() is None:
        future.result().close()
