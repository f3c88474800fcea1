"""Refusals: what the simulated API answers instead of a result."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, PlainTextResponse, Response

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_8x8_cc_sandbox.api.quirks import Quirks


class ApiError(Exception):
    """A request is refused."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class BadRequestError(ApiError):
    """A request breaks a rule of the API: status 400."""

    def __init__(self, message: str) -> None:
        super().__init__(400, f"Bad request: {message}")


def phrase(status: int) -> str:
    """Return the name of an HTTP status, also of one nobody has named."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"


def error_response(
    status: int, message: str, quirks: Quirks, headers: Mapping[str, str] | None = None
) -> Response:
    """Return the answer of a refusal in the form that the quirks choose."""
    name, body, kind = phrase(status), dict[str, object](), None
    match quirks.error_body:
        case "text":
            return PlainTextResponse(message, status, headers)
        case "json":
            body = {"status": status, "error": name, "message": message}
        case "message":
            body = {"message": message}
        case "fault":
            detail = {"errorcode": f"cc.http.{status}"}
            body = {"fault": {"faultstring": message, "detail": detail}}
        case "problem":
            kind = "application/problem+json"
            body = {"type": "about:blank", "title": name, "status": status, "detail": message}
    return JSONResponse(body, status, headers, kind)
