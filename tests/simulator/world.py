"""What a seed decides: the contact center and its changes, the API, and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

TYPE, GROUP = "queue-interactions-summary", "queue"
DAILY, HOURLY = "queue_interactions_summary_by_queue", "hourly"
EVENT_TYPE = "detailed-reports-agent-status-change"
EVENTS = EVENT_TYPE.replace("-", "_")
GRANULARITIES = {DAILY: "day", HOURLY: "hour"}
ZONES = ("UTC", "America/New_York", "Europe/London", "Asia/Kolkata", "Pacific/Auckland")
FIRST_DAYS = (date(2026, 1, 5), date(2026, 3, 1), date(2026, 3, 22), date(2026, 10, 18))
"""The second to fourth lead over a change of some zone's clocks."""
DAYS = 26
"""Days on which something happens at the contact center; nights run on the later ones."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NIGHT = time(22), time(6)
STRANGE = (-40 * HOUR, -20 * HOUR, -16 * HOUR, 16 * HOUR, 20 * HOUR)
"""By how much an API is off that reads date ranges in no known way: by more than any zone is."""
QUEUES = ("q1", "q2", "q3", None)
"""Ids of queues; one has a name alone."""

SCENARIOS = frozenset(
    {
        "reading",  # the tap finds out what the Z of a date range means
        "strange",  # the API reads date ranges in a way that nobody knows
        "overnight",  # only the nights are asked for
        "changes",  # late corrections, groups that vanish or are renamed, a new metric
        "dimension",  # the API adds a dimension
        "settings",  # settings change between nights
        "faults",  # calls fail, and pass when tried again
        "failed",  # reports of one bucket fail for a whole night
        "gone",  # the data of a report that is DONE is not there any more
        "history",  # the API no longer has the oldest days
        "kills",  # the tap is killed
        "events",  # a detailed report, whose rows belong to a day, some without a time
        "cuts",  # the loader is killed
        "rereads",  # ranges are read again with a state of their own
        "states",  # a night runs from an older state, or from none
    }
)


@dataclass(frozen=True, slots=True)
class Fact:
    """What happened in one queue within half an hour."""

    at: datetime
    queue_id: str | None
    site: str
    accepted: int
    handling: int


@dataclass(frozen=True, slots=True)
class Version:
    """What the contact center says between two changes.

    Args:
        facts: What happened.
        names: The names of the queues by id.
        with_site: Whether rows are also told apart by site, which no listing names.
        metric: Whether there is a new metric: never, `unlisted`, or `listed`.
    """

    facts: tuple[Fact, ...]
    names: dict[str | None, str]
    with_site: bool = False
    metric: str = "never"


@dataclass(slots=True)
class World:
    """A contact center, its API, and the settings of the nights, all from one seed.

    Args:
        seed: The seed.
        scenarios: What may happen.
    """

    seed: int
    scenarios: frozenset[str] = SCENARIOS
    chance: Random = field(init=False)
    zone: str = field(init=False)
    first_day: date = field(init=False)
    versions: list[Version] = field(init=False)
    settings: dict[str, Any] = field(init=False)
    quirks: dict[str, Any] = field(init=False)
    history_from: datetime | None = field(init=False, default=None)
    shift: timedelta = field(init=False, default=timedelta(0))
    streams: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Draw the world."""
        chance = self.chance = Random(self.seed)
        self.zone = chance.choice(ZONES)
        self.first_day = chance.choice(FIRST_DAYS)
        self.settings = {
            "start_date": str(self.day(chance.randrange(2, 8))),
            "lookback_days": chance.randrange(7),
            "max_concurrent_reports": chance.randrange(1, 5),
            "page_size": chance.choice([2, 5, 1000, 1000]),
            "data_format": chance.choice(["auto", "json", "csv"]),
        }
        if chance.random() < 0.7:
            self.settings["max_window_days"] = chance.choice([1, 2, 2, 3, 5, 8])
        self.quirks = {
            "range": chance.choice(["instant", "local"]),
            "end_inclusive": chance.random() < 0.5,
            "future": chance.choice(["accepted", "refused"]),
            "empty_report": chance.choice(["list", "204"]),
            "empty_total_pages": chance.choice([0, 1]),
            "total_elements": chance.choice(["true", "capped"]),
            "items": chance.choice(["list", "object"]),
            "past_end": chance.choice(["empty", "400", "404"]),
            "bucket_times": chance.choice(["offset", "milliseconds"]),
            "ids": chance.choice(["number", "text"]),
        }
        is_found_out = "reading" in self.scenarios and chance.random() < 0.7
        self.settings["date_range_reading"] = "auto" if is_found_out else self.quirks["range"]
        if "strange" in self.scenarios and chance.random() < 0.05:
            # By day, less than a day off could be either of the known ways.
            self.shift = chance.choice(STRANGE[:1] if is_found_out else STRANGE)
        names = {queue: f"Queue {queue}" for queue in QUEUES}
        self.versions = [Version(self._first_facts(), names)]
        self.streams = dict(GRANULARITIES)
        if self.shift:
            return
        if "overnight" in self.scenarios and not is_found_out and chance.random() < 0.2:
            start, end = map(str, NIGHT)
            self.settings["intra_day_time_range"] = {"start": start, "end": end}
            self.quirks["overnight_end"] = chance.choice(["day", "morning"])
            self.settings["start_date"] = str(self.day(chance.randrange(2, 7)))
            del self.streams[HOURLY]
        # What its date range means must be known: days of events can't be cut by the tap.
        elif not is_found_out and "events" in self.scenarios and chance.random() < 0.5:
            self.streams[EVENTS] = "event"
        if "history" in self.scenarios and chance.random() < 0.3:
            self.history_from = day_start(self.zone, self.day(5))

    def counts_at(self, moment: datetime) -> datetime | None:
        """Return when something counts, if it does: a morning may count for its night's day."""
        if "intra_day_time_range" not in self.settings:
            return moment
        shown = moment.astimezone(ZoneInfo(self.zone)).time()
        if shown < NIGHT[1]:
            return moment - 8 * HOUR if self.quirks["overnight_end"] == "morning" else moment
        return moment if shown >= NIGHT[0] else None

    def day(self, number: int) -> date:
        """Return a day by its number."""
        return self.first_day + number * DAY

    def night_of(self, number: int) -> datetime:
        """Return when the night of a day begins."""
        minute = self.chance.randrange(60)
        local = datetime.combine(self.day(number), time(4, minute), ZoneInfo(self.zone))
        return local.astimezone(UTC)

    def change(self, until: int) -> None:
        """Change the contact center.

        Args:
            until: The day up to which something has happened.
        """
        chance, version = self.chance, self.versions[-1]
        facts = list(version.facts)
        for _ in range(chance.randrange(1, 6)):
            # Late changes are mostly of the last days, some of long ago.
            age = chance.choice([1, 1, 2, 2, 3, 4, chance.randrange(1, 20)])
            number = until - age
            if number < 0:
                continue
            start, end = (day_start(self.zone, self.day(each)) for each in (number, number + 1))
            places = [at for at, fact in enumerate(facts) if start <= fact.at < end]
            if not places:
                continue
            place, kind = chance.choice(places), chance.random()
            fact = facts[place]
            if kind < 0.5:
                facts[place] = replace(fact, accepted=fact.accepted + chance.randrange(1, 9))
            elif kind < 0.7:
                del facts[place]
            elif kind < 0.8:  # a group vanishes, another has its calls
                facts[place] = replace(fact, queue_id=chance.choice(QUEUES))
            else:
                facts.append(self._fact(start, chance.randrange(40)))
        names = dict(version.names)
        if chance.random() < 0.15:
            names[chance.choice(QUEUES)] = f"Renamed {len(self.versions)}"
        metric = version.metric
        if chance.random() < 0.1:
            metric = {"never": "unlisted", "unlisted": "listed", "listed": "listed"}[metric]
        with_site = version.with_site or ("dimension" in self.scenarios and chance.random() < 0.1)
        self.versions.append(Version(tuple(facts), names, with_site, metric))

    def change_settings(self) -> None:
        """Change a setting."""
        chance, settings = self.chance, self.settings
        match chance.randrange(7):
            case 0:
                settings["lookback_days"] = chance.randrange(7)
            case 1:
                start = date.fromisoformat(settings["start_date"][:10])
                earlier = max(start - chance.randrange(1, 4) * DAY, self.first_day)
                settings["start_date"] = str(earlier)
                if chance.random() < 0.3:  # within a bucket
                    settings["start_date"] += "T13:20:00"
            case 2:
                settings["max_window_days"] = chance.randrange(1, 10)
            case 3:
                settings["page_size"] = chance.choice([3, 7, 1000])
            case 4:
                settings["data_format"] = chance.choice(["auto", "json", "csv"])
            case 5:
                settings["max_concurrent_reports"] = chance.randrange(1, 5)
            case 6:
                settings["report_reuse_minutes"] = chance.choice([0, 60])

    def _first_facts(self) -> tuple[Fact, ...]:
        if self.shift:  # it shows if there is always something beyond the range that is asked for
            first, last = (day_start(self.zone, self.day(number)) for number in (-3, DAYS))
            return tuple(self._fact(first, at) for at in range(0, (last - first) // HOUR * 2, 2))
        return tuple(
            self._fact(day_start(self.zone, self.day(number)), self.chance.randrange(47))
            for number in range(DAYS)
            for _ in range(self.chance.choice([0, 1, 2, 3, 3, 4]))
        )

    def _fact(self, midnight: datetime, half_hour: int) -> Fact:
        chance = self.chance
        return Fact(
            at=midnight + half_hour * HOUR / 2,
            queue_id=chance.choice(QUEUES),
            site=chance.choice("xy"),
            accepted=chance.randrange(1, 9),
            handling=chance.randrange(1, 9) * 1000,
        )


def event_time(fact: Fact) -> datetime | None:
    """Return what a detailed report says of when something happened, maybe on the day before."""
    if fact.accepted % 4 == 0:
        return None
    return fact.at - timedelta(hours=3, minutes=7) if fact.accepted % 4 == 1 else fact.at


@cache
def day_start(zone: str, day: date) -> datetime:
    """Return the instant at which a day begins in a zone."""
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


@cache
def buckets(zone: str, first_day: date, granularity: str) -> dict[str, tuple[datetime, datetime]]:
    """Return the buckets of a world, by their start as the tap writes it."""
    edges = [day_start(zone, first_day + number * DAY) for number in range(-2, DAYS + 4)]
    if granularity == "event":
        days = [first_day + number * DAY for number in range(-2, DAYS + 4)]
        return {str(day): edges for day, edges in zip(days, pairwise(edges), strict=False)}
    if granularity == "hour":
        edges = [edges[0] + at * HOUR for at in range(round((edges[-1] - edges[0]) / HOUR) + 1)]
    return {start.strftime("%Y-%m-%dT%H:%M:%SZ"): (start, end) for start, end in pairwise(edges)}
