"""What an error says, in every form that the vendor and its gateway are known to use."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tap_8x8_cc.api.responses import explain, proves_empty
from tap_8x8_cc.redaction import REDACTOR

FORMS: list[tuple[Any, str]] = [
    ({"message": "Bad request: X-Tenant-Info header is missing."},
     "HTTP 400 Bad Request: Bad request: X-Tenant-Info header is missing."),
    ({"message": "Bad request", "errors": ["Field 'granularity' must be set"],
      "referenceId": "r1"},
     "HTTP 400 Bad Request: Bad request; Field 'granularity' must be set (reference r1)"),
    ({"message": "Bad request", "errors": [{"code": "E7", "message": "No such queue"}]},
     "HTTP 400 Bad Request: Bad request; No such queue; E7"),
    ({"id": "r2", "reasons": ["Too long"], "message": "Refused"},
     "HTTP 400 Bad Request: Refused; Too long (reference r2)"),
    ({"code": "400", "details": "The range is too long", "requestId": "r3"},
     "HTTP 400 Bad Request: The range is too long (reference r3)"),
    ({"status": "error", "code": 400, "description": "No such type"},
     "HTTP 400 Bad Request: No such type"),
    ({"type": "about:blank", "title": "Invalid", "status": 400, "detail": "No metric",
      "errors": ["x is not a metric"]},
     "HTTP 400 Bad Request: Invalid; x is not a metric; No metric"),
    ({"fault": {"faultstring": "Invalid access token",
                "detail": {"errorcode": "oauth.v2.InvalidAccessToken"}}},
     "HTTP 400 Bad Request: Invalid access token; oauth.v2.InvalidAccessToken"),
    ({"error": "invalid_client", "error_description": "No such key"},
     "HTTP 400 Bad Request: No such key; invalid_client"),
    ("Sorry", "HTTP 400 Bad Request: Sorry"),
    ({}, "HTTP 400 Bad Request."),
    ([], "HTTP 400 Bad Request."),
    (None, "HTTP 400 Bad Request."),
]  # fmt: skip


@pytest.mark.parametrize(("value", "line"), FORMS)
def test_every_form_of_an_error_says_its_reason_and_reference(value: Any, line: str) -> None:
    assert explain(400, json.dumps(value).encode(), "application/json") == line


def test_a_page_of_a_gateway_is_its_words() -> None:
    page = b"<html><head><title>Bad gateway</title></head><body>Try again</body></html>"
    assert explain(502, page, "text/html").split() == [
        "HTTP", "502", "Bad", "Gateway:", "Bad", "gateway", "Try", "again",
    ]  # fmt: skip


@pytest.mark.parametrize("before", [0, 20, 285, 295, 299])
def test_a_secret_at_the_place_of_the_cut_is_masked_before_it(before: int) -> None:
    REDACTOR.add("a-token-of-30-characters-length")
    said = explain(400, ("y" * before + " a-token-of-30-characters-length").encode())
    assert "a-t" not in said


def test_control_characters_of_an_answer_reach_no_message() -> None:
    said = explain(400, b'{"message": "one\\u001b[31m\\r\\n2026-11-27 | ERROR | forged\\u202e"}')
    assert said.isprintable()


@pytest.mark.parametrize(
    ("text", "empty"),
    [
        (b"Start Time,Queue\n", True),
        (b'{"status":"error","code":404,"message":"gone"}', False),
        (b"<html>gone, sorry, gone</html>", False),
        (b"Start Time,Queue\nt,Sales\n", False),
    ],
)
def test_a_csv_of_a_header_alone_is_empty(text: bytes, *, empty: bool) -> None:
    assert proves_empty(200, text, {}, columns=2) is empty
