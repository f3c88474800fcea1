"""How many reports may be in being: fewer once the API throttles, more again later.

Halved when the API answers 429, one more after each round of reports that were read: the rule by
which networks share a line (additive increase, multiplicative decrease).
"""

from __future__ import annotations

import logging
import threading

logger = logging.getLogger(__name__)


class Throttle:
    """The number of reports that may be in being at a time; safe for threads.

    Args:
        limit: The most there may ever be.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._allowed = limit
        self._round = 0
        self._read_in_round = 0
        self._under_way = 0
        self._waiting = 0
        self._ended = 0
        self._changed = threading.Condition()

    @property
    def allowed(self) -> int:
        """How many reports may be in being now."""
        with self._changed:
            return self._allowed

    @property
    def round(self) -> int:
        """The number of times that the API throttled so far; a request notes it when it is sent."""
        with self._changed:
            return self._round

    def throttled(self, sent_in: int) -> None:
        """Take note of an answer 429.

        Args:
            sent_in: The round in which the request was sent. Requests of an earlier round tell
                nothing new: several are under way when the API begins to throttle.
        """
        with self._changed:
            if sent_in != self._round:
                return
            self._round += 1
            self._read_in_round = 0
            self._allowed = max(1, self._allowed // 2)
            logger.info("The API throttles; reports side by side: %d.", self._allowed)

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
