"""A page in a real browser without a window, over the DevTools protocol and a pair of pipes."""

from __future__ import annotations

import base64
import json
import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
"""The browser's command; empty if there is none."""
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--hide-scrollbars",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--no-first-run",
    "--remote-debugging-pipe",
)


@dataclass
class Visit:
    """What happened on a page.

    Attributes:
        requests: Addresses that it asked for, its own first.
        complaints: What its console showed as warning or error, and exceptions.
        value: What the expression gave.
    """

    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    value: Any = None


class _Pipe:
    """Commands to the browser, and the events that it sends meanwhile."""

    def __init__(self, commands: IO[bytes], messages: IO[bytes], visit: Visit) -> None:
        self._commands = commands
        self._messages = messages
        self._visit = visit
        self._numbers = count(1)

    def ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        """Return what the browser answers to a command."""
        number = next(self._numbers)
        command = {"id": number, "method": method, "params": params}
        if session:
            command["sessionId"] = session
        self._commands.write(json.dumps(command).encode() + b"\0")
        self._commands.flush()
        while (message := self._next()).get("id") != number:
            self._note(message)
        assert "error" not in message, message
        return dict(message["result"])

    def _next(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._messages.read(1)) != b"\0":
            assert byte, "the browser has ended"
            text += byte
        return dict(json.loads(text))

    def _note(self, message: dict[str, Any]) -> None:
        event = message.get("params", {})
        match message.get("method"):
            case "Network.requestWillBeSent":
                self._visit.requests.append(event["request"]["url"])
            case "Runtime.exceptionThrown":
                self._visit.complaints.append(json.dumps(event["exceptionDetails"]))
            case "Runtime.consoleAPICalled" if event["type"] in {"warning", "error", "assert"}:
                self._visit.complaints.append(json.dumps(event["args"]))
            case "Log.entryAdded" if event["entry"]["level"] in {"warning", "error"}:
                self._visit.complaints.append(event["entry"]["text"])


@dataclass(frozen=True, slots=True)
class Viewer:
    """How a page is looked at.

    Attributes:
        width: Width of the window; a narrow one is a phone's.
        zone: The viewer's time zone.
        dark: Whether the viewer prefers dark pages.
        height: Height of a picture; None: the whole page.
    """

    width: int = 1400
    zone: str = "UTC"
    dark: bool = False
    height: int | None = None


def visit(
    page: Path, expression: str, viewer: Viewer | None = None, picture: Path | None = None
) -> Visit:
    """Open a file and return what happened until a promise was kept.

    Args:
        page: The file.
        expression: JavaScript that gives a value, or the promise of one.
        viewer: How it is looked at.
        picture: Where a PNG of it is written.
    """
    seen, viewer = Visit(), viewer or Viewer()
    with _browser(seen) as pipe:
        target = pipe.ask("Target.createTarget", url="about:blank")["targetId"]
        session = pipe.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Network", "Runtime", "Log", "Page"):
            pipe.ask(f"{domain}.enable", session)
        _emulate(pipe, session, viewer)
        pipe.ask("Page.navigate", session, url=page.as_uri())
        answer = pipe.ask(
            "Runtime.evaluate",
            session,
            expression=expression,
            awaitPromise=True,
            returnByValue=True,
            timeout=60_000,
        )
        seen.value = answer["result"].get("value")
        if picture:
            whole = viewer.height is None
            shot = pipe.ask("Page.captureScreenshot", session, captureBeyondViewport=whole)
            picture.parent.mkdir(parents=True, exist_ok=True)
            picture.write_bytes(base64.b64decode(shot["data"]))
    return seen


def _emulate(pipe: _Pipe, session: str, viewer: Viewer) -> None:
    phone = viewer.width < 600
    pipe.ask(
        "Emulation.setDeviceMetricsOverride",
        session,
        width=viewer.width,
        height=viewer.height or (844 if phone else 900),
        deviceScaleFactor=2 if phone else 1,
        mobile=phone,
    )
    pipe.ask("Emulation.setTimezoneOverride", session, timezoneId=viewer.zone)
    scheme = {"name": "prefers-color-scheme", "value": "dark" if viewer.dark else "light"}
    pipe.ask("Emulation.setEmulatedMedia", session, features=[scheme])


@contextmanager
def _browser(seen: Visit) -> Iterator[_Pipe]:
    """Run the browser, which reads commands from descriptor 3 and writes to descriptor 4."""
    its_input, commands = os.pipe()
    messages, its_output = os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        shell = f'exec "$0" "$@" 3<&{its_input} 4>&{its_output}'
        process = subprocess.Popen(
            ["bash", "-c", shell, CHROMIUM, *_OPTIONS, f"--user-data-dir={profile}"],
            pass_fds=(its_input, its_output),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(its_input)
        os.close(its_output)
        with os.fdopen(commands, "wb") as to, os.fdopen(messages, "rb") as back:
            pipe = _Pipe(to, back, seen)
            try:
                yield pipe
                pipe.ask("Browser.close")
            finally:
                try:
                    process.wait(timeout=10)
                except subprocess.TimeoutExpired:
                    process.kill()
                    process.wait()
