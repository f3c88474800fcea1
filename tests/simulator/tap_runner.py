"""Runs the tap in this process: its HTTP, its clock, its threads and its output are simulated.

The only module of the simulator that knows how the tap is made.
"""

from __future__ import annotations

import io
import json
import logging
import signal
import sys
import tempfile
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import IO, TYPE_CHECKING, Any
from unittest.mock import patch

import requests
import urllib3
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from tap_8x8_cc import tap as tap_module
from tap_8x8_cc.api import client
from tap_8x8_cc.clock import Clock
from tap_8x8_cc.errors import TapError
from tap_8x8_cc.reading import queue
from tests.simulator.api import URL, ConnectionLost, InMemoryApi, Killed, Time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

BUFFER_BYTES = 1 << 16
_FILES = ("TemporaryFile", "SpooledTemporaryFile")
_SIGNALS = (signal.SIGINT, signal.SIGTERM)
"""Signals of which the SDK takes the handling over."""


@dataclass(slots=True)
class Outcome:
    """How a run ended.

    Args:
        code: The exit code; None: it was killed.
        lines: The messages that reached the loader.
        stranded: Whole messages that were written and not flushed when the tap was killed.
        said: What it logged at level WARNING or above.
    """

    code: int | None
    lines: list[bytes]
    stranded: list[bytes]
    said: list[str]


class Machine:
    """One simulated machine: runs of the tap against one API.

    Args:
        api: The API.
        time: The time of both.
    """

    def __init__(self, api: InMemoryApi, time: Time) -> None:
        self._api = api
        self._time = time
        self._files: list[IO[bytes]] = []

    @contextmanager
    def running(self) -> Iterator[Machine]:
        """Put this machine in the place of the real one."""
        with ExitStack() as patches:
            for place, name, value in (
                (client, "open_session", self._session),
                (tap_module, "Clock", self),
                (queue, "threading", SimpleNamespace(Thread=_Inline)),
                (sys, "stdout", sys.stdout),
                *((tempfile, name, self._kept(getattr(tempfile, name))) for name in _FILES),
            ):
                patches.enter_context(patch.object(place, name, value))
            handlers = {signum: signal.getsignal(signum) for signum in _SIGNALS}
            try:
                yield self
            finally:
                for signum, handler in handlers.items():
                    signal.signal(signum, handler)

    def run(
        self,
        settings: Mapping[str, Any],
        state: Mapping[str, Any],
        streams: frozenset[str],
        catalog: dict[str, Any] | None,
        kill_message: int | None,
    ) -> tuple[Outcome, dict[str, Any] | None]:
        """Run the tap.

        Args:
            settings: Its settings.
            state: The state to go on from.
            streams: The streams to select.
            catalog: A catalog of an earlier run; None: discover.
            kill_message: The message after which it is killed.

        Returns:
            How it ended, and the catalog.
        """
        out = Output(self._api, kill_message)
        code: int | None = 0
        log = _Log()
        logger = logging.getLogger("tap-8x8-cc")
        package = logging.getLogger("tap_8x8_cc")
        for each in (logger, package):
            each.addHandler(log)
        before, sys.stdout = sys.stdout, out
        config = {
            "client_id": "sandbox-key", "client_secret": "sandbox-secret", "api_url": URL,
            **settings,
        }  # fmt: skip
        try:
            if catalog is None:
                catalog = _selected(tap_module.Tap8x8CC(config=config).catalog_dict, streams)
            tap = tap_module.Tap8x8CC(config=config, catalog=catalog, state=deepcopy(dict(state)))
            tap.run()
        except TapError as error:
            code = 1
            log.said.append(str(error))
        except Killed:
            code = None
        finally:
            sys.stdout = before
            while self._files:
                self._files.pop().close()
            for each in (logger, package):
                each.removeHandler(log)
        if self._api.dead:
            code = None
        else:
            out.flush()
        return Outcome(code, out.delivered, out.pending, log.said), catalog

    def from_environment(self) -> Clock:
        """Make the tap's clock (stands for `Clock.from_environment`)."""
        return SimulatedClock(time=self._time)

    def _kept(self, opened: Callable[..., IO[bytes]]) -> Callable[..., IO[bytes]]:
        """Return how to open files that are closed when the run ends, as the system does."""

        def open_file(*arguments: Any, **options: Any) -> IO[bytes]:
            self._files.append(file := opened(*arguments, **options))
            return file

        return open_file

    def _session(self, *_: Any) -> requests.Session:
        session = requests.Session()
        session.adapters.clear()
        session.mount("http://", _Adapter(self._api))
        session.trust_env = False
        return session


@dataclass(frozen=True, slots=True)
class SimulatedClock(Clock):
    """The tap's clock on simulated time."""

    time: Time = field(default_factory=Time)

    def now(self) -> datetime:
        return self.time.now()

    def monotonic(self) -> float:
        return self.time.monotonic()

    def sleep(self, seconds: float) -> None:
        self.time.pass_by(seconds)


class Output(io.TextIOBase):
    """Standard output, up to the moment when the tap is killed."""

    def __init__(self, api: InMemoryApi, kill_message: int | None) -> None:
        self._api = api
        self._left = kill_message
        self.delivered: list[bytes] = []
        self.pending: list[bytes] = []

    @property
    def buffer(self) -> Output:
        """Itself, which takes bytes."""
        return self

    def fileno(self) -> int:
        raise OSError

    def write(self, data: Any) -> int:
        """Take messages; they reach the loader when they are flushed."""
        if self._api.dead:
            raise Killed
        if isinstance(data, str):
            return len(data)
        for line in data.splitlines():
            self.pending.append(line)
            if self._left is not None:
                self._left -= 1
                if self._left <= 0:
                    self._api.die()
        if sum(map(len, self.pending)) > BUFFER_BYTES:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Hand what was written to the loader."""
        if not self._api.dead:
            self.delivered += self.pending
            self.pending = []


class _Inline:
    """A thread that has done its work when it has been started."""

    def __init__(self, target: Any, args: Any = (), **_: Any) -> None:
        self._work = target, args

    def start(self) -> None:
        target, args = self._work
        target(*args)


class _Adapter(BaseAdapter):
    """Sends the requests of a session to the API in memory."""

    def __init__(self, api: InMemoryApi) -> None:
        super().__init__()
        self._api = api

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        body = request.body or b""
        method, url = str(request.method), str(request.url)
        headers = [(name, str(value)) for name, value in request.headers.items()]
        try:
            answer = self._api.call(
                method, url, headers, body.encode() if isinstance(body, str) else bytes(body)
            )
        except ConnectionLost as error:
            raise requests.ConnectionError("Connection reset by peer") from error
        response = requests.Response()
        response.status_code, response.url, response.request = answer.status, url, request
        response.headers = CaseInsensitiveDict(answer.headers)
        response.raw = urllib3.HTTPResponse(
            body=io.BytesIO(answer.body),
            headers=dict(answer.headers),
            status=answer.status,
            preload_content=False,
            request_method=method,
        )
        return response

    def close(self) -> None:
        """Do nothing."""


class _Log(logging.Handler):
    """Keeps what is said at level WARNING or above."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage())


def _selected(catalog: dict[str, Any], streams: frozenset[str]) -> dict[str, Any]:
    found = json.loads(json.dumps(catalog))
    for entry in found["streams"]:
        for item in entry["metadata"]:
            if not item["breadcrumb"]:
                item["metadata"]["selected"] = entry["tap_stream_id"] in streams
    return dict(found)
