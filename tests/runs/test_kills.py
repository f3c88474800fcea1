"""A process that is killed and started again from its last state ends with the same table.

`tests/simulator` kills thousands, without a process.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox import SandboxConfig, SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterable

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
        table, sure, last = resumed(settings, catalog, points)
    assert {stream for stream, _ in table} == set(streams)
    assert table == expected
    assert sure == expected  # the bookmark never runs ahead of its rows
    assert last.state == clean.state
