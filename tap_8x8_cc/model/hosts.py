"""Names and addresses of hosts."""

from __future__ import annotations

import ipaddress
import re

LONGEST_HOST = 253
IPV6 = 6
_HOST_PATTERN = re.compile(r"[a-z0-9_][a-z0-9_-]{0,62}(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")


def is_host(host: str) -> bool:
    """Return whether `host` has the form of a name or of an address."""
    if ":" not in host:
        return len(host) <= LONGEST_HOST and _HOST_PATTERN.fullmatch(host) is not None
    try:
        return ipaddress.ip_address(host).version == IPV6
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Return whether `host` is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
