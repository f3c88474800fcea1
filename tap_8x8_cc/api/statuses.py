"""A report, and what create and status calls say of it: its id, and how far it is.

The API documents four statuses. Some other words are understood; any other is waited for.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from requests.utils import parse_header_links

from tap_8x8_cc.api.patience import TransientError
from tap_8x8_cc.api.responses import decode_json
from tap_8x8_cc.redaction import printable

if TYPE_CHECKING:
    from datetime import datetime

    from tap_8x8_cc.api.responses import Response
    from tap_8x8_cc.model.reports import ReportRequest

_ID_PATTERN = re.compile(r"(?!\.+$)[\x21-\x7e]{1,200}")
"""What may be part of a URL, quoted; dots alone would lead elsewhere."""
_DOCUMENTED = frozenset({"QUEUED", "INPROGRESS", "DONE", "FAILED"})
_DONE = frozenset({"DONE", "COMPLETED", "COMPLETE", "SUCCESS", "READY"})
_FAILED = frozenset({"FAILED", "ERROR", "CANCELLED", "EXPIRED"})


class Status(StrEnum):
    """How far a report is."""

    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """A report that exists at the API.

    Args:
        id: The API's id, from the create call's own answer.
        request: What was asked.
        created: When, on the monotonic clock.
        created_at: When, in UTC.
        generation_seconds: How long it took to be DONE.
        is_surely_done: Whether the API's documents know the word for its status. Of another that
            sounds like DONE, only the rows show that it means it.
    """

    id: str
    request: ReportRequest
    created: float
    created_at: datetime
    generation_seconds: float = 0.0
    is_surely_done: bool = True


@dataclass(frozen=True, slots=True)
class StatusReply:
    """What a create or status call answers.

    Args:
        id: The report's id.
        word: The API's own word for how far it is; empty if it said none.
        reason: Why it failed, if it says so.
    """

    id: str
    word: str = ""
    reason: str = ""

    @property
    def status(self) -> Status:
        """How far the report is."""
        letters = _letters(self.word)
        if letters in _DONE:
            return Status.DONE
        return Status.FAILED if letters in _FAILED else Status.WAITING

    @property
    def is_documented(self) -> bool:
        """Whether the API's documents know the word."""
        return _letters(self.word) in _DOCUMENTED


def read_status(answer: Response, known_id: str | None = None) -> StatusReply:
    """Read the answer of a create or status call.

    It is an object, or a list of one; a create may also answer by headers alone, `Location` or
    `Link`, which name the report by its URL.

    Args:
        answer: The answer.
        known_id: The report asked about; it counts, whatever the answer says. None: it is new.

    Raises:
        TransientError: It is not such an answer.
    """
    value = decode_json(answer) if answer.body.strip() else {}
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    members: dict[str, Any] = value if isinstance(value, dict) else {}
    report_id = known_id or _read_id(members.get("id")) or _linked_id(answer)
    if not report_id:
        raise TransientError("The answer holds no report id.")
    word, reason = members.get("status"), members.get("reason")
    if not isinstance(word, str):
        if known_id:
            raise TransientError("The answer is not a report status.")
        word = ""
    return StatusReply(report_id, printable(word, 40), printable(str(reason)) if reason else "")


def _letters(word: str) -> str:
    return re.sub(r"[^A-Z]", "", word.upper())


def _read_id(value: object) -> str:
    """Read a report's id, a number or a text; empty if it is neither."""
    report_id = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return report_id if _ID_PATTERN.fullmatch(report_id) else ""


def _linked_id(answer: Response) -> str:
    """Find the report's id in the URL that the headers of a create's answer name."""
    links = parse_header_links(answer.headers.get("Link", ""))
    statuses = (link["url"] for link in links if link.get("rel") == "status")
    for url in (answer.headers.get("Location", ""), *statuses):
        with suppress(ValueError):
            path = urlsplit(url).path.rstrip("/").removesuffix("/status")
            if found := _read_id(unquote(path.rpartition("/")[2])):
                return found
    return ""
