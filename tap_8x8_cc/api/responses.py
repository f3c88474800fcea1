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
_MESSAGE = ("message", "faultstring", "title", "error_description", "error", "fault")
"""Members that say what is wrong, ..."""
_MORE = ("errors", "reasons", "reason", "details", "detail", "description", "error_description")
"""... those that say more, ..."""
_REFERENCE = ("referenceId", "requestId", "traceId", "correlationId", "id")
"""... and those that hold the reference which 8x8's support asks for."""
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
    """Refuse a body that would need very much more memory decoded than as text.

    Args:
        body: The body.
        largest: Bytes that it may have.

    Raises:
        TransientError: It is, for example, a million empty lists.
    """
    if len(body) > SMALL_ANSWER and body.count(b",") > largest // MEMBER_BYTES:
        raise TransientError(f"The answer holds more than {largest // MEMBER_BYTES} values.")


def not_json(answer: Response) -> TransientError:
    """Return an error that says what came instead of usable JSON."""
    return not_expected("JSON", answer)


def not_expected(what: str, answer: Response) -> TransientError:
    """Return an error that says what came instead of `what` was asked for."""
    kind = answer.headers.get("Content-Type", "")
    said = explain(HTTPStatus.OK, answer.body[:EXCERPT_BYTES], kind)
    return TransientError(f"The answer is not the {what} it should be: {said}")


def explain(status: int, body: bytes = b"", content_type: str = "") -> str:
    """Return what an answer says, in one line.

    Args:
        status: HTTP status.
        body: Its body, or its start: text, JSON of some form, RFC 7807, or HTML.
        content_type: The `Content-Type` header.

    Returns:
        "HTTP 400 Bad Request: X-Tenant-Info header is missing.", with secrets masked, cut short,
        without control characters.
    """
    text = body.decode("utf-8", errors="replace")
    said, reference = text, ""
    try:
        value: Any = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        if "html" in content_type.lower() or text.lstrip().startswith("<"):
            said = without_markup(text)
    else:
        said = "; ".join(dict.fromkeys(_sayings(value)))
        reference = _reference(value)
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    said = printable(said, SAID_CHARACTERS)
    line = f"HTTP {status} {phrase}".rstrip()
    line = f"{line}: {said}" if said else f"{line}."
    return f"{line} (reference {printable(reference, 80)})" if reference else line


def _sayings(value: Any, depth: int = 4) -> Iterator[str]:  # noqa: ANN401 - JSON is anything
    """Yield the texts of an error: what is wrong, then what is said beyond that."""
    if isinstance(value, str) and value.strip():
        yield value.strip()
    elif isinstance(value, list) and depth:
        for each in value[:5]:
            yield from _sayings(each, depth - 1)
    elif isinstance(value, dict) and depth:
        known = [name for name in (*_MESSAGE, *_MORE) if value.get(name)]
        message = next((name for name in known if name in _MESSAGE), None)
        for name in dict.fromkeys([*filter(None, [message]), *(n for n in known if n in _MORE)]):
            yield from _sayings(value[name], depth - 1)
        codes = [value[n] for n in ("errorcode", "code") if isinstance(value.get(n), str)]
        if any(not code.isdigit() for code in codes) or not known:
            yield from codes
        if not known and not codes:
            yield from _sayings(next(iter(value.values()), None), depth - 1)


def _reference(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    """Return the id by which the vendor's support finds what happened; empty: there is none."""
    if isinstance(value, list):
        value = value[0] if value else None
    if not isinstance(value, dict):
        return ""
    found = next((value[name] for name in _REFERENCE if value.get(name)), "")
    return str(found) if isinstance(found, str | int) else ""
