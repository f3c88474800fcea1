"""The simulated API as an ASGI application: its routes, and who is let in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Mount, Route

from tap_8x8_cc_sandbox.api.calls import Api, Call
from tap_8x8_cc_sandbox.api.config import SettingsError
from tap_8x8_cc_sandbox.api.errors import ApiError, BadRequestError, error_response
from tap_8x8_cc_sandbox.api.middleware import Middleware
from tap_8x8_cc_sandbox.api.negotiation import answer_form, respond
from tap_8x8_cc_sandbox.api.operations import CALLS, CONTROL, FILES, REGIONS, TOKEN_PATH, VERSIONS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.types import ASGIApp

    from tap_8x8_cc_sandbox.api.state import Sandbox

TENANT_MISSING = "X-Tenant-Info header is missing."
TENANT_WRONG = "Invalid value for X-Tenant-Info header."
_VERSION = re.compile(r"v([1-9]\d*)")


def create_app(sandbox: Sandbox) -> ASGIApp:
    """Return the application."""
    door, api = _Door(sandbox), Api(sandbox)
    app = Starlette(
        routes=[
            Route(TOKEN_PATH, door.token, methods=["POST"]),
            *door.routes(api),
            Route(f"{FILES}/{{name}}", api.signed, methods=["GET"]),
            _control(sandbox),
        ],
        exception_handlers={ApiError: door.refused, HTTPException: door.refused},
    )
    app.router.redirect_slashes = False
    return Middleware(app, sandbox)


def _control(sandbox: Sandbox) -> Mount:
    """Return the sandbox's own requests: what it received, what it holds, and its settings."""

    def answer(value: object) -> Response:
        return Response(msgspec.json.encode(value), media_type="application/json")

    async def requests(request: Request) -> Response:
        if request.method == "DELETE":
            sandbox.log.clear()
        return answer(sandbox.log.entries())

    async def state(_: Request) -> Response:
        return answer(sandbox.snapshot())

    async def config(request: Request) -> Response:
        if request.method == "PATCH":
            try:
                sandbox.configure(msgspec.json.decode(await request.body(), type=dict))
            except (SettingsError, msgspec.DecodeError) as error:
                raise BadRequestError(str(error)) from error
        return answer(sandbox.config)

    routes = [
        Route("/requests", requests, methods=["GET", "DELETE"]),
        Route("/state", state, methods=["GET"]),
        Route("/config", config, methods=["GET", "PATCH"]),
    ]
    return Mount(CONTROL, routes=routes)


class _Door:
    """Lets requests in that carry a valid token and tenant, and words the refusals."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox

    def routes(self, api: Api) -> list[Route]:
        """Return the routes of all regions."""
        return [
            Route(
                f"{region}/analytics/cc/{{version}}/historical-metrics{path}",
                self._guarded(getattr(api, operation), region, negotiates=operation != "download"),
                methods=[method],
            )
            for region in REGIONS
            for method, path, operation in CALLS
        ]

    async def token(self, request: Request) -> Response:
        """Answer `POST /oauth/v2/token`."""
        body = await request.body()
        config = self._sandbox.config
        grant = self._sandbox.tokens.issue(request.headers, body, config)
        return respond(request, grant, mark=config.quirks.json_bom)

    async def refused(self, _: Request, error: Exception) -> Response:
        """Word a refusal as the quirks choose."""
        quirks = self._sandbox.config.quirks
        if isinstance(error, HTTPException):
            return error_response(error.status_code, error.detail, quirks, error.headers)
        if isinstance(error, ApiError):
            return error_response(error.status, error.message, quirks)
        raise error

    def _guarded(
        self, call: Callable[[Call], Awaitable[Response]], region: str, *, negotiates: bool
    ) -> Callable[[Request], Awaitable[Response]]:
        """Return a call behind the checks that all calls share."""

        async def endpoint(request: Request) -> Response:
            version = self._version(request)
            self._sandbox.tokens.check(request.headers)
            tenant = self._tenant(request)
            if negotiates:
                answer_form(request)
            origin = f"{request.url.scheme}://{request.url.netloc}"
            base = f"{origin}{region}/analytics/cc/v{version}/historical-metrics"
            return await call(Call(request, version, tenant, base))

        return endpoint

    def _version(self, request: Request) -> int:
        found = _VERSION.fullmatch(request.path_params["version"])
        if found is None or int(found[1]) not in VERSIONS:
            raise ApiError(404, "Not found: unknown version.")
        return int(found[1])

    def _tenant(self, request: Request) -> str:
        tenants = self._sandbox.config.tenants
        if not tenants:
            return ""
        tenant = request.headers.get("x-tenant-info")
        if not tenant:
            raise BadRequestError(TENANT_MISSING)
        if tenant not in tenants:
            raise BadRequestError(TENANT_WRONG)
        return tenant
