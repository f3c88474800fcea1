"""Patience: what is tried again, for how long, and how long is waited in between.

Waits grow from about a second to half a minute, with jitter, so that many taps do not return in
step. Where the API says how long to wait, that is how long is waited: never less. Patience is
counted in time, not in tries: a service that throttles for half an hour fails nothing.
"""

from __future__ import annotations

import logging
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import backoff

from tap_8x8_cc.errors import TapError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable

    from backoff.types import Details

    from tap_8x8_cc.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)

RETRY_SECONDS = 3600.0
"""How long a call is tried again, where nothing else is said (`retry_seconds`)."""
FIRST_WAIT = 1.0
"""Seconds before the second try; each further wait is twice as long, ..."""
LONGEST_WAIT = 30.0
"""... up to this."""


class TransientError(TapError):
    """A failure that may pass: worth another try.

    Args:
        message: What happened, for a person.
        wait: Seconds to wait before the next try, where the API asked for that.
        processed: Whether the API may have acted on the request all the same.
        throttled: Whether the API said that it is asked too much (429).
    """

    def __init__(
        self,
        message: str,
        *,
        wait: float | None = None,
        processed: bool = True,
        throttled: bool = False,
    ) -> None:
        super().__init__(message)
        self.wait = wait
        self.processed = processed
        self.throttled = throttled


@dataclass(frozen=True, slots=True)
class Patience:
    """How long calls are tried again.

    Args:
        seconds: Seconds for a call.
        clock: Its pace scales the waits.
        on_wait: Called once before each further try.
    """

    seconds: float
    clock: Clock
    on_wait: Callable[[], None] = lambda: None


def persistent(
    call: Callable[P, T], what: str, patience: Patience, *, repeatable: bool = True
) -> Callable[P, T]:
    """Wrap `call` so that TransientError is tried again.

    Args:
        call: The request.
        what: What it asks for, for messages.
        patience: For how long.
        repeatable: Whether it may be sent again although the API may have acted on it.

    Returns:
        The wrapped call, which raises UnavailableError when it gives up.
    """
    seconds, clock = patience.seconds, patience.clock
    pace, began = clock.pace, clock.monotonic()
    growing = backoff.expo(factor=FIRST_WAIT, max_value=LONGEST_WAIT)
    next(growing)  # the library's generators yield nothing first

    def hopeless(error: Any) -> bool:  # noqa: ANN401 - backoff knows no more of its type
        spent = clock.monotonic() - began
        too_long = error.wait is not None and spent + error.wait * pace > seconds * pace
        return too_long or (error.processed and not repeatable)

    def wait(error: Any) -> float:  # noqa: ANN401 - likewise
        # A little later than told: others were told the same moment.
        told = None if error.wait is None else error.wait + jittered(FIRST_WAIT)
        return float((jittered(next(growing)) if told is None else told) * pace)

    def announce(details: Details) -> None:
        patience.on_wait()
        error, pause = details["exception"], details["wait"] / (pace or 1)
        logger.warning("%s: %s Trying again in %.1f s.", what, error, pause)

    retrying = backoff.on_exception(
        backoff.runtime,
        TransientError,
        value=wait,
        jitter=None,
        giveup=hopeless,
        max_time=seconds * pace,
        on_backoff=announce,
        logger=None,
    )(call)

    def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return retrying(*args, **kwargs)
        except TransientError as error:
            ends = f" Given up; retry_seconds ({seconds:.0f}) is the patience."
            if error.processed and not repeatable:
                ends = ""
            raise UnavailableError(
                f"{what}: {error}{ends}",
                throttled=error.throttled,
                processed=error.processed,
            ) from error

    return bounded


def jittered(wait: float) -> float:
    """Return a wait of at least half that, at random."""
    return wait * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret


def parse_retry_after(text: str | None, date: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header, in seconds or as an HTTP date (RFC 9110, 10.2.3).

    Args:
        text: The header.
        date: The answer's own `Date`, against which a date is held: this machine's clock may be
            wrong.
        now: The present, where the answer has no date.

    Returns:
        Seconds, at least 0; None where there is no such header or it makes no sense.
    """
    if text is None:
        return None
    try:
        seconds = float(text.strip())
    except ValueError:
        moment = _http_date(text)
        if moment is None:
            return None
        seconds = (moment - (_http_date(date) or now)).total_seconds()
    return max(seconds, 0.0) if abs(seconds) < float("inf") else None


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime((text or "").strip())
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
