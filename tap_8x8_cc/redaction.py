"""Keeping secrets, and what the API could forge, out of every output.

Messages never hold a secret by construction; this is the second line: whatever is logged passes
through a filter that masks the secrets known so far and whatever stands in a token's place,
tracebacks included, and that makes each record one printable line.
"""

from __future__ import annotations

import logging
import re
import threading
import traceback
from urllib.parse import quote, quote_plus

from tap_8x8_cc.errors import EXCERPT_CHARACTERS, one_line

MASK = "***"
_TOKEN_PLACE = re.compile(
    r"""(access_token\\?["']?\s*[:=]\s*\\?["']?|\b(?:Bearer|Basic)\s+(?=\S{8}))[^\s"'\\&,;}]+""",
    re.IGNORECASE,
)
"""A token by its place: one that nobody has read yet is not known by its value."""
_SHORTEST = 4  # masking shorter texts would garble output and protect nothing


class Redactor(logging.Filter):
    """Masks known secrets in text and in log records; safe for threads."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._secrets: tuple[str, ...] = ()

    def add(self, secret: str) -> None:
        """Mask `secret`, also as it looks in a URL, from now on."""
        forms = {secret, quote(secret, safe=""), quote_plus(secret)}
        with self._lock:
            known = {*self._secrets, *(form for form in forms if len(form) >= _SHORTEST)}
            # The longest first: a secret may hold another.
            self._secrets = tuple(sorted(known, key=len, reverse=True))

    def __call__(self, text: str) -> str:
        """Return `text` with each known secret masked, and what stands in a token's place."""
        for secret in self._secrets:
            if secret in text:
                text = text.replace(secret, MASK)
        return _TOKEN_PLACE.sub(rf"\1{MASK}", text)

    def filter(self, record: logging.LogRecord) -> bool:
        """Mask the record's message and traceback and make them printable; drops no record."""
        message = record.getMessage()
        shown = _without_controls(self(message), " ")
        if shown != message:
            record.msg, record.args = shown, None
        if record.exc_info and record.exc_info[0] is not None:
            text = "".join(traceback.format_exception(*record.exc_info))
            record.exc_text = _without_controls(self(text.rstrip("\n")), " ", kept="\n")
            record.exc_info = None
        return True


REDACTOR = Redactor()
"""The process's one redactor: logging is global as well."""


def printable(text: str, limit: int = EXCERPT_CHARACTERS) -> str:
    """Make foreign text fit for a message: secrets masked, one line, at most `limit` characters."""
    return one_line(REDACTOR(text), limit)  # masked first: half a secret would not be recognized


def _without_controls(text: str, instead: str, kept: str = "") -> str:
    """Replace what is not printable: control characters, line ends, changes of direction."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c in kept else instead for c in text)


def protect_handlers() -> None:
    """Let every handler mask secrets, whichever logger it serves."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    for handler in (handler for logger in loggers for handler in logger.handlers):
        if REDACTOR not in handler.filters:
            handler.addFilter(REDACTOR)
