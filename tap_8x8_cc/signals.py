"""SIGINT and SIGTERM: stop at once, but never within a message.

The SDK alone would end a stopped run with exit code 0, as if it had been complete. Here a signal
raises StoppedError wherever the main thread is, waiting for a report as a rule; while a message
is being written it is held back until the message is whole. A loader that has stopped reading could
hold it back for ever: a run that has not ended some seconds after the signal is ended.
"""

from __future__ import annotations

import logging
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tap_8x8_cc.errors import StoppedError

if TYPE_CHECKING:
    from collections.abc import Iterator

logger = logging.getLogger(__name__)

GRACE = 5.0
"""Seconds that the loader has to take what is being written, and the last state."""
LOG_SECONDS = 0.5
"""Seconds for the last line of the log."""


class StopSwitch:
    """Turns a signal into StoppedError, at once or at the end of what it must not break.

    Args:
        grace: Seconds after which a run that has not ended is ended; None: it is waited for.
    """

    def __init__(self, grace: float | None = None) -> None:
        self._grace = grace
        self._held = False
        self._signum: int | None = None

    def signal(self, signum: int) -> None:
        """Take a signal; a second one ends the process on the spot."""
        if self._signum is not None:
            os._exit(128 + signum)
        self._signum = signum
        if self._grace is not None:
            watch = threading.Timer(self._grace, self._end, [signum])
            watch.daemon = True
            watch.start()
        if not self._held:
            raise StoppedError(signum)

    def _end(self, signum: int) -> None:
        """End the process: whoever reads its output has stopped reading."""
        message = "Stopped by %s; the loader does not read, so it has no last state."
        # In a thread: nobody may read the log either.
        log = threading.Thread(
            target=logger.warning, args=(message, StoppedError(signum)), daemon=True
        )
        log.start()
        log.join(LOG_SECONDS)
        os._exit(128 + signum)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold signals back, and let one that came take effect at the end."""
        self._held = True
        try:
            yield
        finally:
            self._held = False
        if self._signum is not None:
            raise StoppedError(self._signum)


STOP = StopSwitch(GRACE)
"""The process's one switch, as signals are the process's."""
