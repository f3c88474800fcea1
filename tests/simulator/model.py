"""What the tables must hold, worked out from the contact center and never from the tap.

A bucket of a table holds what one version of the contact center says of it. Which version it may be
follows from when the bucket was last read, and from whether that reading ended well.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.simulator.world import DAY, EVENTS, HOUR, Fact, World, buckets, event_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tests.simulator.target import Row, Target

COLUMNS = ("queue", "queue_id", "site", "accepted", "handling_time", "callbacks")
Shown = tuple[Any, ...]


class Reading(NamedTuple):
    """What was read: the version of the contact center, and whether with the new metric.

    A version of -1 stands for a bucket that was never read.
    """

    version: int
    with_metric: bool


NEVER = Reading(-1, False)  # noqa: FBT003 - a tuple
NOTHING = Counter[Shown]()


class WrongError(Exception):
    """The tables are wrong, or the state is."""


class Model:
    """What each bucket of each table may hold.

    Args:
        world: The world.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._may: dict[tuple[str, str], frozenset[Reading]] = {}
        self._dirty: set[tuple[str, str]] = set()
        self._shown: dict[tuple[str, str, Reading], Counter[Shown]] = {}
        self._by_bucket: dict[tuple[str, int], dict[str, list[Fact]]] = {}

    def touched(
        self, stream: str, start: datetime, end: datetime, fresh: Iterable[Reading]
    ) -> None:
        """Note that a run may have read buckets, wholly, in part or not at all."""
        for name in self.within(stream, start, end):
            self._may[stream, name] = self.may(stream, name) | frozenset(fresh)
            self._dirty.add((stream, name))

    def widened(self, stream: str, start: datetime, fresh: Iterable[Reading]) -> None:
        """Note that a run may have read buckets, wholly or not at all."""
        for name in self.within(stream, start, None):
            self._may[stream, name] = self.may(stream, name) | frozenset(fresh)

    def read(self, stream: str, start: datetime, end: datetime, fresh: Iterable[Reading]) -> None:
        """Note that a run has read buckets to their end."""
        for name in self.within(stream, start, end):
            self._may[stream, name] = frozenset(fresh)
            self._dirty.discard((stream, name))

    def may(self, stream: str, name: str) -> frozenset[Reading]:
        """Return what a bucket may hold."""
        return self._may.get((stream, name), frozenset({NEVER}))

    def within(self, stream: str, start: datetime, end: datetime | None) -> Iterator[str]:
        """Return the buckets that lie in a range."""
        found = buckets(self._world.zone, self._world.first_day, self._world.streams[stream])
        for name, (first, last) in found.items():
            if start <= first and (end is None or last <= end):
                yield name

    def check(self, target: Target, settled: datetime) -> None:
        """Check all buckets of all tables.

        Raises:
            WrongError: A bucket holds what it may not hold.
        """
        for stream in self._world.streams:
            found = _by_bucket(stream, target.rows(stream))
            known = buckets(self._world.zone, self._world.first_day, self._world.streams[stream])
            if strange := found.keys() - known.keys():
                raise WrongError(f"{stream}: no such bucket: {sorted(strange)}")
            for name, rows in found.items():
                if rows and known[name][1] > settled:
                    raise WrongError(f"{stream} {name}: not settled at {settled}")
            for name in sorted({*found, *(name for owner, name in self._may if owner == stream)}):
                self._check_bucket(stream, name, found.get(name, NOTHING))

    def check_claim(self, target: Target, stream: str, since: datetime, until: datetime) -> None:
        """Check that a range that a state claims to be read is there.

        Raises:
            WrongError: It is not.
        """
        found = _by_bucket(stream, target.rows(stream))
        for name in self.within(stream, since, until):
            may = self.may(stream, name) - {NEVER}
            if (stream, name) in self._dirty and may:
                continue
            rows = found.get(name, NOTHING)
            if not any(self.shown(stream, name, reading) == rows for reading in may):
                raise WrongError(
                    f"{stream} {name}: the state says it is read; "
                    f"{self._difference(stream, name, rows, may)}"
                )

    def check_copies(self, target: Target) -> None:
        """Check that no group has more rows than any version of the contact center had.

        That holds at any time, also before rows that have vanished are deleted.

        Raises:
            WrongError: It has.
        """
        for stream in self._world.streams:
            for name, rows in _by_bucket(stream, target.tables[stream].values()).items():
                for group, count in _groups(rows).items():
                    most = max(
                        _groups(self.shown(stream, name, Reading(version, with_metric=True)))[group]
                        for version in range(len(self._world.versions))
                    )
                    if count > most:
                        raise WrongError(
                            f"{stream} {name}: {count} rows of {group}, never more than {most}: "
                            f"{_told(rows)}"
                        )

    def check_losses(self, target: Target) -> None:
        """Check that each group is there that all readings of its bucket have.

        That holds at any time, also when a run or its loader was killed.

        Raises:
            WrongError: It is not.
        """
        for stream in self._world.streams:
            found = _by_bucket(stream, target.rows(stream))
            for (owner, name), may in self._may.items():
                if owner != stream or NEVER in may:
                    continue
                always = [set(_groups(self.shown(stream, name, reading))) for reading in may]
                if lost := set.intersection(*always) - set(_groups(found.get(name, NOTHING))):
                    raise WrongError(f"{stream} {name}: rows of {lost} are lost")

    def shown(self, stream: str, name: str, reading: Reading) -> Counter[Shown]:
        """Return what the contact center says of a bucket."""
        key = stream, name, reading
        if key not in self._shown:
            self._shown[key] = Counter(self._rows(stream, name, reading))
        return self._shown[key]

    def _rows(self, stream: str, name: str, reading: Reading) -> Iterator[Shown]:
        if reading is NEVER or reading == NEVER:
            return
        version = self._world.versions[reading.version]
        if stream == EVENTS:
            for fact in self._facts(stream, reading.version).get(name, ()):
                yield f"agent {fact.queue_id}", event_time(fact), fact.site
            return
        sums: defaultdict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0, 0])
        for fact in self._facts(stream, reading.version).get(name, ()):
            site = fact.site if version.with_site else None
            group = sums[version.names[fact.queue_id], fact.queue_id, site]
            group[0] += fact.accepted
            group[1] += fact.handling
        for shown, (accepted, handling) in sums.items():
            yield *shown, accepted, handling, accepted * 10 if reading.with_metric else None

    def _facts(self, stream: str, version: int) -> dict[str, list[Fact]]:
        """Return the facts of a version by bucket."""
        key = stream, version
        if key not in self._by_bucket:
            granularity = self._world.streams[stream]
            known = buckets(self._world.zone, self._world.first_day, granularity)
            longest = HOUR if granularity == "hour" else DAY + HOUR
            found: dict[str, list[Fact]] = {}
            for fact in self._world.versions[version].facts:
                if (at := self._world.counts_at(fact.at)) is None:
                    continue
                for name, (start, end) in known.items():
                    if start <= at < end <= start + longest:
                        found.setdefault(name, []).append(fact)
                        break
            self._by_bucket[key] = found
        return self._by_bucket[key]

    def _check_bucket(self, stream: str, name: str, rows: Counter[Shown]) -> None:
        may = self.may(stream, name)
        if not rows and may == {NEVER}:
            return
        # As dictionaries: counters take zeros for equal to nothing, and there are none.
        matching = frozenset(
            each for each in may if dict.__eq__(self.shown(stream, name, each), rows)
        )
        if matching:
            self._may[stream, name] = matching
            self._dirty.discard((stream, name))
            return
        possible = Counter[Shown]()
        for reading in may:
            possible |= self.shown(stream, name, reading)
        if (stream, name) not in self._dirty or rows - possible:
            raise WrongError(f"{stream} {name}: {self._difference(stream, name, rows, may)}")

    def _difference(
        self, stream: str, name: str, rows: Counter[Shown], may: Iterable[Reading]
    ) -> str:
        wanted = "; or ".join(
            f"{_told(self.shown(stream, name, each))} (version {each.version})"
            for each in sorted(may)
        )
        return f"the table holds {_told(rows)}; it must hold {wanted or 'nothing known'}"


def _by_bucket(stream: str, rows: Iterable[Row]) -> dict[str, Counter[Shown]]:
    found: defaultdict[str, Counter[Shown]] = defaultdict(Counter)
    for row in rows:
        if stream == EVENTS:
            time = row["time"] and datetime.fromisoformat(row["time"])
            found[row["report_date"]][row["agent_id"], time, row["status"]] += 1
        else:
            found[row["start_time"]][tuple(map(row.get, COLUMNS))] += 1
    return found


def _groups(rows: Counter[Shown]) -> Counter[tuple[Any, ...]]:
    """Count the rows of each queue, which has an id or a name alone."""
    found: Counter[tuple[Any, ...]] = Counter()
    for (name, queue_id, *rest), count in rows.items():
        if len(rest) == 1:  # an event
            found[name, queue_id, *rest] += count
        else:
            found[(queue_id,) if queue_id else (None, name)] += count
    return found


def _told(rows: Counter[Shown]) -> str:
    return " + ".join(sorted(str(row) for row in rows.elements())) or "nothing"
