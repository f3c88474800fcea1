"""Answers that hang, flood and break the rules of HTTP: every request ends, in one line."""

from __future__ import annotations

import io
import subprocess
import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tap_8x8_cc.api.calls import ApiAddress, ApiCall
from tap_8x8_cc.api.client import ApiClient
from tap_8x8_cc.api.listing import fetch_listing
from tap_8x8_cc.api.pages import read_page
from tap_8x8_cc.api.patience import ROW_BYTES
from tap_8x8_cc.api.statuses import read_status
from tap_8x8_cc.errors import RefusedError, TapError, UnavailableError
from tests.support.fakes import FakeClock
from tests.support.hostile import (
    HANGS,
    HEAD,
    LOCATIONS,
    Answer,
    array,
    blanks,
    drip,
    empty_gzip,
    flood,
    gzip_bomb,
    hostile,
    whole,
)

if TYPE_CHECKING:
    from collections.abc import Callable

PAGE = ApiCall("page 0 of report 7", "/7/data", largest=ROW_BYTES * 1000)
STATUS = ApiCall("status of report 7", "/7/status")
TIMEOUT = 0.05
"""Of a request; it ends within ten times that."""
MEGABYTES = 200
"""Memory that no attack may take."""


def client_of(url: str, *, timeout: float = 20.0) -> ApiClient:
    """Make a client that tries once."""
    address = ApiAddress(url, "/base", "key", "very-secret", "agent", timeout, retry_seconds=0.0)
    return ApiClient(address, FakeClock())


@pytest.mark.parametrize(
    ("name", "place"),
    [*((name, "/7/data") for name in HANGS), ("header", "/token"), ("body", "/token")],
)
def test_a_request_ends_whatever_drips(name: str, place: str) -> None:
    with hostile({place: HANGS[name], "/": lambda: whole(b"[]")}, tokens=place != "/token") as api:
        began = time.monotonic()
        message = "the rows were there in full before what drips" if "trailer" in name else ""
        try:
            client_of(api.url, timeout=TIMEOUT).get(PAGE, read_page)
        except TapError as error:
            message = str(error)
        assert time.monotonic() - began < 10 * TIMEOUT + 2
    assert message
    assert message.isprintable()


@pytest.mark.parametrize("name", ["header", "chunk", "trailer", "empty gzip", "body"])
def test_a_download_ends_too(name: str) -> None:
    call = ApiCall("CSV", "/7/download", accept="text/csv", elsewhere=True, largest=1 << 34)
    with hostile({"/7/download": HANGS[name]}) as api:
        began = time.monotonic()
        with pytest.raises(UnavailableError):
            client_of(api.url, timeout=0.01).download(call, io.BytesIO())
        assert time.monotonic() - began < 120 * 0.01 + 2


def test_a_body_without_an_end_of_its_own_is_not_whole_when_time_is_up() -> None:
    call = ApiCall("CSV", "/7/download", accept="text/csv", elsewhere=True, largest=1 << 34)
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"
    with (
        hostile({"/7/download": lambda: drip(head, each=b"a,b\r\n")}) as api,
        pytest.raises(UnavailableError),
    ):
        client_of(api.url, timeout=0.01).download(call, io.BytesIO())


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "307 Temporary", "308 Permanent"])
def test_no_location_ends_more_than_its_call(location: bytes, status: str) -> None:
    header = f"Location: {location.decode('latin-1')}"
    call = ApiCall("CSV", "/7/download", accept="text/csv", elsewhere=True)
    with hostile({"/": lambda: whole(b"", status, header)}) as api:
        with pytest.raises(TapError, match="report 7") as caught:
            client_of(api.url).get(PAGE, read_page)
        with pytest.raises(TapError, match="CSV"):
            client_of(api.url).download(call, io.BytesIO())
    assert str(caught.value).isprintable()


def test_a_redirect_to_this_machine_is_followed_only_from_this_machine(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The API is reached through a proxy, so that it can have any name."""
    header = "Location: http://127.0.0.1:9/secret"
    with hostile({"/": lambda: whole(b"", "302 Found", header)}) as proxy:
        for name in ("http_proxy", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        for name in ("no_proxy", "NO_PROXY"):
            monkeypatch.setenv(name, "127.0.0.1")
        call = ApiCall("CSV", "/7/download", accept="text/csv", elsewhere=True)
        with pytest.raises(RefusedError, match="not followed"):
            client_of("http://api.example").download(call, io.BytesIO())


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Retry-After", "1711111111000"),
        ("Retry-After", "Mon, 01 Jan 2026 00:00:00 +99999999999999"),
        ("Date", "Mon, 01 Jan 2026 00:00:00 +99999999999999"),
        ("Retry-After", "\xff"),
        ("Link", "<http://[>; rel=next"),
        ("Link", "<" * 2000),
        ("Content-Encoding", "br"),
        ("X-Total-Elements", "9" * 5000),
        ("Last-Document-Id", "\x1b[31m"),
    ],
)
@pytest.mark.parametrize("status", ["200 OK", "429 Slow", "503 No"])
def test_an_odd_header_ends_no_more_than_its_call(header: str, value: str, status: str) -> None:
    with hostile({"/": lambda: whole(b"[]", status, f"{header}: {value}")}) as api:
        for call, decode in ((PAGE, read_page), (STATUS, read_status)):
            message = ""
            try:
                client_of(api.url).get(call, decode)
            except TapError as error:
                message = str(error)
            assert message.isprintable()


@pytest.mark.parametrize(
    ("url", "cause"),
    [
        ("https://no-such-host.invalid", r"no-such-host\.invalid has no address \(DNS\)"),
        ("http://127.0.0.1:1", r"127\.0\.0\.1:1 refused it"),
        ("https://127.0.0.1:{port}", "does not speak TLS"),
    ],
)
def test_a_first_call_that_fails_names_host_cause_and_settings(url: str, cause: str) -> None:
    with (
        hostile({"/": lambda: whole(b"[]")}, tokens=False) as api,
        pytest.raises(UnavailableError, match=cause) as caught,
    ):
        client_of(url.format(port=api.port)).get(PAGE, read_page)
    for setting in ("api_url", "region", "api_version", "HTTPS_PROXY"):
        assert setting in str(caught.value)


def test_a_dead_proxy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://user:{'word'}@127.0.0.1:1")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "")
    with pytest.raises(UnavailableError, match=r"the proxy 127\.0\.0\.1:1 refused it") as caught:
        client_of("https://api.example").get(PAGE, read_page)
    assert "word" not in str(caught.value)


def test_a_listing_that_is_not_found_names_region_and_version() -> None:
    with (
        hostile({"/": lambda: whole(b"", "404 Not Found")}) as api,
        pytest.raises(RefusedError, match="region and api_version"),
    ):
        fetch_listing(client_of(api.url), None)


def test_cut_headers_print_nothing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING"), hostile({"/": lambda: iter([HEAD + b"X-A: b\r\nCon"])}) as api:
        for _ in range(2):
            with pytest.raises(UnavailableError):
                client_of(api.url).get(PAGE, read_page)
    assert caplog.text == ""


SIZES: dict[str, tuple[str, Callable[[], Answer]]] = {
    "lists as a status": ("/7/status", lambda: array(b"[]", 120)),
    "lists as a token": ("/token", lambda: array(b"[]", 120)),
    "lists as a listing": ("/report-types", lambda: array(b"[]", 120)),
    "lists as a small listing": ("/report-types", lambda: array(b"[]", 15)),
    "objects as a small listing": ("/report-types", lambda: array(b"{}", 15)),
    "lists as a page": ("/7/data", lambda: array(b"[]", 120)),
    "lists as a small page": ("/7/data", lambda: array(b"[]", 60)),
    "numbers as a small page": ("/7/data", lambda: array(b"1", 60)),
    "blanks as a page": ("/7/data", lambda: blanks(200)),
    "blanks as a small page": ("/7/data", lambda: blanks(60)),
    "gzip as a page": ("/7/data", gzip_bomb),
    "gzip of an error": ("/7/data", lambda: gzip_bomb(b"HTTP/1.1 400 No\r\n")),
    "gzip of a redirect": ("/7/data", lambda: gzip_bomb(
        b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.example/\r\n")),
    "empty gzip": ("/7/data", empty_gzip),
    "endless rows of 24": ("/7/download", lambda: flood(HEAD + b"\r\na,b\n", each=b"1,2\n")),
}  # fmt: skip


def test_no_answer_takes_much_memory() -> None:
    """In a process of its own, whose memory is what it takes."""
    with ExitStack() as servers:
        asked = []
        for place, answer in SIZES.values():
            answers = {place: answer, "/": lambda: whole(b"[]")}
            api = servers.enter_context(hostile(answers, tokens=place != "/token"))
            asked.append(f"{api.url}#{place}")
        done = subprocess.run(
            [sys.executable, "-m", "tests.support.victim", *asked],
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
    assert not done.stderr
    lines = done.stdout.splitlines()
    for name, line in zip(SIZES, lines, strict=True):
        peak, _, message = line.partition(" ")
        assert int(peak) < MEGABYTES, name
        assert message, name
        assert message.isprintable(), name
