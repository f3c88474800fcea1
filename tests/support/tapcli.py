"""Running the tap as a user does: its command, over real HTTP.

A run takes place in this process, since starting Python and importing the SDK takes longer than
most runs. With `process=True` it has a process of its own, for tests of what depends on that.
"""

from __future__ import annotations

import base64
import gc
import io
import json
import logging
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import orjson
from tap_8x8_cc_sandbox.api.auth import Tokens

from tap_8x8_cc import cli, messages
from tap_8x8_cc.clock import PACE_VARIABLE
from tap_8x8_cc.redaction import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tap_8x8_cc_sandbox.api.config import SandboxConfig

COMMAND = str(Path(sys.executable).with_name("tap-8x8-cc"))
PACE = "0.02"
"""Waits take a fiftieth of what they take in earnest."""
SHORTEST_SECRET = 8
"""Characters; a shorter one may be shown by chance."""
_STAMP = r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \| "
_SERIOUS = re.compile(rf"{_STAMP}(?:WARNING|ERROR|CRITICAL) *\| [^|]* \| (.*)$", re.MULTILINE)
_DEBUGGING = re.compile(rf"{_STAMP}DEBUG .*\n(?:(?!{_STAMP}).*\n)*", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Run:
    """What a run of the tap left behind.

    Args:
        exit_code: The process's exit code; negative: killed by that signal.
        stdout: Singer messages as they were written.
        log: The log, at debug level unless the run's environment has it otherwise.
    """

    exit_code: int
    stdout: bytes
    log: str

    @property
    def stderr(self) -> str:
        """The log as it is at level INFO: without what is logged for debugging."""
        return _DEBUGGING.sub("", self.log)

    @property
    def failed(self) -> bool:
        """Whether the run did not end well."""
        return self.exit_code != 0

    @property
    def lines(self) -> list[str]:
        """What was logged at level WARNING or above, without when and by whom."""
        return _SERIOUS.findall(self.log)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """The Singer messages; an unfinished last line, after a kill, is none."""
        whole = self.stdout[: self.stdout.rfind(b"\n") + 1]
        return [orjson.loads(line) for line in whole.splitlines()]

    @property
    def records(self) -> dict[str, list[dict[str, Any]]]:
        """The records of each stream, in order."""
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in self.messages:
            if message["type"] == "RECORD":
                found[message["stream"]].append(message["record"])
        return dict(found)

    @property
    def lasting(self) -> dict[str, list[dict[str, Any]]]:
        """The records of each stream as every run reads them: without when that was."""
        return {stream: timeless(records) for stream, records in self.records.items()}

    @property
    def schemas(self) -> dict[str, list[dict[str, Any]]]:
        """The SCHEMA messages of each stream, in order."""
        found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
        for message in self.messages:
            if message["type"] == "SCHEMA":
                found[message["stream"]].append(message)
        return dict(found)

    @property
    def states(self) -> list[dict[str, Any]]:
        """The values of the STATE messages, in order."""
        return [m["value"] for m in self.messages if m["type"] == "STATE"]

    @property
    def state(self) -> dict[str, Any]:
        """The last state; an empty one where none was written."""
        return self.states[-1] if self.states else {}

    @property
    def errors(self) -> list[str]:
        """The lines of the log at level ERROR."""
        return [line for line in self.stderr.splitlines() if " | ERROR " in line]

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """Return a stream's records by their ids, without what differs from run to run."""
        return sorted(self.lasting.get(stream, []), key=lambda record: str(record["row_id"]))

    def bookmark(self, stream: str) -> str | None:
        """The bookmark of a stream in the last state."""
        bookmark = self.state.get("bookmarks", {}).get(stream, {})
        value = bookmark.get("replication_key_value")
        return None if value is None else str(value)


def timeless(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return records without the moment their report was created: two runs differ in it."""
    return [{name: value for name, value in row.items() if name != "read_at"} for row in rows]


def config(url: str, **settings: Any) -> dict[str, Any]:
    """Return settings for a sandbox at `url`."""
    return {
        "client_id": "sandbox-key",
        "client_secret": "sandbox-secret",
        "api_url": url,
        "start_date": "2026-03-02",
        "end_date": "2026-03-09",
        "timezone": "America/New_York",
        "retry_seconds": 120,
        "detailed_reports": True,
        **settings,
    }


def discover(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the catalog that discovery finds."""
    run = tap(settings, "--discover")
    assert run.exit_code == 0, run.stderr
    return dict(json.loads(run.stdout))


def select(
    catalog: dict[str, Any], streams: Iterable[str], columns: Iterable[str] | None = None
) -> dict[str, Any]:
    """Select these streams of a catalog and no others; of their columns all, or only these."""
    wanted = set(streams)
    names = {entry["tap_stream_id"] for entry in catalog["streams"]}
    assert wanted <= names, wanted - names
    chosen = None if columns is None else set(columns)
    selected = orjson.loads(orjson.dumps(catalog))
    for entry in selected["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in wanted
            elif chosen is not None:
                item["metadata"]["selected"] = item["breadcrumb"][-1] in chosen
    return dict(selected)


def tap(
    settings: Mapping[str, Any],
    *arguments: str,
    catalog: Mapping[str, Any] | None = None,
    state: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    process: bool = False,
) -> Run:
    """Run the tap to its end.

    Args:
        settings: Its settings.
        arguments: What else the command line says; a command's name comes first.
        catalog: The catalog.
        state: The state.
        environment: Variables beside those of this process.
        process: Whether to run it in a process of its own.
    """
    issued = len(_ISSUED.tokens)
    with tempfile.TemporaryDirectory() as folder:
        named = [word for word in arguments[:1] if not word.startswith("-")]
        files = command_line(Path(folder), settings, catalog, state)[1:]
        words = [*named, *files, *arguments[len(named) :]]
        # Only the main thread may handle signals.
        apart = process or threading.current_thread() is not threading.main_thread()
        done = (_apart if apart else run_here)(words, environment_with(environment))
    return _discreet(done, settings, issued)


def _apart(words: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run the command in a process of its own."""
    done = subprocess.run(
        [COMMAND, *words], capture_output=True, timeout=120, check=False, env=environment
    )
    return Run(done.returncode, done.stdout, done.stderr.decode())


def run_here(words: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run the command in this process, which is afterwards as it was before."""
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    stops = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    thresholds = gc.get_threshold()
    code: object = 0
    with ExitStack() as patches:
        for place, name, value in (
            (sys, "argv", [COMMAND, *words]),
            (sys, "stdout", out),
            (sys, "stderr", err),
            (os, "_exit", sys.exit),
            (root, "handlers", []),
        ):
            patches.enter_context(patch.object(place, name, value))
        patches.enter_context(patch.dict(os.environ, environment, clear=True))
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        finally:
            for number, stop in stops.items():
                signal.signal(number, stop)
            gc.set_threshold(*thresholds)
            root.setLevel(level)
            messages._buffered.cache_clear()
            for handler in handlers:
                handler.removeFilter(REDACTOR)
    assert isinstance(code, int), code
    written = []
    for stream in (out, err):
        stream.flush()
        written.append(stream.buffer.getvalue())
    return Run(code, written[0], written[1].decode())


def sync(
    settings: Mapping[str, Any],
    streams: Iterable[str],
    *,
    columns: Iterable[str] | None = None,
    state: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Discover, select these streams and sync them; give the discovery if it failed.

    The catalog holds no other streams: reading ninety takes as long as syncing one.
    """
    found = tap(settings, "--discover", environment=environment)
    if found.failed:
        return found
    wanted = set(streams)
    listed = orjson.loads(found.stdout)["streams"]
    own = [entry for entry in listed if entry["tap_stream_id"] in wanted]
    catalog = select({"streams": own}, wanted, columns)
    return tap(settings, catalog=catalog, state=state, environment=environment)


def kill_after(
    settings: Mapping[str, Any],
    lines: int,
    *,
    catalog: Mapping[str, Any],
    state: Mapping[str, Any] | None = None,
    signum: int = signal.SIGKILL,
    timeout: float = 120,
) -> Run:
    """Run the tap and signal it when it has written so many lines; give what it wrote in all."""
    issued = len(_ISSUED.tokens)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        command = command_line(Path(folder), settings, catalog, state)
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, env=environment_with(None)
        ) as process:
            assert process.stdout is not None
            # One that never writes so many lines would wait, and be waited for, for ever.
            watch = threading.Timer(timeout, process.kill)
            watch.start()
            # The numbers first: the other way round, a line too many would be read, and lost.
            head = b"".join(line for _, line in zip(range(lines), process.stdout, strict=False))
            process.send_signal(signum)
            tail = process.stdout.read()
            code = process.wait(timeout=60)
            watch.cancel()
        log.seek(0)
        return _discreet(Run(code, head + tail, log.read().decode()), settings, issued)


def command_line(
    folder: Path,
    settings: Mapping[str, Any],
    catalog: Mapping[str, Any] | None = None,
    state: Mapping[str, Any] | None = None,
) -> list[str]:
    """Write the files that a run reads into a folder, and return the command that names them."""
    command = [COMMAND]
    for name, value in (("config", settings), ("catalog", catalog), ("state", state)):
        if value is not None:
            path = folder / f"{name}.json"
            path.write_text(json.dumps(value))
            command += [f"--{name}", str(path)]
    return command


def environment_with(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return the environment of a run: this process's without settings, and these variables."""
    own = {key: value for key, value in os.environ.items() if not key.startswith("TAP_8X8_CC_")}
    pace = {PACE_VARIABLE: os.environ.get(PACE_VARIABLE, PACE), "TAP_8X8_CC_LOGLEVEL": "DEBUG"}
    return {**own, **pace, **(more or {})}


class _Issued:
    """Takes down every token that a sandbox of this process gives out."""

    def __init__(self) -> None:
        self.tokens: list[str] = []
        self._issue = Tokens.issue
        Tokens.issue = self._noting()  # type: ignore[method-assign]

    def _noting(self) -> Any:
        def issue(
            tokens: Tokens, headers: Mapping[str, str], body: bytes, config: SandboxConfig
        ) -> dict[str, Any]:
            answer = self._issue(tokens, headers, body, config)
            self.tokens.append(answer["access_token"])
            return answer

        return issue


_ISSUED = _Issued()


def _discreet(run: Run, settings: Mapping[str, Any], issued: int) -> Run:
    """Assert that a run shows neither the secret nor a token, at debug level either.

    Args:
        run: The run.
        settings: Its settings.
        issued: How many tokens had been given out before it.
    """
    key, secret = str(settings.get("client_id", "")), str(settings.get("client_secret", ""))
    basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
    output = run.stdout.decode(errors="replace") + run.log
    for hidden in {secret, basic, *_ISSUED.tokens[issued:]}:
        assert len(hidden) < SHORTEST_SECRET or hidden not in output, "a secret is shown"
    return run
