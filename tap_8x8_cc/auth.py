"""The OAuth token: one for the whole run, renewed before it expires.

Rules from the vendor's OAuth guide: client credentials by HTTP Basic; `expires_in` is text with
seconds; a token is to be used until it expires, not fetched for each request.
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from tap_8x8_cc.errors import UnavailableError
from tap_8x8_cc.redaction import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_8x8_cc.clock import Clock

TOKEN_FORM = re.compile(r"[\x21-\x7e]{1,16384}")
"""What may stand in a header: visible ASCII, no blanks."""
ASSUMED_LIFE = 900.0
"""Seconds a token is trusted when the answer does not say; a 401 renews it anyway."""
RENEWAL_SHARE = 0.1
"""A token is renewed when this share of its life is left, ..."""
RENEWAL_SECONDS = 60.0
"""... but not more than this many seconds early."""


class TokenSource(Protocol):
    """Whatever can ask the API for a token."""

    def request_token(self) -> Mapping[str, Any]:
        """Give the JSON object of `POST /oauth/v2/token`; raises AuthError, UnavailableError."""


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token and the moment, on the monotonic clock, from which to renew it."""

    value: str
    renew_at: float


class TokenStore:
    """Hands out the current token, and fetches the next one when it is due; safe for threads.

    Args:
        source: Asks the API for a token.
        clock: Tells when the token is due.
    """

    def __init__(self, source: TokenSource, clock: Clock) -> None:
        self._source = source
        self._clock = clock
        self._lock = threading.Lock()
        self._token: Token | None = None

    def current(self) -> str:
        """Give a token that is not about to expire; raises AuthError, UnavailableError."""
        with self._lock:
            if self._token is None or self._clock.monotonic() >= self._token.renew_at:
                self._token = self._fetch()
            return self._token.value

    def discard(self, refused: str) -> None:
        """Forget a token that the API refused, unless another thread renewed it already."""
        with self._lock:
            if self._token is not None and self._token.value == refused:
                self._token = None

    def _fetch(self) -> Token:
        asked_at = self._clock.monotonic()
        answer = self._source.request_token()
        value = answer.get("access_token")
        if not isinstance(value, str) or not TOKEN_FORM.fullmatch(value):
            raise UnavailableError("The API's token answer holds no usable access_token.")
        REDACTOR.add(value)
        life = token_life(answer.get("expires_in"))
        return Token(value, asked_at + life - min(life * RENEWAL_SHARE, RENEWAL_SECONDS))


def token_life(expires_in: object) -> float:
    """Read `expires_in`: seconds, as text ("1799") or number; anything else is ASSUMED_LIFE."""
    try:
        life = float(str(expires_in))
    except ValueError:
        return ASSUMED_LIFE
    return life if 0 < life < float("inf") else ASSUMED_LIFE
