"""HTTP connections: the session, the end of each request, redirects, and what trouble means."""

from __future__ import annotations

import logging
import socket
import threading
import time
import zlib
from contextlib import contextmanager, suppress
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase
from requests.utils import get_environ_proxies, select_proxy
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from tap_8x8_cc.api.patience import TransientError
from tap_8x8_cc.clock import check_cancelled
from tap_8x8_cc.errors import ConfigError, RefusedError, one_line
from tap_8x8_cc.model.hosts import is_loopback

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import TracebackType

    from requests.adapters import BaseAdapter

CHUNK_BYTES = 1 << 16
_KEEPING = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
"""Redirects after which the method and the body are the same; any other makes a GET of a POST."""
_FOLLOWED = _KEEPING | {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}
_thread = threading.local()

# It logs a traceback as a warning when headers are cut off; such an answer fails anyway.
logging.getLogger("urllib3.connection").setLevel(logging.ERROR)


class BearerAuth(AuthBase):
    """Adds the token, or nothing; given explicitly, so that `requests` reads no netrc file."""

    def __init__(self, token: str | None) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the request's `Authorization`."""
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class Deadline:
    """Ends all that a request waits for when its time is over, below HTTP: at its sockets.

    A timeout of a socket bounds the wait for one byte only. An answer that drips, in whatever part
    of it, never meets one.

    Args:
        seconds: The time from entering, in real seconds.
    """

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.is_over = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._until = 0.0
        self._timer: threading.Timer | None = None

    def watch(self, file_number: int) -> None:
        """End this socket too when the time is over."""
        # A duplicate: whoever owns the socket may close it, or wrap it, meanwhile.
        twin = socket.socket(fileno=socket.dup(file_number))
        with self._lock:
            self._sockets.append(twin)
            if self.is_over:
                _shut(twin)
            elif self._timer is None:
                self._timer = threading.Timer(self._until - time.monotonic(), self._end)
                self._timer.daemon = True
                self._timer.start()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for each in self._sockets:
                _shut(each)

    def __enter__(self) -> None:
        """Start the clock for what this thread sends."""
        self._until = time.monotonic() + self.seconds
        _thread.deadline = self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop the clock."""
        _thread.deadline = None
        if self._timer is not None:
            self._timer.cancel()
        with self._lock:
            for each in self._sockets:
                each.close()
            self._sockets.clear()


def _shut(twin: socket.socket) -> None:
    with suppress(OSError):  # it may be closed already
        twin.shutdown(socket.SHUT_RDWR)


class _Watched(HTTPConnection):
    """A connection that its request's deadline ends."""

    def _new_conn(self) -> socket.socket:
        sock = super()._new_conn()
        _watch(sock)
        return sock

    def request(self, *args: Any, **options: Any) -> None:
        """Send a request."""
        if self.sock is not None:
            _watch(self.sock)
        super().request(*args, **options)


class _WatchedTls(_Watched, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Watched


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _WatchedTls


def _watch(sock: Any) -> None:  # noqa: ANN401 - a socket, or what wraps one
    deadline: Deadline | None = getattr(_thread, "deadline", None)
    if deadline is not None:
        deadline.watch(sock.fileno())


class _Adapter(HTTPAdapter):
    """Makes connections that a deadline ends."""

    pools: ClassVar[dict[str, type[HTTPConnectionPool]]] = {"http": _Pool, "https": _TlsPool}

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = self.pools

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:  # noqa: ANN401 - as it is
        """Return the pools for a proxy."""
        manager = super().proxy_manager_for(proxy, **options)
        if isinstance(manager, urllib3.ProxyManager):
            manager.pool_classes_by_scheme = self.pools
        return manager


class _Session(requests.Session):
    """A session that never looks at redirects: `requests` reads their bodies without any bound."""

    def get_redirect_target(self, resp: requests.Response) -> str | None:
        """Return none."""
        del resp
        return None


def open_session(
    user_agent: str, connections: int, adapter: BaseAdapter | None = None
) -> requests.Session:
    """Make a session that threads can share.

    Args:
        user_agent: The `User-Agent` header.
        connections: Connections kept open at most.
        adapter: Sends requests; None: over the network.
    """
    session = _Session()
    session.headers["User-Agent"] = user_agent
    session.headers["Accept-Encoding"] = "gzip"
    # No cookies: nothing to share between threads or to leak.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = adapter or _Adapter(
        pool_connections=2, pool_maxsize=connections, pool_block=False, max_retries=0
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session


def check_end(response: requests.Response, deadline: Deadline) -> None:
    """Raise ConnectionError if the deadline, and not the server, may have ended a body.

    A body that says neither its length nor comes in chunks ends with the connection.
    """
    is_framed = response.raw.chunked or "Content-Length" in response.headers
    if deadline.is_over and not is_framed:
        raise ConnectionError


def body_chunks(response: requests.Response, largest: int) -> Iterator[bytes]:
    """Return a body piece by piece, unpacked.

    Args:
        response: The answer, its body unread.
        largest: Bytes at most, both as sent and unpacked.

    Raises:
        TransientError: It is larger, or packed in a way that was not asked for.
    """
    sent = unpacked = 0
    packing = response.headers.get("Content-Encoding", "").strip().lower()
    if packing not in {"", "identity", "gzip", "x-gzip"}:
        raise TransientError(f"The answer is packed in an unknown way: {one_line(packing, 40)}.")
    gzip = _Gunzip() if "gzip" in packing else None
    while chunk := response.raw.read1(CHUNK_BYTES, decode_content=False):
        check_cancelled()
        sent += len(chunk)
        for piece in gzip.pieces(chunk) if gzip else (chunk,):
            unpacked += len(piece)
            if max(sent, unpacked) > largest:
                break
            yield piece
        if max(sent, unpacked) > largest:
            raise TransientError(f"The answer is larger than {largest} bytes.")
    if gzip and sent and not gzip.is_whole:
        raise TransientError("The answer breaks off.")


class _Gunzip:
    """Unpacks gzip, a bounded piece at a time."""

    def __init__(self) -> None:
        self._open = zlib.decompressobj(wbits=31)
        self._begun = False

    @property
    def is_whole(self) -> bool:
        """Whether what came so far ends where a packed text ends."""
        return not self._begun

    def pieces(self, packed: bytes) -> Iterator[bytes]:
        """Return what comes next; raises TransientError if it is not gzip."""
        while packed:
            try:
                piece = self._open.decompress(packed, CHUNK_BYTES)
            except zlib.error as error:
                raise TransientError("The answer is not packed as it says (gzip).") from error
            self._begun = True
            if self._open.eof:
                packed = self._open.unused_data
                self._open, self._begun = zlib.decompressobj(wbits=31), False
            else:
                packed = self._open.unconsumed_tail
            if piece:
                yield piece


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def next_url(
    response: requests.Response, method: str, origin: str, *, elsewhere: bool
) -> str | None:
    """Return where a redirect leads, if it is one to be followed.

    Args:
        response: The answer.
        method: How it was asked for.
        origin: The configured origin.
        elsewhere: Whether another host will do: over https, or this machine if the origin is.

    Returns:
        The URL; None if the answer is not a redirect, or one that is not followed.
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
def connection_trouble(deadline: Deadline, url: str) -> Iterator[None]:
    """Turn trouble with connections, in sending as in reading, into errors of ours.

    Args:
        deadline: The request's.
        url: Where it goes, for messages.

    Raises:
        TransientError: It may pass.
        RefusedError: The server's certificate can't be verified.
        ConfigError: The request can't be sent at all.
    """
    try:
        yield
    except (requests.RequestException, urllib3.exceptions.HTTPError, ConnectionError) as error:
        host = urlsplit(url).netloc
        if deadline.is_over:
            raise TransientError(
                f"The connection failed: {host} did not answer in full within "
                f"{deadline.seconds:.0f} s.",
                down=True,
                answered=False,
            ) from error
        if "CERTIFICATE" in str(error):
            raise RefusedError(
                f"The certificate of {host} cannot be verified (REQUESTS_CA_BUNDLE names another "
                "certificate bundle).",
                0,
            ) from error
        if isinstance(error, requests.RequestException) and isinstance(error, ValueError):
            raise ConfigError(
                f"The request can't be sent ({type(error).__name__}): check api_url and the proxy "
                "settings of the environment."
            ) from error
        raise TransientError(
            f"The connection failed: {_cause(error, url)}.",
            processed=not _unsent(error),
            down=True,
            answered=False,
        ) from error


def _cause(error: BaseException, url: str) -> str:
    """Say in words why a connection failed."""
    host = urlsplit(url).netloc
    chain = list(_chain(error))
    kinds = {type(each) for each in chain}
    if kinds & {requests.exceptions.ProxyError, urllib3.exceptions.ProxyError}:
        host = f"the proxy {_proxy(url)}"
    if urllib3.exceptions.NameResolutionError in kinds:
        return f"{host} has no address (DNS)"
    if ConnectionRefusedError in kinds or any("refused" in str(each) for each in chain):
        return f"{host} refused it"
    if kinds & {requests.exceptions.SSLError, urllib3.exceptions.SSLError}:
        return f"{host} does not speak TLS as expected"
    if kinds & {requests.ConnectTimeout, urllib3.exceptions.ConnectTimeoutError}:
        return f"{host} could not be reached in time (request_timeout)"
    if kinds & {requests.ReadTimeout, urllib3.exceptions.ReadTimeoutError}:
        return f"{host} did not answer in time (request_timeout)"
    return f"{host} broke it off ({type(chain[-1]).__name__})"


def _proxy(url: str) -> str:
    """Return the host of the proxy that the environment names for a URL."""
    try:
        proxy = select_proxy(url, get_environ_proxies(url))
    except ValueError:
        proxy = None
    return urlsplit(proxy).netloc.rpartition("@")[2] if proxy else "of the environment"


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Return an error and what it comes from: causes, and what libraries keep as arguments."""
    seen: list[BaseException] = []
    found: list[BaseException] = [error]
    while found:
        each = found.pop(0)
        if each in seen:
            continue
        seen.append(each)
        yield each
        inner = (*each.args, getattr(each, "reason", None), each.__cause__, each.__context__)
        found += [one for one in inner if isinstance(one, BaseException)]


def _unsent(error: Exception) -> bool:
    """Return whether no connection came about, so that the API can't have acted."""
    unsent = (
        requests.ConnectTimeout,
        requests.exceptions.ProxyError,
        urllib3.exceptions.NewConnectionError,
    )
    return any(isinstance(each, unsent) for each in _chain(error))
