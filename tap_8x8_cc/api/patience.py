"""Patience with the API: every limit, what is tried again, and how calls are slowed down.

A call that fails for a passing reason is tried again after growing waits, for `retry_seconds`. When
the API throttles (429), all calls pause together and fewer reports are in flight. All waits go
through the run's clock and end at once when nobody wants their result any more.
"""

from __future__ import annotations

import logging
import math
import random
import threading
from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
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

# Every limit of the calls, in seconds and bytes. They are choices of this project, except where a
# source is named.

# How long a request may take: times `request_timeout`, which alone bounds the wait for each byte.
REQUEST_TIMEOUTS = 10  # with its redirects and its body: a page of 1,000 rows is some 3 MB
DOWNLOAD_TIMEOUTS = 120  # two hours by default, for gigabytes

# How large an answer may be, both as sent and unpacked.
SMALL_ANSWER = 1 << 16  # token, creation, status: the documented ones have some hundred bytes
DETAILS_ANSWER = 1 << 20  # the definition of a report, which may hold long lists of ids
LISTING_ANSWER = 1 << 24  # report types: thirty with 200 metrics and 20 groupings are 200 KB
ROW_BYTES = 1 << 16  # for each row that is asked for: 250 cells are some 20 KB
TREE_ANSWER = 1 << 26  # the download of script paths, which is kept in memory
DOWNLOAD_ANSWER = 1 << 34  # a download whose rows nobody has counted; it goes to a file
MEMBER_BYTES = 40
"""Bytes of a body for each comma in it, at least, if it is as large as it may be: a million empty
lists need a thousand times the memory of their text."""
EXCERPT_BYTES = 4096  # what is read of an error's body
REDIRECTS = 5  # of a request; browsers follow 20

# How long and how often something is tried again.
RETRY_SECONDS = 3600.0  # a call, unless `retry_seconds` says otherwise
FIRST_SECONDS = 60.0
"""A call if the API has never answered: a wrong setting is likelier than an outage."""
FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0  # before the second try; doubled each time up to the longest
LONGEST_TOLD_WAIT = 366 * 86_400.0  # what `Retry-After` may ask for; longer ones mean nothing
LOST_TRIES = 4  # repetitions of a creation that the API may have acted on: few unread reports
NEW_TRIES = 2  # new reports after one that FAILED; after one that is gone, one
PAUSE = 1.0  # before a new report after a failed one; doubled each time: haste adds to the load
READY_TRIES, MISSING_TRIES = 5, 3
"""Reads of a report that is DONE while the API refuses it, or does not find it."""
READY_PAUSE = 1.0  # between these reads; doubled each time
UNKNOWN_SECONDS = 60.0  # how long the API may not know a report that it has just created

# How often it is asked whether a report is DONE ("no tight polling": the vendor's guide).
FIRST_POLL, POLL_JITTER = 1.0, 0.03
POLL_GROWTH = 1.07  # a report of three seconds is seen after 3.2, one of a minute after 24 polls

# What a 429 without `Retry-After` means. The API documents none; its sister APIs allow 10 calls a
# minute.
FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0  # for all calls; doubled if another 429 follows
SPREAD = 2.0  # over so many seconds the calls are spread that waited for the end of a pause
TICK = 0.2  # between two looks whether a wait for another thread is still wanted


@dataclass(eq=False)
class TransientError(TapError):
    """A failure that may pass: worth another try.

    Args:
        message: What happened.
        wait: Seconds to wait before the next try, if the API asked for that.
        processed: Whether the API may have acted on the request.
        throttled: Whether the API said that it is asked too much (429).
        down: Whether there was no answer, or one that the API is out of order (5xx).
        answered: Whether there was an answer.
    """

    message: str
    _: KW_ONLY
    wait: float | None = None
    processed: bool = True
    throttled: bool = False
    down: bool = False
    answered: bool = True


class Patience:
    """Tries calls again, each for some seconds; one for all calls of a run; safe for threads."""

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
        """Do `call`, again as long as it raises TransientError; to the end: UnavailableError.

        Args:
            what: What it asks for, for messages.
            call: The request.
            repeatable: Whether it may be sent again although the API may have acted on it.
            on_wait: Called before each further try.
        """
        failed_at: float | None = None
        growing = backoff.expo(factor=FIRST_WAIT, max_value=LONGEST_WAIT)
        next(growing)  # the library's generators yield nothing first
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
                    wait = min(_jittered(next(growing)), self.seconds - spent)
                else:  # a little later than told: others were told the same moment
                    wait = error.wait + _jittered(FIRST_WAIT)
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
        if hint and spent >= FIRST_SECONDS:
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

    Attributes:
        allowed: Reports that may be in flight now.
        round: How often the API has throttled.
    """

    def __init__(self, limit: int, clock: Clock) -> None:
        self.allowed = limit
        self.round = 0
        self._limit = limit
        self._clock = clock
        self._resume = 0.0
        self._pause = FIRST_PAUSE
        self._read_in_round = 0
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        """How many seconds of a pause are left."""
        return max(self._resume - self._clock.monotonic(), 0.0)

    @contextmanager
    def slot(self, patience: float) -> Iterator[int]:
        """Wait until a call may be sent, and send it within; the only way in.

        Args:
            patience: Seconds of a pause that are worth waiting; TransientError if it is longer.

        Yields:
            The round in which it is sent, for `throttled`.
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
        with self._lock:
            if sent_in == self.round:
                self._pause = FIRST_PAUSE

    def throttled(self, sent_in: int, asked: float | None = None) -> None:
        """Let all calls wait, since one was answered 429.

        Args:
            sent_in: The round in which it was sent. Calls of an earlier round say nothing new:
                several are under way when the API begins to throttle.
            asked: Seconds that the API asked to wait; None: it did not say.
        """
        with self._lock:
            if sent_in == self.round:
                self.round += 1
                self._read_in_round = 0
                self.allowed = max(1, self.allowed // 2)
                logger.info("The API throttles; reports in flight: %d.", self.allowed)
                if asked is None:
                    asked, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
            resume = self._clock.monotonic() + (asked or 0.0)
            if resume > self._resume and asked:
                self._resume = resume
                until = self._clock.now() + timedelta(seconds=asked)
                logger.info("The API throttles: all calls wait until %s.", f"{until:%H:%M:%S} UTC")

    def read(self) -> None:
        """Count a report that was read: after enough of them, one more may be in flight."""
        with self._lock:
            if self.allowed < self._limit:
                self._read_in_round += 1
                if self._read_in_round >= self.allowed:
                    self._read_in_round = 0
                    self.allowed += 1


def _jittered(wait: float) -> float:
    """Return a wait of at least half that, at random, so that many taps don't return in step."""
    return wait * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is not a secret


def poll_waits(longest: float) -> Iterator[float]:
    """Return the waits before each poll of a report, without end.

    They grow, so that a short report is seen soon and a long one is asked about rarely.
    """
    wait = FIRST_POLL
    while True:
        spread = random.uniform(1.0 - POLL_JITTER, 1.0)  # noqa: S311 - jitter is not a secret
        yield min(wait, longest) * spread
        wait = min(wait * POLL_GROWTH, longest)


def parse_retry_after(text: str | None, date: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header, in seconds or as an HTTP date (RFC 9110, 10.2.3).

    A date is counted from the answer's own `date`, if it has one: this machine's clock may be
    wrong. Returns seconds, from 0 to a year; None if the header is absent or makes no sense.
    """
    try:
        seconds = float(text or "")
    except ValueError:
        moment = _http_date(text)
        if moment is None:
            return None
        seconds = (moment - (_http_date(date) or now)) / timedelta(seconds=1)
    return None if math.isnan(seconds) else min(max(seconds, 0.0), LONGEST_TOLD_WAIT)


def _http_date(text: str | None) -> datetime | None:
    """Read an HTTP date; None if it is not one, or of a time that no calendar reaches."""
    try:
        moment = parsedate_to_datetime((text or "").strip())
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
