"""The headers of an answer, for a public place: names that are known, and the forms of values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from requests.utils import parse_header_links

from tap_8x8_cc_probe.masking import masked_text

if TYPE_CHECKING:
    from collections.abc import Mapping

_KNOWN = re.compile(
    r"x-(?:page|page-size|total-pages|total-elements)|link|location|last-document-id"
    r"|(?:x-)?rate-?limit(?:-(?:limit|remaining|reset|policy|used))?|retry-after"
    r"|content-(?:type|length|encoding|disposition)|transfer-encoding|etag|cache-control"
)
_MEDIA = re.compile(
    r"(?:application/(?:[a-z]+\+)?(?:json|xml)|application/(?:octet-stream|vnd\.ms-excel)"
    r"|text/(?:csv|html|plain|xlsx))(?:; ?charset=[A-Za-z0-9-]+)?",
    re.IGNORECASE,
)
_VERBATIM = frozenset({"transfer-encoding", "content-encoding"})
_RELATIONS = frozenset({"status", "data", "download", "next", "self", "prev", "first", "last"})


def masked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the known headers, by their names in small letters, with the form of their values."""
    known = {name.lower(): value for name, value in headers.items()}
    return {n: _masked_value(n, v) for n, v in sorted(known.items()) if _KNOWN.fullmatch(n)}


def _masked_value(name: str, value: str) -> str:
    if name == "content-type":
        return value if _MEDIA.fullmatch(value) else masked_text(value)
    if name == "content-disposition":
        return "attachment" if value.lower().startswith("attachment") else masked_text(value)
    if name == "link":
        relations = [link.get("rel", "") for link in parse_header_links(value)]
        return ", ".join(f'rel="{rel if rel in _RELATIONS else masked_text(rel)}"'
                         for rel in relations)  # fmt: skip
    if name in _VERBATIM and re.fullmatch(r"chunked|gzip|deflate|br|identity", value):
        return value
    return masked_text(value)
