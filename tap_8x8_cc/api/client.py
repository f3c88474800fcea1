"""HTTP to the configured origin: one session, one token, one patience, safe for threads.

Every request with the token goes to the origin of `api_url` and nowhere else: redirects are
followed within it, a download also elsewhere but without the token; links in answers are not used.
"""

from __future__ import annotations

import base64
import threading
from collections import Counter
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

from requests.auth import AuthBase, HTTPBasicAuth

from tap_8x8_cc.api.auth import TokenStore, read_grant
from tap_8x8_cc.api.calls import ApiCall
from tap_8x8_cc.api.redirects import next_url, origin_of
from tap_8x8_cc.api.responses import (
    EXCERPT_BYTES,
    Response,
    decode_json,
    explain,
    not_expected,
)
from tap_8x8_cc.api.retry import (
    Patience,
    TransientError,
    parse_retry_after,
    persistent,
)
from tap_8x8_cc.api.throttle import Throttle
from tap_8x8_cc.api.transport import (
    BearerAuth,
    NoAuth,
    body_chunks,
    connection_trouble,
    open_session,
)
from tap_8x8_cc.errors import ApiError, AuthError, ConfigError, RefusedError, one_line
from tap_8x8_cc.redaction import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    import requests

    from tap_8x8_cc.api.auth import Grant
    from tap_8x8_cc.api.calls import ApiAddress
    from tap_8x8_cc.clock import Clock

T = TypeVar("T")

TOKEN_PATH = "/oauth/v2/token"  # noqa: S105 - a path
LARGEST_BODY = 1 << 28
"""Bytes; a page of 1,000 rows is some three million."""
LARGEST_DOWNLOAD = 1 << 34
SLOWEST_BODY = 10
"""An answer must be there within this many request timeouts, ..."""
SLOWEST_DOWNLOAD = 120
"""... and a download within this many."""
MOST_REDIRECTS = 5
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_NOT_PROCESSED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class ApiClient:
    """Sends calls and gives what their answers hold.

    Args:
        address: Where to, and as whom.
        clock: Time, and the pace of waits.
        throttle: Told when the API throttles.
    """

    def __init__(self, address: ApiAddress, clock: Clock, throttle: Throttle | None = None) -> None:
        self._address = address
        self._clock = clock
        self.throttle = throttle or Throttle(address.connections, clock)
        self._session = open_session(address.user_agent, address.connections)
        self._own = origin_of(address.origin)
        self._tokens = TokenStore(self, clock)
        self._stats: Counter[str] = Counter()
        self._stats_lock = threading.Lock()
        self._patience = Patience(address.retry_seconds, clock, lambda: self._count("retries"))
        credential = f"{address.client_id}:{address.client_secret}".encode()
        REDACTOR.add(address.client_secret)
        REDACTOR.add(base64.b64encode(credential).decode())

    @property
    def stats(self) -> dict[str, int]:
        """Number of `requests` and `retries` so far."""
        with self._stats_lock:
            return dict(self._stats)

    def watch(self, observer: Callable[..., None]) -> None:
        """Show each answer to an observer before it is read; see `Tape.record`."""
        self._session.hooks["response"].append(observer)

    def get(self, call: ApiCall, decode: Callable[[Response], T]) -> T:
        """Send `call` and decode its answer.

        Args:
            call: The request.
            decode: Makes something of the answer. An answer it refuses with TransientError, one
                that breaks off, say, is asked for again.

        Returns:
            What `decode` gave.

        Raises:
            AuthError: The token is refused, also a fresh one.
            RefusedError: The API refused the request (4xx), or the token for this tenant.
            UnavailableError: No usable answer within the time that it is tried.
        """
        return self._persistent(
            call,
            lambda response: decode(
                Response(self._body(response), response.headers, response.status_code)
            ),
        )

    def get_json(self, call: ApiCall) -> Any:  # noqa: ANN401 - JSON is anything
        """Send `call` and give its answer's JSON; raises as `get` does."""
        return self.get(call, decode_json)

    def download(self, call: ApiCall, sink: BinaryIO) -> Response:
        """Write the answer's body to `sink`, from its beginning at each try; returns the rest.

        Raises as `get` does; markup, from a gateway, say, is asked for again. `sink` must be
        seekable.
        """

        def save(response: requests.Response) -> Response:
            sink.seek(0)
            sink.truncate()
            chunks = self._chunks(response, LARGEST_DOWNLOAD, SLOWEST_DOWNLOAD)
            first = next(chunks, b"")
            if first.lstrip()[:1] == b"<":
                raise not_expected("download", Response(first, response.headers))
            sink.write(first)
            sink.writelines(chunks)
            return Response(b"", response.headers, response.status_code)

        return self._persistent(call, save)

    def request_token(self) -> Grant:
        """Ask for a token (TokenSource); raises AuthError, UnavailableError."""
        return self._retrying(ApiCall("access token", TOKEN_PATH), self._token_once)()

    def _token_once(self) -> Grant:
        response = self._ask_for_token()
        with response:
            if response.status_code in {400, 401, 403}:
                raise AuthError(
                    "8x8 refused the API key: check client_id and client_secret. "
                    f"It answered {explain(response.status_code)}"
                )
            self._check(response, "access token", quote=False)
            with connection_trouble():
                return read_grant(self._body(response))

    def _ask_for_token(self) -> requests.Response:
        """Send the request for a token; redirects are followed within the origin."""
        url = self._address.origin + TOKEN_PATH
        credential = (self._address.client_id.encode(), self._address.client_secret.encode())
        for _ in range(MOST_REDIRECTS):
            response = self._send(
                "POST",
                url,
                auth=HTTPBasicAuth(*credential),
                data={"grant_type": "client_credentials"},
                headers={"Accept": "application/json"},
            )
            follow = next_url(response, "POST", self._own, elsewhere=False)
            if follow is None:
                return response
            response.close()
            url = follow
        raise RefusedError("access token: the API redirects in circles: check api_url.", 0)

    def _persistent(self, call: ApiCall, consume: Callable[[requests.Response], T]) -> T:
        return self._retrying(call, lambda: self._once(call, consume))()

    def _retrying(self, call: ApiCall, once: Callable[[], T]) -> Callable[[], T]:
        return persistent(once, call.what, self._patience, repeatable=call.repeatable)

    def _once(self, call: ApiCall, consume: Callable[[requests.Response], T]) -> T:
        """Send once; a refused token is replaced once."""
        for last in (False, True):
            token = self._tokens.current()
            with self._dispatch(call, token) as response:
                if response.status_code != HTTPStatus.UNAUTHORIZED:
                    self._check(response, call.what)
                    with connection_trouble():
                        return consume(response)
                self._tokens.discard(token)
                if last:
                    raise self._locked_out(call, response)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _locked_out(self, call: ApiCall, response: requests.Response) -> ApiError:
        """Return what it means that a fresh token is refused: for one tenant, it is its alone."""
        tenant = f" for tenant {call.tenant_id}" if call.tenant_id else ""
        message = (
            f"{call.what}: a fresh access token was refused too. Check that the API key may use "
            f"this API{tenant}. It answered {self._explain(response)}"
        )
        return RefusedError(message, response.status_code) if tenant else AuthError(message)

    def _dispatch(self, call: ApiCall, token: str) -> requests.Response:
        headers = {"Accept": call.accept}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.tenant_id is not None:
            headers["X-Tenant-Info"] = call.tenant_id
        method = "GET" if call.body is None else "POST"
        query = f"?{urlencode(call.params)}" if call.params else ""
        url = f"{self._address.origin}{self._address.base_path}{call.path}{query}"
        auth: AuthBase = BearerAuth(token)
        for _ in range(MOST_REDIRECTS):
            response = self._send(method, url, auth=auth, data=call.body, headers=headers)
            follow = next_url(response, method, self._own, elsewhere=call.elsewhere)
            if follow is None:
                return response
            response.close()
            url = follow
            if not url.startswith(f"{self._own}/"):
                auth = NoAuth()
                headers = {"Accept": call.accept}
        raise RefusedError(f"{call.what}: the API redirects in circles: check api_url.", 0)

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        timeout = self._address.request_timeout
        with self.throttle.slot(self._address.retry_seconds) as sent_in:
            self._count("requests")
            try:
                with connection_trouble():
                    response = self._session.request(
                        method,
                        url,
                        timeout=(timeout, timeout),
                        allow_redirects=False,
                        stream=True,
                        **options,
                    )
            except OSError as error:  # no trouble with a connection: that has been turned already
                raise ConfigError(
                    f"The request can't be sent: {one_line(str(error))} (REQUESTS_CA_BUNDLE?)"
                ) from error
            if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                self.throttle.throttled(sent_in, self._retry_after(response))
        return response

    def _retry_after(self, response: requests.Response) -> float | None:
        headers = response.headers
        return parse_retry_after(headers.get("Retry-After"), headers.get("Date"), self._clock.now())

    def _check(self, response: requests.Response, what: str, *, quote: bool = True) -> None:
        """Let a 2xx pass; raise what any other status means.

        Args:
            response: The answer.
            what: What was asked for.
            quote: Whether messages may quote the body: a token's may hold the token.
        """
        status = response.status_code
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        said = self._explain(response) if quote else explain(status)
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        wait = self.throttle.left if throttled else self._retry_after(response)
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            processed = status not in _NOT_PROCESSED
            raise TransientError(said, wait=wait, processed=processed, throttled=throttled)
        if status < HTTPStatus.BAD_REQUEST:
            raise RefusedError(
                f"{what}: {said} This redirect is not followed: check api_url.", status
            )
        raise RefusedError(f"{what}: {said}", status, said)

    def _body(self, response: requests.Response) -> bytes:
        return b"".join(self._chunks(response, LARGEST_BODY, SLOWEST_BODY))

    def _chunks(self, response: requests.Response, largest: int, timeouts: int) -> Iterator[bytes]:
        seconds = timeouts * self._address.request_timeout
        return body_chunks(response, self._clock, largest=largest, seconds=seconds)

    def _explain(self, response: requests.Response) -> str:
        body = bytearray()
        try:
            with connection_trouble():
                for chunk in self._chunks(response, LARGEST_BODY, 1):
                    body += chunk
                    if len(body) >= EXCERPT_BYTES:
                        break
        except TransientError:
            pass  # what came of it must do
        kind = response.headers.get("Content-Type", "")
        return explain(response.status_code, bytes(body[:EXCERPT_BYTES]), kind)

    def _count(self, what: str) -> None:
        with self._stats_lock:
            self._stats[what] += 1
