"""Keeping secrets out of every output.

Messages never hold a secret by construction; this is the second line: whatever a library logs
passes through a filter that masks the secrets known so far, and what stands where a token stands,
tracebacks included.
"""

from __future__ import annotations

import logging
import re
import threading
import traceback
from urllib.parse import quote, quote_plus

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
        """Mask the record's message and traceback in place; never drops a record."""
        message = record.getMessage()
        masked = self(message)
        if masked != message:
            record.msg, record.args = masked, None
        if record.exc_info and record.exc_info[0] is not None:
            text = "".join(traceback.format_exception(*record.exc_info))
            record.exc_text = self(text.rstrip("\n"))
            record.exc_info = None
        return True


REDACTOR = Redactor()
"""The process's one redactor: logging is global as well."""


def protect_handlers() -> None:
    """Let every handler there is mask secrets, whichever logger it serves."""
    loggers = [logging.getLogger(), *map(logging.getLogger, logging.root.manager.loggerDict)]
    for handler in (handler for logger in loggers for handler in logger.handlers):
        if REDACTOR not in handler.filters:
            handler.addFilter(REDACTOR)
