"""The one retry policy: what is tried again, how often, and how long is waited in between.

Waits grow from about a second to half a minute, with jitter, so that many taps do not return in
step. `Retry-After` is obeyed to the second: never sooner. Tries and total time are both bounded.
"""

from __future__ import annotations

import itertools
import logging
import random
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import backoff

from tap_8x8_cc.errors import TapError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from backoff.types import Details

    from tap_8x8_cc.clock import Clock

P = ParamSpec("P")
T = TypeVar("T")

logger = logging.getLogger(__name__)


class TransientError(TapError):
    """A failure that may pass: worth another try.

    Args:
        message: What happened, for a person.
        retry_after: Seconds the API asked to wait, where it did.
        processed: Whether the API may have acted on the request all the same.
        throttled: Whether the API said that it is asked too much (429).
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        processed: bool = True,
        throttled: bool = False,
    ) -> None:
        super().__init__(message)
        self.retry_after = retry_after
        self.processed = processed
        self.throttled = throttled


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How persistent a request is.

    Args:
        tries: Most tries of one request.
        seconds: No new try is begun after this long.
        first_wait: Most seconds before the second try; each further wait is up to twice as long.
        longest_wait: Most seconds between two tries, unless `Retry-After` asks for more.
        repeats: Most repetitions of a request that the API may have acted on already.
    """

    tries: int = 8
    seconds: float = 900.0
    first_wait: float = 1.0
    longest_wait: float = 30.0
    repeats: int | None = None


READ = RetryPolicy()
"""For requests that change nothing."""
CREATE = RetryPolicy(first_wait=2.0, repeats=5)
"""For the creation of a report: a duplicate costs the API some work and changes no data, so it is
harmless as long as there are few."""


def retrying(
    call: Callable[P, T], what: str, policy: RetryPolicy, clock: Clock, on_wait: Callable[[], None]
) -> Callable[P, T]:
    """Wrap `call` so that TransientError is tried again under `policy`.

    Args:
        call: The request.
        what: What it asks for, for messages.
        policy: Bounds of tries and time.
        clock: Its pace scales the waits.
        on_wait: Called once before each further try.

    Returns:
        The wrapped call, which raises UnavailableError when it gives up.
    """
    repeated = itertools.count(1)

    def hopeless(error: Exception) -> bool:
        processed = isinstance(error, TransientError) and error.processed
        return processed and policy.repeats is not None and next(repeated) > policy.repeats

    def announce(details: Details) -> None:
        on_wait()
        logger.warning(
            "%s: %s Trying again in %.1f s (try %d of %d).",
            what,
            details["exception"],
            details["wait"],
            details["tries"] + 1,
            policy.tries,
        )

    persistent = backoff.on_exception(
        _waits,
        TransientError,
        max_tries=policy.tries,
        max_time=policy.seconds,
        jitter=None,
        giveup=hopeless,
        on_backoff=announce,
        logger=None,
        policy=policy,
        clock=clock,
    )(call)

    def bounded(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return persistent(*args, **kwargs)
        except TransientError as error:
            message = f"{what}: {error} Given up after repeated tries."
            raise UnavailableError(message, throttled=error.throttled) from error

    return bounded


def _waits(policy: RetryPolicy, clock: Clock) -> Generator[float, TransientError, None]:
    """Generate the waits; ends where the API asks for more patience than the policy has."""
    began = clock.monotonic()
    error = yield 0.0
    for attempt in itertools.count():
        growing = min(policy.first_wait * 2.0**attempt, policy.longest_wait)
        wait = growing * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret
        if error.retry_after is not None:
            # Not sooner, and a little later: others were told the same moment.
            wait = error.retry_after + wait / 2 if error.retry_after else wait
        if clock.monotonic() - began + wait > policy.seconds:
            return
        error = yield wait * clock.pace


def parse_retry_after(text: str | None, now: datetime) -> float | None:
    """Read a `Retry-After` header, in seconds or as an HTTP date (RFC 9110, 10.2.3).

    Returns:
        Seconds from `now`, at least 0; None where there is no such header or it makes no sense.
    """
    if text is None:
        return None
    text = text.strip()
    try:
        seconds = float(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except ValueError:
            return None
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        seconds = (moment - now).total_seconds()
    return max(seconds, 0.0) if abs(seconds) < float("inf") else None
