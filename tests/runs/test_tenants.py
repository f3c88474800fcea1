"""Several tenants: each asked with its own header, each with a state of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tests.support.tapcli import Run, config, discover, select, tap
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPE = "queue-interactions-summary"
BY_QUEUE, BY_MEDIA = "queue_interactions_summary_by_queue", "queue_interactions_summary_by_media"
START, END = "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(tenants=("acme", "branch", "third"))) as server:
        yield server


@pytest.fixture(autouse=True)
def _fresh(sandbox: SandboxServer) -> Iterator[None]:
    sandbox.clear_requests()
    yield
    sandbox.configure(faults=[])


@pytest.fixture(scope="module")
def catalog(sandbox: SandboxServer) -> dict[str, Any]:
    settings = config(sandbox.url, tenant_ids=["acme", "branch"])
    return select(discover(settings), [BY_QUEUE, BY_MEDIA])


def run_with(server: SandboxServer, catalog: dict[str, Any], *tenants: str, **changes: Any) -> Run:
    state = changes.pop("state", None)
    changes.setdefault("date_range_reading", "instant")  # so that requests show the windows
    settings = config(server.url, tenant_ids=list(tenants), **changes)
    server.clear_requests()
    return tap(settings, catalog=catalog, state=state)


def marks(state: dict[str, Any], stream: str) -> dict[str, str | None]:
    partitions = state["bookmarks"][stream]["partitions"]
    return {part["context"]["tenant_id"]: part.get("replication_key_value") for part in partitions}


def tenants_asked(server: SandboxServer) -> list[str | None]:
    return sorted({e.tenant for e in server.requests() if e.operation == "create"}, key=str)


def test_each_tenant_has_its_own_rows_ids_and_state(
    sandbox: SandboxServer, catalog: dict[str, Any]
) -> None:
    run = run_with(sandbox, catalog, "acme", "branch")
    assert run.exit_code == 0, run.stderr
    for entry in sandbox.requests():
        expected = {None} if entry.operation == "token" else {"acme", "branch"}
        assert entry.tenant in expected
    for stream, group in ((BY_QUEUE, "queue"), (BY_MEDIA, "media")):
        rows = run.records[stream]
        for tenant in ("acme", "branch"):
            own = [row for row in rows if row["tenant_id"] == tenant]
            same_rows(own, truth(sandbox.center(tenant), TYPE, group, START, END))
        assert len({row["row_id"] for row in rows}) == len(rows)
        assert marks(run.state, stream) == {"acme": END, "branch": END}


def test_tenants_come_and_go(sandbox: SandboxServer, catalog: dict[str, Any]) -> None:
    """The state of one left out is kept; one that comes begins at the start."""
    first = run_with(sandbox, catalog, "acme", "branch")
    second = run_with(sandbox, catalog, "branch", "third", end_date="2026-03-10", state=first.state)
    assert second.exit_code == 0, second.stderr
    assert tenants_asked(sandbox) == ["branch", "third"]
    later = "2026-03-10T04:00:00Z"
    assert marks(second.state, BY_QUEUE) == {"acme": END, "branch": later, "third": later}
    new = [row for row in second.records[BY_QUEUE] if row["tenant_id"] == "third"]
    same_rows(new, truth(sandbox.center("third"), TYPE, "queue", START, later))
    back = run_with(sandbox, catalog, "acme", end_date="2026-03-10", state=second.state)
    begun = {
        entry.body["dateRange"]["start"]
        for entry in sandbox.requests()
        if entry.operation == "create" and isinstance(entry.body, dict)
    }
    assert begun == {"2026-03-06T05:00:00.000Z"}  # three days before where it stood
    assert set(marks(back.state, BY_QUEUE).values()) == {later}


def test_one_tenants_failure_is_its_own(sandbox: SandboxServer, catalog: dict[str, Any]) -> None:
    """Two streams of two tenants: of the four reports, one is refused."""
    fault = FaultRule(on="create", action="status", status=400, body="Not today.", times=1)
    settings = config(sandbox.url, tenant_ids=["acme", "branch"], max_concurrent_reports=1)
    sandbox.configure(faults=[SandboxConfig(faults=(fault,)).to_dict()["faults"][0]])
    run = tap(settings, catalog=catalog)
    assert run.exit_code == 1
    reached = [
        (stream, tenant)
        for stream in (BY_QUEUE, BY_MEDIA)
        for tenant, mark in marks(run.state, stream).items()
        if mark == END
    ]
    assert len(reached) == 3
    assert "(tenant acme)" in run.errors[-1]
    again = tap(settings, catalog=catalog, state=run.state)
    assert again.exit_code == 0, again.stderr
    assert set(marks(again.state, BY_MEDIA).values()) == {END}
    assert set(marks(again.state, BY_QUEUE).values()) == {END}


def test_each_tenants_zone_is_asked_for(sandbox: SandboxServer, catalog: dict[str, Any]) -> None:
    settings = config(sandbox.url, tenant_ids=["acme", "branch"])
    del settings["timezone"]
    run = tap(settings, catalog=catalog)
    assert run.exit_code == 0, run.stderr
    details = [entry.tenant for entry in sandbox.requests() if entry.operation == "details"]
    assert sorted(str(tenant) for tenant in details) == ["acme", "branch"]
    assert set(marks(run.state, BY_QUEUE).values()) == {END}
