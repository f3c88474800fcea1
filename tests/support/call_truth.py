"""Figures of queues and agents, counted from the list of interactions and nothing else.

Each interaction has a course in time: it enters a queue, is offered to an agent, and leaves the
queue. What a bucket shows follows from where these moments lie, by the vendor's glossary. None of
the sandbox's own ways of adding up is used.
"""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tap_8x8_cc_sandbox.center.calls import Call
    from tap_8x8_cc_sandbox.center.center import ContactCenter
    from tap_8x8_cc_sandbox.center.dimensions import Leaf

Bucket: TypeAlias = "tuple[datetime, datetime]"
Figures: TypeAlias = "dict[Any, Counter[str]]"

THRESHOLDS = {"Phone": 20_000, "Chat": 30_000, "Email": 7_200_000, "VoiceMail": 3_600_000}
"""Milliseconds within which an interaction counts as answered in time."""
_SHORT = 5_000
_LONGEST = timedelta(days=5)
"""No interaction of the sandbox goes on for longer."""
_QUARTER = 900_000
_HOUR = 3_600_000


@dataclass(frozen=True)
class Course:
    """An interaction's course; moments in milliseconds since 1970-01-01T00:00Z."""

    leaf: Leaf
    call: Call
    came: int
    from_last: int

    @property
    def is_queued(self) -> bool:
        return self.call.outcome.name not in {"REJECTED", "TIMED_OUT", "DIRECT"}

    @property
    def entered(self) -> int:
        return self.came + self.call.script

    @property
    def offered(self) -> int:
        return self.entered + self.call.wait

    @property
    def left(self) -> int:
        return self.offered + self.call.offer

    @property
    def done(self) -> int:
        call = self.call
        return self.left + call.handling + call.park + call.wrap_up

    @property
    def seen_until(self) -> int:
        """When a report last knows of it: what an agent still has at the end of a quarter."""
        if self.leaf.agent is None or self.call.outcome.name == "DIRECT":
            return self.left
        return max(self.left, self.done // _QUARTER * _QUARTER - 1)

    def known(self, now: datetime | None) -> int | None:
        """Return the percentage of handling that is known at a moment; None before the outcome.

        Args:
            now: The moment, for a contact center whose figures change late.
        """
        if now is None:
            return 100
        age = _milliseconds(now) - (self.left // _QUARTER + 1) * _QUARTER
        if age < 2 * _HOUR:
            return 50 if self.from_last > 2 else None
        if age < 24 * _HOUR:
            return 75 if self.from_last > 1 else None
        return 90 if age < 48 * _HOUR else 100


def courses(center: ContactCenter, start: datetime, end: datetime) -> list[Course]:
    """Return the interactions that may have touched a range."""
    found = center.calls(start.astimezone(UTC) - _LONGEST, end.astimezone(UTC))
    return [Course(*each) for each in found]


def queue_figures(
    found: Iterable[Course],
    buckets: Sequence[Bucket],
    key: Callable[[Bucket, Leaf], Any],
    now: datetime | None = None,
) -> Figures:
    """Return the figures of queues; a group is there if an interaction touched it."""
    figures: Figures = defaultdict(Counter)
    for course in found:
        call = course.call
        for bucket, start, end in _touched(course, buckets):
            own = figures[key(bucket, course.leaf)]
            if course.is_queued:
                _count_waiting(course, start, end, own)
            known = course.known(now)
            if not start <= course.left < end or known is None or not course.is_queued:
                continue
            own["longest_wait"] = max(own["longest_wait"], call.wait)
            match call.outcome.name:
                case "ACCEPTED":
                    own["accepted"] += 1
                    own["accepted_in_time"] += call.wait <= _threshold(course)
                    own["answer_wait"] += call.wait
                    own["handling"] += call.handling * known // 100
                    own["wrap_up"] += call.wrap_up * known // 100
                case "DIVERTED" | "VOICEMAIL":
                    own["diverted"] += 1
                case _:
                    own["abandoned"] += 1
                    own["short_abandoned"] += call.wait < _SHORT
    return figures


def agent_figures(
    found: Iterable[Course],
    buckets: Sequence[Bucket],
    key: Callable[[Bucket, Leaf], Any],
    now: datetime | None = None,
) -> Figures:
    """Return the figures of agents; a group is there if an interaction touched it."""
    figures: Figures = defaultdict(Counter)
    for course in found:
        if course.leaf.agent is None:
            continue
        call, direct = course.call, course.call.outcome.name == "DIRECT"
        first = course.left if direct else course.offered
        for bucket, start, end in _buckets(first, course.seen_until, buckets):
            own = figures[key(bucket, course.leaf)]
            own["new_presented"] += not direct and start <= course.offered < end
            own["presented"] += not direct and course.offered < end and course.left >= start
            known = course.known(now)
            if not start <= course.left < end or known is None:
                continue
            own["rejected"] += call.outcome.name == "REJECTED"
            if call.outcome.name == "ACCEPTED":
                own["accepted"] += 1
                own["transfers"] += bool(call.transfer)
                own["handling"] += call.handling * known // 100
                own["wrap_up"] += call.wrap_up * known // 100
                own["hold"] += sum(call.holds)
    return figures


def _count_waiting(course: Course, start: int, end: int, own: Counter[str]) -> None:
    in_queue_at_end = course.entered < end <= course.left
    own["new"] += start <= course.entered < end
    own["entered"] += course.entered < end and course.left >= start
    own["waiting"] += course.entered < end <= course.offered
    own["still_in_time"] += in_queue_at_end and end - course.entered <= _threshold(course)


def _touched(course: Course, buckets: Sequence[Bucket]) -> Iterator[tuple[Bucket, int, int]]:
    """Return the buckets in which a queue's row knows of an interaction."""
    first = course.entered if course.is_queued else course.offered
    return _buckets(first, course.seen_until, buckets)


def _buckets(first: int, last: int, buckets: Sequence[Bucket]) -> Iterator[tuple[Bucket, int, int]]:
    """Return the buckets, which follow each other, that a span of time touches."""
    at = bisect(buckets, first, key=lambda bucket: _milliseconds(bucket[1]))
    for bucket in islice(buckets, at, None):
        start, end = map(_milliseconds, bucket)
        if start > last:
            return
        yield bucket, start, end


def _threshold(course: Course) -> int:
    assert course.leaf.channel
    return THRESHOLDS[course.leaf.channel.media.value]


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)


def without_zeros(figures: Mapping[Any, Mapping[str, int]]) -> dict[Any, dict[str, int]]:
    """Return groups in which anything happened, with what did."""
    found = {key: {n: v for n, v in own.items() if v} for key, own in figures.items()}
    return {key: own for key, own in found.items() if own}
