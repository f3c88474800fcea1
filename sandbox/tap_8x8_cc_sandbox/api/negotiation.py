"""Which form of an answer a client accepts."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.sax.saxutils import escape

import msgspec
from starlette.responses import Response

from tap_8x8_cc_sandbox.api.errors import ApiError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

JSON = "application/json;charset=UTF-8"
XML = "application/xml;charset=UTF-8"
_FORMS = {
    **dict.fromkeys(("*/*", "application/*", "application/json"), JSON),
    "application/xml": XML,
}
_NOT_ACCEPTABLE = 406


class FileForm(NamedTuple):
    """Form of a downloaded file."""

    media_type: str
    extension: str


CSV, XLSX = FileForm("text/csv", "csv"), FileForm("application/vnd.ms-excel", "xlsx")
_FILES = {"text/csv": CSV, "text/xlsx": XLSX, XLSX.media_type: XLSX}


def answer_form(request: Request) -> str:
    """Return the content type of an answer."""
    for accepted in _accepted(request) or ["*/*"]:
        if accepted in _FORMS:
            return _FORMS[accepted]
    raise ApiError(_NOT_ACCEPTABLE, "Not acceptable: application/json or application/xml.")


def file_form(request: Request) -> FileForm:
    """Return the form of a download."""
    for accepted in _accepted(request):
        if accepted in _FILES:
            return _FILES[accepted]
    raise ApiError(_NOT_ACCEPTABLE, f"Not acceptable: {', '.join(_FILES)}.")


def respond(
    request: Request,
    value: Any,  # noqa: ANN401 - any JSON
    headers: Mapping[str, str] | None = None,
    status: int = 200,
    *,
    mark: bool = False,
) -> Response:
    """Return an answer in the form that the client accepts."""
    form = answer_form(request)
    body = _to_xml(msgspec.to_builtins(value)) if form == XML else msgspec.json.encode(value)
    if mark and form == JSON:
        body = codecs.BOM_UTF8 + body
    return Response(body, status, dict(headers or {}), form)


def _accepted(request: Request) -> list[str]:
    """Return the media types of the Accept header, without parameters, in their order."""
    header = ",".join(request.headers.getlist("accept"))
    parts = (part.partition(";")[0].strip().lower() for part in header.split(","))
    return [part for part in parts if part]


def _to_xml(value: Any) -> bytes:  # noqa: ANN401 - any JSON
    """Return a JSON value as XML: elements named like its keys, `item` for entries of a list."""
    return ('<?xml version="1.0" encoding="UTF-8"?>' + _element("response", value)).encode()


def _element(name: str, value: Any) -> str:  # noqa: ANN401 - any JSON
    if value is None:
        return f"<{name}/>"
    if isinstance(value, dict):
        inner = "".join(_element(key, entry) for key, entry in value.items())
    elif isinstance(value, list):
        inner = "".join(_element("item", entry) for entry in value)
    elif isinstance(value, bool):
        inner = str(value).lower()
    else:
        inner = escape(str(value))
    return f"<{name}>{inner}</{name}>"
