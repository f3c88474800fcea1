"""HTTP to the configured origin: one session, one token, one patience, safe for threads.

Every request with the token goes to the origin of `api_url` and nowhere else: redirects are
followed within it, a download also elsewhere but without the token; links in answers are not used.
"""

from __future__ import annotations

import base64
import io
import threading
from collections import Counter
from contextlib import closing, contextmanager, suppress
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlencode

import msgspec
import requests

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
from tap_8x8_cc.api.responses import Response, check_density, explain, not_json
from tap_8x8_cc.api.transport import (
    Deadline,
    body_chunks,
    next_url,
    open_session,
    trouble,
)
from tap_8x8_cc.errors import AuthError, ConfigError, RefusedError
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

    Attributes:
        stats: Number of `requests` and `retries` so far.
        watcher: Shown all answers but those that hold tokens, in any thread: the method, the path
            below the API's base, the JSON that was sent, if any, the HTTP status, the headers and
            the body (of an error its start).
    """

    def __init__(
        self,
        address: ApiAddress,
        clock: Clock,
        throttle: Throttle | None = None,
        adapter: BaseAdapter | None = None,
    ) -> None:
        self.throttle = throttle or Throttle(address.connections, clock)
        self.stats: Counter[str] = Counter()
        self.watcher: Callable[..., None] | None = None
        self._address = address
        self._clock = clock
        self._session = open_session(address.user_agent, address.connections, adapter)
        self._own = "/".join(address.origin.split("/")[:3])  # without a gateway's path
        self._tokens = TokenStore(self._request_token, clock)
        self._patience = Patience(address.retry_seconds, clock)
        self._counting = threading.Lock()
        key = f"{address.client_id}:{address.client_secret}".encode()
        self._credential = base64.b64encode(key).decode()
        REDACTOR.add(address.client_secret)
        REDACTOR.add(self._credential)

    def get(self, call: ApiCall, decode: Callable[[Response], T]) -> T:
        """Send `call` and decode its answer; again if `decode` refuses it with TransientError.

        Raises:
            AuthError: The token is refused, also a fresh one.
            RefusedError: The API refused the request (4xx), or the token for this tenant.
            UnavailableError: No usable answer within the time that it is tried.
            ApiError: The answer can't be used at all.
        """

        def consume(response: requests.Response) -> T:
            body = _whole(response, call)
            self._show(call, response, body)
            check_density(body, call.largest)
            return decode(Response(body, response.headers, response.status_code))

        return self._persist(call, lambda: self._once(call, consume))

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
                    raise not_json(Response(chunk, response.headers), "download")
                sink.write(chunk)
            if self.watcher:
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
        headers = {
            "Accept": _TOKEN_CALL.accept,
            "Authorization": f"Basic {self._credential}",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        url = self._address.origin + TOKEN_PATH
        with self._answer(_TOKEN_CALL, url, headers) as response:
            said = explain(response.status_code)  # a body that may hold a token is never quoted
            if response.status_code in _KEY_REFUSED:
                raise AuthError(
                    "8x8 refused the API key: check client_id and client_secret. "
                    f"It answered {said}"
                )
            if not _is_success(response):
                raise self._failure(_TOKEN_CALL, response, said)
            return read_grant(_whole(response, _TOKEN_CALL))

    def _once(self, call: ApiCall, consume: Callable[[requests.Response], T]) -> T:
        """Send once; a refused token is replaced once."""
        headers = {"Accept": call.accept}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.tenant_id is not None:
            headers["X-Tenant-Info"] = call.tenant_id
        query = f"?{urlencode(call.params)}" if call.params else ""
        url = f"{self._address.origin}{self._address.base_path}{call.path}{query}"
        for _ in range(2):
            token = self._tokens.current()
            headers["Authorization"] = f"Bearer {token}"
            with self._answer(call, url, headers) as response:
                if _is_success(response):
                    return consume(response)
                said = self._explain(call, response)
                if response.status_code != HTTPStatus.UNAUTHORIZED:
                    raise self._failure(call, response, said)
                self._tokens.discard(token)
        # Refused for one tenant, a token concerns it alone.
        tenant = f" for tenant {call.tenant_id}" if call.tenant_id else ""
        message = (
            f"{call.what}: a fresh access token was refused too. Check that the API key may use "
            f"this API{tenant}. It answered {said}"
        )
        raise RefusedError(message, HTTPStatus.UNAUTHORIZED) if tenant else AuthError(message)

    @contextmanager
    def _answer(
        self, call: ApiCall, url: str, headers: dict[str, str]
    ) -> Iterator[requests.Response]:
        """Send a call and follow its redirects; what is done with the answer counts in its time."""
        timeouts = DOWNLOAD_TIMEOUTS if call.elsewhere else REQUEST_TIMEOUTS
        deadline = Deadline(timeouts * self._address.request_timeout)
        with (
            self.throttle.slot(self._address.retry_seconds) as sent_in,
            deadline.running(),
            trouble(deadline, call.what, url),
        ):
            for left in reversed(range(REDIRECTS)):
                with closing(self._send(call, url, headers)) as response:
                    follow = next_url(response, call.method, self._own, elsewhere=call.elsewhere)
                    if follow is None or not left:
                        if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
                            self.throttle.throttled(sent_in, self._retry_after(response))
                        yield response
                        return
                    self._show(call, response, b"")
                url = follow
                if not url.startswith(f"{self._own}/"):
                    headers = {"Accept": call.accept}

    def _send(self, call: ApiCall, url: str, headers: dict[str, str]) -> requests.Response:
        self._count("requests")
        timeout = self._address.request_timeout
        try:
            return self._session.request(
                call.method,
                url,
                data=call.body,
                headers=headers,
                auth=lambda request: request,  # a function, so that no netrc file is read
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

    def _failure(self, call: ApiCall, response: requests.Response, said: str) -> Exception:
        """Return what an answer means that is not a success, and that says what is `said`."""
        status = response.status_code
        throttled = status == HTTPStatus.TOO_MANY_REQUESTS
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return TransientError(
                said,
                wait=self.throttle.left if throttled else self._retry_after(response),
                processed=status not in _NOT_PROCESSED,
                throttled=throttled,
                down=status >= HTTPStatus.INTERNAL_SERVER_ERROR,
            )
        if status < HTTPStatus.BAD_REQUEST:
            said = f"{said} This redirect is not followed: check api_url."
        return RefusedError(f"{call.what}: {said}", status, said)

    def _explain(self, call: ApiCall, response: requests.Response) -> str:
        """Return what an error says, by the start of its body."""
        body = b""
        with suppress(TransientError):  # what came of it must do
            for chunk in body_chunks(response, call.largest):
                body += chunk
                if len(body) >= EXCERPT_BYTES:
                    break
        body = body[:EXCERPT_BYTES]
        self._show(call, response, body)
        return explain(response.status_code, body, response.headers.get("Content-Type", ""))

    def _show(self, call: ApiCall, response: requests.Response, body: bytes) -> None:
        if self.watcher and call is not _TOKEN_CALL:
            sent = None if call.body is None else msgspec.json.decode(call.body)
            status, headers = response.status_code, response.headers
            self.watcher(call.method, call.path, sent, status, headers, body)

    def _count(self, what: str) -> None:
        with self._counting:
            self.stats[what] += 1


def _is_success(response: requests.Response) -> bool:
    return HTTPStatus.OK <= response.status_code < HTTPStatus.MULTIPLE_CHOICES


def _whole(response: requests.Response, call: ApiCall) -> bytes:
    body = io.BytesIO()
    for chunk in body_chunks(response, call.largest):
        body.write(chunk)
    return body.getvalue()
