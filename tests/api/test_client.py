"""The HTTP client, over real connections to an API that answers whatever the test wants."""

from __future__ import annotations

import http.client
import io
import json
import re
import ssl
import subprocess
import time
from datetime import timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING

import pytest

from tap_8x8_cc.api.calls import ApiAddress, ApiCall
from tap_8x8_cc.api.client import ApiClient
from tap_8x8_cc.api.pages import read_page
from tap_8x8_cc.errors import ApiError, AuthError, ConfigError, RefusedError, UnavailableError
from tests.support.fakes import FakeClock, Received, Reply, fake_api

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

ROWS = b'[{"total": null, "items": [{"key": "queue", "label": "Queue", "value": "=1+1"}]}]'
CALL = ApiCall("page 0 of report 7", "/7/data")


def faulty(fault: Callable[[Reply], None], times: int = 1) -> Callable[[Reply, Received], None]:
    """Answer the first requests with a fault, and all others with rows."""

    def answer(reply: Reply, _: Received) -> None:
        if len(reply.api.data_requests) <= times:
            fault(reply)
        else:
            reply.send(200, ROWS)

    return answer


def cut(reply: Reply) -> None:
    """Announce more than is sent, then end the connection."""
    reply.send(200, ROWS[:20], **{"Content-Length": str(len(ROWS))})
    reply.close_connection = True


def cut_chunks(reply: Reply) -> None:
    """End the connection within a chunked body."""
    reply.send_response(200)
    reply.send_header("Transfer-Encoding", "chunked")
    reply.end_headers()
    reply.wfile.write(b"14\r\n" + ROWS[:20] + b"\r\n")
    reply.close_connection = True


def silent(reply: Reply) -> None:
    """End the connection without an answer."""
    reply.close_connection = True


def late(reply: Reply) -> None:
    """Answer later than the client waits."""
    time.sleep(0.6)
    reply.close_connection = True


def stalls(reply: Reply) -> None:
    """Stop within the body for longer than the client waits."""
    reply.send(200, ROWS[:20], **{"Content-Length": str(len(ROWS))})
    reply.wfile.flush()
    late(reply)


def broken_gzip(reply: Reply) -> None:
    """Send what is announced as compressed, and is not."""
    reply.send(200, ROWS, Content_Encoding="gzip")


FAULTS: dict[str, Callable[[Reply], None]] = {
    "cut": cut,
    "cut chunks": cut_chunks,
    "silent": silent,
    "late": late,
    "stalls": stalls,
    "broken gzip": broken_gzip,
    "truncated": lambda reply: reply.send(200, ROWS[:-1]),
    "not UTF-8": lambda reply: reply.send(200, b'["\xff"'),
    "empty": lambda reply: reply.send(200, b""),
    "no content": lambda reply: reply.send(204, b""),
    "html": lambda reply: reply.send(200, b"<html>Sign in</html>", Content_Type="text/html"),
    "408": lambda reply: reply.send(408, b""),
    "429": lambda reply: reply.send(429, b"", Retry_After="1"),
    "500": lambda reply: reply.send(500, b"\x00\xff"),
    "504": lambda reply: reply.send(504, b"<html>" * 1000),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_passing_fault_is_asked_again(name: str) -> None:
    with fake_api(faulty(FAULTS[name])) as api:
        client = api.client(FakeClock(), request_timeout=0.3)
        assert client.get(CALL, read_page).rows == 1
        assert client.stats == {"requests": 3, "retries": 1}


@pytest.mark.parametrize("name", ["cut", "cut chunks", "stalls", "html", "broken gzip"])
def test_a_download_begins_anew_after_a_fault(name: str) -> None:
    with fake_api(faulty(FAULTS[name])) as api, io.BytesIO(b"left over " * 99) as sink:
        api.client(FakeClock(), request_timeout=0.3).download(CALL, sink)
        assert sink.getvalue() == ROWS


def test_a_fault_that_stays_is_one_line_and_bounded() -> None:
    with fake_api(faulty(FAULTS["504"], times=99)) as api:
        with pytest.raises(UnavailableError, match=r"^page 0 of report 7: HTTP 504 .*Given up"):
            api.client(FakeClock()).get(CALL, read_page)
        assert len(api.data_requests) > 8  # patience counts in time, not in tries


@pytest.mark.parametrize("status", [400, 403, 404, 405, 406, 301, 302, 307])
def test_a_refusal_is_not_repeated_and_says_what_the_api_said(status: int) -> None:
    said = json.dumps({"error": {"message": "Bad\r\nrequest:\x1b[31m red\u202e " + "x" * 9000}})
    with fake_api(
        lambda reply, _: reply.send(status, said.encode(), Location=reply.api.url)
    ) as api:
        with pytest.raises(RefusedError) as caught:
            api.client(FakeClock()).get(CALL, read_page)
        assert len(api.data_requests) == 1
    assert caught.value.status == status
    message = str(caught.value)
    assert message.startswith(f"page 0 of report 7: HTTP {status}")
    assert message.isprintable()
    assert len(message) < 420


def test_a_redirect_to_another_host_is_not_followed_and_the_token_goes_nowhere_else() -> None:
    with (
        fake_api(lambda reply, _: reply.send(200, ROWS)) as other,
        fake_api(lambda reply, _: reply.send(302, b"", Location=other.url + "/steal")) as api,
        pytest.raises(RefusedError, match="This redirect is not followed"),
    ):
        api.client(FakeClock()).get(CALL, read_page)
    assert other.received == []


def moved(status: int) -> Callable[[Reply, Received], None]:
    """Answer everything at `/base/…` with a redirect to `/moved/…`, relative."""

    def answer(reply: Reply, request: Received) -> None:
        if request.path.startswith("/base"):
            reply.send(status, b"", Location=request.path.replace("/base", "/moved"))
        else:
            reply.send(200, ROWS)

    return answer


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_within_the_origin_is_followed_with_the_token(status: int) -> None:
    with fake_api(moved(status)) as api:
        assert api.client(FakeClock()).get(CALL, read_page).rows == 1
        assert [r.path for r in api.data_requests] == ["/base/7/data", "/moved/7/data"]
        assert api.data_requests[1].headers["Authorization"] == "Bearer token-1-abcdefgh"


@pytest.mark.parametrize(
    ("status", "followed"), [(301, False), (302, False), (307, True), (308, True)]
)
def test_a_create_is_redirected_only_as_what_it_is(status: int, followed: bool) -> None:  # noqa: FBT001
    create = ApiCall("create", "/", body=b"{}", repeatable=False)
    with fake_api(moved(status)) as api:
        client = api.client(FakeClock())
        if followed:
            assert client.get(create, read_page).rows == 1
        else:
            with pytest.raises(RefusedError, match="This redirect is not followed"):
                client.get(create, read_page)
        assert [(r.method, r.body) for r in api.data_requests] == [("POST", b"{}")] * (1 + followed)


def test_the_request_for_a_token_is_followed_within_the_origin_and_nowhere_else() -> None:
    def answer(reply: Reply, request: Received) -> None:
        if request.path == "/oauth/v2/token":
            reply.send(307, b"", Location=target)
        elif request.path == "/token":
            reply.send(200, b'{"access_token": "token-1-abcdefgh"}')
        else:
            reply.send(200, ROWS)

    with fake_api(answer, tokens=False) as elsewhere, fake_api(answer, tokens=False) as api:
        target = "/token"
        assert api.client(FakeClock()).get(CALL, read_page).rows == 1
        target = f"{elsewhere.url}/token"
        with pytest.raises(RefusedError):
            api.client(FakeClock()).get(CALL, read_page)
        assert not elsewhere.received


def test_a_download_is_followed_to_another_host_without_token_or_tenant() -> None:
    with (
        fake_api(lambda reply, _: reply.send(200, ROWS), tokens=False) as store,
        fake_api(lambda reply, _: reply.send(302, b"", Location=store.url + "/f?sig=1")) as api,
        io.BytesIO() as sink,
    ):
        call = ApiCall("CSV", "/7/download", "tenant-1", accept="text/csv", elsewhere=True)
        api.client(FakeClock()).download(call, sink)
        assert sink.getvalue() == ROWS
    assert [request.path for request in store.received] == ["/f?sig=1"]
    assert not {"Authorization", "X-Tenant-Info", "Cookie"} & store.received[0].headers.keys()


def test_redirects_in_circles_end() -> None:
    with fake_api(lambda reply, r: reply.send(302, b"", Location=r.path)) as api:
        with pytest.raises(RefusedError, match="This redirect is not followed"):
            api.client(FakeClock()).get(CALL, read_page)
        assert len(api.data_requests) <= 6


def test_neither_netrc_nor_cookies_have_a_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login intruder password intruder\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with fake_api(lambda reply, _: reply.send(200, ROWS, Set_Cookie="sid=1; Path=/")) as api:
        client = api.client(FakeClock())
        client.get(CALL, read_page)
        client.get(CALL, read_page)
        assert {r.headers["Authorization"] for r in api.data_requests} == {
            "Bearer token-1-abcdefgh"
        }
        assert not any("Cookie" in request.headers for request in api.received)


def test_a_refused_token_is_replaced_once() -> None:
    def answer(reply: Reply, request: Received) -> None:
        known = request.headers["Authorization"] == "Bearer token-2-abcdefgh"
        reply.send(200 if known else 401, ROWS if known else b"expired")

    with fake_api(answer) as api:
        assert api.client(FakeClock()).get(CALL, read_page).rows == 1
        assert len(api.data_requests) == 2
    with fake_api(lambda reply, _: reply.send(401, b"no")) as api:
        with pytest.raises(AuthError, match=r"fresh access token was refused.*HTTP 401"):
            api.client(FakeClock()).get(CALL, read_page)
        assert len(api.data_requests) == 2


def test_a_date_to_wait_for_is_held_against_the_apis_own_clock() -> None:
    """This machine is ten minutes behind, and does not wait ten minutes."""
    clock = FakeClock()
    theirs = clock.now() + timedelta(minutes=10)
    answers = iter([(429, b""), (200, ROWS)])

    def answer(reply: Reply, _: Received) -> None:
        later = format_datetime(theirs + timedelta(seconds=30), usegmt=True)
        reply.date_time_string = lambda *_: format_datetime(theirs, usegmt=True)  # type: ignore[method-assign]
        reply.send(*next(answers), Retry_After=later)

    with fake_api(answer) as api:
        assert api.client(clock).get(CALL, read_page).rows == 1
    assert 29 < sum(clock.waits) < 60


@pytest.mark.parametrize("echo", ["very-secret", "token-1-abcdefgh", "a2V5OnZlcnktc2VjcmV0"])
def test_what_an_answer_says_never_shows_a_secret(echo: str) -> None:
    # Also where the secret straddles the place at which a long text is cut.
    for before in (0, 185, 193):
        said = f"{'y' * before} {echo} and more".encode()
        with (
            fake_api(lambda reply, _, said=said: reply.send(400, said)) as api,  # type: ignore[misc]
            pytest.raises(RefusedError) as caught,
        ):
            api.client(FakeClock()).get(CALL, read_page)
        assert echo[:6] not in str(caught.value)


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refused_key_is_one_clear_line_at_once(status: int) -> None:
    with fake_api(lambda reply, _: reply.send(status, b"no"), tokens=False) as api:
        with pytest.raises(AuthError, match="check client_id and client_secret"):
            api.client(FakeClock()).get(CALL, read_page)
        assert len(api.received) == 1


def test_a_token_answer_that_makes_no_sense_is_asked_for_again() -> None:
    bodies = [b"<html>", b"[]", b'{"access_token": 7}', b'{"access_token": "a b"}']

    def answer(reply: Reply, request: Received) -> None:
        if request.path != "/oauth/v2/token":
            reply.send(200, ROWS)
        elif bodies:
            reply.send(200, bodies.pop())
        else:
            reply.token()

    with fake_api(answer, tokens=False) as api:
        assert api.client(FakeClock()).get(CALL, read_page).rows == 1


def test_what_is_not_repeatable_bridges_a_break_in_the_network_and_is_not_repeated() -> None:
    create = ApiCall("creation of the report", "", body=b"{}", repeatable=False)
    unused = ApiAddress(
        "http://127.0.0.1:1", "/base", "key", "very-secret", "agent", 1.0, retry_seconds=300
    )
    client = ApiClient(unused, FakeClock())
    with pytest.raises(UnavailableError):
        client.get(create, read_page)
    assert client.stats["requests"] > 2  # nothing was listening: nothing was created
    with fake_api(lambda reply, _: silent(reply)) as api:
        with pytest.raises(UnavailableError):
            api.client(FakeClock()).get(create, read_page)
        assert len(api.data_requests) == 1


def test_a_tenant_and_a_body_are_sent_as_the_api_wants_them() -> None:
    with fake_api(lambda reply, _: reply.send(200, ROWS)) as api:
        client = api.client(FakeClock())
        client.get(ApiCall("create", "", "tenant-1", body=b'{"a": 1}'), read_page)
        client.get(ApiCall("page", "/7/data", params={"page": "0"}), read_page)
        token, create, page = api.received
    assert (token.method, token.body) == ("POST", b"grant_type=client_credentials")
    assert token.headers["Authorization"] == "Basic a2V5OnZlcnktc2VjcmV0"
    assert (create.method, create.path, create.body) == ("POST", "/base", b'{"a": 1}')
    assert create.headers["X-Tenant-Info"] == "tenant-1"
    assert create.headers["Content-Type"] == "application/json"
    assert (page.method, page.path) == ("GET", "/base/7/data?page=0")
    assert "X-Tenant-Info" not in page.headers
    assert page.headers["User-Agent"] == "agent"


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    def forwarded(reply: Reply, request: Received) -> None:
        if request.path.endswith("/token"):
            reply.token()
        else:
            reply.send(200, ROWS)

    with fake_api(forwarded, tokens=False) as proxy:
        for name, value in {"http_proxy": proxy.url, "no_proxy": ""}.items():
            monkeypatch.setenv(name, value)
            monkeypatch.setenv(name.upper(), value)
        there = ApiAddress("http://localhost:1", "/base", "key", "very-secret", "agent", 1.0)
        assert ApiClient(there, FakeClock()).get(CALL, read_page).rows == 1
        assert proxy.received[-1].path == "http://localhost:1/base/7/data"


def test_a_proxy_or_bundle_that_makes_no_sense_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    address = ApiAddress("https://127.0.0.1:1", "/base", "key", "very-secret", "agent", 1.0)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    with pytest.raises(ConfigError, match=r"/nowhere/bundle\.pem"):
        ApiClient(address, FakeClock()).get(CALL, read_page)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE")
    monkeypatch.setenv("HTTPS_PROXY", "http://:bad")
    monkeypatch.setenv("https_proxy", "http://:bad")
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    with pytest.raises(ConfigError, match="proxy"):
        ApiClient(address, FakeClock()).get(CALL, read_page)


def test_certificates_are_verified_with_the_bundle_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with fake_api(lambda reply, _: reply.send(200, ROWS), context=context) as api:
        assert api.url.startswith("https://")
        with pytest.raises(RefusedError, match=r"certificate of .* cannot be verified") as caught:
            api.client(FakeClock()).get(CALL, read_page)
        assert isinstance(caught.value, ApiError)
        assert api.received == []
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        assert api.client(FakeClock()).get(CALL, read_page).rows == 1


def test_debugging_shows_requests_without_secrets(caplog: pytest.LogCaptureFixture) -> None:
    assert http.client.HTTPConnection.debuglevel == 0
    with caplog.at_level("DEBUG"), fake_api(faulty(FAULTS["500"])) as api:
        api.client(FakeClock()).get(CALL, read_page)
    assert "/7/data" in caplog.text
    assert len(re.findall("Trying again", caplog.text)) == 1
    assert "very-secret" not in caplog.text
    assert "token-1" not in caplog.text
