"""Nights in any sequence, with any change of settings and of the API between, over HTTP.

Compared with a plain model: each day of the table is what the API said of it when it was last read.
"""

from __future__ import annotations

import io
from collections import Counter
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tap_8x8_cc.errors import TapError
from tap_8x8_cc.tap import Tap8x8CC
from tests.support.living_api import ORIGIN, TYPE, Group, LivingApi, Row, living
from tests.support.tapcli import Run, config

if TYPE_CHECKING:
    from collections.abc import Iterable

STREAM = "nights"
DAYS = 9

groups = st.lists(
    st.builds(Group, st.sampled_from("ab"), st.sampled_from("xy"), st.integers(1, 5)),
    max_size=3,
    unique_by=lambda group: (group.queue, group.site),
)


@dataclass(frozen=True)
class Night:
    """A run, and what has changed before it.

    Args:
        passed: Days that have passed since the night before.
        start: Its `start_date`.
        lookback: Its `lookback_days`.
        most: Its `max_window_days`.
        hourly: Whether somebody has set another granularity, which stops the stream.
        cached: Whether the catalog is the one of the first night.
        with_site: Whether the API tells sites apart.
        metric: Whether there is a new metric.
        corrected: Days with other groups than before: late corrections, and groups that vanish.
    """

    passed: int
    start: int
    lookback: int
    most: int
    hourly: bool
    cached: bool
    with_site: bool
    metric: str
    corrected: dict[int, list[Group]]


nights = st.builds(
    Night,
    passed=st.integers(0, 2),
    start=st.integers(0, 3),
    lookback=st.integers(0, 4),
    most=st.integers(1, 9),
    hourly=st.sampled_from([False] * 5 + [True]),
    cached=st.booleans(),
    with_site=st.booleans(),
    metric=st.sampled_from(["never", "listed", "unlisted"]),
    corrected=st.dictionaries(st.integers(0, DAYS - 1), groups, max_size=3),
)


@dataclass
class World:
    """The API, the table with its state, and the model of the table.

    Attributes:
        api: The API.
        state: The state.
        table: The rows by key, as a loader that merges has them.
        catalog: The catalog of the first night.
        today: The day on which the last night ran.
        covered: Since when and until when the model has been read.
        model: The rows of each day when it was last read.
    """

    api: LivingApi
    state: dict[str, Any] = field(default_factory=dict)
    table: dict[str, dict[str, Any]] = field(default_factory=dict)
    catalog: dict[str, Any] | None = None
    today: int = 4
    covered: tuple[int, int] | None = None
    model: dict[int, list[Row]] = field(default_factory=dict)

    def night(self, url: str, night: Night) -> None:
        """Let a night pass, and hold the table against the model."""
        self.today += night.passed
        api = self.api
        api.with_site, api.metric = night.with_site, night.metric
        api.days |= {day: held for day, held in night.corrected.items() if day < self.today}
        run = self._run(url, night)
        if night.hourly and self.covered:
            assert run.exit_code == 1
            assert STREAM not in run.records
            return
        assert run.exit_code == 0
        asked = night.metric == "listed" and not (night.cached and self._is_old)
        read = {day: api.rows(day, asked=asked) for day in self._read(night)}
        self.table |= {row["row_id"]: row for row in run.records.get(STREAM, ())}
        for day, rows in read.items():
            if _counts(rows) >= _counts(self.model.get(day, [])):
                # Nothing has vanished: the table is right as it is.
                assert _told(self._rows([day])) == _told(rows)
        self.model |= read
        self._delete_vanished(run.records.get("extractions", ()))
        for day in range(DAYS):
            assert _told(self._rows([day])) == _told(self.model.get(day, [])), day

    _is_old = False
    """Whether the catalog of the first night knows nothing of the new metric."""

    def _run(self, url: str, night: Night) -> Run:
        own = config(
            url,
            start_date=str(ORIGIN + timedelta(days=night.start)),
            end_date=str(ORIGIN + timedelta(days=max(self.today, night.start))),
            timezone="UTC",
            date_range_reading="instant",
            lookback_days=night.lookback,
            max_window_days=night.most,
            granularity="hour" if night.hourly and self.covered else "day",
            reports=[{"name": STREAM, "type": TYPE, "group_by": "queue"}],
        )
        out = io.TextIOWrapper(io.BytesIO())
        code = 0
        with redirect_stdout(out):
            catalog = self.catalog if night.cached else None
            tap = Tap8x8CC(config=own, state=self.state, catalog=catalog)
            if self.catalog is None:
                self.catalog = tap.catalog_dict
                self._is_old = night.metric != "listed"
            try:
                tap.run()
            except TapError:
                code = 1
        run = Run(code, out.buffer.getvalue(), "")
        self.state = run.state or self.state
        return run

    def _read(self, night: Night) -> set[int]:
        """Tell which days a night reads, and take down what has been read then."""
        end = max(self.today, night.start)
        if self.covered is None:
            self.covered = (night.start, end) if night.start < end else None
            return set(range(night.start, end))
        since, until = self.covered
        first = max(until - night.lookback, night.start)
        past = range(night.start, since)
        self.covered = (min(since, night.start), max(until, end))
        return {*past, *range(max(first, since), end)}

    def _rows(self, days: Iterable[int]) -> list[Row]:
        wanted = {str(ORIGIN + timedelta(days=day)) for day in days}
        return [
            (row["queue_id"], row.get("site"), row["accepted"], row.get("callbacks"))
            for row in self.table.values()
            if row["local_date"] in wanted
        ]

    def _delete_vanished(self, log: Iterable[dict[str, Any]]) -> None:
        """Delete what the statement of the docs would."""
        for each in log:
            for key, row in list(self.table.items()):
                inside = each["start_time"] <= row["start_time"] < each["end_time"]
                if inside and row["read_at"] < each["read_at"]:
                    del self.table[key]


def _counts(rows: Iterable[Row]) -> Counter[str]:
    """Count the rows of each queue: the key that was frozen with the first night."""
    return Counter(row[0] for row in rows)


def _told(rows: Iterable[Row]) -> Counter[Row]:
    return Counter(rows)


# A night takes a third of a second: to shrink an example would take minutes.
@settings(max_examples=20, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.lists(groups, min_size=DAYS, max_size=DAYS), st.lists(nights, min_size=2, max_size=5))
def test_each_day_of_the_table_is_what_was_last_said_of_it(
    held: list[list[Group]], sequence: list[Night]
) -> None:
    # The first run is of rows without sites: what comes later is what the key must not know.
    api = LivingApi({day: list(each) for day, each in enumerate(held)})
    api.days |= {0: [Group("a", "x", 1)]}
    first = Night(0, 0, 3, 9, hourly=False, cached=False, with_site=False, metric="never",
                  corrected={})  # fmt: skip
    world = World(api)
    with living(api) as url:
        for night in (first, *sequence):
            world.night(url, night)
