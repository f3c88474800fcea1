"""Fixtures of the sandbox's tests."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api import state
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from sandbox_tests.api_client import BASE, Client
from sandbox_tests.stub_center import StubCenter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Client]]:
    """Start a sandbox of known figures with some settings; return a client of it."""
    monkeypatch.setattr(state, "contact_center", StubCenter)
    with ExitStack() as running:

        def start(base: str = BASE, **settings: Any) -> Client:
            config = SandboxConfig().patched({"center": {"queues": 3}}).patched(settings)
            server = running.enter_context(SandboxServer(config))
            return running.enter_context(Client(server, base))

        yield start


@pytest.fixture
def client(serve: Callable[..., Client]) -> Client:
    return serve()
