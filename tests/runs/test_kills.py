"""Killed at any point and started again from its last state, a run ends with the same table."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import SandboxConfig, SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterable

STREAMS = [
    "queue_interactions_summary_by_queue",
    "queue_interactions_summary_by_media_channel_queue",
    "agent_interactions_summary_by_agent",
]
KILLS = 5
"""Each run goes on from the one before; `tests/simulator` kills thousands without a process."""

Table = dict[tuple[str, str], dict[str, Any]]


def load(table: Table, done: tapcli.Run) -> None:
    """Load records as a loader does that upserts by key, up to what was written whole."""
    for stream, records in done.lasting.items():
        table.update(((stream, record["row_id"]), record) for record in records)


def before_last_state(done: tapcli.Run) -> bytes:
    """Return the messages up to the last state: what a loader has made sure of."""
    lines = done.stdout.splitlines(keepends=True)
    states = [i for i, line in enumerate(lines) if line.startswith(b'{"type":"STATE"')]
    return b"".join(lines[: states[-1] + 1]) if states else b""


@pytest.fixture(scope="module")
def settings() -> Iterable[dict[str, Any]]:
    with SandboxServer(SandboxConfig()) as server:
        yield tapcli.config(
            server.url, start_date="2025-12-01", granularity="day", page_size=50,
            max_concurrent_reports=3,
        )  # fmt: skip


@pytest.fixture(scope="module")
def catalog(settings: dict[str, Any]) -> dict[str, Any]:
    return tapcli.select(tapcli.discover(settings), STREAMS)


@pytest.fixture(scope="module")
def clean(settings: dict[str, Any], catalog: dict[str, Any]) -> tapcli.Run:
    """A run that nobody kills."""
    return tapcli.tap(settings, catalog=catalog)


def resumed(
    settings: dict[str, Any], catalog: dict[str, Any], points: Iterable[int]
) -> tuple[Table, Table, tapcli.Run]:
    """Kill runs after so many lines, each going on from the one before, and let the last live.

    Returns:
        What a loader has in the end, what it would have if it kept only what it made sure of, and
        the last run.
    """
    table: Table = {}
    sure: Table = {}
    state: dict[str, Any] | None = None
    for point in points:
        killed = tapcli.kill_after(settings, point, catalog=catalog, state=state)
        load(table, killed)
        load(sure, tapcli.Run(0, before_last_state(killed), ""))
        state = killed.state or state
    last = tapcli.tap(settings, catalog=catalog, state=state)
    assert last.exit_code == 0
    load(table, last)
    load(sure, last)
    return table, sure, last


def test_kills_at_random_points_cost_no_row(
    settings: dict[str, Any], catalog: dict[str, Any], clean: tapcli.Run
) -> None:
    chance = random.Random(0)
    expected: Table = {}
    load(expected, clean)
    lines = len(clean.stdout.splitlines())
    points = (chance.randrange(lines // 3) for _ in range(KILLS))
    table, sure, last = resumed(settings, catalog, points)
    assert table == expected
    assert sure == expected  # the bookmark never runs ahead of its rows
    assert last.state == clean.state


def test_kills_among_interactions_cost_no_participant() -> None:
    """Their rows are written beside those of their interactions, and have the same bookmark."""
    interactions = "detailed_reports_interaction_details"
    streams = [interactions, f"{interactions}_participants"]
    chance = random.Random(8)
    expected: Table = {}
    center = CenterConfig(agents=3, queues=2)
    with SandboxServer(SandboxConfig(center=center)) as server:
        settings = tapcli.config(server.url, end_date="2026-03-05", max_window_days=1, page_size=20)
        catalog = tapcli.select(tapcli.discover(settings), streams)
        clean = tapcli.tap(settings, catalog=catalog)
        load(expected, clean)
        lines = len(clean.stdout.splitlines())
        points = (lines // 4 + chance.randrange(lines // 4) for _ in range(2))
        table, sure, _ = resumed(settings, catalog, points)
    assert {stream for stream, _ in table} == set(streams)
    assert table == sure == expected
