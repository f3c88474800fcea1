"""Everything that can go wrong, as one small tree.

::

    TapError                      a line for a person, exit code 1
    ├── ConfigError               a setting is wrong
    ├── StateError                what earlier runs left can't be gone on from; its stream stops
    ├── ApiError                  an answer of the API that ends a request
    │   ├── AuthError             the credential is refused: nothing will work
    │   ├── RefusedError          4xx: the same request will be refused again
    │   └── UnavailableError      the API could not be reached, or not made sense of, in time
    └── ReportError               a report that could not be had whole
        ├── ReportTornError       its rows move while they are read
        ├── ReportGoneError       gone before it was read, twice
        ├── ReportFailedError     FAILED after every try
        │   └── ReportTimeoutError    not done by its deadline
        └── ReportTooLargeError   more rows than can be read from one report

    LoaderGoneError, StoppedError  end the run at once; no Exceptions: nothing swallows them
    CancelledError                 ends the work for a report that nobody wants any more
"""

from __future__ import annotations

import re
import signal
from http import HTTPStatus

_TAG = re.compile(r"<(script|style)\b.*?</\1\s*>|<[^>]{0,500}>", re.DOTALL | re.IGNORECASE)
EXCERPT_CHARACTERS = 200


class TapError(Exception):
    """A failure whose message is one line that a person can act on."""


class ConfigError(TapError):
    """A setting is missing, unknown or wrong."""


class StateError(TapError):
    """A stream can't go on from its state: it makes no sense, or no longer fits the settings."""


class ApiError(TapError):
    """The API's answer ended a request for good."""


class AuthError(ApiError):
    """The API key, or the token had for it, is refused."""


class RefusedError(ApiError):
    """The API refused a request that would be refused again (4xx).

    Args:
        message: What was asked, and what the API said.
        status: The HTTP status.
        said: What the API said.
    """

    def __init__(self, message: str, status: int, said: str = "") -> None:
        super().__init__(message)
        self.status = status
        self.said = said

    @property
    def not_found(self) -> bool:
        """Whether the thing asked for does not exist, or not any more."""
        return self.status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}


class UnavailableError(ApiError):
    """No usable answer came within the tries and the time allowed.

    Args:
        message: What was asked, and how it failed.
        throttled: Whether the last answer said that the API is asked too much (429).
        processed: Whether the API may have acted on the request all the same.
    """

    def __init__(self, message: str, *, throttled: bool = False, processed: bool = True) -> None:
        super().__init__(message)
        self.throttled = throttled
        self.processed = processed


class ReportError(TapError):
    """A report could not be had whole."""


class ReportFailedError(ReportError):
    """Generation failed, or was not done in time, at every try."""


class ReportTimeoutError(ReportFailedError):
    """A report was not done by its deadline."""


class ReportGoneError(ReportError):
    """The API no longer had the report when its rows were asked for, twice."""


class ReportTornError(ReportError):
    """Its rows move from page to page while they are read."""


class ReportTooLargeError(ReportError):
    """The report holds more rows than can be read with certainty that none is missing.

    Args:
        message: What is too large.
        rows: How many rows it holds at least; 0: that is not known.
    """

    def __init__(self, message: str, rows: int = 0) -> None:
        super().__init__(message)
        self.rows = rows


class LoaderGoneError(BaseException):
    """Nobody reads what the tap writes (the command line's library swallows BrokenPipeError)."""


class CancelledError(BaseException):
    """What this thread does is not wanted any more."""


class StoppedError(BaseException):
    """A signal asked the run to end.

    Args:
        signum: The signal's number.
    """

    def __init__(self, signum: int) -> None:
        super().__init__(signal.Signals(signum).name)
        self.exit_code = 128 + signum


def one_line(text: str, limit: int = EXCERPT_CHARACTERS) -> str:
    """Make foreign text fit for a message: no control characters, one line, at most `limit`."""
    # Not printable are control characters, line ends, and what turns the direction of writing.
    clean = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def without_markup(text: str) -> str:
    """Drop the tags of an HTML page, leaving its words."""
    return _TAG.sub(" ", text)
