"""A storm: every fifth answer goes wrong, one way or another, and the table is the same."""

from __future__ import annotations

from typing import Any

import pytest
from tap_8x8_cc_sandbox import FaultRule, SandboxConfig, SandboxServer

from tests.support import tapcli

STREAM_COUNT = 5
SHARE = 0.2
KINDS: tuple[dict[str, Any], ...] = (
    {"action": "status", "status": 429},
    {"action": "status", "status": 429, "headers": {"Retry-After": "1"}},
    {"action": "status", "status": 500},
    {"action": "status", "status": 502, "body": "<html>Bad gateway</html>"},
    {"action": "status", "status": 503, "retry_after_date_in": 1.0},
    {"action": "reset_before"},
    {"action": "cut_body"},
    {"action": "truncate", "keep": 0.8},
    {"action": "html"},
    {"action": "slow", "seconds": 3.0},
)


def storm() -> tuple[FaultRule, ...]:
    """Return rules that hit a fifth of all answers, each kind as often."""
    rules: list[FaultRule] = []
    left = 1.0
    for kind in KINDS:
        # What an earlier rule let pass is less than everything.
        rules.append(FaultRule("any", probability=SHARE / len(KINDS) / left, **kind))
        left -= SHARE / len(KINDS)
    return tuple(rules)


def selected(catalog: dict[str, Any]) -> tuple[dict[str, Any], set[str]]:
    """Select some of the streams, of many types and groupings; give them with the catalog."""
    names = sorted(
        entry["tap_stream_id"]
        for entry in catalog["streams"]
        if "_interactions_summary_by_" in entry["tap_stream_id"]
    )
    chosen = names[:: max(1, len(names) // STREAM_COUNT)][:STREAM_COUNT]
    assert len(chosen) == STREAM_COUNT
    return tapcli.select(catalog, chosen), set(chosen)


def rows(done: tapcli.Run) -> dict[str, list[dict[str, Any]]]:
    """Return the table of each stream, whatever the order of its rows."""
    return {
        stream: sorted(records, key=lambda record: str(record["row_id"]))
        for stream, records in done.lasting.items()
    }


@pytest.mark.parametrize("seed", [1])
def test_a_storm_ends_with_the_table_of_a_clean_run(seed: int) -> None:
    with SandboxServer(SandboxConfig(fault_seed=seed)) as server:
        config = tapcli.config(
            server.url, start_date="2026-03-01", end_date="2026-03-31", request_timeout=2,
            page_size=300, poll_interval_max=2, retry_seconds=3000,
        )  # fmt: skip
        catalog, streams = selected(tapcli.discover(config))
        server.clear_requests()
        clean = tapcli.tap(config, catalog=catalog)
        calm = len(server.requests())
        server.clear_requests()
        server.configure(faults=storm())
        done = tapcli.tap(config, catalog=catalog)
        requests = server.requests()
        assert clean.exit_code == 0, clean.stderr
        assert done.exit_code == 0, done.stderr
        assert set(clean.records) == streams
        assert rows(done) == rows(clean)
        assert done.state == clean.state
        hit = sum(bool(request.faults) for request in requests)
        assert hit > 0.1 * len(requests)
        assert len(requests) <= 2 * calm
        assert "Traceback" not in done.stderr
