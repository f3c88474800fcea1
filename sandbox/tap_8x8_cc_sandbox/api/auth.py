"""Tokens of the simulated API: issue, check, expire."""

from __future__ import annotations

import base64
import binascii
import secrets
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

from tap_8x8_cc_sandbox.api.errors import ApiError, BadRequestError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_8x8_cc_sandbox.api.config import SandboxConfig

PRODUCT = "analytics realtime-api"
_UNAUTHORIZED = 401


class Tokens:
    """The tokens that are valid at present. Their life runs on real time."""

    def __init__(self) -> None:
        self.issued = 0
        self._ends: dict[str, float] = {}

    def issue(
        self, headers: Mapping[str, str], body: bytes, config: SandboxConfig
    ) -> dict[str, Any]:
        """Answer a client-credentials request."""
        if _basic(headers.get("authorization", "")) != (config.client_id, config.client_secret):
            raise ApiError(_UNAUTHORIZED, "Invalid client credentials.")
        form = parse_qs(body.decode("utf-8", "replace"))
        if form.get("grant_type") != ["client_credentials"]:
            raise BadRequestError("grant_type must be client_credentials.")
        now = time.monotonic()
        self._ends = {token: end for token, end in self._ends.items() if end > now}
        token = secrets.token_urlsafe(21)
        self._ends[token] = now + config.token_seconds
        self.issued += 1
        return {
            "access_token": token,
            "token_type": "BearerToken",
            "expires_in": str(config.token_seconds),
            "issued_at": str(time.time_ns() // 1_000_000),
            "status": "approved",
            "api_product_list": f"[{PRODUCT}]",
            "api_product_list_json": [PRODUCT],
        }

    def check(self, headers: Mapping[str, str]) -> None:
        """Let a request with a valid token pass."""
        if self._ends.get(bearer(headers), 0.0) <= time.monotonic():
            raise ApiError(
                _UNAUTHORIZED, "Unauthorized: the access token is missing, invalid or expired."
            )

    def expire(self, token: str) -> None:
        """Make a token invalid."""
        self._ends.pop(token, None)


def bearer(headers: Mapping[str, str]) -> str:
    """Return the bearer token of a request, empty where there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def _basic(header: str) -> tuple[str, str] | None:
    """Return user and password of an Authorization header of the Basic scheme."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return user, password
