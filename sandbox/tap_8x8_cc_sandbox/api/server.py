"""The simulated API as a server on this machine's loopback address."""

from __future__ import annotations

import asyncio
import os
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from tap_8x8_cc_sandbox.api.app import create_app
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.state import Sandbox

if TYPE_CHECKING:
    from types import TracebackType

    from tap_8x8_cc_sandbox.api.clock import Clock
    from tap_8x8_cc_sandbox.api.log import LoggedRequest
    from tap_8x8_cc_sandbox.center.center import ContactCenter

LOOPBACK = "127.0.0.1"
START_SECONDS = 10.0
_TICK = 1.0
_IDLE_SECONDS = 75
_BACKLOG = 128


class SandboxServer:
    """Serves the simulated API from a thread of its own, on 127.0.0.1 alone.

    Use it as a context manager: it listens from entry to exit.

    Args:
        config: Settings; None: the defaults.
        port: Port; 0: any that is free.

    Raises:
        SettingsError: A setting has a wrong value.
    """

    def __init__(self, config: SandboxConfig | None = None, *, port: int = 0) -> None:
        self._sandbox = Sandbox(config or SandboxConfig())
        self._port = port
        self.clock: Clock = self._sandbox.clock

    @property
    def url(self) -> str:
        """Origin of the server, such as `http://127.0.0.1:40123`."""
        return f"http://{LOOPBACK}:{self._port}"

    @property
    def config(self) -> SandboxConfig:
        """The settings at present."""
        return self._sandbox.config

    def center(self, tenant: str = "") -> ContactCenter:
        """Return the contact center of a tenant; of the only one without an argument."""
        return self._sandbox.center(tenant)

    def configure(self, **patch: Any) -> None:
        """Merge a patch into the settings: `configure(quirks={"ids": "text"})`.

        Raises:
            SettingsError: A setting is unknown or has a wrong value; nothing is changed then.
        """
        self._sandbox.configure(patch)

    def requests(self) -> list[LoggedRequest]:
        """Return the requests received so far, oldest first."""
        return self._sandbox.log.entries()

    def clear_requests(self) -> None:
        """Forget the requests received so far."""
        self._sandbox.log.clear()

    def state(self) -> dict[str, Any]:
        """Return what happened so far: reports, polls, tokens."""
        return self._sandbox.snapshot()

    def __enter__(self) -> Self:
        listener = _listen(self._port)
        self._port = listener.getsockname()[1]
        files = _listen(0)
        self._sandbox.signed.origin = f"http://{LOOPBACK}:{files.getsockname()[1]}"
        self._server = _Server(create_app(self._sandbox))
        self._thread = threading.Thread(
            target=self._server.run, args=([listener, files],), name="sandbox", daemon=True
        )
        self._thread.start()
        if not self._server.ready.wait(START_SECONDS):
            raise RuntimeError("The sandbox did not start.")
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()
        self._thread.join()


def _listen(port: int) -> socket.socket:
    """Return a socket that listens on the loopback address.

    It names its protocol: only then does asyncio send small pieces of an answer without delay.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    return listener


class _Protocol(H11Protocol):
    """HTTP over one connection, which hands its transport to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A uvicorn server that tells when it is ready, and stops without delay."""

    def __init__(self, app: Any) -> None:  # noqa: ANN401 - uvicorn's type of an application
        super().__init__(
            uvicorn.Config(
                app,
                http=_Protocol,
                ws="none",
                lifespan="off",
                loop="asyncio",
                interface="asgi3",
                log_config=None,
                log_level="critical",
                access_log=False,
                proxy_headers=False,
                server_header=False,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=1,
            )
        )
        self.ready = threading.Event()

    async def main_loop(self) -> None:
        """Serve until stopped."""
        self._loop = asyncio.get_running_loop()
        self._stopped = asyncio.Event()
        await self.on_tick(0)
        self.ready.set()
        while not self._stopped.is_set():
            try:
                await asyncio.wait_for(self._stopped.wait(), _TICK)
            except TimeoutError:
                await self.on_tick(0)

    def stop(self) -> None:
        """Stop serving. Called from another thread."""
        self._loop.call_soon_threadsafe(self._stopped.set)
