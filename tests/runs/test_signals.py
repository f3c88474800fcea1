"""Signals and broken pipes: the last complete state, an exit code that says so, no half message."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import FaultRule, SandboxConfig, SandboxServer

from tap_8x8_cc.errors import StoppedError
from tap_8x8_cc.signals import GRACE, StopSwitch
from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STREAM = "queue_interactions_summary_by_media_channel_queue"
PATIENCE = 60.0
UNIX_PIPE_BYTES = 1 << 16


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig()) as running:
        yield running


@pytest.fixture(scope="module")
def catalog(server: SandboxServer) -> dict[str, Any]:
    return tapcli.select(tapcli.discover(tapcli.config(server.url)), [STREAM])


def stopped(
    server: SandboxServer,
    catalog: dict[str, Any],
    act: Callable[[subprocess.Popen[bytes]], None],
    **settings: Any,
) -> tapcli.Run:
    """Run the tap, let `act` do something to its process, and give what it left behind."""
    config = tapcli.config(server.url, **settings)
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryFile() as log:
        command = tapcli.command_line(Path(name), config, catalog)
        environment = tapcli.environment_with({"TAP_8X8_CC_TEST_PACE": "1"})
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env=environment
        ) as process:
            assert process.stdout is not None
            act(process)
            rest = b"" if process.stdout.closed else process.stdout.read()
            code = process.wait(PATIENCE)
        log.seek(0)
        return tapcli.Run(code, rest, log.read().decode())


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for the tap to come to some point."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def _is_full(pipe: IO[bytes] | None) -> bool:
    """Tell whether a pipe holds about all that it can."""
    assert pipe is not None
    held = fcntl.ioctl(pipe.fileno(), termios.FIONREAD, bytes(4))
    most = UNIX_PIPE_BYTES
    if sys.platform == "linux":
        most = fcntl.fcntl(pipe.fileno(), fcntl.F_GETPIPE_SZ)
    return int.from_bytes(held, sys.byteorder) > 0.92 * most


def assert_consistent(done: tapcli.Run) -> None:
    """Assert that every line is a whole message, a state among them, and nothing went wrong."""
    assert done.stdout.endswith(b"\n")
    assert "STATE" in {json.loads(line)["type"] for line in done.stdout.splitlines()}
    assert not done.errors
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(("signum", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_a_run_that_waits_for_a_report_stops_at_once(
    server: SandboxServer, catalog: dict[str, Any], signum: int, code: int
) -> None:
    server.clear_requests()
    server.configure(generation_seconds=300.0)

    def act(process: subprocess.Popen[bytes]) -> None:
        wait_until(lambda: any(r.operation == "status" for r in server.requests()))
        process.send_signal(signum)

    try:
        done = stopped(server, catalog, act)
    finally:
        server.configure(generation_seconds=0.0)
    assert done.exit_code == code
    assert_consistent(done)
    assert done.stderr.splitlines()[-1].count("Stopped by SIG") == 1
    assert done.bookmark(STREAM) is None


WAITS = {
    "the next try": ("status", FaultRule("status", "status", status=503)),
    "the next try of the first call": ("types", FaultRule("types", "status", status=503)),
    "the end of a pause": (
        "status", FaultRule("status", "status", status=429, headers={"Retry-After": "90"})
    ),
    "a report that is DONE to be readable": ("data", FaultRule("data", "not_ready", tries=99)),
    "a new report after one that failed": ("status", FaultRule("create", "failed")),
    "an answer": ("data", FaultRule("data", "slow", seconds=15.0)),
    "a token": ("token", FaultRule("token", "slow", seconds=15.0)),
}  # fmt: skip


@pytest.mark.parametrize("wait", WAITS)
def test_a_run_that_waits_for_anything_stops_at_once(
    server: SandboxServer, catalog: dict[str, Any], wait: str
) -> None:
    operation, fault = WAITS[wait]
    took = []

    def act(process: subprocess.Popen[bytes]) -> None:
        wait_until(lambda: any(r.operation == operation for r in server.requests()))
        time.sleep(0.3)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(PATIENCE)
        took.append(time.monotonic() - began)

    server.clear_requests()
    server.configure(faults=(fault,))
    try:
        done = stopped(server, catalog, act)
    finally:
        server.configure(faults=())
    assert done.exit_code == 143
    assert not done.errors
    assert "Traceback" not in done.stderr
    assert took[0] < GRACE


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_within_the_first_second_stops_it_as_well(
    server: SandboxServer, catalog: dict[str, Any], signum: int
) -> None:
    def act(process: subprocess.Popen[bytes]) -> None:
        time.sleep(0.3)  # the tap is being imported, or has just begun
        process.send_signal(signum)

    done = stopped(server, catalog, act)
    assert done.exit_code in {128 + signum, -signum}
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("lines", [5, 400])
def test_a_run_whose_loader_is_slow_stops_with_whole_messages(
    server: SandboxServer, catalog: dict[str, Any], lines: int
) -> None:
    settings = {"granularity": "hour", "max_concurrent_reports": 2, "start_date": "2026-01-12"}

    def act(process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        head.extend(line for line, _ in zip(process.stdout, range(lines), strict=False))
        wait_until(lambda: _is_full(process.stdout))
        process.send_signal(signal.SIGTERM)  # within a message, most likely

    head: list[bytes] = []
    done = stopped(server, catalog, act, **settings)
    done = tapcli.Run(done.exit_code, b"".join(head) + done.stdout, done.log)
    assert done.exit_code == 143
    assert_consistent(done)
    reached = done.bookmark(STREAM)
    whole = tapcli.tap(tapcli.config(server.url, **settings), catalog=catalog, state=done.state)
    rows = {row["row_id"] for row in done.records[STREAM] + whole.records[STREAM]}
    clean = tapcli.tap(tapcli.config(server.url, **settings), catalog=catalog)
    assert rows == {row["row_id"] for row in clean.records[STREAM]}
    if reached is not None:
        states = [s["bookmarks"][STREAM].get("replication_key_value") for s in clean.states]
        assert reached in states  # the end of a window, nothing in between


def test_a_second_signal_ends_a_run_whose_loader_does_not_read_at_all(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    settings = {"granularity": "hour", "start_date": "2026-01-12"}

    def act(process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        process.stdout.readline()
        wait_until(lambda: _is_full(process.stdout))
        process.send_signal(signal.SIGTERM)
        time.sleep(0.2)
        assert process.poll() is None
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143

    assert stopped(server, catalog, act, **settings).exit_code == 143


def test_one_signal_is_enough_within_seconds(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    def act(process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        process.stdout.readline()
        wait_until(lambda: _is_full(process.stdout))
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143
        assert time.monotonic() - began < GRACE + 2

    done = stopped(server, catalog, act, granularity="hour", start_date="2026-01-12")
    assert "the loader does not read" in done.stderr


def test_a_loader_that_goes_away_is_said_in_one_line(
    server: SandboxServer, catalog: dict[str, Any]
) -> None:
    def act(process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()

    done = stopped(server, catalog, act, granularity="hour", start_date="2026-01-12")
    assert done.exit_code == 1
    (line,) = done.errors
    assert "The loader stopped reading" in line
    assert "Traceback" not in done.log


def test_a_signal_is_held_back_within_a_message_and_takes_effect_after_it() -> None:
    switch = StopSwitch()
    written = []

    def write() -> None:
        with switch.held():
            switch.signal(signal.SIGTERM)
            written.append("the whole message")

    with pytest.raises(StoppedError) as caught:
        write()
    assert written == ["the whole message"]
    assert caught.value.exit_code == 143
    with pytest.raises(StoppedError, match="SIGINT"):
        StopSwitch().signal(signal.SIGINT)


def test_a_second_signal_ends_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    monkeypatch.setattr(os, "_exit", codes.append)
    switch = StopSwitch()
    with pytest.raises(StoppedError):
        switch.signal(signal.SIGINT)
    with pytest.raises(StoppedError):
        switch.signal(signal.SIGTERM)
    assert codes == [143]


BLOCKED_LOG = """
import logging, os, signal, time
from tap_8x8_cc.signals import StopSwitch
os.set_blocking(2, False)
try:
    while True:
        os.write(2, b"x" * 4096)
except BlockingIOError:
    os.set_blocking(2, True)
logging.basicConfig()
switch = StopSwitch(grace=0.1)
signal.signal(signal.SIGTERM, lambda number, _: switch.signal(number))
with switch.held():
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_log_that_nobody_reads_does_not_hold_up_the_end() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BLOCKED_LOG], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait(PATIENCE) == 143
