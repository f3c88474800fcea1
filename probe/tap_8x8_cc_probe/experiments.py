"""The probe's reports: at most ten, small, each for some of the questions.

| report | what it is | what it shows |
|---|---|---|
| `zone` | a quarter of an hour without rows, without a zone | the default zone; an empty report |
| `days` | a week by days, all kinds of metrics, JSON and CSV | forms of values; where rows are |
| `week` | the same, if the API refused it and a single day followed | why |
| `quarters` | a busy day by quarters | busy quarters |
| `edge` | a busy quarter that ends where the next one starts | the meaning of `Z`; the end |
| `totals` | the busy day with totals, JSON and CSV | levels of subtotals; totals in the CSV |
| `whole` | the busy day without buckets, other dimensions | their keys; whether it has times |
| `details` | ten interactions of the day, if the settings allow it | detailed reports |
"""

from __future__ import annotations

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_8x8_cc.config.values import instant, parse_zone
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.date_ranges import MILLISECOND, DateRangeReading, date_range
from tap_8x8_cc.model.reports import DETAILED_PATH, INTERACTIONS, wire_time
from tap_8x8_cc.records.metrics import Kind, detailed_kind, summary_kind
from tap_8x8_cc.records.naming import dimension_words
from tap_8x8_cc_probe.answers import Sight, starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tap_8x8_cc.api.listing import Listing, ReportType
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc_probe.answers import Exchange
    from tap_8x8_cc_probe.asking import Asker

logger = logging.getLogger(__name__)

DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)
LOOKS = ((0, 7), (7, 27), (34, 27))
"""Where to look for rows: how many days ago a range ends, and how many days long it is."""
LONG_AGO = datetime(2001, 1, 7, 8, tzinfo=UTC)
"""A quarter of an hour in which no contact center had rows."""
PREFERRED = ("queue-interactions-summary", "agent-interactions-summary")
"""Types with rows in nearly every contact center."""
MAX_WORDS = 3
"""Dimensions of a grouping: more would make many rows."""
PER_KIND = 2
"""Metrics of each kind: one may be null while the other is not."""
_UTC = ZoneInfo("UTC")


@dataclass(slots=True)
class Seen:
    """Everything that the probe saw."""

    settings: Settings
    listing: Listing = field(default_factory=dict)
    sights: dict[str, Sight] = field(default_factory=dict)
    zone: ZoneInfo | None = None  # as set, or as the API names it
    reading: DateRangeReading | None = None  # what Z was shown to stand for: instant or local
    one_reading: bool = False  # the zone's clock shows UTC: there is nothing to tell apart
    end: bool | None = None  # whether a bucket that starts at the end of a range came back
    exchanges: list[Exchange] = field(default_factory=list)
    seconds: float = 0.0

    def sight(self, name: str) -> Sight:
        """Return what was seen of a report."""
        return self.sights.get(name) or Sight(why_not="it was not asked for")

    def of(self, name: str) -> Exchange | None:
        """Return the last exchange about something; None if there is none."""
        return next((e for e in reversed(self.exchanges) if e.report == name), None)

    @property
    def created(self) -> list[Exchange]:
        """The create calls that went well."""
        return [e for e in self.exchanges if e.call == "create" and e.went_well]

    @property
    def why_little(self) -> str:
        """Why little was learned; empty if a report had rows."""
        sights = self.sights.values()
        if any(sight.rows for sight in sights):
            return ""
        reasons = [sight.why_not for sight in sights if sight.why_not]
        if not sights:
            reasons.append("the API lists no summary report.")
        elif not self.zone:
            reasons.append("the API does not name the tenant's time zone. Set timezone to it.")
        return [*reasons, "no report had rows. Set end_date to the end of a week that had some."][0]


class Experiments:
    """Carries out the experiments and adds what is seen to `seen`."""

    def __init__(self, asker: Asker, now: datetime, seen: Seen) -> None:
        self._asker = asker
        self._now = now
        self._seen = seen

    def run(self) -> None:
        """Carry out all experiments that are possible."""
        seen = self._seen
        if not (subjects := choose(seen.listing)):
            return
        wide, narrow, other = subjects
        logger.info("Probing: the default time zone, by a small report that names none")
        for start in (LONG_AGO, self._now.replace(minute=0, second=0, microsecond=0) - 2 * DAY):
            body = self._body(narrow, "15m", start, start + QUARTER)
            if self._ask("zone", body, details=True, csv=True).exchanges[-1].call != "create":
                break
        seen.zone = seen.settings.timezone
        with suppress(ConfigError, KeyError):
            seen.zone = seen.zone or parse_zone(str(seen.sight("zone").details["timezone"]))
        if seen.zone and (day := self._find_day(wide, seen.zone)):
            self._find_reading(narrow, day, seen.zone)
            self._run_the_others(wide, other, day, seen.zone)

    def _find_day(self, wide: dict[str, Any], zone: ZoneInfo) -> date | None:
        """Look for a day with rows, further and further back."""
        # A day ago: no range ends in the future under either reading.
        until = instant(self._seen.settings.end_date or self._now, zone)
        last = min(self._now - DAY, until).astimezone(zone).date()
        for ago, length in LOOKS:
            end = last - ago * DAY
            sight = self._ask_days(wide, end - length * DAY, end, zone)
            if sight.why_not and not sight.rows:
                self._seen.sights["week"] = sight
                sight = self._ask_days(wide, end - DAY, end, zone)
            days = Counter(start.astimezone(zone).date() for start in starts(sight.rows, zone))
            if days or sight.why_not:
                return max(days, key=lambda day: (days[day], day), default=None)
        return None

    def _ask_days(self, wide: dict[str, Any], first: date, last: date, zone: ZoneInfo) -> Sight:
        logger.info("Probing: %s from %s to %s by days, as JSON and CSV", wide["type"], first, last)
        body = self._body(wide, "day", instant(first, zone), instant(last, zone))
        return self._ask("days", body, csv=True)

    def _find_reading(self, narrow: dict[str, Any], day: date, zone: ZoneInfo) -> None:
        """Find out what `Z` stands for, and whether the end belongs to a range.

        A range that is written under one reading brings its quarter back only if the API has that
        reading: under the other one, it lies at least half an hour off.
        """
        first, after = instant(day, zone), instant(day + DAY, zone)
        sight = self._ask("quarters", self._body(narrow, "15m", first, after))
        busy = sorted({start for start in starts(sight.rows, zone) if first <= start < after})
        if not busy:
            return
        seen = self._seen
        pairs = [pair for pair in pairwise(busy) if pair[1] - pair[0] == QUARTER]
        start, end = pairs[len(pairs) // 2] if pairs else (busy[0], busy[0] + QUARTER)
        seen.one_reading = not start.astimezone(zone).utcoffset()
        for reading in list(DateRangeReading)[: 1 if seen.one_reading else 2]:
            body = self._body(narrow, "15m", start, end + MILLISECOND, reading)
            sight = self._ask("edge", body)
            if start in (found := starts(sight.rows, zone)):
                seen.reading = reading
                seen.end = end in found if pairs else None
            if start in found or sight.why_not:
                return

    def _run_the_others(
        self, wide: dict[str, Any], other: dict[str, Any], day: date, zone: ZoneInfo
    ) -> None:
        """Create the remaining reports at the same time, so that throttling shows."""
        start, end = instant(day, zone), instant(day + DAY, zone)
        totals = {"includeSubTotal": True, "includeGrandTotal": True}
        summed = self._body(wide, "day", start, end) | totals
        whole = self._body(other, "none", start, end)
        tasks: list[Callable[[], object]] = [
            lambda: self._ask("totals", summed, csv=True),
            lambda: self._ask("whole", whole),
        ]
        if INTERACTIONS in self._seen.listing and self._seen.settings.allows(INTERACTIONS):
            metrics = _detailed_metrics(self._seen.listing[INTERACTIONS])
            subject = {"type": INTERACTIONS, "metrics": metrics}
            details = self._body(subject, None, start, end)
            tasks.append(lambda: self._ask("details", details, path=DETAILED_PATH, size=10))
        logger.info("Probing: %d reports at the same time", len(tasks))
        # Without a `with`: a probe that is stopped waits for none of them.
        list(ThreadPoolExecutor().map(lambda task: task(), tasks))

    def _ask(self, name: str, body: dict[str, Any], **more: Any) -> Sight:
        sight = self._asker.ask(name, body, **more)
        self._seen.sights[name] = sight
        return sight

    def _body(
        self,
        subject: dict[str, Any],
        granularity: str | None,
        start: datetime,
        end: datetime,
        reading: DateRangeReading | None = None,
    ) -> dict[str, Any]:
        zone = self._seen.zone
        dates = date_range(start, end, zone or _UTC, reading or self._seen.reading)
        written = {"start": wire_time(dates.start), "end": wire_time(dates.end)}
        body = {**subject, "dateRange": written}
        body |= {"granularity": granularity} if granularity else {}
        return body | {"timezone": zone.key} if zone else body


def choose(listing: Listing) -> list[dict[str, Any]]:
    """Choose what the summary reports are about: metrics that show much in few rows.

    Returns:
        Members of a create call's body: several dimensions and metrics of each kind; one dimension
        and one count, for few rows; dimensions that the others don't have. Nothing if no type has
        groupings.
    """
    entries = [entry for entry in listing.values() if entry.groupings]
    if not entries:
        return []
    first = min(entries, key=lambda entry: (*PREFERRED, entry.type).index(entry.type))
    wide = max(_groupings(first), key=lambda grouping: len(dimension_words(grouping)))
    narrow = min(_groupings(first), key=lambda grouping: len(dimension_words(grouping)))
    known = {*dimension_words(wide), *dimension_words(narrow)}
    pairs = [(entry, grouping) for entry in entries for grouping in _groupings(entry)]
    other = max(pairs, key=lambda pair: len(set(dimension_words(pair[1])) - known))
    subject = _subject(first, narrow)
    counts = [name for name in subject["metrics"] if summary_kind(name) is Kind.COUNT]
    few = {**subject, "metrics": (counts or subject["metrics"])[:1]}
    return [_subject(first, wide), few, _subject(*other)]


def _detailed_metrics(entry: ReportType) -> list[str]:
    """Return some metrics of a detailed type: lengths, counts and times, nothing of a person."""
    times = [name for name in entry.metrics if detailed_kind(name) is Kind.TIMESTAMP]
    return [*_metrics(entry.metrics, detailed_kind), *times[:PER_KIND]]


def _metrics(names: Iterable[str], kind_of: Callable[[str], Kind]) -> list[str]:
    """Return some metrics of each kind; averages first, since they may have no value."""
    kinds = (Kind.COUNT, Kind.DURATION, Kind.PERCENTAGE)
    ordered = sorted(names, key=lambda name: ("." in name, not name.startswith("avg")))
    found = [[name for name in ordered if kind_of(name) is kind][:PER_KIND] for kind in kinds]
    return [name for some in found for name in some] or ordered[:PER_KIND]


def _subject(entry: ReportType, grouping: str) -> dict[str, Any]:
    metrics = _metrics(entry.metrics, summary_kind)
    return {"type": entry.type, "groupBy": {"name": grouping}, "metrics": metrics}


def _groupings(entry: ReportType) -> list[str]:
    """Return the groupings of a type that have few dimensions, or else all."""
    few = [grouping for grouping in entry.groupings if len(dimension_words(grouping)) <= MAX_WORDS]
    return few or list(entry.groupings)
