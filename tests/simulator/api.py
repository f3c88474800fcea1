"""The simulated API in memory: the sandbox's application over a world, with faults and kills."""

from __future__ import annotations

from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from starlette.responses import Response
from tap_8x8_cc_sandbox.api import auth, calls, log, middleware, store
from tap_8x8_cc_sandbox.api.app import create_app
from tap_8x8_cc_sandbox.api.clock import Clock
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.operations import READS, target_of
from tap_8x8_cc_sandbox.api.state import Sandbox
from tap_8x8_cc_sandbox.center.model import (
    CenterConfig,
    Column,
    DetailedSpec,
    DetailedTable,
    Grouping,
    Kind,
    ReportSpec,
    ReportType,
    Row,
)

from tests.simulator.world import (
    DAY,
    EVENT_TYPE,
    GROUP,
    HOUR,
    TYPE,
    World,
    day_start,
    event_time,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator


URL = "http://127.0.0.1:1"
METRICS = {"accepted": Kind.COUNT, "handlingTime": Kind.DURATION}
EVENT_COLUMNS = {
    "agentId": Kind.TEXT,
    "time": Kind.TIMESTAMP,
    "status": Kind.TEXT,
    "statusCodeText": Kind.TEXT,
}
NEW_METRIC = "callbacks"
BROKEN = FaultRule(on="create", action="failed")


class Killed(BaseException):
    """The tap's process is killed."""


class ConnectionLost(Exception):  # noqa: N818 - a sign between two modules
    """The connection ends before the answer."""


class Time:
    """Simulated time: it passes when somebody waits, and with each call."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """Return the present."""
        return self.moment

    def monotonic(self) -> float:
        """Return seconds that only grow."""
        return self.moment.timestamp()

    time = monotonic

    def time_ns(self) -> int:
        """Return nanoseconds since 1970."""
        return int(self.moment.timestamp() * 1e9)

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.moment += timedelta(seconds=max(seconds, 0.0))


class Center:
    """The contact center of the sandbox's application: the newest version of the world's."""

    def __init__(self, world: World) -> None:
        self.config = CenterConfig()
        self.world = world
        self.version = world.versions[-1]

    def report_types(self, _: int) -> list[ReportType]:
        """List the one report type."""
        more = (NEW_METRIC,) if self.version.metric == "listed" else ()
        return [
            ReportType(TYPE, (Grouping(GROUP, (GROUP,)),), (*METRICS, *more)),
            ReportType(EVENT_TYPE, None, tuple(EVENT_COLUMNS)),
        ]

    def detailed(self, spec: DetailedSpec, now: datetime) -> DetailedTable:
        """Work out a detailed report as of a moment."""
        wanted = spec.metrics or tuple(EVENT_COLUMNS)
        rows: list[tuple[object, ...]] = []
        for fact in self.version.facts:
            is_within = spec.start <= fact.at < spec.end
            if (is_within or (spec.end_inclusive and fact.at == spec.end)) and fact.at <= now:
                time = event_time(fact)
                values = {
                    "agentId": f"agent {fact.queue_id}",
                    "time": time and time.astimezone(ZoneInfo(spec.timezone)),
                    "status": fact.site,
                    # Rows that are equal in everything could not be told from a repeated page.
                    "statusCodeText": f"{fact.at}, {fact.accepted}, {fact.handling}",
                }
                rows.append(tuple(values[key] for key in wanted))
        return DetailedTable(tuple(Column(key, key, EVENT_COLUMNS[key]) for key in wanted), rows)

    def scan(
        self, spec: ReportSpec, now: datetime
    ) -> tuple[tuple[Column, ...], tuple[Column, ...], Iterator[Row]]:
        """Work out a report as of a moment: of what its range covers, be it part of a bucket."""
        version, zone = self.version, ZoneInfo(spec.timezone)
        first, last = spec.start + self.world.shift, spec.end + self.world.shift
        wanted = list(spec.metrics or METRICS)
        if version.metric == "unlisted" and NEW_METRIC not in wanted:
            wanted.append(NEW_METRIC)
        sums: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
        for fact in version.facts:
            is_within = first <= fact.at < last or (spec.end_inclusive and fact.at == last)
            counts_at = self.world.counts_at(fact.at)
            if not is_within or fact.at > now or counts_at is None:
                continue
            start, end = _bucket(counts_at, spec.granularity.value, zone)
            site = fact.site if version.with_site else ""
            group = sums[start, end, fact.queue_id or "", version.names[fact.queue_id], site]
            group[0] += fact.accepted
            group[1] += fact.handling
        dimensions = ["queue", "queueId", *(["site"] if version.with_site else [])]
        rows = (
            Row(start, end, (name, queue or None, site)[: len(dimensions)],
                tuple(_value(metric, *group) for metric in wanted))
            for (start, end, queue, name, site), group in sorted(sums.items())
        )  # fmt: skip
        return (
            tuple(Column(key, key, None) for key in dimensions),
            tuple(Column(key, key, METRICS.get(key, Kind.COUNT)) for key in wanted),
            rows,
        )


def _value(metric: str, accepted: int, handling: int) -> int:
    return {"accepted": accepted, "handlingTime": handling, NEW_METRIC: accepted * 10}[metric]


def _bucket(at: datetime, granularity: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    today = at.astimezone(zone).date()
    start, end = day_start(zone.key, today), day_start(zone.key, today + DAY)
    if granularity != "day":
        length = {"15m": HOUR / 4, "30m": HOUR / 2, "hour": HOUR}[granularity]
        start += (at - start) // length * length
        end = start + length
    return start.astimezone(zone), end.astimezone(zone)


class WorldSandbox(Sandbox):
    """The state of the sandbox's application, its contact center that of a world."""

    def __init__(self, world: World, time: Time) -> None:
        config = SandboxConfig.from_dict(
            {"default_timezone": world.zone, "timezones": ["*"], "quirks": world.quirks}
        )
        super().__init__(config)
        self.clock = Clock(time.now, lambda _: None)
        self._world = world

    def center(self, _: str = "") -> Any:
        """Return the contact center as it is now."""
        return Center(self._world)

    def types(self, tenant: str, version: int) -> dict[str, ReportType]:
        """Return what is listed now."""
        return {each.type: each for each in self.center(tenant).report_types(version)}


@dataclass(slots=True)
class Plan:
    """What goes wrong in one run.

    Args:
        chance: Draws the faults.
        rate: Part of the calls that fail, and pass when tried again.
        gone: Part of the reports whose data is gone once they are DONE.
        broken: Reports that cover this instant fail.
        kill_call: The call at which the tap is killed; before or after the API acted on it.
        kill_message: The message after which the tap is killed.
    """

    chance: Random
    rate: float = 0.0
    gone: float = 0.0
    broken: datetime | None = None
    kill_call: int | None = None
    kill_message: int | None = None

    @property
    def told(self) -> str:
        """It, for a person."""
        names = ("rate", "gone", "broken", "kill_call", "kill_message")
        found = [f"{name} {getattr(self, name)}" for name in names if getattr(self, name)]
        return ", ".join(found) or "calm"

    @property
    def is_calm(self) -> bool:
        """Whether nothing goes wrong."""
        troubles = (self.broken, self.kill_call, self.kill_message)
        return not self.rate and not self.gone and troubles == (None, None, None)


@dataclass(slots=True)
class Answer:
    """An answer of the API.

    Args:
        status: HTTP status.
        headers: Its headers.
        body: What arrives of its body.
        cut: Whether the connection ends with it.
    """

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    cut: bool = False


class InMemoryApi:
    """Answers the calls of one run at a time.

    Args:
        world: The world.
        time: Its time.
    """

    def __init__(self, world: World, time: Time) -> None:
        self._world = world
        self._time = time
        self._sandbox = WorldSandbox(world, time)
        self._app = create_app(self._sandbox)
        self._calls = 0
        self.plan = Plan(Random(0))
        self.dead = False
        self.created: list[ReportSpec | DetailedSpec] = []
        self._doomed: set[int] = set()

    def begin(self, plan: Plan) -> None:
        """Begin a run."""
        self.plan, self._calls, self.dead = plan, 0, False
        self.created = []

    def die(self) -> None:
        """Kill the tap; raises Killed, and from now on at each call."""
        self.dead = True
        raise Killed

    def call(
        self, method: str, url: str, headers: Iterable[tuple[str, str]], body: bytes
    ) -> Answer:
        """Answer a call; raises ConnectionLost, Killed."""
        if self.dead:
            raise Killed
        plan, split = self.plan, urlsplit(url)
        self._calls += 1
        self._time.pass_by(plan.chance.choice([0.01, 0.2, 3.0]))
        killed = plan.kill_call == self._calls
        if killed and plan.chance.random() < 0.5:
            self.die()
        operation = target_of(method, split.path).operation
        trouble = plan.chance.random() < plan.rate
        if trouble and (early := self._refused(operation)) is not None:
            return early
        answer = ask(self._app, method, split.path, split.query, headers, body)
        if operation in {"create", "detailed_create"} and answer.status < 300:
            self._note_creation()
        if killed:
            self.die()
        if operation in READS and self._is_gone(split.path):
            status = plan.chance.choice([404, 410])
            return Answer(status, [("content-type", "text/plain")], b"Not found: no such report.")
        if trouble and answer.body:
            answer.body = answer.body[: plan.chance.randrange(len(answer.body))]
            answer.cut = plan.chance.random() < 0.5
            if not answer.cut:
                answer.headers = [h for h in answer.headers if h[0] != "content-length"]
        return answer

    def _refused(self, operation: str | None) -> Answer | None:
        """Return an answer in the API's place, or None."""
        plan = self.plan
        kind = plan.chance.choice(["429", "503", "500", "lost", "cut", "html"])
        text = [("content-type", "text/plain")]
        match kind:
            case "429":
                wait = [("retry-after", str(plan.chance.choice([0, 1, 45])))]
                return Answer(429, [*text, *plan.chance.choice([[], wait])], b"Too many requests.")
            case "503" | "500":
                return Answer(int(kind), text, b"Try again later.")
            case "lost":
                raise ConnectionLost
            case "html" if operation != "token":
                return Answer(200, [("content-type", "text/html")], b"<html>Please sign in.</html>")
            case _:
                return None

    def _note_creation(self) -> None:
        report = self._sandbox.store.get(max(self._sandbox.store._reports))
        assert report is not None
        spec = report.accepted.spec
        assert isinstance(spec, (ReportSpec, DetailedSpec))
        self.created.append(spec)
        plan, oldest = self.plan, self._world.history_from
        if plan.broken is not None and spec.start <= plan.broken < spec.end:
            report.fault = BROKEN
        if oldest is not None and spec.start < oldest - 14 * HOUR:
            report.fault = BROKEN
        if plan.chance.random() < plan.gone:
            self._doomed.add(report.id)

    def _is_gone(self, path: str) -> bool:
        report_id = target_of("GET", path).report_id
        return report_id in self._doomed


def ask(  # noqa: PLR0917 - a request
    app: Any, method: str, path: str, query: str, headers: Iterable[tuple[str, str]], body: bytes
) -> Answer:
    """Run the application; it waits for nothing, so no event loop is needed."""
    start: dict[str, Any] = {}
    pieces: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            start.update(message)
        else:
            pieces.append(message.get("body", b""))

    sent = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope = {
        "type": "http", "http_version": "1.1", "method": method, "scheme": "http",
        "path": path, "raw_path": path.encode(), "root_path": "",
        "query_string": query.encode(), "headers": [*sent, (b"host", b"127.0.0.1:1")],
        "server": ("127.0.0.1", 1), "client": ("127.0.0.1", 2), "state": {},
    }  # fmt: skip
    running: Any = app(scope, receive, send)
    try:
        running.send(None)
    except StopIteration:
        pass
    else:
        raise AssertionError("the application waits")
    found = [(name.decode(), value.decode()) for name, value in start["headers"]]
    return Answer(start["status"], found, b"".join(pieces))


async def _at_once(function: Callable[..., Any], *arguments: Any) -> Any:
    return function(*arguments)


def _whole(pieces: Iterable[bytes], status: int, headers: dict[str, str], kind: str) -> Response:
    return Response(b"".join(pieces), status, headers, kind)


@contextmanager
def sandbox_in_memory(time: Time) -> Iterator[None]:
    """Let the sandbox's application run on simulated time, and without threads."""
    with ExitStack() as patches:
        for module in (auth, calls, log, middleware, store):
            patches.enter_context(patch.object(module, "time", time))
        patches.enter_context(patch.object(calls, "run_in_threadpool", _at_once))
        patches.enter_context(patch.object(calls, "StreamingResponse", _whole))
        yield
