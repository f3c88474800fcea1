"""HTTP to the configured origin: one session, one token, one retry policy, safe for threads.

Every request goes to the origin of `api_url` and nowhere else: redirects are not followed and
links in answers are not used, so the token cannot reach another host.
"""

from __future__ import annotations

import logging
import threading
from collections import Counter
from dataclasses import dataclass, field
from http import HTTPStatus
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import requests
from requests.adapters import HTTPAdapter
from requests.auth import AuthBase, HTTPBasicAuth

from tap_8x8_cc.answers import explain, read_body
from tap_8x8_cc.auth import TokenStore
from tap_8x8_cc.errors import AuthError, RefusedError
from tap_8x8_cc.redaction import REDACTOR
from tap_8x8_cc.retry import READ, RetryPolicy, TransientError, parse_retry_after, retrying

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import BinaryIO

    from tap_8x8_cc.clock import Clock

T = TypeVar("T")

logger = logging.getLogger(__name__)

TOKEN_PATH = "/oauth/v2/token"  # noqa: S105 - a path
CHUNK_BYTES = 1 << 18
_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
_NOT_PROCESSED = {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}


@dataclass(frozen=True, slots=True)
class ApiAddress:
    """Where the API is and who asks.

    Args:
        origin: Scheme, host and port, without a trailing slash.
        base_path: Path of the historical metrics API of a region and version.
        client_id: The API key.
        client_secret: Its secret; not shown in the representation.
        user_agent: The `User-Agent` header.
        request_timeout: Seconds to connect, and seconds to wait for the next byte.
        connections: Most connections kept open.
    """

    origin: str
    base_path: str
    client_id: str
    client_secret: str = field(repr=False)
    user_agent: str
    request_timeout: float
    connections: int = 8


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Args:
        what: What it asks for, for messages: "status of report 17".
        path: Path below the base path, with its leading slash, or "".
        tenant_id: Sent as `X-Tenant-Info`, where set.
        params: Query.
        body: A JSON body; makes it a POST.
        accept: The `Accept` header.
        policy: How persistent it is.
    """

    what: str
    path: str
    tenant_id: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    accept: str = "application/json"
    policy: RetryPolicy = READ


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer read whole: its body and its headers (which ignore case)."""

    body: bytes
    headers: Mapping[str, str]


class BearerAuth(AuthBase):
    """Adds the token; given explicitly, so that `requests` takes none from a netrc file."""

    def __init__(self, token: str) -> None:
        self._token = token

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """Set the request's `Authorization`."""
        request.headers["Authorization"] = f"Bearer {self._token}"
        return request


class ApiClient:
    """Sends calls and gives what their answers hold.

    Args:
        address: Where to, and as whom.
        clock: Time, and the pace of waits.
    """

    def __init__(self, address: ApiAddress, clock: Clock) -> None:
        self._address = address
        self._clock = clock
        self._session = _session(address)
        self._tokens = TokenStore(self, clock)
        self._stats: Counter[str] = Counter()
        self._stats_lock = threading.Lock()
        REDACTOR.add(address.client_secret)

    @property
    def stats(self) -> dict[str, int]:
        """Number of `requests` and `retries` so far."""
        with self._stats_lock:
            return dict(self._stats)

    def get(self, call: Call, decode: Callable[[Answer], T]) -> T:
        """Send `call` and decode its answer.

        Args:
            call: The request.
            decode: Makes something of the answer. An answer it refuses with TransientError, one
                that breaks off, say, is asked for again.

        Returns:
            What `decode` gave.

        Raises:
            AuthError: The token is refused, also a fresh one.
            RefusedError: The API refused the request (4xx).
            UnavailableError: No usable answer within the policy's tries and time.
        """
        return self._persistent(
            call, lambda response: decode(Answer(self._body(response), response.headers))
        )

    def get_json(self, call: Call) -> Any:  # noqa: ANN401 - JSON is anything
        """Send `call` and give its answer's JSON; raises as `get` does."""
        return self.get(call, decode_json)

    def download(self, call: Call, sink: BinaryIO) -> Mapping[str, str]:
        """Write the answer's body to `sink`, from its beginning at each try; gives the headers.

        Raises as `get` does. `sink` must be seekable.
        """

        def save(response: requests.Response) -> Mapping[str, str]:
            sink.seek(0)
            sink.truncate()
            sink.writelines(response.iter_content(CHUNK_BYTES))
            return response.headers

        return self._persistent(call, save)

    def request_token(self) -> Mapping[str, Any]:
        """Ask for a token (TokenSource); raises AuthError, UnavailableError."""
        call = Call("access token", TOKEN_PATH)
        answer = self._retrying(call, self._token_once)()
        if not isinstance(answer, dict):
            raise AuthError(f"{call.what}: the answer is no JSON object.")
        return answer

    def _token_once(self) -> Any:  # noqa: ANN401 - JSON is anything
        response = self._send(
            "POST",
            self._address.origin + TOKEN_PATH,
            auth=HTTPBasicAuth(
                self._address.client_id.encode(), self._address.client_secret.encode()
            ),
            data={"grant_type": "client_credentials"},
            headers={"Accept": "application/json"},
        )
        with response:
            if response.status_code in {400, 401, 403}:
                raise AuthError(
                    "8x8 refused the API key: check client_id and client_secret. "
                    f"It answered {self._explain(response)}"
                )
            self._check(response)
            return decode_json(Answer(self._body(response), response.headers))

    def _persistent(self, call: Call, consume: Callable[[requests.Response], T]) -> T:
        return self._retrying(call, lambda: self._once(call, consume))()

    def _retrying(self, call: Call, once: Callable[[], T]) -> Callable[[], T]:
        return retrying(once, call.what, call.policy, self._clock, lambda: self._count("retries"))

    def _once(self, call: Call, consume: Callable[[requests.Response], T]) -> T:
        """Send once; a refused token is replaced once."""
        for last in (False, True):
            token = self._tokens.current()
            with self._dispatch(call, token) as response:
                if response.status_code != HTTPStatus.UNAUTHORIZED:
                    self._check(response, call.what)
                    with _connection_trouble(processed=True):
                        return consume(response)
                self._tokens.discard(token)
                if last:
                    raise AuthError(
                        f"{call.what}: a fresh access token was refused too. Check that the API "
                        f"key may use this API. It answered {self._explain(response)}"
                    )
        raise AssertionError  # pragma: no cover - the loop returns or raises

    def _dispatch(self, call: Call, token: str) -> requests.Response:
        headers = {"Accept": call.accept}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        if call.tenant_id is not None:
            headers["X-Tenant-Info"] = call.tenant_id
        return self._send(
            "GET" if call.body is None else "POST",
            f"{self._address.origin}{self._address.base_path}{call.path}",
            auth=BearerAuth(token),
            params=dict(call.params),
            data=call.body,
            headers=headers,
        )

    def _send(self, method: str, url: str, **options: Any) -> requests.Response:
        self._count("requests")
        timeout = self._address.request_timeout
        with _connection_trouble(processed=True):
            return self._session.request(
                method, url, timeout=(timeout, timeout), allow_redirects=False, stream=True,
                **options,
            )  # fmt: skip

    def _check(self, response: requests.Response, what: str = "access token") -> None:
        """Let a 2xx pass; raise what any other status means."""
        status = response.status_code
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        said = self._explain(response)
        if status in _PASSING or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise TransientError(
                said,
                retry_after=parse_retry_after(
                    response.headers.get("Retry-After"), self._clock.now()
                ),
                processed=status not in _NOT_PROCESSED,
            )
        if status < HTTPStatus.BAD_REQUEST:
            raise RefusedError(f"{what}: {said} Redirects are not followed: check api_url.", status)
        raise RefusedError(f"{what}: {said}", status)

    def _body(self, response: requests.Response) -> bytes:
        # The timeout guards each wait for bytes; the deadline guards against an endless trickle.
        deadline = self._clock.monotonic() + 10 * self._address.request_timeout
        return read_body(response.iter_content(CHUNK_BYTES), self._clock, deadline)

    def _explain(self, response: requests.Response) -> str:
        try:
            body = next(response.iter_content(4096), b"")
        except requests.RequestException:
            body = b""
        text = explain(response.status_code, body, response.headers.get("Content-Type", ""))
        return REDACTOR(text)

    def _count(self, what: str) -> None:
        with self._stats_lock:
            self._stats[what] += 1


def decode_json(answer: Answer) -> Any:  # noqa: ANN401 - JSON is anything
    """Decode a JSON body; raises TransientError where it does not parse."""
    try:
        return msgspec.json.decode(answer.body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(answer) from error


def not_json(answer: Answer) -> TransientError:
    """Say what came instead of usable JSON."""
    kind = answer.headers.get("Content-Type", "")
    said = explain(HTTPStatus.OK, answer.body[:4096], kind)
    return TransientError(REDACTOR(f"The answer is not the JSON it should be: {said}"))


class _connection_trouble:  # noqa: N801 - reads as a statement
    """Turns connection trouble, of sending as of reading, into TransientError."""

    def __init__(self, *, processed: bool) -> None:
        self._processed = processed

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE" in str(error):
            raise RefusedError(
                "The API's certificate cannot be verified (REQUESTS_CA_BUNDLE names another "
                "certificate bundle).",
                0,
            ) from error
        if isinstance(error, (requests.RequestException, ConnectionError, TimeoutError)):
            raise TransientError(
                f"The connection failed ({type(error).__name__}).", processed=self._processed
            ) from error


def _session(address: ApiAddress) -> requests.Session:
    session = requests.Session()
    session.headers["User-Agent"] = address.user_agent
    # No cookies: nothing to share between threads or to leak.
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    adapter = HTTPAdapter(
        pool_connections=2, pool_maxsize=address.connections, pool_block=False, max_retries=0
    )
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    return session
