"""HTTP connections: the session, the end of each request, redirects, and what trouble means."""

from __future__ import annotations

import logging
import socket
import threading
import zlib
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy
from urllib3 import exceptions
from urllib3.connection import HTTPConnection, HTTPSConnection

from tap_8x8_cc.api.patience import TransientError
from tap_8x8_cc.clock import check_cancelled
from tap_8x8_cc.errors import ApiError, ConfigError, RefusedError, TapError
from tap_8x8_cc.model.hosts import is_loopback
from tap_8x8_cc.redaction import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from requests.adapters import BaseAdapter

T = TypeVar("T")

CHUNK_BYTES = 1 << 16
_KEEPING = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
"""Redirects after which the method and the body are the same; any other makes a GET of a POST."""
_FOLLOWED = _KEEPING | {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
_BY_PROXY = {requests.exceptions.ProxyError, exceptions.ProxyError}
_UNREACHED = {
    requests.ConnectTimeout, exceptions.ConnectTimeoutError, exceptions.NewConnectionError
}  # fmt: skip
_CAUSES: tuple[tuple[set[type], str], ...] = (
    ({exceptions.NameResolutionError}, "has no address (DNS)"),
    ({ConnectionRefusedError}, "refused it"),
    ({requests.exceptions.SSLError, exceptions.SSLError}, "does not speak TLS as expected"),
    (
        {requests.ConnectTimeout, exceptions.ConnectTimeoutError},
        "could not be reached in time (request_timeout)",
    ),
    (
        {requests.ReadTimeout, exceptions.ReadTimeoutError},
        "did not answer in time (request_timeout)",
    ),
)
_thread = threading.local()

# It logs a traceback as a warning when headers are cut off; such an answer fails anyway.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class Deadline:
    """Ends all that a request waits for when its time is over, below HTTP: at its sockets.

    A timeout of a socket bounds the wait for one byte only. An answer that drips, in whatever part
    of it, never meets one.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True

    @contextmanager
    def running(self) -> Iterator[None]:
        """Count the time of what this thread sends and receives within."""
        _thread.deadline = self
        try:
            yield
        finally:
            _thread.deadline = None
            self._timer.cancel()
            with self._lock:
                for each in self._sockets:
                    each.close()
                self._sockets.clear()

    def watch(self, sock: Any) -> None:  # noqa: ANN401 - a socket, or what wraps one
        """End this socket too when the time is over."""
        # A duplicate: whoever owns the socket may close it, or wrap it, meanwhile.
        twin = socket.socket(fileno=socket.dup(sock.fileno()))
        with self._lock:
            if not self._sockets:  # a call that is sent without a socket needs no thread
                self._timer.start()
            self._sockets.append(twin)
            if self.is_over:
                _shut(twin)

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for each in self._sockets:
                _shut(each)


def _shut(twin: socket.socket) -> None:
    with suppress(OSError):  # it may be closed already
        twin.shutdown(socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    """A connection that its request's deadline ends."""

    def _new_conn(self) -> socket.socket:
        return _watched(super()._new_conn())

    def request(self, *args: Any, **options: Any) -> None:
        """Send a request."""
        _watched(self.sock)
        super().request(*args, **options)


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


def _watched(sock: T) -> T:
    deadline: Deadline | None = getattr(_thread, "deadline", None)
    if deadline is not None and sock is not None:
        deadline.watch(sock)
    return sock


class _Adapter(HTTPAdapter):
    """Makes connections that a deadline ends."""

    def get_connection_with_tls_context(self, *args: Any, **options: Any) -> Any:  # noqa: ANN401
        """Return the pool for a request, direct or through a proxy."""
        pool: Any = super().get_connection_with_tls_context(*args, **options)
        watched = {HTTPConnection: _Watched, HTTPSConnection: _WatchedTls}
        pool.ConnectionCls = watched.get(pool.ConnectionCls, pool.ConnectionCls)
        return pool


class _Session(requests.Session):
    """A session that never looks at redirects: `requests` reads their bodies without any bound."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return none."""
        del resp
        return None


def open_session(
    user_agent: str, connections: int, adapter: BaseAdapter | None = None
) -> requests.Session:
    """Make a session that threads can share; `adapter` sends its requests, if there is one."""
    session = _Session()
    session.headers.update({"User-Agent": user_agent, "Accept-Encoding": "gzip"})
    # No cookies: nothing to share between threads or to leak.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = adapter or _Adapter(pool_connections=2, pool_maxsize=connections, max_retries=0)
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def body_chunks(response: requests.Response, largest: int) -> Iterator[bytes]:
    """Return a body piece by piece, unpacked.

    Raises:
        TransientError: It has more than `largest` bytes, as sent or unpacked, or is packed in a
            way that was not asked for.
        ConnectionError: The deadline, and not the server, may have ended it.
    """
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    sent = _bounded(_sent(response), largest)
    if packing in {"", "identity"}:
        return sent
    if packing not in {"gzip", "x-gzip"}:
        raise TransientError(f"The answer is packed in an unknown way: {printable(packing, 40)}.")
    return _bounded(_unpacked(sent), largest)


def _sent(response: requests.Response) -> Iterator[bytes]:
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        check_cancelled()
        yield chunk
    # A body that says neither its length nor comes in chunks ends with the connection.
    is_framed = response.raw.chunked or "Content-Length" in response.headers
    if not is_framed and _thread.deadline.is_over:
        raise ConnectionError


def _bounded(chunks: Iterable[bytes], largest: int) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += len(chunk)
        if size > largest:
            raise TransientError(f"The answer is larger than {largest} bytes.")
        yield chunk


def _unpacked(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Unpack gzip, a bounded piece at a time: little of it may hold gigabytes, or nothing."""
    unpacker = zlib.decompressobj(wbits=31)
    is_whole = True
    for chunk in chunks:
        packed = chunk
        while packed:
            try:
                piece = unpacker.decompress(packed, CHUNK_BYTES)
            except zlib.error as error:
                raise TransientError("The answer is not packed as it says (gzip).") from error
            is_whole, packed = unpacker.eof, unpacker.unconsumed_tail
            if is_whole:  # another packed text may follow
                packed, unpacker = unpacker.unused_data, zlib.decompressobj(wbits=31)
            if piece:
                yield piece
    if not is_whole:
        raise TransientError("The answer breaks off.")


def next_url(
    response: requests.Response, method: str, origin: str, *, elsewhere: bool
) -> str | None:
    """Return where a redirect leads; None if it is not one, or one that is not followed.

    It is followed within the configured origin; `elsewhere`, also to another host, over https, or
    to this machine if the origin is.
    """
    location = response.headers.get("Location", "")
    if response.status_code not in (_FOLLOWED if method == "GET" else _KEEPING) or not location:
        return None
    try:
        url = urljoin(response.url, location)
        parts = urlsplit(url)
        _ = parts.port  # raises if it is not a port
    except ValueError:
        return None
    if "@" in parts.netloc or not parts.netloc.isascii():
        return None
    if url.startswith(f"{origin}/"):
        return url
    if is_loopback(parts.hostname or ""):
        safe = is_loopback(urlsplit(origin).hostname or "")
    else:
        safe = parts.scheme == "https" and bool(parts.hostname)
    return url if elsewhere and safe else None


@contextmanager
def trouble(deadline: Deadline, what: str, url: str) -> Iterator[None]:
    """Turn whatever goes wrong with a request, in sending as in reading, into errors of ours.

    Raises:
        TransientError: It may pass.
        RefusedError: The server's certificate can't be verified.
        ConfigError: The request can't be sent at all.
        ApiError: It is what nobody foresaw.
    """
    try:
        yield
    except (requests.RequestException, exceptions.HTTPError, ConnectionError) as error:
        host = urlsplit(url).netloc
        if deadline.is_over:
            cause, unsent = f"{host} did not answer in full within {deadline.seconds:.0f} s", False
        elif "CERTIFICATE" in str(error):
            raise RefusedError(
                f"The certificate of {host} cannot be verified (REQUESTS_CA_BUNDLE names another "
                "certificate bundle).",
                0,
            ) from error
        elif isinstance(error, requests.RequestException) and isinstance(error, ValueError):
            raise ConfigError(
                f"The request can't be sent ({type(error).__name__}): check api_url and the proxy "
                "settings of the environment."
            ) from error
        else:
            cause, unsent = _cause(error, url)
        raise TransientError(
            f"The connection failed: {cause}.", processed=not unsent, down=True, answered=False
        ) from error
    except (TapError, OSError):  # the call is not at fault if a file can't be written
        raise
    except Exception as error:
        said = printable(f"{type(error).__name__}: {error}")
        raise ApiError(f"{what}: the answer can't be used ({said}).") from error


def _cause(error: BaseException, url: str) -> tuple[str, bool]:
    """Return why a connection failed, and whether none came about: the API can't have acted."""
    chain = list(islice(_chain(error), 10))
    kinds = {kind for each in chain for kind in type(each).__mro__}
    by_proxy = bool(kinds & _BY_PROXY)
    host = f"the proxy {_proxy(url)}" if by_proxy else urlsplit(url).netloc
    broken = f"broke it off ({type(chain[-1]).__name__})"
    words = next((words for causes, words in _CAUSES if causes & kinds), broken)
    return f"{host} {words}", by_proxy or bool(kinds & _UNREACHED)


def _proxy(url: str) -> str:
    """Return the host of the proxy that the environment names for a URL."""
    proxy = None
    with suppress(ValueError):
        proxy = select_proxy(url, get_environ_proxies(url))
    return urlsplit(proxy).netloc.rpartition("@")[2] if proxy else "of the environment"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    """Return an error and what it comes from: what libraries keep as arguments, and causes."""
    while error is not None:
        yield error
        inner = (getattr(error, "reason", None), *error.args, error.__cause__, error.__context__)
        error = next((each for each in inner if isinstance(each, BaseException)), None)
