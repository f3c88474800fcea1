"""The OAuth token: one for the whole run, used until shortly before it expires."""

from __future__ import annotations

import codecs
import re
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec

from tap_8x8_cc.api.patience import TICK, TransientError
from tap_8x8_cc.clock import check_cancelled
from tap_8x8_cc.redaction import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_8x8_cc.clock import Clock

TOKEN_PATTERN = re.compile(r"[\x21-\x7e]{1,16384}")  # what may stand in a header
ASSUMED_LIFE = 900.0  # seconds, if the answer doesn't say; a 401 renews the token anyway
RENEWAL_SHARE = 0.1  # a token is renewed when this share of its life is left, ...
RENEWAL_SECONDS = 60.0  # ... but not more than this many seconds early


@dataclass(frozen=True, slots=True)
class Grant:
    """A bearer token and the seconds that it lives from when it was asked for."""

    token: str = field(repr=False)
    life: float


class TokenStore:
    """Returns the current token and fetches the next one when it is due; safe for threads.

    Args:
        request: Asks the API for a token; raises AuthError, UnavailableError.
        clock: Time.
    """

    def __init__(self, request: Callable[[], Grant], clock: Clock) -> None:
        self._request = request
        self._clock = clock
        self._lock = threading.Lock()
        self._token: str | None = None
        self._renew_at = 0.0

    def current(self) -> str:
        """Return a token that is not about to expire; raises AuthError, UnavailableError."""
        while not self._lock.acquire(timeout=TICK):  # another thread is fetching one
            check_cancelled()
        try:
            if self._token is None or self._clock.monotonic() >= self._renew_at:
                asked_at = self._clock.monotonic()
                grant = self._request()
                early = min(grant.life * RENEWAL_SHARE, RENEWAL_SECONDS)
                self._token, self._renew_at = grant.token, asked_at + grant.life - early
            return self._token
        finally:
            self._lock.release()

    def discard(self, refused: str) -> None:
        """Forget a token that the API refused, unless another thread renewed it already."""
        with self._lock:
            if self._token == refused:
                self._token = None


def read_grant(body: bytes) -> Grant:
    """Read the answer of `POST /oauth/v2/token`; its token is masked in all output from now on.

    Raises TransientError if it holds none, and quotes nothing of it: a damaged answer may still
    hold a valid token.
    """
    try:
        answer = msgspec.json.decode(body.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        # Without the cause, which a debug log would show.
        raise TransientError("The answer is not the JSON it should be.") from None
    members = answer if isinstance(answer, dict) else {}
    token = members.get("access_token")
    if not isinstance(token, str) or not TOKEN_PATTERN.fullmatch(token):
        raise TransientError("The answer holds no usable access_token.")
    REDACTOR.add(token)
    return Grant(token, token_life(members.get("expires_in")))


def token_life(expires_in: object) -> float:
    """Read `expires_in`: seconds, as text ("1799") or number; anything else is ASSUMED_LIFE."""
    try:
        life = float(str(expires_in))
    except ValueError:
        return ASSUMED_LIFE
    return life if 0 < life < float("inf") else ASSUMED_LIFE
