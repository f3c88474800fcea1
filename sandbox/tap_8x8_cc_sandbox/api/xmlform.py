"""The XML form of an answer: elements named like JSON's keys, `item` for the entries of a list."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape


def to_xml(value: Any, root: str = "response") -> bytes:  # noqa: ANN401 - any JSON
    """Return a JSON value as an XML document."""
    return ('<?xml version="1.0" encoding="UTF-8"?>' + _element(root, value)).encode()


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
