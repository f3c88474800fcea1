"""Running things and measuring what they took: wall time, CPU time and peak memory."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import WINDOW_DAYS
from benchmarks.server import STATS, command

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from benchmarks.server import Workload

TAP = str(Path(sys.executable).with_name("tap-8x8-cc"))
FIRST_DAY = date(2001, 1, 1)
_PIPE_BYTES = 1 << 20
_EXTRACTED = re.compile(rb'"(time_extracted|read_at)":"[^"]*"')
_RSS_UNITS_PER_MB = 1 << 20 if sys.platform == "darwin" else 1 << 10


class BenchmarkError(Exception):
    """Something ran, but not as it should; no figure would mean anything."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a process took.

    Args:
        wall: Seconds from its start to its end.
        cpu: Seconds of CPU time, user and system.
        memory: Most resident memory, in MB. Where the benchmark's own process, which is small,
            takes more, it is that.
        lines: Lines that it wrote.
        digest: Hash of what it wrote, but for `time_extracted`; empty unless asked for.
        last: The last line that it wrote.
    """

    wall: float
    cpu: float
    memory: float
    lines: int
    digest: str
    last: bytes


@contextmanager
def serving(workload: Workload) -> Iterator[str]:
    """Serve a workload from a process of its own; gives the origin."""
    with subprocess.Popen(command(workload), stdout=subprocess.PIPE) as server:  # noqa: S603
        try:
            assert server.stdout is not None  # noqa: S101
            yield f"http://127.0.0.1:{int(server.stdout.readline())}"
        finally:
            server.terminate()


def stats(origin: str) -> dict[str, Any]:
    """Return the server's counts since they were last asked for."""
    connection = http.client.HTTPConnection(origin.removeprefix("http://"))
    try:
        connection.request("GET", STATS)
        return dict(json.loads(connection.getresponse().read()))
    finally:
        connection.close()


def run_tap(
    origin: str,
    workload: Workload,
    *,
    windows: int | None = None,
    digest: bool = False,
    pace: float = 1.0,
    **more: Any,
) -> Usage:
    """Sync all streams of a workload; `windows` of them if given; `more` are settings."""
    with tap_files(origin, workload, windows=windows, **more) as files:
        return run([TAP, *files], digest=digest, pace=pace)


@contextmanager
def tap_files(
    origin: str, workload: Workload, *, windows: int | None = None, **more: Any
) -> Iterator[list[str]]:
    """Write configuration and catalog for all streams of a workload; gives the tap's options."""
    days = WINDOW_DAYS * (workload.windows if windows is None else windows)
    settings = {
        "client_id": "prepared",
        "client_secret": "prepared",
        "api_url": origin,
        "timezone": "UTC",
        "start_date": FIRST_DAY.isoformat(),
        "end_date": (FIRST_DAY + timedelta(days=days)).isoformat(),
        **more,
    }
    with tempfile.TemporaryDirectory() as folder:
        config, catalog = Path(folder, "config.json"), Path(folder, "catalog.json")
        config.write_text(json.dumps(settings))
        catalog.write_text(json.dumps(_all_selected(config)))
        yield ["--config", str(config), "--catalog", str(catalog)]


def _all_selected(config: Path) -> dict[str, Any]:
    """Return the catalog with all streams of reports selected: by default only some are."""
    arguments = [TAP, "--config", str(config), "--discover"]
    found = subprocess.run(arguments, capture_output=True, check=True)  # noqa: S603 - our own command
    catalog: dict[str, Any] = json.loads(found.stdout)
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] != "extractions"
    return catalog


def run(
    arguments: Sequence[str],
    *,
    digest: bool = False,
    pace: float = 1.0,
    settings: Mapping[str, str] | None = None,
) -> Usage:
    """Run a command to its end and read away what it writes.

    Args:
        arguments: The command.
        digest: Whether to hash what it writes.
        pace: Factor on every wait of the tap.
        settings: Variables of the environment with settings of the tap.

    Raises:
        BenchmarkError: It failed; the message holds the end of its log.
    """
    with tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603 - our own commands
            arguments,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**_environment(pace), **(settings or {})},
        )
        assert process.stdout is not None  # noqa: S101
        lines, last, hashed = _drain(process.stdout.fileno(), digest=digest)
        process.stdout.close()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            raise BenchmarkError(log.read().decode(errors="replace")[-3000:])
    memory = usage.ru_maxrss / _RSS_UNITS_PER_MB
    return Usage(wall, usage.ru_utime + usage.ru_stime, memory, lines, hashed, last)


def median(usages: Sequence[Usage]) -> Usage:
    """Return the median of each figure, but the maximum of memory."""
    return Usage(
        statistics.median(usage.wall for usage in usages),
        statistics.median(usage.cpu for usage in usages),
        max(usage.memory for usage in usages),
        usages[0].lines,
        usages[0].digest,
        usages[0].last,
    )


def best(usages: Sequence[Usage]) -> Usage:
    """Return the least of each figure: what others on the machine take is noise, and only adds.

    Memory has no such noise: its maximum counts.
    """
    return Usage(
        min(usage.wall for usage in usages),
        min(usage.cpu for usage in usages),
        max(usage.memory for usage in usages),
        usages[0].lines,
        usages[0].digest,
        usages[0].last,
    )


def _drain(descriptor: int, *, digest: bool) -> tuple[int, bytes, str]:
    """Read to the end; give the number of lines, the last line, and maybe a hash."""
    lines, rest, last, hashed = 0, b"", b"", hashlib.blake2b()
    while piece := os.read(descriptor, _PIPE_BYTES):
        lines += piece.count(b"\n")
        last = (last + piece)[-4096:]
        if digest:
            whole, end, rest = (rest + piece).rpartition(b"\n")
            hashed.update(_EXTRACTED.sub(b"", whole + end))
    hashed.update(rest)
    return lines, last.rstrip().rpartition(b"\n")[2], hashed.hexdigest() if digest else ""


def _environment(pace: float) -> Mapping[str, str]:
    """Return the environment, without anything that would change the tap's settings.

    Python keeps what it compiled, as it does wherever the tap is installed.
    """
    unwanted = ("TAP_8X8_CC_", "PYTHONDONTWRITEBYTECODE")
    own = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    return {**own, "TAP_8X8_CC_TEST_PACE": str(pace)}
