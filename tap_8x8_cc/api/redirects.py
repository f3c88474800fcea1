"""Which redirects are followed: within the configured origin, and downloads, without the token."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urljoin, urlsplit

from tap_8x8_cc.model.hosts import is_loopback

if TYPE_CHECKING:
    import requests

_KEEPING = frozenset({HTTPStatus.TEMPORARY_REDIRECT, HTTPStatus.PERMANENT_REDIRECT})
"""Redirects after which the method and the body are the same; any other makes a GET of a POST."""
_FOLLOWED = _KEEPING | {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER}


def origin_of(url: str) -> str:
    """Return scheme, host and port of a URL."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def next_url(
    response: requests.Response, method: str, origin: str, *, elsewhere: bool
) -> str | None:
    """Return where a redirect leads, if it is one to be followed.

    Args:
        response: The answer.
        method: How it was asked for.
        origin: The configured origin.
        elsewhere: Whether another host will do: an https one, or this machine.

    Returns:
        The URL; None where the answer is not a redirect, or one that is not followed.
    """
    if response.status_code not in (_FOLLOWED if method == "GET" else _KEEPING):
        return None
    location = response.headers.get("Location", "")
    try:
        url = urljoin(response.url, location)
        parts = urlsplit(url)
    except ValueError:
        return None
    if not location or "@" in parts.netloc:
        return None
    if url.startswith(f"{origin}/"):
        return url
    safe = parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or ""))
    return url if elsewhere and safe and parts.hostname else None
