"""How a run ends, in words: what was read, what was not, and where the next run goes on."""

from __future__ import annotations

import json
import re
import resource
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import FaultRule, SandboxConfig, SandboxServer

from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUEUES = "queue_interactions_summary_by_queue"
AGENTS = "agent_interactions_summary_by_agent"
MONTHS = {"start_date": "2025-12-01", "retry_seconds": 1}
"""Four reports a stream, by days."""


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig()) as running:
        yield running


@pytest.fixture(scope="module")
def catalog(server: SandboxServer) -> dict[str, Any]:
    return tapcli.select(tapcli.discover(tapcli.config(server.url)), [QUEUES, AGENTS])


def durations(done: tapcli.Run) -> dict[str, str]:
    """Return the status of each stream's duration, as the Singer metrics have it."""
    points = [json.loads(found) for found in re.findall(r"METRIC: (\{.*\})", done.log)]
    return {
        point["tags"]["stream"]: point["tags"]["status"]
        for point in points
        if point["metric"] == "sync_duration"
    }


def done_in(state: dict[str, Any], stream: str) -> str | None:
    """Return a stream's bookmark in a state."""
    value = state["bookmarks"].get(stream, {}).get("replication_key_value")
    return None if value is None else str(value)


def test_the_end_says_what_was_read_and_where_what_failed_goes_on(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    broken = FaultRule("create", "status", status=403, report_type="agent-interactions", skip=2)
    server.configure(faults=(broken,), generation_seconds=0.5)
    done = tapcli.tap(tapcli.config(server.url, **MONTHS), catalog=catalog)
    server.configure(faults=(), generation_seconds=0.0)
    assert done.exit_code == 1
    bookmark = done.bookmark(AGENTS)
    assert bookmark is not None  # it moved: two of its reports were read
    assert f"1 of the selected streams failed: {AGENTS} (bookmark {bookmark})." in done.errors[-1]
    assert durations(done) == {QUEUES: "succeeded", AGENTS: "failed"}
    (closing,) = (line for line in done.stderr.splitlines() if " rows of " in line)
    rows = sum(map(len, done.records.values()))
    found = re.search(
        r"Read (\d+) of (\d+) reports: (\d+) rows of 2 streams, up to (\S+) at least and (\S+) at "
        r"most, in (\d+) s, (\d+) s of them waiting for the API\.",
        closing,
    )
    assert found, closing
    bookmarks = {(done_in(state, QUEUES), done_in(state, AGENTS)) for state in done.states}
    assert int(found[1]) == len(bookmarks - {(None, None)}) == 6
    assert int(found[2]) == 8
    assert int(found[3]) == rows
    assert (found[4], found[5]) == (bookmark, done.bookmark(QUEUES))
    assert 0 < int(found[7]) <= int(found[6])


def test_streams_that_nobody_selected_take_one_line(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    server.configure(quirks={"range": "instant"})
    done = tapcli.tap(tapcli.config(server.url), catalog=catalog)
    assert done.exit_code == 0, done.stderr
    total = len(catalog["streams"])
    assert f"Selected: 2 of {total} streams." in done.stderr
    assert "deselected" not in done.log
    assert len(done.stderr.splitlines()) < 40
    assert "up to 2026-03-09T04:00:00Z, in" in done.stderr


@pytest.mark.parametrize(("most_bytes", "why"), [(0, "can't be written to"), (64, "has no room")])
def test_no_room_for_temporary_files_is_one_line(
    server: SandboxServer, catalog: dict[str, Any], tmp_path: Path, most_bytes: int, why: str
) -> None:
    settings = tapcli.config(server.url, granularity="hour", data_format="csv")
    server.clear_requests()
    done = subprocess.run(
        tapcli.command_line(tmp_path, settings, catalog),
        capture_output=True,
        check=False,
        timeout=60,
        env=tapcli.environment_with({"TAP_8X8_CC_LOGLEVEL": "INFO", "TMPDIR": str(tmp_path)}),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes)),
    )
    log = done.stderr.decode()
    assert done.returncode == 1
    assert "Traceback" not in log
    lines = [line for line in log.splitlines() if " | ERROR " in line and "temporary" in line]
    assert lines
    assert all(why in line and "TMPDIR" in line for line in lines)
    created = [request for request in server.requests() if request.operation == "create"]
    assert bool(created) is bool(most_bytes)  # where there is none at all, nothing is asked for


@pytest.mark.parametrize("output", [">&-", ">/dev/full"])
def test_output_that_cannot_be_written_is_one_line(
    server: SandboxServer, catalog: dict[str, Any], tmp_path: Path, output: str
) -> None:
    settings = tapcli.config(server.url)
    command = tapcli.command_line(tmp_path, settings, catalog)
    done = subprocess.run(
        ["/bin/sh", "-c", f'exec "$@" {output}', "sh", *command],
        capture_output=True,
        check=False,
        timeout=120,
        env=tapcli.environment_with({"TAP_8X8_CC_LOGLEVEL": "INFO"}),
    )
    log = done.stderr.decode()
    assert done.returncode == 1
    assert "Traceback" not in log
    assert "Unexpected" not in log
    assert log.count("Standard output can't be written to: ") == 1
