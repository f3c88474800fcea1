"""What the API's throttling means for all calls: a common pause, and fewer reports at a time.

After a 429 all calls wait, not only that one, and go on one after the other. The number of reports
in flight halves, and grows by one after each round of reports that were read: the rule by which
networks share a line (additive increase, multiplicative decrease).
"""

from __future__ import annotations

import logging
import random
import threading
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from tap_8x8_cc.api.retry import TransientError
from tap_8x8_cc.clock import check_cancelled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc.clock import Clock

FIRST_PAUSE, LONGEST_PAUSE = 2.0, 300.0
"""Seconds of a pause of which the API does not say how long it should be; each is twice as long."""
SPREAD = 2.0
"""Seconds over which the calls are spread that waited for the end of a pause."""
logger = logging.getLogger(__name__)


class Throttle:
    """The number of reports that may be in flight at a time; safe for threads.

    Args:
        limit: The most there may ever be.
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
        """The number of times that the API throttled so far; a request notes it when it is sent."""
        with self._changed:
            return self._round

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
            sent_in: The round in which it was sent. Calls of an earlier round tell nothing new:
                several are under way when the API begins to throttle.
            asked: Seconds that the API asked to wait; None: it did not say.
        """
        with self._changed:
            if sent_in == self._round:
                self._round += 1
                self._read_in_round = 0
                self._allowed = max(1, self._allowed // 2)
                logger.info("The API throttles; reports side by side: %d.", self._allowed)
                if asked is None:
                    asked, self._pause = self._pause, min(self._pause * 2, LONGEST_PAUSE)
            if asked is not None and asked > self._left():
                self._resume = self._clock.monotonic() + asked * self._clock.pace
                until = self._clock.now() + timedelta(seconds=asked * self._clock.pace)
                logger.info("The API throttles: all calls wait until %s.", f"{until:%H:%M:%S} UTC")

    @property
    def left(self) -> float:
        """How many seconds of a pause are left."""
        with self._changed:
            return max(self._left(), 0.0)

    def _left(self) -> float:
        """Tell how many seconds of a pause are left, at the clock's pace."""
        return (self._resume - self._clock.monotonic()) / (self._clock.pace or 1.0)

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
            Whether another one ended. False where none is under way that would.
        """
        with self._changed:
            self._waiting += 1
            self._changed.notify_all()
            try:
                self._changed.wait_for(
                    lambda: self._ended != ended or self._waiting >= self._under_way
                )
            finally:
                self._waiting -= 1
            return self._ended != ended
