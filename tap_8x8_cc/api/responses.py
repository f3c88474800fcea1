"""Answers: read whole, decoded, what proves that a report is empty, and what an error says."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import msgspec

from tap_8x8_cc.api.patience import EXCERPT_BYTES, MEMBER_BYTES, SMALL_ANSWER, TransientError
from tap_8x8_cc.errors import without_markup
from tap_8x8_cc.redaction import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

SAID_CHARACTERS = 300
_SAYING = (
    "message", "faultstring", "title", "error_description", "error", "fault",
    "errors", "reasons", "reason", "details", "detail", "description", "errorcode", "code",
)  # fmt: skip
"""Members of an error that say what is wrong, and more of it, in the order in which it is shown."""
_REFERENCE = ("referenceId", "requestId", "traceId", "correlationId", "id")
"""Members that hold the reference which 8x8's support asks for."""
ROW_COUNT = "X-Total-Elements"
_NO_PAGES = re.compile(
    r"\b(?:number of pages,? (?:which )?is|total pages:?) 0\b|(?<![\d.,])0 pages\b"
)
"""How a 400 says that a report has no pages: a sister API names their number."""
_SILENT = frozenset({b"", b"null", b"{}", b"[]"})


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
        is_table = text[:1] not in {b"{", b"[", b"<"}
        return is_table and len(text.splitlines()) == 1 and text.count(b",") >= columns - 1
    if status == HTTPStatus.OK:
        return text == b"[]" or (count == "0" and text in _SILENT)
    return status == HTTPStatus.NO_CONTENT and not text


def decode_json(answer: Response) -> Any:  # noqa: ANN401 - JSON is anything
    """Decode a JSON body; raises TransientError if it does not parse."""
    try:
        return msgspec.json.decode(answer.body.removeprefix(codecs.BOM_UTF8))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise not_json(answer) from error


def check_density(body: bytes, largest: int) -> None:
    """Raise TransientError for a body, as of a million empty lists, that takes too much memory."""
    most = largest // MEMBER_BYTES
    # Usual pages need not be counted: a value takes a byte and its comma another.
    if len(body) > max(SMALL_ANSWER, 2 * most) and body.count(b",") > most:
        raise TransientError(f"The answer holds more than {most} values.")


def not_json(answer: Response, expected: str = "JSON") -> TransientError:
    """Return an error that says what came instead of what was expected."""
    kind = answer.headers.get("Content-Type", "")
    said = explain(HTTPStatus.OK, answer.body[:EXCERPT_BYTES], kind)
    return TransientError(f"The answer is not the {expected} it should be: {said}")


def explain(status: int, body: bytes = b"", content_type: str = "") -> str:
    """Return what an answer says, in one line: secrets masked, cut short, printable.

    For example "HTTP 400 Bad Request: X-Tenant-Info header is missing.", from the body, or its
    start, as text, JSON of some form, RFC 7807, or HTML.
    """
    said, reference = body.decode("utf-8", errors="replace"), ""
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if "html" in content_type.lower() or said.lstrip().startswith("<"):
            said = without_markup(said)
    else:
        said = "; ".join(dict.fromkeys(_sayings(value)))
        if isinstance(value, dict):
            reference = str(next(filter(None, map(value.get, _REFERENCE)), ""))
    phrase = HTTPStatus(status).phrase if status in set(HTTPStatus) else ""
    said = printable(said, SAID_CHARACTERS)
    line = f"HTTP {status} {phrase}".rstrip() + (f": {said}" if said else ".")
    return f"{line} (reference {printable(reference, 80)})" if reference else line


def _sayings(value: Any, depth: int = 4) -> Iterator[str]:  # noqa: ANN401 - JSON is anything
    """Yield the texts of an error; of one in an unknown form, the first."""
    if isinstance(value, str) and not value.strip().isdigit():  # not the HTTP status again
        yield from filter(None, [value.strip()])
    elif isinstance(value, list) and depth:
        for each in value[:5]:
            yield from _sayings(each, depth - 1)
    elif isinstance(value, dict) and depth:
        known = [value[name] for name in _SAYING if value.get(name)]
        for each in known or list(value.values())[:1]:
            yield from _sayings(each, depth - 1)
