"""Answers: read whole, decoded, and what one that may be anything says to a person."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from tap_8x8_cc.api.retry import TransientError
from tap_8x8_cc.errors import one_line, without_markup
from tap_8x8_cc.redaction import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Mapping

EXCERPT_BYTES = 4096
ROW_COUNT = "X-Total-Elements"
_NO_PAGES = re.compile(
    r"\b(?:number of pages,? (?:which )?is|total pages:?) 0\b|(?<![\d.,])0 pages\b"
)
"""How a 400 says that a report has no pages: a sister API names their number."""
_SILENT = frozenset({b"", b"null", b"{}", b"[]"})
_SAYING = ("message", "reason", "faultstring", "detail", "error_description", "title", "error")


@dataclass(frozen=True, slots=True)
class Response:
    """An answer read whole: its body, its headers (which ignore case), its HTTP status."""

    body: bytes
    headers: Mapping[str, str]
    status: int = HTTPStatus.OK


def proves_empty(
    status: int, body: bytes, headers: Mapping[str, str], *, columns: int | None = None
) -> bool:
    """Return whether an answer about a report's rows proves that the report has none.

    Rows that are missing without proof would be lost for good, as the bookmark moves past them. So
    "not found", "gone" and an answer that says nothing are not proof.

    Args:
        status: HTTP status.
        body: The body: JSON, a CSV, or what an error says.
        headers: The headers.
        columns: If it is a CSV, how many columns it has at least.
    """
    count, text = headers.get(ROW_COUNT, "").strip(), body.removeprefix(codecs.BOM_UTF8).strip()
    if status == HTTPStatus.BAD_REQUEST:
        return _NO_PAGES.search(text.decode("utf-8", "replace")) is not None
    if count not in {"", "0"}:
        return False
    if status == HTTPStatus.OK and columns is not None and text:
        return len(text.splitlines()) == 1 and text.count(b",") >= columns - 1
    if status == HTTPStatus.OK:
        return text == b"[]" or (count == "0" and text in _SILENT)
    return status == HTTPStatus.NO_CONTENT and not text


def decode_json(answer: Response) -> Any:  # noqa: ANN401 - JSON is anything
    """Decode a JSON body; raises TransientError where it does not parse."""
    try:
        return msgspec.json.decode(answer.body.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(answer) from error


def not_json(answer: Response) -> TransientError:
    """Say what came instead of usable JSON."""
    return not_expected("JSON", answer)


def not_expected(what: str, answer: Response) -> TransientError:
    """Say what came instead of `what` was asked for."""
    kind = answer.headers.get("Content-Type", "")
    said = explain(HTTPStatus.OK, answer.body[:EXCERPT_BYTES], kind)
    return TransientError(f"The answer is not the {what} it should be: {said}")


def explain(status: int, body: bytes = b"", content_type: str = "") -> str:
    """Say in one line what an answer says.

    Args:
        status: HTTP status.
        body: Its body, or the beginning of it: text, JSON of some form, RFC 7807, or HTML.
        content_type: The `Content-Type` header.

    Returns:
        "HTTP 400 Bad Request: X-Tenant-Info header is missing.", cut short, without control
        characters and with secrets masked.
    """
    text = body.decode("utf-8", errors="replace")
    said = _from_json(body)
    if said is None:
        said = without_markup(text) if "html" in content_type.lower() or "<" in text[:1] else text
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    said = one_line(REDACTOR(said))  # masked first: half a secret would not be recognized
    line = f"HTTP {status} {phrase}".rstrip()
    return f"{line}: {said}" if said else f"{line}."


def _from_json(body: bytes) -> str | None:
    """Find the saying in a JSON error body; None where there is none."""
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    code = _error_code(value)
    said = _saying(value)
    return f"{said} ({code})" if said and code else said


def _error_code(value: Any) -> str | None:  # noqa: ANN401 - JSON is anything
    """Find the code that a gateway gives: {"fault": {…, "detail": {"errorcode": …}}}."""
    for name in ("fault", "detail", "errorcode"):
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, str) else None


def _saying(value: Any) -> str | None:  # noqa: ANN401 - JSON is anything
    """Find the saying: {"fault": {"faultstring": …}}, [{"error": {"message": …}}] and so on."""
    for _ in range(4):
        if isinstance(value, str):
            return value
        if isinstance(value, list):
            value = value[0] if value else None
        elif isinstance(value, dict):
            value = next(
                (value[key] for key in _SAYING if value.get(key)), next(iter(value.values()), None)
            )
        else:
            break
    return value if isinstance(value, str) else None
