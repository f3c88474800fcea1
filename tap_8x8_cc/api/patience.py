"""Patience with the API: every limit, what is tried again, and how calls are slowed down.

A call that fails for a passing reason is tried again after growing waits, for `retry_seconds`. When
the API throttles (429), all calls pause together and fewer reports are in flight. All waits go
through the run's clock and end at once when nobody wants their result any more.
"""

from __future__ import annotations

import logging
import random
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, TypeVar

import backoff

from tap_8x8_cc.clock import check_cancelled
from tap_8x8_cc.errors import TapError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_8x8_cc.clock import Clock

T = TypeVar("T")

_SETTINGS = "check api_url, region, api_version and, if there is a proxy, HTTPS_PROXY."
logger = logging.getLogger(__name__)

# Every limit of the calls. "ours" is a choice of this project; all others name their source.

# How long a request may take: times `request_timeout`, which alone bounds the wait for each byte.
REQUEST_TIMEOUTS = 10
"""A request with its redirects and its body. Ours: a page of 1,000 rows is some 3 MB."""
DOWNLOAD_TIMEOUTS = 120
"""A download. Ours: two hours by default, for gigabytes."""

# How large an answer may be, in bytes, both as sent and unpacked.
SMALL_ANSWER = 1 << 16
"""Token, creation, status. Ours: the documented ones have some hundred bytes."""
DETAILS_ANSWER = 1 << 20
"""The definition of a report, which may hold long lists of ids. Ours."""
LISTING_ANSWER = 1 << 24
"""The list of report types. Ours: thirty types with 200 metrics and 20 groupings are 200 KB."""
ROW_BYTES = 1 << 16
"""A row; a page may have so many bytes for each row asked for. Ours: 250 cells are some 20 KB."""
TREE_ANSWER = 1 << 26
"""The download of script paths, which is kept in memory. Ours."""
DOWNLOAD_ANSWER = 1 << 34
"""A download whose rows nobody has counted; it goes to a file. Ours."""
MEMBER_BYTES = 40
"""Bytes of a body for each comma in it, at least, if it is as large as it may be. Ours: a million
empty lists need a thousand times the memory of their text."""
EXCERPT_BYTES = 4096
"""What is read of an error's body. Ours."""
REDIRECTS = 5
"""Redirects of a request. Ours; browsers follow 20."""

# How long and how often something is tried again.
RETRY_SECONDS = 3600.0
"""A call, unless `retry_seconds` says otherwise."""
FIRST_SECONDS = 60.0
"""A call when the API has never answered: a wrong setting is likelier than an outage. Ours."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
"""Before the second try; doubled each time up to the longest. Ours."""
LONGEST_TOLD_WAIT = 366 * 86_400.0
"""What `Retry-After` may ask for; longer ones are cut, since they mean nothing. Ours."""
LOST_TRIES = 4
"""Repetitions of a creation that the API may have acted on: few reports that nobody reads. Ours."""
NEW_TRIES = 2
"""New reports after one that FAILED; after one that is gone, one. Ours."""
PAUSE = 1.0
"""Before a new report after a failed one; doubled each time: haste adds to the load. Ours."""
READY_TRIES, MISSING_TRIES = 5, 3
"""Reads of a report that is DONE while the API refuses it, or does not find it. Ours."""
READY_PAUSE = 1.0
"""Between these reads; doubled each time. Ours."""
UNKNOWN_SECONDS = 60.0
"""How long the API may not know a report that it has just created. Ours."""

# How often it is asked whether a report is DONE ("no tight polling": the vendor's guide).
FIRST_POLL = 1.0
POLL_GROWTH = 1.07
"""A report of three seconds is seen after 3.2, one of a minute after 24 polls. Ours."""
POLL_JITTER = 0.03

# What a 429 without `Retry-After` means. The API documents no 429; its sister APIs allow 10 calls a
# minute.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"""The common pause; doubled each time it is followed by another 429. Ours."""
SPREAD = 2.0
"""Over so many seconds the calls are spread that waited for the end of a pause. Ours."""
TICK = 0.2
"""Between two looks whether a wait for another thread is still wanted. Ours."""


class TransientError(TapError):
    """A failure that may pass: worth another try.

    Args:
        message: What happened, for a person.
        wait: Seconds to wait before the next try, if the API asked for that.
        processed: Whether the API may have acted on the request.
        throttled: Whether the API said that it is asked too much (429).
        down: Whether there was no answer, or one that the API is out of order (5xx).
        answered: Whether there was an answer.
    """

    def __init__(  # noqa: PLR0913 - what is known of a failure
        self,
        message: str,
        *,
        wait: float | None = None,
        processed: bool = True,
        throttled: bool = False,
        down: bool = False,
        answered: bool = True,
    ) -> None:
        super().__init__(message)
        self.wait = wait
        self.processed = processed
        self.throttled = throttled
        self.down = down
        self.answered = answered


class Patience:
    """Tries calls again; one for all calls of a run; safe for threads.

    Args:
        seconds: How long a call is tried.
        clock: Time and waiting.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self.seconds = seconds
        self._clock = clock
        self._answered = False
        self._given_up = False

    def persist(
        self,
        what: str,
        call: Callable[[], T],
        *,
        repeatable: bool = True,
        on_wait: Callable[[], None] = lambda: None,
    ) -> T:
        """Do `call`, again as long as it raises TransientError.

        Args:
            what: What it asks for, for messages.
            call: The request.
            repeatable: Whether it may be sent again although the API may have acted on it.
            on_wait: Called before each further try.

        Raises:
            UnavailableError: It failed to the end.
        """
        failed_at: float | None = None
        growing = _growing_waits()
        while True:
            try:
                result = call()
            except TransientError as error:
                self._answered = self._answered or error.answered
                # From the first failure: a download may take longer than retry_seconds.
                failed_at = self._clock.monotonic() if failed_at is None else failed_at
                spent = self._clock.monotonic() - failed_at
                if (why := self._hopeless(error, spent, repeatable=repeatable)) is not None:
                    raise UnavailableError(
                        f"{what}: {error}{why}",
                        throttled=error.throttled,
                        processed=error.processed,
                    ) from error
                if error.wait is None:
                    wait = min(jittered(next(growing)), self.seconds - spent)
                else:  # a little later than told: others were told the same moment
                    wait = error.wait + jittered(FIRST_WAIT)
                logger.warning("%s: %s Trying again in %.1f s.", what, error, wait)
                on_wait()
                self._clock.sleep(wait)
            else:
                self._answered, self._given_up = True, False
                return result

    def _hopeless(self, error: TransientError, spent: float, *, repeatable: bool) -> str | None:
        """Return why a call is given up, which may be plain; None: it is tried again."""
        if error.processed and not repeatable:
            return ""
        if error.down and self._given_up:
            return " Not tried again: the API has been out of reach for retry_seconds."
        hint = "" if self._answered else f" The API has never answered: {_SETTINGS}"
        if not self._answered and spent >= FIRST_SECONDS:
            return f" Given up after {spent:.0f} s.{hint}"
        # Less than a millisecond left is nothing left.
        if max(error.wait or 0.0, 0.001) >= self.seconds - spent:
            self._given_up = self._given_up or error.down
            return f" Given up; retry_seconds is {self.seconds:.0f}.{hint}"
        return None


class Throttle:
    """What a 429 means for all calls: a common pause, and fewer reports in flight.

    The number of reports in flight halves, and grows by one after each round of reports that were
    read: the rule by which networks share a line (additive increase, multiplicative decrease). Safe
    for threads.

    Args:
        limit: Reports in flight at most.
        clock: Time and waiting.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self.limit = limit
        self._clock = clock
        self._resume = 0.0
        self._pause = FIRST_PAUSE
        self._allowed = limit
        self._round = 0
        self._read_in_round = 0
        self._under_way = 0
        self._waiting = 0
        self._ended = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many reports may be in flight now."""
        with self._changed:
            return self._allowed

    @property
    def round(self) -> int:
        """How often the API has throttled."""
        with self._changed:
            return self._round

    @property
    def left(self) -> float:
        """How many seconds of a pause are left."""
        with self._changed:
            return max(self._resume - self._clock.monotonic(), 0.0)

    @contextmanager
    def slot(self, patience: float) -> Iterator[int]:
        """Wait until a call may be sent, and send it within; the only way in.

        Args:
            patience: Seconds of a pause that are worth waiting.

        Yields:
            The round in which it is sent, for `throttled`.

        Raises:
            TransientError: The pause is longer.
            CancelledError: What this thread does is not wanted any more.
        """
        while (left := self.left) > 0:
            if left > patience:
                raise TransientError(
                    "The API throttles.", wait=left, processed=False, throttled=True
                )
            # Not all at once: whoever comes a little later sees whether the API throttles again.
            self._clock.sleep(left + random.uniform(0.0, SPREAD))  # noqa: S311 - no secret
        check_cancelled()
        sent_in = self.round
        yield sent_in
        with self._changed:
            if sent_in == self._round:
                self._pause = FIRST_PAUSE

    def throttled(self, sent_in: int, asked: float | None = None) -> None:
        """Let all calls wait, since one was answered 429.

        Args:
            sent_in: The round in which it was sent. Calls of an earlier round say nothing new:
                several are under way when the API begins to throttle.
            asked: Seconds that the API asked to wait; None: it did not say.
        """
        with self._changed:
            if sent_in == self._round:
                self._round += 1
                self._read_in_round = 0
                self._allowed = max(1, self._allowed // 2)
                logger.info("The API throttles; reports in flight: %d.", self._allowed)
                if asked is None:
                    asked, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
            resume = self._clock.monotonic() + (asked or 0.0)
            if resume > self._resume and asked:
                self._resume = resume
                until = self._clock.now() + timedelta(seconds=asked)
                logger.info("The API throttles: all calls wait until %s.", f"{until:%H:%M:%S} UTC")

    def begin(self) -> None:
        """Count a report that is about to be created."""
        with self._changed:
            self._under_way += 1

    def end(self, *, was_read: bool) -> None:
        """Count a report that is no longer needed, whether or not it was read."""
        with self._changed:
            self._under_way -= 1
            self._ended += 1
            if was_read and self._allowed < self.limit:
                self._read_in_round += 1
                if self._read_in_round >= self._allowed:
                    self._read_in_round = 0
                    self._allowed += 1
            self._changed.notify_all()

    @property
    def ended(self) -> int:
        """How many reports are no longer needed."""
        with self._changed:
            return self._ended

    def wait_for_another(self, ended: int) -> bool:
        """Wait until another report is no longer needed: the API may allow so many and no more.

        Args:
            ended: How many were no longer needed when the API began to refuse.

        Returns:
            Whether another one ended. False if none is under way that would.

        Raises:
            CancelledError: What this thread does is not wanted any more.
        """
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            try:
                while self._ended == ended and self._waiting < self._under_way:
                    self._changed.wait(TICK)
                    check_cancelled()
            finally:
                self._waiting -= 1
            return self._ended != ended


def _growing_waits() -> Iterator[float]:
    waits = backoff.expo(factor=FIRST_WAIT, max_value=LONGEST_WAIT)
    next(waits)  # the library's generators yield nothing first
    return waits


def jittered(wait: float) -> float:
    """Return a wait of at least half that, at random, so that many taps don't return in step."""
    return wait * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is not a secret


def poll_waits(longest: float) -> Iterator[float]:
    """Return the waits before each poll of a report, in seconds, without end.

    They grow, so that a short report is seen soon and a long one is asked about rarely.

    Args:
        longest: Seconds between two polls at most (`poll_interval_max`).
    """
    wait = FIRST_POLL
    while True:
        spread = random.uniform(1.0 - POLL_JITTER, 1.0)  # noqa: S311 - jitter is not a secret
        yield min(wait, longest) * spread
        wait = min(wait * POLL_GROWTH, longest)


def parse_retry_after(text: str | None, date: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header, in seconds or as an HTTP date (RFC 9110, 10.2.3).

    Args:
        text: The header.
        date: The answer's own `Date`, from which a date is counted: this machine's clock may be
            wrong.
        now: The present, if the answer has no date.

    Returns:
        Seconds, from 0 to a year; None if there is no such header or it makes no sense.
    """
    if text is None:
        return None
    try:
        seconds = float(text.strip())
    except ValueError:
        moment = _http_date(text)
        if moment is None:
            return None
        try:
            seconds = (moment - (_http_date(date) or now)).total_seconds()
        except OverflowError:
            return None
    if seconds != seconds:  # noqa: PLR0124 - not a number
        return None
    return min(max(seconds, 0.0), LONGEST_TOLD_WAIT)


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime((text or "").strip())
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
