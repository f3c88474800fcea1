"""Requests as values: where they go, and what they ask for."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tap_8x8_cc.api.patience import RETRY_SECONDS, SMALL_ANSWER

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class ApiAddress:
    """Where the API is and who asks.

    Args:
        origin: Scheme, host and port, maybe a gateway's path; without a trailing slash.
        base_path: Path of the historical metrics API of a region and version.
        client_id: The API key.
        client_secret: Its secret.
        user_agent: The `User-Agent` header.
        request_timeout: Seconds to connect, and seconds to wait for the next byte.
        connections: Connections kept open at most.
        retry_seconds: How long a call is tried again.
    """

    origin: str
    base_path: str
    client_id: str
    client_secret: str = field(repr=False)
    user_agent: str
    request_timeout: float
    connections: int = 8
    retry_seconds: float = RETRY_SECONDS


@dataclass(frozen=True, slots=True)
class ApiCall:
    """One request.

    Args:
        what: What it asks for, for messages: "status of report 17".
        path: Path below the base path, with its leading slash, or "".
        tenant_id: Sent as `X-Tenant-Info`, if set.
        params: Query.
        body: A JSON body; makes it a POST.
        accept: The `Accept` header.
        elsewhere: Whether a redirect to another host may be followed, without the token.
        repeatable: Whether it may be sent again although the API may have acted on it.
        largest: Bytes of an answer at most.
    """

    what: str
    path: str
    tenant_id: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    accept: str = "application/json"
    elsewhere: bool = False
    repeatable: bool = True
    largest: int = SMALL_ANSWER

    @property
    def method(self) -> str:
        """The HTTP method."""
        return "GET" if self.body is None else "POST"
