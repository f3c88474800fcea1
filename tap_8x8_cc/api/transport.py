"""HTTP connections: the session, answers read in bounded time, and what trouble means."""

from __future__ import annotations

from contextlib import contextmanager
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase

from tap_8x8_cc.api.retry import TransientError
from tap_8x8_cc.clock import check_cancelled
from tap_8x8_cc.errors import ConfigError, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc.clock import Clock

CHUNK_BYTES = 1 << 18


class BearerAuth(AuthBase):
    """Adds the token; given explicitly, so that `requests` takes none from a netrc file."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the request's `Authorization`."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class NoAuth(AuthBase):
    """Adds nothing; given explicitly, so that `requests` takes nothing from a netrc file."""

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Leave the request as it is."""
        return request


def open_session(user_agent: str, connections: int) -> requests.Session:
    """Make a session that threads can share.

    Args:
        user_agent: The `User-Agent` header.
        connections: Most connections kept open.
    """
    session = requests.Session()
    session.headers["User-Agent"] = user_agent
    # No cookies: nothing to share between threads or to leak.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(
        pool_connections=2, pool_maxsize=connections, pool_block=False, max_retries=0
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def body_chunks(
    response: requests.Response, clock: Clock, *, largest: int, seconds: float
) -> Iterator[bytes]:
    """Return a body piece by piece, as it comes.

    The timeout of a request guards each wait for bytes only: an answer that trickles on, or that
    never ends, needs bounds of its own.

    Args:
        response: The answer, its body unread.
        clock: Tells the time.
        largest: Most bytes.
        seconds: Most seconds for all of it.

    Raises:
        TransientError: It is larger, or takes longer.
    """
    deadline = clock.monotonic() + seconds
    size = 0
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=True):
        check_cancelled()
        size += len(chunk)
        if size > largest:
            raise TransientError(f"The answer is larger than {largest} bytes.")
        if clock.monotonic() > deadline:
            raise TransientError("The answer came too slowly.")
        yield chunk


@contextmanager
def connection_trouble() -> Iterator[None]:
    """Turn trouble with connections, in sending as in reading, into errors of ours.

    Raises:
        TransientError: It may pass.
        RefusedError: The server's certificate can't be verified.
        ConfigError: The request can't be sent at all.
    """
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError) as error:
        if "CERTIFICATE" in str(error):
            raise RefusedError(
                "The API's certificate cannot be verified (REQUESTS_CA_BUNDLE names another "
                "certificate bundle).",
                0,
            ) from error
        if isinstance(error, requests.RequestException) and isinstance(error, ValueError):
            raise ConfigError(
                f"The request can't be sent ({type(error).__name__}): check api_url and the proxy "
                "settings of the environment."
            ) from error
        raise TransientError(
            f"The connection failed ({type(error).__name__}).", processed=not _unsent(error)
        ) from error


def _unsent(error: Exception) -> bool:
    """Tell whether no connection came about, so that the API can't have acted."""
    if isinstance(error, (requests.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    cause = error.args[0] if error.args else None
    reason = getattr(cause, "reason", None)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)
