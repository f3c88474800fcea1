"""The line of reports: in order, side by side, never more than allowed, and never stuck."""

from __future__ import annotations

import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.patience import Throttle
from tap_8x8_cc.clock import Clock
from tap_8x8_cc.errors import TapError
from tap_8x8_cc.reading.job import Job
from tap_8x8_cc.reading.queue import ReportQueue
from tests.support.fakes import FakeClock
from tests.support.threads import PATIENCE, in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Unfit(TapError):  # noqa: N818 - a report that can't be had in one
    """A report failed."""


class Fake(NamedTuple):
    """A report of `size` buckets; too large a one must be had in parts."""

    stream: int
    start: int
    size: int
    api: Any
    """What fetches it."""

    def fetch(self, job: Fake) -> FakeReading:
        """Have it generated and read it, as the API it is of does."""
        return cast("FakeReading", self.api(job))

    @property
    def created(self) -> threading.Event:
        """Tell that the report has been created, as it has in no time."""
        event = threading.Event()
        event.set()
        return event

    @property
    def cancelled(self) -> threading.Event:
        """Say that it is wanted: it takes no time in which that could change."""
        return threading.Event()


class FakeReading:
    """Notes that it was closed."""

    def __init__(self, world: World, job: Fake) -> None:
        self.job = job
        self._world = world

    def close(self) -> None:
        self._world.open -= 1


class World:
    """An API that generates reports and fails as it is told.

    Args:
        readable: Most buckets of a report that can be read.
        lost: Streams whose reports all fail.
        throttle: Told of a 429 with every report whose start is in `throttled`.
        throttled: The same as in the queue.
    """

    def __init__(
        self, readable: int, lost: set[int], throttle: Throttle, throttled: set[int]
    ) -> None:
        self.readable, self.lost = readable, lost
        self.throttle, self.throttled = throttle, throttled
        self.lock = threading.Lock()
        self.under_way = self.most = self.open = 0
        self.fetched: Counter[Fake] = Counter()

    def fetch(self, job: Fake) -> FakeReading:
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            self.fetched[job] += 1
        sent_in = self.throttle.round
        if job.start in self.throttled:
            self.throttle.throttled(sent_in)
        time.sleep(0)
        with self.lock:
            self.under_way -= 1
            if job.stream in self.lost or job.size > self.readable:
                raise Unfit
            self.open += 1
        return FakeReading(self, job)


def halves(job: Fake) -> list[Fake]:
    """Return the two parts of a report; none where it is one bucket."""
    half = job.size // 2
    if not half:
        return []
    begin = job._replace(size=half)
    return [begin, job._replace(start=job.start + half, size=job.size - half)]


def consume(queue: ReportQueue, jobs: list[Fake]) -> list[Fake]:
    """Take a stream's reports as streams do; what failed for good ends it."""
    taken: list[Fake] = []

    def take(job: Fake) -> None:
        try:
            reading = queue.take(cast("Job", job))
        except Unfit:
            parts = halves(job)
            if not parts:
                raise
            queue.insert(cast("list[Job]", parts))
            try:
                for part in parts:
                    take(part)
            except Unfit:
                queue.drop(cast("list[Job]", parts))
                raise
            return
        taken.append(job)
        reading.close()

    try:
        for job in jobs:
            take(job)
    except Unfit:
        queue.drop(cast("list[Job]", jobs))
    return taken


@given(
    limit=st.integers(1, 6),
    sizes=st.lists(st.lists(st.integers(1, 9), max_size=5), min_size=1, max_size=5),
    readable=st.integers(1, 9),
    lost=st.sets(st.integers(0, 4), max_size=2),
    throttled=st.sets(st.integers(0, 30), max_size=6),
)
def test_any_line_is_read_in_order_within_the_limit_and_never_stuck(
    limit: int, sizes: list[list[int]], readable: int, lost: set[int], throttled: set[int]
) -> None:
    throttle = Throttle(limit, FakeClock())
    world = World(readable, lost, throttle, throttled)
    queue = ReportQueue(throttle)
    streams = [planned(stream, lengths, world.fetch) for stream, lengths in enumerate(sizes)]
    for jobs in streams:
        queue.append(cast("list[Job]", jobs))

    def run() -> None:
        for stream, jobs in enumerate(streams):
            taken = consume(queue, jobs)
            buckets = [b for job in taken for b in range(job.start, job.start + job.size)]
            assert buckets == ([] if stream in lost else list(range(sum(sizes[stream]))))

    in_time(run)
    assert world.most <= limit or lost  # the API goes on with what is dropped
    assert throttle.allowed >= 1
    wait_until(lambda: world.open == 0)  # dropped ones are closed by their own threads
    assert set(world.fetched.values()) <= {1}


def planned(stream: int, lengths: Iterable[int], api: Any) -> list[Fake]:
    """Return successive reports of these lengths."""
    jobs, start = [], 0
    for length in lengths:
        jobs.append(Fake(stream, start, length, api))
        start += length
    return jobs


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for another thread."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.001)


def test_reports_are_under_way_side_by_side_and_a_slot_is_freed_by_taking() -> None:
    gates = {start: threading.Event() for start in range(5)}
    begun: list[int] = []

    class Gated(World):
        def fetch(self, job: Fake) -> FakeReading:
            begun.append(job.start)
            assert gates[job.start].wait(PATIENCE)
            return FakeReading(self, job)

    throttle = Throttle(2, FakeClock())
    jobs = planned(0, [1] * 5, Gated(1, set(), throttle, set()).fetch)
    queue = ReportQueue(throttle)
    queue.append(cast("list[Job]", jobs))
    gates[0].set()
    gates[1].set()  # read, but not taken: it holds its slot
    in_time(lambda: queue.take(cast("Job", jobs[0])))
    wait_until(lambda: len(begun) == 3)
    time.sleep(0.05)
    assert sorted(begun) == [0, 1, 2]
    in_time(lambda: queue.take(cast("Job", jobs[1])))
    wait_until(lambda: len(begun) == 4)
    for gate in gates.values():
        gate.set()


def test_what_is_dropped_stops_at_its_next_wait_and_its_slots_go_to_the_next_at_once() -> None:
    clock, stopped = Clock(), threading.Semaphore(0)

    def wait_for_ever(_: Job) -> Any:
        try:
            clock.sleep(1000)
        finally:
            stopped.release()

    def fail(_: Job) -> Any:
        raise Unfit

    request = cast("Any", None)
    stuck = [Job(request, (), fail), *(Job(request, (), wait_for_ever) for _ in range(2))]
    rows = cast("Any", object())
    fine: Job = Job(request, (), lambda _: rows)
    queue = ReportQueue(Throttle(3, FakeClock()))
    queue.append([*stuck, fine])

    def run() -> None:
        with pytest.raises(Unfit):
            queue.take(stuck[0])
        queue.drop(stuck)
        assert fine.created.wait(PATIENCE)  # before anybody takes it
        assert queue.take(fine) is rows
        for _ in stuck[1:]:
            assert stopped.acquire(timeout=PATIENCE)

    in_time(run)


def test_what_a_report_raises_reaches_the_taker() -> None:
    def fetch(_: Fake) -> FakeReading:
        raise Unfit

    queue = ReportQueue(Throttle(1, FakeClock()))
    job = cast("Job", Fake(0, 0, 1, fetch))
    queue.append([job])
    with pytest.raises(Unfit):
        queue.take(job)


def test_after_a_429_no_report_is_begun_until_fewer_are_in_flight() -> None:
    throttle = Throttle(4, FakeClock())
    begun: list[int] = []

    class Noted(World):
        def fetch(self, job: Fake) -> FakeReading:
            begun.append(job.start)
            return super().fetch(job)

    jobs = planned(0, [1] * 8, Noted(1, set(), throttle, set()).fetch)
    queue = ReportQueue(throttle)
    queue.append(cast("list[Job]", jobs))
    queue.drop([])  # starts the first ones
    wait_until(lambda: all(future.done() for _, future in queue._started.values()))
    assert len(begun) == 4
    throttle.throttled(throttle.round)
    most = []
    for job in jobs:
        in_time(lambda job=job: queue.take(cast("Job", job)))  # type: ignore[misc]
        most.append(len(queue._started))
    assert most[:3] == [3, 2, 2]  # then it grows again
    wait_until(lambda: len(begun) == 8)


def test_reports_dropped_in_a_pause_of_all_calls_keep_no_other_waiting() -> None:
    """Five calls are answered 429 while another report of their stream is refused."""
    request, rows = cast("Any", None), cast("Any", object())

    def night() -> None:
        clock = Clock(0.005)
        throttle = Throttle(7, clock)
        together = threading.Barrier(6)

        def call(*, throttled: bool) -> Any:
            with throttle.slot(3600.0) as sent_in:
                if throttled:
                    throttle.throttled(sent_in, 1.0)
            return rows

        def poll(_: Job) -> Any:
            together.wait(PATIENCE)
            call(throttled=True)
            return call(throttled=False)

        def fail(_: Job) -> Any:
            together.wait(PATIENCE)
            raise Unfit

        refused: list[Job] = [Job(request, (), each) for each in (fail, *[poll] * 5)]
        others: list[Job] = [Job(request, (), lambda _: call(throttled=False))] * 1
        for job in [*refused, *others]:
            job.created.set()
        queue = ReportQueue(throttle)
        queue.append([*refused, *others])
        with pytest.raises(Unfit):
            queue.take(refused[0])
        queue.drop(refused)
        assert queue.take(others[0]) is rows

    for _ in range(40):
        in_time(night)


def test_what_nobody_foresaw_reaches_the_taker_too() -> None:
    def fail(_: Job) -> Any:
        raise OverflowError("date value out of range")

    job = Job(cast("Any", None), (), fail)
    queue = ReportQueue(Throttle(1, FakeClock()))
    queue.append([job])
    with pytest.raises(OverflowError):
        in_time(lambda: queue.take(job))
