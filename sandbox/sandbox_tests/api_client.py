"""A plain client of the simulated API for tests."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import requests

from sandbox_tests.stub_center import INTERACTIONS, QUEUE_REPORT, SCRIPT_PATHS

if TYPE_CHECKING:
    from types import TracebackType

    from tap_8x8_cc_sandbox.api.server import SandboxServer

BASE = "/analytics/cc/v8/historical-metrics"
MONDAY = "2026-03-02T05:00:00.000Z"
TUESDAY = "2026-03-03T05:00:00.000Z"
SECONDS = 10


def summary(**changes: Any) -> dict[str, Any]:
    """Return the body of a good summary report; a change to None takes a field out."""
    body: dict[str, Any] = {
        "type": QUEUE_REPORT,
        "title": "Daily queues",
        "dateRange": {"start": MONDAY, "end": TUESDAY},
        "granularity": "day",
        "groupBy": {"name": "queue"},
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


def detailed(**changes: Any) -> dict[str, Any]:
    """Return the body of a good detailed report."""
    body = {
        "type": INTERACTIONS,
        "title": "Interactions",
        "dateRange": {"start": MONDAY, "end": TUESDAY},
    }
    return {**body, **changes}


def script_paths(**changes: Any) -> dict[str, Any]:
    """Return the body of a good report of script paths; a change to None takes a field out."""
    body = {
        "type": SCRIPT_PATHS,
        "title": "Paths",
        "dateRange": {"start": MONDAY, "end": TUESDAY},
        "timezone": "UTC",
    }
    return {key: value for key, value in {**body, **changes}.items() if value is not None}


class Client:
    """Calls a sandbox with a valid token.

    Args:
        server: The sandbox.
        base: Path of the API's base.
    """

    def __init__(self, server: SandboxServer, base: str = BASE) -> None:
        self.server = server
        self.base = server.url + base
        self.session = requests.Session()
        self.token = self.token_answer().json()["access_token"]
        self.session.headers["Authorization"] = f"Bearer {self.token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.close()

    def token_answer(self, secret: str = "sandbox-secret", **form: str) -> requests.Response:
        with requests.Session() as session:
            return session.post(
                f"{self.server.url}/oauth/v2/token",
                auth=("sandbox-key", secret),
                data=form or {"grant_type": "client_credentials"},
                timeout=SECONDS,
            )

    def get(self, path: str, **options: Any) -> requests.Response:
        return self.session.get(self.base + path, timeout=SECONDS, **options)

    def post(self, path: str, body: Any, **options: Any) -> requests.Response:
        return self.session.post(self.base + path, json=body, timeout=SECONDS, **options)

    def create(self, body: dict[str, Any] | None = None, **options: Any) -> str:
        """Create a report; return its id as it stands in a path."""
        answer = self.post("", body or summary(), **options)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["id"])

    def items(self, body: dict[str, Any] | None = None) -> list[Any]:
        """Create a summary report; return the items of its first page."""
        return [record["items"] for record in self.records(body)]

    def records(self, body: dict[str, Any] | None = None) -> list[Any]:
        answer = self.get(f"/{self.create(body)}/data")
        assert answer.status_code == 200, answer.text
        return list(answer.json())

    def csv(self, body: dict[str, Any] | None = None) -> str:
        answer = self.get(f"/{self.create(body)}/download", headers={"Accept": "text/csv"})
        assert answer.status_code == 200, answer.text
        return answer.content.decode()

    def control(self, method: str, path: str, **options: Any) -> Any:
        answer = self.session.request(
            method, f"{self.server.url}/_sandbox{path}", timeout=SECONDS, **options
        )
        assert answer.status_code == 200, answer.text
        return answer.json()
