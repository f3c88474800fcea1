"""Where requests go before they are answered: gateways' paths, regions and redirects."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.api.operations import REGIONS

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.api.quirks import Quirks

MOVED = "/moved"
"""Path prefix to which redirects lead within the host."""
FILES = "/files"
"""Path prefix of downloads on the other host."""
_REGION = re.compile(r"(/[a-z0-9-]+)(/analytics/cc/.*)")


def settled(path: str, quirks: Quirks) -> str:
    """Return the path of a request without what stands before it; empty where that lacks."""
    path = path.removeprefix(MOVED)
    if not path.startswith(quirks.gateway_path):
        return ""
    path = path.removeprefix(quirks.gateway_path)
    found = _REGION.fullmatch(path)
    if found and quirks.regions == "any" and found[1] not in REGIONS:
        return found[2]
    return path


def redirect(method: str, path: str, query: str, quirks: Quirks) -> tuple[int, str] | None:
    """Return status and `Location` of a request that is sent elsewhere on this host, or None."""
    status = quirks.redirect_gets if method == "GET" else quirks.redirect_posts
    if not status or path.startswith(MOVED) or "/analytics/" not in path:
        return None
    return status, f"{MOVED}{path}" + (f"?{query}" if query else "")


class Signed:
    """Downloads that anyone may have who knows their address, on another host.

    Attributes:
        origin: The other host; empty where there is none.
    """

    def __init__(self) -> None:
        self.origin = ""
        self._reports: dict[str, int] = {}

    def sign(self, report_id: int) -> str:
        """Return the address of a report's download."""
        name = secrets.token_urlsafe(12)
        self._reports[name] = report_id
        return f"{self.origin}{FILES}/{name}"

    def report_id(self, name: str) -> int | None:
        """Return the report that an address is about."""
        return self._reports.get(name)
