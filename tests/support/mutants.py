"""Runs of the tap in this process against an API one of whose answers is changed at random.

`python -m tests.support.mutants FIRST LAST` plays the mutations of these seeds and counts how
they ended.
"""

from __future__ import annotations

import gzip
import json
import logging
import sys
import zlib
from collections import Counter
from contextlib import contextmanager
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from tap_8x8_cc_sandbox import CenterConfig, SandboxConfig
from tap_8x8_cc_sandbox.api.app import create_app
from tap_8x8_cc_sandbox.api.clock import Clock
from tap_8x8_cc_sandbox.api.operations import target_of
from tap_8x8_cc_sandbox.api.state import Sandbox

from tap_8x8_cc.redaction import REDACTOR
from tests.simulator.api import Answer, InMemoryApi, Killed, Time, ask, sandbox_in_memory
from tests.simulator.tap_runner import Machine
from tests.support.tapcli import timeless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tap_8x8_cc_sandbox.center.model import ReportType

    from tests.simulator.tap_runner import Outcome

QUEUES = "queue_interactions_summary_by_queue"
DETAILS = "detailed_reports_interaction_details"
PATHS = "script_paths"
TYPES = {"queue-interactions-summary", "detailed-reports-interaction-details", "script-paths"}
"""The types that are listed: each more takes time."""
PLACES = (
    "token", "types", "create", "status", "details", "data", "download",
    "detailed_create", "detailed_data",
)  # fmt: skip
ROWS = {"data", "download", "detailed_data"}
"""Answers that hold rows, a changed value of which can't be told from a right one."""
KINDS = ("json", "bytes", "headers", "status", "encoding")
MOST_CALLS = 3000
"""A run that calls more often does not end."""
SECRET = "sandbox-secret"
VALUES: tuple[Any, ...] = (
    None, [], {}, "", 0, -1, True, 1.5, "x", "\x1b[31mred\r\nforged", "\x00", "\ud800", "é\u202e",
    "1e999", "-", "y" * 70_000, 10**30, [None], {"a": {"b": [1]}}, [[[[[[]]]]]], "2026-03-02",
)  # fmt: skip
STATUSES = (
    201, 202, 203, 204, 206, 299, 300, 301, 302, 303, 304, 307, 308, 399, 400, 401, 402, 403, 404,
    405, 406, 408, 409, 410, 413, 418, 425, 429, 451, 499, 500, 501, 502, 503, 504, 599, 600, 999,
)  # fmt: skip
HEADERS = (
    ("Retry-After", "1711111111000"), ("Retry-After", "soon"), ("Retry-After", "-5"),
    ("Retry-After", "nan"), ("Retry-After", "inf"), ("Date", "Mon, 01 Jan 2026 00:00:00 +9999999"),
    ("Link", "<http://[>; rel=next"), ("Link", '<>; rel="next"'), ("Link", "<" * 2000),
    ("Link", '<https://elsewhere.example/data?lastDocumentId=x>; rel="next"'),
    ("Location", "http://["), ("Location", "//[::1"), ("Location", "/elsewhere"),
    ("Location", "https://elsewhere.example/"), ("Location", "\xff\xfe"),
    ("Content-Encoding", "br"), ("Content-Encoding", "gzip"), ("Content-Encoding", "deflate, gzip"),
    ("Content-Type", "text/html"), ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Type", "\x00"), ("X-Total-Elements", "-1"), ("X-Total-Elements", "1000000"),
    ("X-Total-Elements", "9" * 5000), ("X-Total-Elements", "many"), ("X-Total-Pages", "99"),
    ("X-Page", "7"), ("Last-Document-Id", "\x1b[31m"), ("Last-Document-Id", "no-such-document"),
    ("Last-Document-Id", "z" * 9000), ("Content-Disposition", "attachment; filename=\x00"),
    ("Transfer-Encoding", "chunked"), ("Set-Cookie", "a=b"),
)  # fmt: skip
PIECES = (
    b"\x00", b"\xff", b"\xed\xa0\x80", b'"', b"{", b"}", b"[", b"]", b",", b":", b"\\", b"\r\n",
    b"null", b"NaN", b"1e999", b"\\ud800", b"\\u0000", b"[" * 3000, b'{"a":' * 3000,
    b"\xef\xbb\xbf", b"<html>", b"\x1b[2J",
)  # fmt: skip


class EndlessError(BaseException):
    """A run does not end."""


@dataclass(frozen=True, slots=True)
class Mutation:
    """What is changed.

    Args:
        seed: Draws the change.
        place: The operation whose answers are changed.
        kind: What of them.
        chance: Part of its answers that are changed; 0: the first one only.
    """

    seed: int
    place: str
    kind: str
    chance: float

    @classmethod
    def of(cls, seed: int) -> Mutation:
        """Return the mutation of a seed; neighbouring seeds have other places and kinds."""
        place, kind = PLACES[seed % len(PLACES)], KINDS[seed // len(PLACES) % len(KINDS)]
        return cls(seed, place, kind, Random(seed).choice([0.0, 0.0, 0.5, 1.0]))

    def is_right(self, found: Counter[str], expected: Counter[str]) -> bool:
        """Return whether these rows may have come of the change.

        A changed value can't be told from a right one; a missing row can, unless nobody counts.
        """
        if self.kind not in {"json", "bytes"} or self.place not in {*ROWS, "types", "details"}:
            return found == expected
        counted = self.place == "data" or (self.place == "download" and self.data_format == "csv")
        return found.total() >= (expected.total() if counted else 1)

    @property
    def streams(self) -> frozenset[str]:
        """The streams that are read: one that asks for such answers, often another one too."""
        if self.place.startswith("detailed_"):
            return frozenset({DETAILS})
        if self.place == "download" and self.data_format == "json":
            return frozenset({PATHS})
        return frozenset({QUEUES, PATHS} if self.seed % 3 else {QUEUES})

    @property
    def data_format(self) -> str:
        """The format under which such answers are asked for."""
        return "csv" if self.place == "download" and self.seed % 2 else "json"


def mutated(answer: Answer, kind: str, chance: Random) -> Answer:
    """Return a changed answer."""
    status, headers, body = answer.status, list(answer.headers), answer.body
    match kind:
        case "json":
            body = _other_json(body, chance)
        case "bytes":
            body = _other_bytes(body, chance)
        case "encoding":
            body, headers = _other_encoding(body, headers, chance)
        case "status":
            status = chance.choice(STATUSES)
            if 300 <= status < 400 and chance.random() < 0.7:
                headers.append(chance.choice([h for h in HEADERS if h[0] == "Location"]))
        case _:
            for name, value in chance.sample(HEADERS, 2):
                headers = [header for header in headers if header[0].lower() != name.lower()]
                headers.append((name, value))
            if chance.random() < 0.3:
                headers.pop(chance.randrange(len(headers)))
    if body != answer.body:
        headers = [header for header in headers if header[0].lower() != "content-length"]
    return Answer(status, headers, body)


def _other_json(body: bytes, chance: Random) -> bytes:
    try:
        value = json.loads(body)
    except ValueError:
        return _other_bytes(body, chance)
    for _ in range(chance.choice([1, 1, 2])):
        value = _other_value(value, chance)
    return json.dumps(value).encode()


def _other_value(value: Any, chance: Random) -> Any:
    """Change a node of a JSON value."""
    if not isinstance(value, dict | list) or not value or chance.random() < 0.15:
        return chance.choice(VALUES)
    copy: Any = value.copy()
    at = chance.choice(list(copy)) if isinstance(copy, dict) else chance.randrange(len(copy))
    match chance.randrange(6):
        case 0:
            del copy[at]
        case 1 if isinstance(copy, list):
            copy.insert(chance.randrange(len(copy) + 1), chance.choice(VALUES))
        case 1:
            copy[str(chance.choice(VALUES))[:50]] = copy.pop(at)
        case _:
            copy[at] = _other_value(copy[at], chance)
    return copy


def _other_bytes(body: bytes, chance: Random) -> bytes:
    for _ in range(chance.choice([1, 1, 3])):
        begin = chance.randrange(len(body) + 1)
        end = begin + chance.choice([0, 0, 1, 5, 1000, 10**6])
        body = body[:begin] + chance.choice([b"", *PIECES]) + body[end:]
    return body


def _other_encoding(
    body: bytes, headers: list[tuple[str, str]], chance: Random
) -> tuple[bytes, list[tuple[str, str]]]:
    packed = gzip.compress(body)
    text = body.decode()
    says = [("Content-Encoding", "gzip")]
    return chance.choice([
        (text.encode("utf-16"), headers),
        (text.encode("utf-32-le"), headers),
        (b"\xef\xbb\xbf" * 2 + body, headers),
        (text.encode("latin-1", "replace"), headers),
        (packed, headers),
        (body, headers + says),
        (packed, headers + says),
        (packed[: len(packed) // 2], headers + says),
        (packed[:-4], headers + says),
        (packed + b"trailing", headers + says),
        (packed + packed, headers + says),
        (gzip.compress(packed), headers + says),
        (zlib.compress(body), headers + says),
        (zlib.compress(body), [*headers, ("Content-Encoding", "deflate")]),
        (b"", headers),
        (b" " * 100_000, headers),
    ])  # fmt: skip


class SmallSandbox(Sandbox):
    """The state of the sandbox's application, with few report types."""

    def types(self, tenant: str, version: int) -> Mapping[str, ReportType]:
        """Return the report types of an API version by name."""
        found = super().types(tenant, version)
        return {name: each for name, each in found.items() if name in TYPES}


class MutatingApi(InMemoryApi):
    """The sandbox's application in memory; answers to one operation are changed."""

    def __init__(self, time: Time) -> None:
        self._time = time
        config = SandboxConfig(center=CenterConfig(agents=3, queues=3))
        self._box = SmallSandbox(config)
        self._box.clock = Clock(time.now, lambda _: None)
        self._app = create_app(self._box)
        self.dead = False
        self.begin_mutation(None)

    def begin_mutation(self, mutation: Mutation | None) -> None:
        """Begin a run."""
        self._mutation, self._calls, self.changed = mutation, 0, 0
        self._chance = Random(mutation.seed if mutation else 0)
        self.tokens: set[str] = set()

    def call(
        self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> Answer:
        """Answer a call."""
        self._calls += 1
        if self._calls > MOST_CALLS:
            raise EndlessError
        self._time.pass_by(0.1)
        split, mutation = urlsplit(url), self._mutation
        operation = target_of(method, split.path).operation
        answer = ask(self._app, method, split.path, split.query, headers, body)
        if operation == "token":
            self.tokens.add(json.loads(answer.body)["access_token"])
        if mutation is None or operation != mutation.place:
            return answer
        if self._chance.random() >= (mutation.chance or float(not self.changed)):
            return answer
        self.changed += 1
        return mutated(answer, mutation.kind, self._chance)


class Heard(logging.Handler):
    """Keeps what is logged at any level, as the command shows it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.addFilter(REDACTOR)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


@dataclass(frozen=True, slots=True)
class Played:
    """How a run ended.

    Args:
        outcome: Its exit code, messages and warnings.
        log: All that was logged, masked.
        changed: Number of answers that were changed.
        tokens: The tokens that were given out.
    """

    outcome: Outcome
    log: list[str]
    changed: int
    tokens: set[str]

    @property
    def rows(self) -> dict[str, Counter[str]]:
        """The rows of each stream, without when they were read."""
        found: dict[str, Counter[str]] = {}
        for message in map(json.loads, self.outcome.lines):
            if message["type"] == "RECORD":
                (row,) = timeless([message["record"]])
                rows = found.setdefault(message["stream"], Counter())
                rows[json.dumps(row, sort_keys=True)] += 1
        return found

    @property
    def bookmarks(self) -> dict[str, str | None]:
        """The bookmark of each stream."""
        states = [m for m in map(json.loads, self.outcome.lines) if m["type"] == "STATE"]
        found = states[-1]["value"].get("bookmarks", {}) if states else {}
        return {name: mark.get("replication_key_value") for name, mark in found.items()}


class Fuzzer:
    """Plays mutations and checks how they end."""

    def __init__(self, machine: Machine, api: MutatingApi) -> None:
        self._machine = machine
        self._api = api
        self._catalogs: dict[frozenset[str], dict[str, Any]] = {}
        self._clean: dict[tuple[frozenset[str], str], Played] = {}

    def check(self, mutation: Mutation) -> str:
        """Play a mutation; returns how it ended.

        Raises:
            AssertionError: It ended as it must not.
        """
        clean, played = self._clean_run(mutation), self._play(mutation, mutation)
        code = played.outcome.code
        assert code in {0, 1}
        said = played.outcome.said
        if code:
            for line in said[-2:]:
                assert line.isprintable(), line
                assert len(line) < 2500, line
        assert not [line for line in said if "Unexpected" in line], said
        heard = "\n".join([*said, *played.log])
        for hidden in (SECRET, *played.tokens):
            assert hidden not in heard, "a secret is shown"
        for stream in mutation.streams:
            mark, expected = played.bookmarks.get(stream), clean.rows[stream]
            assert code or mark == clean.bookmarks[stream], f"{stream} is not read"
            if mark != clean.bookmarks[stream]:
                continue
            found = played.rows.get(stream, Counter())
            right = mutation.is_right(found, expected)
            assert right, f"{stream}: {found.total()} of {expected.total()} rows"
        if not played.changed:
            return "not met"
        return "failed" if code else ("warned" if said else "rows")

    def _clean_run(self, like: Mutation) -> Played:
        """Return a run of the same streams in which nothing is changed."""
        key = like.streams, like.data_format
        if key not in self._clean:
            clean = self._clean[key] = self._play(None, like)
            assert clean.outcome.code == 0, clean.outcome.said
            assert set(clean.rows) == like.streams
        return self._clean[key]

    def _play(self, mutation: Mutation | None, like: Mutation) -> Played:
        self._api.begin_mutation(mutation)
        heard = Heard()
        logger = logging.getLogger("tap_8x8_cc")
        logger.addHandler(heard)
        level = logger.level
        logger.setLevel(logging.DEBUG)
        settings: Mapping[str, Any] = {
            "start_date": "2026-03-02", "end_date": "2026-03-03", "detailed_reports": True,
            "retry_seconds": 300, "report_timeout": 600, "page_size": 50,
            "granularity": "hour", "include_participants": False, "data_format": like.data_format,
        }  # fmt: skip
        try:
            outcome, catalog = self._machine.run(
                settings, {}, like.streams, self._catalogs.get(like.streams), None
            )
        finally:
            logger.removeHandler(heard)
            logger.setLevel(level)
        if mutation is None and catalog:
            self._catalogs[like.streams] = catalog
        return Played(outcome, heard.lines, self._api.changed, self._api.tokens)


@contextmanager
def fuzzing() -> Iterator[Fuzzer]:
    """Put a simulated machine in the place of the real one."""
    time = Time()
    time.pass_by(100 * 86_400)
    api = MutatingApi(time)
    machine = Machine(api, time)
    with machine.running(), sandbox_in_memory(time):
        yield Fuzzer(machine, api)


def main() -> None:
    """Play the mutations of a range of seeds; say which ended as they must not."""
    first, last = map(int, sys.argv[1:])
    ends: Counter[str] = Counter()
    say = sys.stderr.write
    logging.getLogger("tap_8x8_cc").propagate = False
    logging.getLogger("tap-8x8-cc").propagate = False
    with fuzzing() as fuzzer:
        for seed in range(first, last):
            mutation = Mutation.of(seed)
            try:
                end = fuzzer.check(mutation)
            except (Exception, EndlessError, Killed) as error:  # noqa: BLE001 - counted
                end = "WRONG"
                say(f"{mutation} {type(error).__name__}: {error}"[:700] + "\n")
            ends[end] += 1
            ends[f"{mutation.place} {end}"] += 1
            if seed % 100 == 99:
                say(f"{seed + 1}: {dict(sorted(ends.items()))}\n")


if __name__ == "__main__":
    main()
