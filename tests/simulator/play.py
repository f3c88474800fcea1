"""Plays the nights of a world and checks the tables after each."""

from __future__ import annotations

from collections import Counter
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tests.simulator.api import InMemoryApi, Plan, Time, sandbox_in_memory
from tests.simulator.model import Model, Reading, WrongError
from tests.simulator.tap_runner import Machine
from tests.simulator.target import EXTRACTIONS, Target
from tests.simulator.world import (
    DAY,
    DAYS,
    EVENTS,
    GRANULARITIES,
    GROUP,
    HOUR,
    HOURLY,
    SCENARIOS,
    TYPE,
    World,
    day_start,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.simulator.tap_runner import Outcome

SETTLE = timedelta(minutes=30)
State = dict[str, Any]


@dataclass(slots=True)
class Figures:
    """What was simulated."""

    nights: int = 0
    worlds: int = 0
    ends: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Range:
    """What a run reads: from a day, up to a day or the present."""

    start: str
    end: str | None = None


class Simulation:
    """One world and its nights.

    Args:
        seed: The seed of all of it.
        scenarios: What may happen.
        figures: What was simulated so far; added to.
        tell: Given a line about each night.
    """

    def __init__(
        self, seed: int, scenarios: frozenset[str], tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.world = World(seed, scenarios)
        self.figures = Figures()
        self._chance = self.world.chance
        self._scenarios = scenarios
        self._tell = tell
        self._time = Time()
        self._api = InMemoryApi(self.world, self._time)
        self._machine = Machine(self._api, self._time)
        self._target = Target()
        self._model = Model(self.world)
        self._states: list[State] = []
        self._recent: list[tuple[datetime, Reading]] = []
        """What recent runs read, and when they ended."""
        self._catalog: dict[str, Any] | None = None
        self._day = 0
        self._is_well = True
        """Whether the last night ended well."""

    def play(self) -> None:
        """Play the nights.

        Raises:
            WrongError: A night went wrong.
        """
        with self._machine.running(), sandbox_in_memory(self._time):
            self._day = self._chance.randrange(8, 12)
            self._go_to_night()
            for _ in range(self._chance.randrange(3, 8)):
                self._act()
            self._tell("a calm night")
            self._pass_days(1)
            self._night(Plan(Random(0)), self._states[-1] if self._states else {})

    def _act(self) -> None:
        """Let time pass, change something, and run the tap."""
        chance = self._chance
        if self._happens("changes", 0.8):
            self.world.change(self._day)
        if self._happens("settings", 0.3):
            self.world.change_settings()
        if self._happens("rereads", 0.3):
            self._reread()
        else:
            self._is_well = self._night(self._plan(), self._state())
        if self._left_unread() and self._happens("rereads", 0.5):
            # Somebody reads days again before the night is retried with its unread reports.
            self._time.pass_by(chance.randrange(60, 600))
            self._reread()
            self._time.pass_by(chance.randrange(60, 600))
            self._is_well = self._night(Plan(Random(0)), self._states[-1])
        # After trouble, somebody runs it again soon.
        if chance.random() < (0.6 if self._is_well else 0.2):
            self._pass_days(chance.choice([1, 1, 1, 2, 4]))
        else:  # the next follows soon
            self._time.pass_by(chance.randrange(60, 1500))

    def _left_unread(self) -> bool:
        """Return whether the last state has reports that are created and not read."""
        bookmarks = self._states[-1].get("bookmarks", {}).values() if self._states else ()
        return any(bookmark.get("reports") for bookmark in bookmarks)

    def _pass_days(self, days: int) -> None:
        self._day = min(self._day + days, DAYS)
        self._go_to_night()

    def _go_to_night(self) -> None:
        self._time.moment = max(self.world.night_of(self._day), self._time.now())

    def _state(self) -> State:
        """Return the state from which a night starts."""
        if not self._states or self._happens("states", 0.1):
            return {}
        if self._happens("states", 0.15):
            return self._chance.choice(self._states)
        if self._happens("states", 0.05):
            return _edited(self._states[-1])
        return self._states[-1]

    def _plan(self) -> Plan:
        chance = self._chance
        plan = Plan(Random(chance.getrandbits(32)))
        if self._happens("faults", 0.3):
            plan.rate = chance.choice([0.03, 0.2])
        if self._happens("gone", 0.15):
            plan.gone = chance.choice([0.1, 0.5])
        if self._happens("failed", 0.15):
            plan.broken = self._time.now() - chance.randrange(1, 7) * DAY
        if self._happens("kills", 0.35):
            if chance.random() < 0.5:
                plan.kill_call = chance.randrange(1, 30)
            else:
                plan.kill_message = chance.randrange(1, 60)
        return plan

    def _reread(self) -> None:
        """Read some days again, with a state of its own; a killed run goes on from its state."""
        chance = self._chance
        first = max(self._day - chance.choice([2, 4, 6, 8, 20]), 0)
        wanted = Range(
            str(self.world.day(first)), str(self.world.day(first + chance.randrange(1, 9)))
        )
        state: State = {}
        for _ in range(2):
            code, states = self._run(wanted, self._plan(), state)
            state = states[-1] if states else state
            if code == 0:
                break

    def _night(self, plan: Plan, state: State) -> bool:
        """Run a night; returns whether it ended well."""
        wanted = Range(self.world.settings["start_date"])
        code, states = self._run(wanted, plan, state)
        self._states += states
        return code == 0

    def _run(self, wanted: Range, plan: Plan, state: State) -> tuple[int | None, list[State]]:
        """Run the tap, load what it writes and check the tables."""
        self.figures.nights += 1
        settings = self._settings(wanted)
        began = self._time.now()
        self._api.begin(plan)
        streams = frozenset({*self.world.streams, EXTRACTIONS})
        given = self._catalog if self._chance.random() < 0.5 else None
        outcome, catalog = self._machine.run(settings, state, streams, given, plan.kill_message)
        self._catalog = self._catalog or catalog
        self._tell(
            f"{began:%m-%d %H:%M} from {wanted.start} to {wanted.end or 'now'}, "
            f"{_told(state)}, {_told_settings(settings)}, {plan.told}: exit {outcome.code}, "
            f"{len(outcome.lines)} messages; {' / '.join(outcome.said)[-300:]}"
        )
        fresh = self._fresh(began, settings, asked=_asks_for_new_metric(catalog))
        for stream in self.world.streams:
            earliest = day_start_of(self.world, wanted.start) - 2 * DAY
            self._model.widened(stream, earliest, fresh)
            for start, end in self._ranges(stream, wanted, state, settings, began):
                self._model.touched(stream, start - 2 * DAY, end, fresh)
        states = self._load(outcome)
        complete = outcome.code == 0 and states is not None
        lacks_history = self._lacks_history(plan, outcome) and states is not None
        for stream in self.world.streams if complete or lacks_history else ():
            ranges = self._ranges(stream, wanted, state, settings, began)
            if lacks_history:  # what is new must have been read all the same
                ranges = ranges[:1] if _claim(state, stream) else []
            for start, end in ranges:
                self._model.read(stream, start, end - _unsettled(settings), fresh)
        kind = {0: "done", 1: "failed", None: "killed"}[outcome.code]
        self.figures.ends[kind if states is not None else f"{kind}, load cut off"] += 1
        self._model.check_losses(self._target)
        self._model.check(self._target, self._time.now() - SETTLE)
        hopeless = self.world.history_from or self.world.shift
        if plan.is_calm and outcome.code and not hopeless:
            raise WrongError(f"a calm night failed: {' / '.join(outcome.said[-2:])}")
        if complete and states and not wanted.end:
            for stream in self.world.streams:
                claim = _claim(states[-1], stream)
                if claim and claim[0] > day_start_of(self.world, wanted.start) + DAY:
                    raise WrongError(f"{stream}: the past is read, and would be read again")
        return outcome.code, states or []

    def _fresh(
        self, began: datetime, settings: dict[str, Any], *, asked: bool
    ) -> frozenset[Reading]:
        """Return what a run may have read: of now, or of a recent run's unread report."""
        oldest = began - timedelta(minutes=settings.get("report_reuse_minutes", 60))
        metric = self.world.versions[-1].metric
        with_metric = metric == "unlisted" or (metric == "listed" and asked)
        now = Reading(len(self.world.versions) - 1, with_metric)
        self._recent = [(when, each) for when, each in self._recent if when >= oldest]
        self._recent.append((self._time.now(), now))
        found = {each for _, each in self._recent}
        if metric == "listed" and not asked:  # it is a column now, which nobody selected
            found = {each._replace(with_metric=False) for each in found}
        return frozenset(found)

    def _load(self, outcome: Outcome) -> list[State] | None:
        """Load what a run wrote; None if the loader was cut off, else the states passed on."""
        chance = self._chance
        lines = list(outcome.lines)
        if outcome.stranded:
            lines += outcome.stranded[: chance.randrange(len(outcome.stranded) + 1)]
        cut = self._happens("cuts", 0.5 if outcome.code is None else 0.1)
        passed_on: list[State] = []

        def check(state: State) -> None:
            passed_on.append(state)
            for stream in self.world.streams:
                if claim := _claim(state, stream):
                    self._model.check_claim(self._target, stream, *claim)

        self._target.load(lines, chance, check, cut=cut)
        self._model.check_copies(self._target)
        if chance.random() < 0.7:  # or vanished rows are only left out, as the models do
            self._target.delete_vanished(sorted(self.world.streams))
        self._states += passed_on if cut else []
        return None if cut else passed_on

    def _lacks_history(self, plan: Plan, outcome: Outcome) -> bool:
        """Return whether nothing failed but reports of days that the API no longer has."""
        return bool(self.world.history_from) and plan.is_calm and outcome.code == 1

    def _settings(self, wanted: Range) -> dict[str, Any]:
        hourly = {"name": HOURLY, "type": TYPE, "group_by": GROUP, "granularity": "hour"}
        return {
            **self.world.settings,
            "timezone": self.world.zone,
            "start_date": wanted.start,
            **({"end_date": wanted.end} if wanted.end else {}),
            "reports": [hourly],
            "detailed_reports": EVENTS in self.world.streams,
        }

    def _ranges(
        self, stream: str, wanted: Range, state: State, settings: dict[str, Any], now: datetime
    ) -> list[tuple[datetime, datetime]]:
        """Return what a run must read: what is new with its lookback, then missing history."""
        first, end = day_start_of(self.world, wanted.start), now - SETTLE
        if wanted.start[10:]:  # within a day
            first += DAY
        if wanted.end:
            end = min(end, day_start_of(self.world, wanted.end))
        claim = _claim(state, stream)
        if claim is None:
            return [(first, end)]
        since, until = claim
        days = settings["lookback_days"]  # by the clock on the wall, whatever it does meanwhile
        looking_back = until.astimezone(ZoneInfo(self.world.zone)) - days * DAY if days else until
        new = max(first, since, looking_back.astimezone(UTC)), end
        return [new, (first, min(since, end))] if first < since else [new]

    def _happens(self, scenario: str, probability: float) -> bool:
        return scenario in self._scenarios and self._chance.random() < probability


def _unsettled(settings: dict[str, Any]) -> timedelta:
    """Return by how much a run may end early.

    It can't know what a date range means, or the last night is not over.
    """
    is_early = settings["date_range_reading"] == "auto" or "intra_day_time_range" in settings
    return 14 * HOUR if is_early else timedelta(0)


def _edited(state: State) -> State:
    """Return a state in which a person has written starts that are within a bucket."""
    edited = deepcopy(state)
    for bookmark in edited["bookmarks"].values():
        if "since" in bookmark:
            since, until = (
                datetime.fromisoformat(bookmark[key]) for key in ("since", "replication_key_value")
            )
            bookmark["since"] = min(since + 7 * HOUR + HOUR / 2, until).isoformat()
    return edited


def day_start_of(world: World, text: str) -> datetime:
    """Return the instant at which the day of a setting begins."""
    return day_start(world.zone, date.fromisoformat(text[:10]))


def _claim(state: State, stream: str) -> tuple[datetime, datetime] | None:
    """Return from when to when a state says that a stream has been read."""
    bookmark = state.get("bookmarks", {}).get(stream, {})
    if "replication_key_value" not in bookmark:
        return None
    until = datetime.fromisoformat(bookmark["replication_key_value"])
    return datetime.fromisoformat(bookmark["since"]), until


def _asks_for_new_metric(catalog: dict[str, Any] | None) -> bool:
    entries = (catalog or {}).get("streams", ())
    return any("callbacks" in entry["schema"]["properties"] for entry in entries)


def _told(state: State) -> str:
    claims = {stream: _claim(state, stream) for stream in (*GRANULARITIES, EVENTS)}
    read = [f"{name} {c[0]:%m-%d %H:%M} to {c[1]:%m-%d %H:%M}" for name, c in claims.items() if c]
    bookmarks = state.get("bookmarks", {}).values()
    unread = sum(len(bookmark.get("reports", ())) for bookmark in bookmarks)
    return f"state: {', '.join(read) or 'none'}, {unread} unread"


def _told_settings(settings: dict[str, Any]) -> str:
    hidden = {"reports", "detailed_reports", "timezone", "start_date", "end_date"}
    return ", ".join(f"{name} {value}" for name, value in settings.items() if name not in hidden)


def play(
    seed: int, scenarios: frozenset[str] = SCENARIOS, tell: Callable[[str], None] = lambda _: None
) -> Figures:
    """Play the world of a seed.

    Raises:
        WrongError: A night went wrong; the message names it.
    """
    simulation = Simulation(seed, scenarios, tell)
    try:
        simulation.play()
    except WrongError as error:
        night = simulation.figures.nights
        raise WrongError(f"seed {seed}, night {night}: {error}") from error
    return simulation.figures
