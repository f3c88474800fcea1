"""Shards as processes: a sandbox to read from, and so many taps at a time."""

from __future__ import annotations

import http.client
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.measure import TAP, BenchmarkError, run

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from benchmarks.measure import Usage

SANDBOX = str(Path(sys.executable).with_name("tap-8x8-cc-sandbox"))
SMALL = {"agents": 4, "groups": 1, "queues": 2, "channels_per_media": 1}
"""A contact center whose figures take no time: there are many, and their rows are not measured."""
NOW = "2026-03-10T12:00:00Z"
_CREATES = {"create", "detailed_create"}
_THROTTLED = 429


@contextmanager
def sandbox(**settings: Any) -> Iterator[str]:
    """Serve a sandbox from a process of its own; gives the origin."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "sandbox.json")
        file.write_text(json.dumps({"now": NOW, "max_reports": 100_000, **settings}))
        command = [SANDBOX, "serve", "--config", str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:  # noqa: S603
            try:
                assert server.stdout is not None  # noqa: S101
                yield server.stdout.readline().split()[2].rstrip(".")
            finally:
                server.terminate()


def ask(origin: str, what: str) -> Any:  # noqa: ANN401 - any JSON
    """Return what a sandbox says of itself: its `requests` or its `state`."""
    connection = http.client.HTTPConnection(origin.removeprefix("http://"))
    try:
        connection.request("GET", f"/_sandbox/{what}")
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the API saw of some runs.

    Args:
        requests: All requests.
        created: Reports created.
        refused: Creations answered 429.
        most_unready: Most reports that were being generated at a time.
    """

    requests: int
    created: int
    refused: int
    most_unready: int


def seen(origin: str) -> Seen:
    """Return what a sandbox saw since it was started."""
    entries = ask(origin, "requests")
    state = ask(origin, "state")
    statuses = Counter(each["status"] for each in entries if each["operation"] in _CREATES)
    created = state["reports_created"]
    return Seen(len(entries), created, statuses[_THROTTLED], state["max_generating"])


@dataclass(frozen=True, slots=True)
class Fleet:
    """Shards to be run, from files in a folder.

    Args:
        folder: Holds `config.json` and `catalog.json`.
        pace: Factor on every wait of the tap.
    """

    folder: Path
    pace: float

    @classmethod
    def prepare(
        cls, folder: str, settings: Mapping[str, Any], streams: Collection[str], pace: float
    ) -> Fleet:
        """Write settings, and the catalog that selects some streams of those on offer."""
        fleet = cls(Path(folder), pace)
        fleet._file("config").write_text(json.dumps(settings))
        catalog = json.loads(fleet._output("--discover"))
        fleet._file("catalog").write_text(json.dumps(_selected(catalog, streams)))
        return fleet

    def shards(self, *options: str) -> list[dict[str, Any]]:
        """Return the shards that the tap's own command makes."""
        catalog = str(self._file("catalog"))
        return list(json.loads(self._output("--catalog", catalog, *options, command=["shards"])))

    def run(self, shard: Mapping[str, Any]) -> Usage:
        """Run a shard to its end."""
        argv = shard["argv"]
        chosen = {argv[at + 1] for at, word in enumerate(argv) if word == "--select"}
        catalog = json.loads(self._file("catalog").read_text())
        file = self.folder / f"{shard['name']}.json"
        file.write_text(json.dumps(_selected(catalog, chosen) if chosen else catalog))
        arguments = [TAP, "--config", str(self._file("config")), "--config", "ENV"]
        arguments += ["--catalog", str(file)]
        return run(arguments, pace=self.pace, settings=shard["env"])

    def run_all(
        self, shards: Sequence[Mapping[str, Any]], at_a_time: int
    ) -> tuple[float, list[Usage]]:
        """Run shards, so many at a time; gives the seconds that all took, and what each took."""
        began = time.perf_counter()
        with ThreadPoolExecutor(at_a_time) as pool:
            usages = list(pool.map(self.run, shards))
        return time.perf_counter() - began, usages

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def _output(self, *options: str, command: Sequence[str] = ()) -> bytes:
        arguments = [TAP, *command, "--config", str(self._file("config")), *options]
        done = subprocess.run(arguments, capture_output=True, check=False)  # noqa: S603 - ours
        if done.returncode:
            raise BenchmarkError(done.stderr.decode(errors="replace")[-3000:])
        return done.stdout


def settings_for(origin: str, **more: Any) -> dict[str, Any]:
    """Return settings of a tap that reads from a sandbox."""
    return {
        "client_id": "sandbox-key",
        "client_secret": "sandbox-secret",
        "api_url": origin,
        "timezone": "America/New_York",
        "date_range_reading": "instant",
        **more,
    }


def _selected(catalog: dict[str, Any], streams: Collection[str]) -> dict[str, Any]:
    for entry in catalog["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return catalog
