"""HTTP to the configured origin: one session, one token, one patience, safe for threads.

Every request with the token goes to the origin of `api_url` and nowhere else: redirects are
followed within it, a download also elsewhere but without the token; links in answers are not used.
"""

from __future__ import annotations

import base64
import io
import threading
from collections import Counter
from contextlib import closing, contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlencode

import msgspec
import requests
from requests.auth import AuthBase, HTTPBasicAuth

from tap_8x8_cc.api.auth import TokenStore, read_grant
from tap_8x8_cc.api.calls import ApiCall
from tap_8x8_cc.api.patience import (
    DOWNLOAD_TIMEOUTS,
    EXCERPT_BYTES,
    REDIRECTS,
    REQUEST_TIMEOUTS,
    Patience,
    Throttle,
    TransientError,
    parse_retry_after,
)
from tap_8x8_cc.api.responses import (
    Response,
    check_density,
    decode_json,
    explain,
    not_expected,
)
from tap_8x8_cc.api.transport import (
    BearerAuth,
    Deadline,
    body_chunks,
    check_end,
    connection_trouble,
    next_url,
    open_session,
    origin_of,
)
from tap_8x8_cc.errors import ApiError, AuthError, ConfigError, RefusedError, TapError
from tap_8x8_cc.redaction import REDACTOR, printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import BinaryIO

    from requests.adapters import BaseAdapter

    from tap_8x8_cc.api.auth import Grant
    from tap_8x8_cc.api.calls import ApiAddress
    from tap_8x8_cc.clock import Clock

T = TypeVar("T")

TOKEN_PATH = "/oauth/v2/token"  # noqa: S105 - a path
_TOKEN_CALL = ApiCall("access token", "", body=b"grant_type=client_credentials")
_KEY_REFUSED = {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_NOT_PROCESSED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


class ApiClient:
    """Sends calls and gives what their answers hold.

    Args:
        address: Where to, and as whom.
        clock: Time and waiting.
        throttle: Slows all calls down when the API throttles.
        adapter: Sends requests; None: over the network.
    """

    def __init__(
        self,
        address: ApiAddress,
        clock: Clock,
        throttle: Throttle | None = None,
        adapter: BaseAdapter | None = None,
    ) -> None:
        self._address = address
        self._clock = clock
        self.throttle = throttle or Throttle(address.connections, clock)
        self._session = open_session(address.user_agent, address.connections, adapter)
        self._own = origin_of(address.origin)
        self._tokens = TokenStore(self._request_token, clock)
        self._patience = Patience(address.retry_seconds, clock)
        self._stats: Counter[str] = Counter()
        self._stats_lock = threading.Lock()
        self._watchers: list[Callable[..., None]] = []
        credential = f"{address.client_id}:{address.client_secret}".encode()
        REDACTOR.add(address.client_secret)
        REDACTOR.add(base64.b64encode(credential).decode())

    @property
    def stats(self) -> dict[str, int]:
        """Number of `requests` and `retries` so far."""
        with self._stats_lock:
            return dict(self._stats)

    def watch(self, watcher: Callable[..., None]) -> None:
        """Show all answers but those that hold tokens to `watcher`, which must be thread-safe.

        It is called with the method, the path below the API's base, the JSON that was sent (None:
        nothing), the HTTP status, the headers and the body (of an error its start).
        """
        self._watchers.append(watcher)

    def get(self, call: ApiCall, decode: Callable[[Response], T]) -> T:
        """Send `call` and decode its answer.

        Args:
            call: The request.
            decode: Makes something of the answer. An answer that it refuses with TransientError is
                asked for again.

        Returns:
            What `decode` gave.

        Raises:
            AuthError: The token is refused, also a fresh one.
            RefusedError: The API refused the request (4xx), or the token for this tenant.
            UnavailableError: No usable answer within the time that it is tried.
            ApiError: The answer can't be used at all.
        """

        def consume(response: requests.Response) -> T:
            body = _whole(response, call.largest)
            self._show(call, response, body)
            check_density(body, call.largest)
            return decode(Response(body, response.headers, response.status_code))

        return self._persist(call, lambda: self._once(call, consume))

    def get_json(self, call: ApiCall) -> Any:  # noqa: ANN401 - JSON is anything
        """Send `call` and return its answer's JSON; raises as `get` does."""
        return self.get(call, decode_json)

    def download(self, call: ApiCall, sink: BinaryIO) -> Response:
        """Write the answer's body to `sink`, from its start at each try; returns the rest.

        Raises as `get` does; markup, of a gateway's page for example, is asked for again. `sink`
        must be seekable.
        """

        def save(response: requests.Response) -> Response:
            sink.seek(0)
            sink.truncate()
            for chunk in body_chunks(response, call.largest):
                if not sink.tell() and chunk.lstrip()[:1] == b"<":
                    raise not_expected("download", Response(chunk, response.headers))
                sink.write(chunk)
            if self._watchers:
                sink.seek(0)
                self._show(call, response, sink.read())
            return Response(b"", response.headers, response.status_code)

        return self._persist(call, lambda: self._once(call, save))

    def _request_token(self) -> Grant:
        return self._persist(_TOKEN_CALL, self._token_once)

    def _persist(self, call: ApiCall, once: Callable[[], T]) -> T:
        return self._patience.persist(
            call.what, once, repeatable=call.repeatable, on_wait=lambda: self._count("retries")
        )

    def _token_once(self) -> Grant:
        credential = (self._address.client_id.encode(), self._address.client_secret.encode())
        kind = "application/x-www-form-urlencoded"
        headers = {"Accept": _TOKEN_CALL.accept, "Content-Type": kind}
        url = self._address.origin + TOKEN_PATH
        with self._answer(_TOKEN_CALL, url, headers, HTTPBasicAuth(*credential)) as response:
            if response.status_code in _KEY_REFUSED:
                raise AuthError(
                    "8x8 refused the API key: check client_id and client_secret. "
                    f"It answered {explain(response.status_code)}"
                )
            # A body that may hold a token is never quoted.
            self._check(response, _TOKEN_CALL.what, explain(response.status_code))
            return read_grant(_whole(response, _TOKEN_CALL.largest))

    def _once(self, call: ApiCall, consume: Callable[[requests.Response], T]) -> T:
        """Send once; a refused token is replaced once."""
        headers = {"Accept": call.accept}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.tenant_id is not None:
            headers["X-Tenant-Info"] = call.tenant_id
        query = f"?{urlencode(call.params)}" if call.params else ""
        url = f"{self._address.origin}{self._address.base_path}{call.path}{query}"
        for last in (False, True):
            token = self._tokens.current()
            with self._answer(call, url, headers, BearerAuth(token)) as response:
                if response.status_code < HTTPStatus.MULTIPLE_CHOICES:
                    self._check(response, call.what)
                    return consume(response)
                said = self._explain(call, response)
                if response.status_code != HTTPStatus.UNAUTHORIZED:
                    self._check(response, call.what, said)
                self._tokens.discard(token)
                if last:
                    raise _locked_out(call, said)
        raise AssertionError  # pragma: no cover - the loop returns or raises

    @contextmanager
    def _answer(
        self, call: ApiCall, url: str, headers: dict[str, str], auth: AuthBase
    ) -> Iterator[requests.Response]:
        """Send a call and follow its redirects; what is done with the answer counts in its time.

        Raises:
            TapError: Whatever goes wrong, also what nobody foresaw.
        """
        timeouts = DOWNLOAD_TIMEOUTS if call.elsewhere else REQUEST_TIMEOUTS
        deadline = Deadline(timeouts * self._address.request_timeout)
        with self.throttle.slot(self._address.retry_seconds) as sent_in, deadline:
            try:
                with connection_trouble(deadline, url):
                    for left in reversed(range(REDIRECTS)):
                        response = self._send(call, url, headers, auth)
                        with closing(response):
                            follow = next_url(
                                response, call.method, self._own, elsewhere=call.elsewhere
                            )
                            if follow is None or not left:
                                if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                                    self.throttle.throttled(sent_in, self._retry_after(response))
                                yield response
                                check_end(response, deadline)
                                return
                            self._show(call, response, b"")
                        url = follow
                        if not url.startswith(f"{self._own}/"):
                            headers, auth = {"Accept": call.accept}, BearerAuth(None)
            except (TapError, OSError):  # the call is not at fault if a file can't be written
                raise
            except Exception as error:
                said = printable(f"{type(error).__name__}: {error}")
                raise ApiError(f"{call.what}: the answer can't be used ({said}).") from error

    def _send(
        self, call: ApiCall, url: str, headers: dict[str, str], auth: AuthBase
    ) -> requests.Response:
        self._count("requests")
        timeout = self._address.request_timeout
        try:
            return self._session.request(
                call.method,
                url,
                data=call.body,
                headers=headers,
                auth=auth,
                timeout=(timeout, timeout),
                allow_redirects=False,
                stream=True,
            )
        except (requests.RequestException, ConnectionError):
            raise
        except OSError as error:  # no trouble with a connection
            raise ConfigError(
                f"The request can't be sent: {printable(str(error))} (REQUESTS_CA_BUNDLE?)"
            ) from error

    def _retry_after(self, response: requests.Response) -> float | None:
        headers = response.headers
        return parse_retry_after(headers.get("Retry-After"), headers.get("Date"), self._clock.now())

    def _check(self, response: requests.Response, what: str, said: str = "") -> None:
        """Let a 2xx pass; raise what any other status means.

        Args:
            response: The answer.
            what: What was asked for.
            said: What the answer says.
        """
        status = response.status_code
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        said = said or explain(status)
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        wait = self.throttle.left if throttled else self._retry_after(response)
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TransientError(
                said,
                wait=wait,
                processed=status not in _NOT_PROCESSED,
                throttled=throttled,
                down=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
            )
        if HTTPStatus.OK <= status < HTTPStatus.BAD_REQUEST:
            said = f"{said} This redirect is not followed: check api_url."
        raise RefusedError(f"{what}: {said}", status, said)

    def _explain(self, call: ApiCall, response: requests.Response) -> str:
        body = bytearray()
        try:
            for chunk in body_chunks(response, call.largest):
                body += chunk
                if len(body) >= EXCERPT_BYTES:
                    break
        except TransientError:
            pass  # what came of it must do
        self._show(call, response, bytes(body[:EXCERPT_BYTES]))
        kind = response.headers.get("Content-Type", "")
        return explain(response.status_code, bytes(body[:EXCERPT_BYTES]), kind)

    def _show(self, call: ApiCall, response: requests.Response, body: bytes) -> None:
        """Show an answer to whoever watches, unless it is a token's."""
        if not self._watchers or call is _TOKEN_CALL:
            return
        sent = None if call.body is None else msgspec.json.decode(call.body)
        for watcher in self._watchers:
            watcher(call.method, call.path, sent, response.status_code, response.headers, body)

    def _count(self, what: str) -> None:
        with self._stats_lock:
            self._stats[what] += 1


def _whole(response: requests.Response, largest: int) -> bytes:
    body = io.BytesIO()
    for chunk in body_chunks(response, largest):
        body.write(chunk)
    return body.getvalue()


def _locked_out(call: ApiCall, said: str) -> ApiError:
    """Return what it means that a fresh token is refused: for one tenant, it concerns it alone."""
    tenant = f" for tenant {call.tenant_id}" if call.tenant_id else ""
    message = (
        f"{call.what}: a fresh access token was refused too. Check that the API key may use "
        f"this API{tenant}. It answered {said}"
    )
    return RefusedError(message, HTTPStatus.UNAUTHORIZED) if tenant else AuthError(message)
