"""Patience and its bounds, over real HTTP: throttled, stuck, cancelled, refused for one of many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import CenterConfig, FaultRule, SandboxConfig, SandboxServer

from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUES = "queue_interactions_summary_by_queue"
AGENTS = "agent_interactions_summary_by_agent"
END = "2026-03-09T04:00:00Z"
TENANTS = ("acme", "branch")


SMALL = CenterConfig(agents=3, queues=2)


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=SMALL)) as running:
        yield running


@pytest.fixture(scope="module")
def catalog(server: SandboxServer) -> dict[str, Any]:
    return tapcli.discover(tapcli.config(server.url))


def run(
    server: SandboxServer,
    catalog: dict[str, Any],
    *faults: FaultRule,
    pace: float = 0.02,
    **settings: Any,
) -> tapcli.Run:
    """Run with these faults and settings; None unsets one."""
    server.configure(faults=faults)
    server.clear_requests()
    chosen = {k: v for k, v in tapcli.config(server.url, **settings).items() if v is not None}
    try:
        environment = {"TAP_8X8_CC_TEST_PACE": str(pace)}
        return tapcli.tap(chosen, catalog=catalog, environment=environment)
    finally:
        server.configure(faults=(), generation_seconds=0.0)


def creates(server: SandboxServer, report_type: str = "") -> int:
    """Count the reports that were asked for."""
    found = [r for r in server.requests() if r.operation == "create"]
    return sum(report_type in r.report_type for r in found)


def asked_for(server: SandboxServer, report_type: str) -> float:
    """Return for how many seconds something was asked about reports of a type."""
    found = [r.clock for r in server.requests() if report_type in r.report_type]
    return max(found) - min(found)


def rows(done: tapcli.Run) -> list[tuple[str, str]]:
    """Return what identifies all rows."""
    return sorted((s, r["row_id"]) for s, records in done.records.items() for r in records)


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "1200"}], ids=["silent", "told"])
def test_half_an_hour_of_429_fails_nothing(
    server: SandboxServer, catalog: dict[str, Any], headers: dict[str, str]
) -> None:
    """Twelve streams, at a pace at which half an hour takes 3.6 seconds.

    How many requests that costs is counted in `tests/api/test_throttle`: here a request takes long.
    """
    names = [entry["tap_stream_id"] for entry in catalog["streams"]]
    chosen = tapcli.select(catalog, [n for n in names if "_summary_by_" in n][:12])
    settings = {"start_date": "2026-01-12", "retry_seconds": 3600}
    calm = run(server, chosen, pace=0.002, **settings)
    throttled = FaultRule("any", "status", status=429, headers=headers, skip=20, lasting=3.6)
    done = run(server, chosen, throttled, pace=0.002, **settings)
    assert done.exit_code == 0, done.stderr
    assert rows(done) == rows(calm)
    assert len(calm.records) >= 12
    assert "all calls wait until" in done.stderr


def test_a_stuck_report_costs_twice_its_deadline_at_most(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    chosen = tapcli.select(catalog, [QUEUES, AGENTS])
    done = run(
        server, chosen, FaultRule("create", "stuck", report_type="queue"), report_timeout=100
    )
    assert asked_for(server, "queue") < 2 * 2 + 2
    assert done.exit_code == 1
    assert creates(server, "queue") <= 3
    assert "Twice report_timeout was spent" in done.errors[0]
    assert done.bookmark(AGENTS) == END


def test_a_stream_whose_answers_hang_leaves_five_others_complete(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    names = [entry["tap_stream_id"] for entry in catalog["streams"]]
    five = [name for name in names if name.startswith("agent_interactions_summary_by_")][:5]
    hanging = FaultRule("data", "slow", seconds=5.0, report_type="queue-interactions")
    chosen = tapcli.select(catalog, [QUEUES, *five])
    done = run(server, chosen, hanging, request_timeout=4)
    assert done.exit_code == 1
    assert len(five) == 5
    assert [done.bookmark(name) for name in five] == [END] * 5
    assert done.bookmark(QUEUES) is None
    assert f"1 of the selected streams failed: {QUEUES}" in done.errors[-1]


def test_what_a_failed_stream_had_under_way_is_asked_for_no_more(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    """Four slots: the first of the agents' reports is refused, the others would take a minute."""
    server.configure(generation_seconds_by_type={"agent-interactions-summary": 60.0})
    chosen = tapcli.select(catalog, [QUEUES, AGENTS])
    refused = FaultRule(
        "create", "status", status=400, report_type="agent", times=1, skip=0, seconds=1
    )
    try:
        done = run(server, chosen, refused, start_date="2025-06-02", pace=1.0)
    finally:
        server.configure(generation_seconds_by_type={})
    assert done.exit_code == 1
    assert done.bookmark(QUEUES) == END
    assert asked_for(server, "agent") < 20
    polls = [r for r in server.requests() if r.operation == "status"]
    of_agents = [r for r in polls if r.report_type.startswith("agent")]
    assert len(of_agents) <= 2 * 4


@pytest.fixture(scope="module")
def tenants() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(tenants=TENANTS, center=SMALL)) as running:
        yield running


WRONG = {"name": "wrong", "type": "queue-interactions-summary", "group_by": "queue",
         "search_query": [{"field": "x", "operator": "is-empty"}]}  # fmt: skip


@pytest.mark.parametrize(("on", "status"), [("types", 403), ("types", 401), ("create", 403)])
def test_one_tenant_or_report_never_takes_the_others_down(
    tenants: SandboxServer, on: Any, status: int
) -> None:
    """A tenant's listing, or its time zone, is refused, and a custom report can't be."""
    settings: dict[str, Any] = {"tenant_ids": list(TENANTS), "reports": [WRONG]}
    plain = tapcli.config(tenants.url, tenant_ids=list(TENANTS))
    chosen = tapcli.select(tapcli.discover(plain), [QUEUES, AGENTS])
    refused = FaultRule(on, "status", status=status, tenant="branch")
    done = run(tenants, chosen, refused, timezone=None, **settings)
    assert done.exit_code == 1
    assert {row["tenant_id"] for row in done.records[QUEUES]} == {"acme"}
    assert {row["tenant_id"] for row in done.records[AGENTS]} == {"acme"}
    failed = done.errors[-1]
    assert "wrong" in failed
    assert "(tenant branch)" in failed
    if on == "create":
        assert f"{QUEUES} (tenant branch)" in failed
        assert f"{AGENTS} (tenant branch)" in failed
        assert sum("set timezone" in line for line in done.errors) == 2
    assert "Traceback" not in done.stderr


def test_the_time_zone_is_asked_for_until_the_probe_is_done_and_of_another_type_if_need_be(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    server.configure(generation_seconds=0.3)
    refused = FaultRule("create", "status", status=403, times=1)
    done = run(server, tapcli.select(catalog, [QUEUES]), refused, timezone=None)
    assert done.exit_code == 0, done.stderr
    asked = server.requests()
    details = next(i for i, r in enumerate(asked) if r.operation == "details")
    of_probe = [r for r in asked[:details] if r.report_id == asked[details].report_id]
    assert [r.operation for r in of_probe if r.operation == "status"]
    refused = FaultRule("create", "status", status=403)
    done = run(server, tapcli.select(catalog, [QUEUES]), refused, timezone=None)
    assert done.exit_code == 1
    assert "set timezone" in done.errors[0]
    assert creates(server) == 3
