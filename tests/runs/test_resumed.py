"""A run that was interrupted is resumed: its reports are read, not created again."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import FaultRule, SandboxConfig, SandboxServer

from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAMS = ["queue_interactions_summary_by_queue", "agent_interactions_summary_by_agent"]
SECONDS = 1.5
"""How long a report is generated in these tests; far longer than all else takes."""
CREATES = {"create", "detailed_create"}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(parallel_generation=40)) as running:
        yield running


@pytest.fixture
def settings(server: SandboxServer) -> Iterator[dict[str, Any]]:
    """Five reports a stream, three at a time, slow ones."""
    server.configure(generation_seconds=SECONDS, faults=())
    server.clear_requests()
    yield tapcli.config(
        server.url, start_date="2025-11-01", max_concurrent_reports=3, date_range_reading="instant"
    )
    server.configure(generation_seconds=0.0, faults=())


@pytest.fixture(scope="module")
def catalog(server: SandboxServer) -> dict[str, Any]:
    return tapcli.select(tapcli.discover(tapcli.config(server.url)), STREAMS)


def created(server: SandboxServer) -> int:
    """Count the reports that were created so far."""
    return sum(request.operation in CREATES for request in server.requests())


def killed_after(
    seconds: float, settings: dict[str, Any], catalog: dict[str, Any], state: dict[str, Any] | None
) -> tapcli.Run:
    """Run the tap and kill it so many seconds after its first message."""
    with (
        tempfile.TemporaryDirectory() as name,
        tempfile.TemporaryFile() as log,
        tempfile.TemporaryFile() as output,  # no pipe: one that nobody reads holds the tap up
    ):
        command = tapcli.command_line(Path(name), settings, catalog, state)
        environment = tapcli.environment_with()
        with subprocess.Popen(command, stdout=output, stderr=log, env=environment) as process:
            while not os.fstat(output.fileno()).st_size and process.poll() is None:
                time.sleep(0.01)
            time.sleep(seconds)
            process.kill()
            code = process.wait(60)
        for file in (log, output):
            file.seek(0)
        return tapcli.Run(code, output.read(), log.read().decode())


def rows(done: tapcli.Run) -> dict[tuple[str, str], dict[str, Any]]:
    """Return records by key, without the moment at which their report was created."""
    return {
        (stream, row["row_id"]): {k: v for k, v in row.items() if k != "read_at"}
        for stream, records in done.records.items()
        for row in records
        if "row_id" in row
    }


def unread(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the reports that a state says are not yet read."""
    return [
        report
        for bookmark in state.get("bookmarks", {}).values()
        for part in (bookmark, *bookmark.get("partitions", ()))
        for report in part.get("reports", ())
    ]


def test_reports_that_a_killed_run_created_are_read_and_not_created_again(
    server: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    clean = tapcli.tap(settings, catalog=catalog)
    assert clean.exit_code == 0, clean.stderr
    whole = created(server)
    assert whole == 10
    assert not unread(clean.state)
    server.clear_requests()
    killed = killed_after(1.0, settings, catalog, None)
    kept = unread(killed.state)
    assert len(kept) == created(server) == 3
    plan = json.loads(
        tapcli.tap(settings, "plan", "--format", "json", catalog=catalog, state=killed.state).stdout
    )
    assert sum(report["created_already"] for report in plan["reports"]) == 3
    assert (plan["totals"]["reports"], plan["created_already"]) == (10, 3)
    assert plan["estimate"]["seconds"] == 90  # seven of 30 s, three side by side
    last = tapcli.tap(settings, catalog=catalog, state=killed.state)
    assert last.exit_code == 0, last.stderr
    assert created(server) == whole
    assert rows(last) == rows(clean)
    assert last.state == clean.state
    assert last.stderr.count("was created by an earlier run and is read now") == 3
    newest = max(report["created"][:23] for report in kept)
    assert all(row["read_at"][:23] > newest for row in last.records[STREAMS[1]])
    # Without reuse, the same three are created twice.
    server.clear_requests()
    tapcli.tap(settings | {"report_reuse_minutes": 0}, catalog=catalog, state=killed.state)
    assert created(server) == whole


def test_what_is_gone_or_failed_or_old_is_created_anew(
    server: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    killed = killed_after(1.0, settings, catalog, None)
    ids = [report["id"] for report in unread(killed.state)]
    assert len(ids) == 3
    server.configure(
        generation_seconds=0.0,
        faults=(
            FaultRule("status", "vanish", path_contains=f"/{ids[0]}/", times=1),
            FaultRule("status", "failed", path_contains=f"/{ids[1]}/", times=1),
        ),
    )
    server.clear_requests()
    done = tapcli.tap(settings, catalog=catalog, state=killed.state)
    assert done.exit_code == 0, done.stderr
    assert created(server) == 10 - 1
    server.configure(faults=())
    old = killed.state
    for bookmark in old["bookmarks"].values():
        for report in bookmark.get("reports", ()):
            report["created"] = "2026-01-01T00:00:00+00:00"
    server.clear_requests()
    done = tapcli.tap(settings, catalog=catalog, state=old)
    assert created(server) == 10
    assert not unread(done.state)


def test_a_second_run_reads_nothing_that_was_read_before(
    server: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    server.configure(generation_seconds=0.0)
    first = tapcli.tap(settings, catalog=catalog)
    assert not unread(first.state)
    most = max(len(unread(state)) for state in first.states)
    assert most <= 3  # only what is in flight
    server.clear_requests()
    second = tapcli.tap(settings, catalog=catalog, state=first.state)
    assert created(server) == 2  # the lookback of each
    assert "earlier run" not in second.stderr


def test_reports_of_every_kind_and_of_several_tenants_are_read_and_not_created_again() -> None:
    streams = [
        "queue_interactions_summary_by_queue",
        "detailed_reports_interaction_details",
        "script_paths",
    ]
    config = SandboxConfig(tenants=("acme", "branch"), parallel_generation=40)
    with SandboxServer(config) as server:
        settings = tapcli.config(
            server.url,
            tenant_ids=["acme", "branch"],
            detailed_reports=True,
            start_date="2026-03-07",
            end_date="2026-03-10",
            max_concurrent_reports=20,
            date_range_reading="instant",
        )
        catalog = tapcli.select(tapcli.discover(settings), streams)
        clean = tapcli.tap(settings, catalog=catalog)
        assert clean.exit_code == 0, clean.stderr
        whole = created(server)
        assert whole >= 2 * len(streams)
        server.configure(generation_seconds=6 * SECONDS)
        server.clear_requests()
        killed = killed_after(2 * SECONDS, settings, catalog, None)
        kept, before = unread(killed.state), created(server)
        assert kept
        server.configure(generation_seconds=0.0)
        last = tapcli.tap(settings, catalog=catalog, state=killed.state)
        assert last.exit_code == 0, last.stderr
        assert last.stderr.count("was created by an earlier run and is read now") == len(kept)
        assert created(server) - before <= whole - len(kept)
        assert rows(killed) | rows(last) == rows(clean)
        assert not unread(last.state)
