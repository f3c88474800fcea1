"""The sandbox's own requests: what it received, what it holds, and how it behaves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
from starlette.responses import Response
from starlette.routing import Mount, Route

from tap_8x8_cc_sandbox.api.config import SettingsError
from tap_8x8_cc_sandbox.api.errors import BadRequestError
from tap_8x8_cc_sandbox.api.operations import CONTROL

if TYPE_CHECKING:
    from starlette.requests import Request

    from tap_8x8_cc_sandbox.api.state import Sandbox


class Control:
    """Answers the requests under `/_sandbox`, which need no token.

    Args:
        sandbox: State of the simulated API.
    """

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self) -> Mount:
        """Return the routes."""
        routes = [
            Route("/requests", self.requests, methods=["GET", "DELETE"]),
            Route("/state", self.state, methods=["GET"]),
            Route("/config", self.config, methods=["GET", "PATCH"]),
        ]
        return Mount(CONTROL, routes=routes)

    async def requests(self, request: Request) -> Response:
        """Answer with the requests received so far, or forget them."""
        if request.method == "DELETE":
            self._sandbox.log.clear()
        return _json(self._sandbox.log.entries())

    async def state(self, _: Request) -> Response:
        """Answer with what happened so far."""
        return _json(self._sandbox.snapshot())

    async def config(self, request: Request) -> Response:
        """Answer with the settings, after merging a patch if there is one."""
        if request.method == "PATCH":
            try:
                self._sandbox.configure(msgspec.json.decode(await request.body(), type=dict))
            except (SettingsError, msgspec.DecodeError) as error:
                raise BadRequestError(str(error)) from error
        return _json(self._sandbox.config)


def _json(value: Any) -> Response:  # noqa: ANN401 - any JSON
    return Response(msgspec.json.encode(value), media_type="application/json")
