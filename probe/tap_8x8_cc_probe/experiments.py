"""The probe's reports: at most ten, small, each for some of the questions.

| report | what it is | what it tells |
|---|---|---|
| `zone` | a quarter of an hour, without a zone | the tenant's default zone; an empty report |
| `days` | a week by days, all kinds of metrics, JSON and CSV | where rows are; forms of values |
| `quarters` | a busy day by quarters, and single quarters | what `Z` stands for |
| `totals` | the busy day with totals, JSON and CSV | levels of subtotals; totals in the CSV |
| `whole` | the busy day without buckets, other dimensions | their keys; whether it has times |
| `edge` | a busy quarter that ends where the next begins | whether the end belongs to a range |
| `empty` | a quarter in which nothing was, without a zone | as `zone`, where that was not asked |
| `details` | a quarter of interactions, where settings allow | detailed reports |
"""

from __future__ import annotations

import logging
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_8x8_cc.config.values import instant, parse_zone
from tap_8x8_cc.errors import TapError
from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.date_ranges import MILLISECOND, DateRangeReading
from tap_8x8_cc.model.reports import INTERACTIONS, ReportDefinition, ReportKind, ReportRequest
from tap_8x8_cc.model.windows import Window, settled_end
from tap_8x8_cc.reading.probes import QUARTER, prove_reading
from tap_8x8_cc_probe.asking import Asker, run_together
from tap_8x8_cc_probe.buckets import begins, busiest_day, zone_by_offsets
from tap_8x8_cc_probe.choices import Choices, choose, detailed_metrics

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc_probe.choices import Choice
    from tap_8x8_cc_probe.seen import Seen

logger = logging.getLogger(__name__)

WEEK = timedelta(days=7)
LOOKS = ((timedelta(0), WEEK), (WEEK, 4 * WEEK), (5 * WEEK, 4 * WEEK))
"""Where rows are looked for: how long before the present a range ends, and how long it is."""
LONG_AGO = datetime(2001, 1, 1, 3, tzinfo=UTC)
"""A quarter of an hour in which no contact center had rows."""
TITLE = "tap-8x8-cc probe"
_UTC = ZoneInfo("UTC")


class Experiments:
    """Carries out the experiments, one after another, and notes what was seen.

    Args:
        asker: Asks for reports.
        settings: The settings.
        tenant_id: The tenant, where there are several.
        clock: Tells the present.
        seen: Where to note it.
    """

    def __init__(
        self, asker: Asker, settings: Settings, tenant_id: str | None, clock: Clock, seen: Seen
    ) -> None:
        self._asker = asker
        self._settings = settings
        self._tenant_id = tenant_id
        self._clock = clock
        self._seen = seen
        self._names_zone = seen.zone_is_set
        self._asked: Counter[str] = Counter()

    def run(self) -> None:
        """Carry out all experiments that can be; one that fails leaves the others alone."""
        seen = self._seen
        choices = choose(seen.listing)
        if choices is None:
            return
        if not seen.zone_is_set:
            self._tell("the default time zone, by a small report that names none")
            self._without_zone("zone", choices.narrow, self._newest_quarter())
        seen.zone = seen.zone or self._told_zone()
        provisional = seen.zone is None
        seen.zone = seen.zone or _UTC
        day = self._find_day(choices.wide)
        if provisional and (shown := zone_by_offsets(seen.sight("days").rows)):
            seen.zone = shown
            day = self._find_day(choices.wide)
        if day:
            self._prove_reading(choices.narrow, day)
            self._run_the_others(choices, replace(day, reading=seen.reading))

    def _find_day(self, wide: Choice) -> Window | None:
        """Look for a day with rows, further and further back."""
        grid = self._grid(Granularity.DAY)
        for ago, length in LOOKS:
            end = grid.floor(self._settled(grid) - ago)
            begin = grid.floor(end - length)
            self._tell(f"{length.days} days of {wide.type}, as JSON and as CSV")
            request = self._request("days", wide, Granularity.DAY, Window(begin, end, begin, None))

            self._seen.sync = None

            def read(request: ReportRequest = request) -> None:
                self._seen.sync = self._asker.read_as_a_sync_does(request)

            self._seen.sights["days"] = sight = self._asker.watch(request, read)
            if (day := busiest_day(sight, grid)) or sight.why_not:
                return day
        return None

    def _prove_reading(self, narrow: Choice, day: Window) -> None:
        seen, zone = self._seen, self._zone
        known = replace(day, reading=DateRangeReading.INSTANT)
        seen.one_reading = day.asked(zone) == known.asked(zone)
        request = self._request("quarters", narrow, Granularity.QUARTER, day)
        self._tell("what the Z of a date range stands for, by a busy day's quarters of an hour")

        def prove() -> None:
            if seen.one_reading:
                seen.reading = DateRangeReading.INSTANT
                self._asker.read_page(request)
            else:
                seen.reading = prove_reading(self._asker.reports, request, [day])

        seen.sights["quarters"] = self._asker.watch(request, prove)

    def _run_the_others(self, choices: Choices, day: Window) -> None:
        """Create the remaining reports side by side, so that throttling shows."""
        seen = self._seen
        busy = begins(seen.sight("quarters").rows, self._zone)
        pairs = [(first, second) for first, second in pairwise(busy) if second - first == QUARTER]
        pair = pairs[len(pairs) // 2] if pairs and seen.reading else None
        tasks: list[Callable[[], None]] = [
            lambda: self._totals(choices.wide, day),
            lambda: self._whole(choices.other, day),
        ]
        if pair:
            tasks.append(lambda: self._edge(choices.narrow, *pair))
        if not seen.sight("zone").exchanges or seen.sight("zone").rows:
            quarter = _idle_quarter(day, busy)
            tasks.append(lambda: self._without_zone("empty", choices.narrow, quarter))
        if INTERACTIONS in seen.listing and self._settings.allows(INTERACTIONS):
            part = replace(day, start=pair[0], end=pair[1], request_start=pair[0]) if pair else day
            tasks.append(lambda: self._details(part))
        self._tell(f"{len(tasks)} reports side by side")
        run_together(tasks)

    def _totals(self, wide: Choice, day: Window) -> None:
        request = self._request("totals", wide, Granularity.DAY, day)
        totals = replace(request.definition, include_subtotals=True, include_grand_total=True)
        request = replace(request, definition=totals)
        self._seen.sights["totals"] = self._asker.watch(
            request, lambda: self._asker.read_with_csv(request)
        )

    def _whole(self, other: Choice, day: Window) -> None:
        request = self._request("whole", other, Granularity.NONE, day)
        self._seen.sights["whole"] = self._asker.watch(
            request, lambda: self._asker.read_page(request)
        )

    def _edge(self, narrow: Choice, begin: datetime, end: datetime) -> None:
        # A millisecond more: what is written then is the end itself.
        window = Window(begin, end + MILLISECOND, begin, self._seen.reading)
        request = self._request("edge", narrow, Granularity.QUARTER, window)
        sight = self._asker.watch(request, lambda: self._asker.read_page(request))
        self._seen.sights["edge"] = sight
        found = begins(sight.rows, self._zone)
        if begin in found:
            self._seen.end = end in found

    def _details(self, window: Window) -> None:
        metrics = detailed_metrics(self._seen.listing[INTERACTIONS])
        request = self._asking("details", INTERACTIONS, window, metrics, kind=ReportKind.DETAILED)
        self._seen.sights["details"] = self._asker.watch(
            request, lambda: self._asker.read_documents(request)
        )

    def _without_zone(self, name: str, narrow: Choice, window: Window) -> None:
        """Create a report that names no zone, and look what the API makes of that."""
        request = self._request(name, narrow, Granularity.QUARTER, window)
        request = replace(request, zone=self._seen.zone or _UTC, names_zone=False)

        def read() -> None:
            details = self._asker.read_with_details(request)
            told = details.get("timezone") if isinstance(details, dict) else None
            self._seen.default_zone = told if isinstance(told, str) and told else None

        self._seen.sights[name] = self._asker.watch(request, read)

    def _told_zone(self) -> ZoneInfo | None:
        """Return the default zone, if the API told one that is known."""
        try:
            zone = parse_zone(self._seen.default_zone or "")
        except TapError:
            return None
        self._names_zone = True
        return zone

    @property
    def _zone(self) -> ZoneInfo:
        return self._seen.zone or _UTC

    def _grid(self, granularity: Granularity) -> Grid:
        return Grid(granularity, self._zone, self._settings.week_start)

    def _settled(self, grid: Grid) -> datetime:
        """Return up to where the figures can be expected to be there."""
        end = self._settings.end_date
        last = None if end is None else instant(end, grid.zone)
        return settled_end(self._clock.now(), self._settings.settle, last, grid, None)

    def _newest_quarter(self) -> Window:
        end = self._settled(Grid(Granularity.QUARTER, _UTC))
        return Window(end - QUARTER, end, end - QUARTER)

    def _request(
        self, name: str, choice: Choice, granularity: Granularity, window: Window
    ) -> ReportRequest:
        return self._asking(
            name,
            choice.type,
            window,
            choice.metrics,
            group_by=choice.group_by,
            granularity=granularity,
            week_start=self._settings.week_start,
        )

    def _asking(
        self, name: str, report_type: str, window: Window, metrics: tuple[str, ...], **own: Any
    ) -> ReportRequest:
        """Return the request of a report of any kind."""
        self._asked[name] += 1
        # One that is asked for again is told from the first by its title.
        again = f" {self._asked[name]}" if self._asked[name] > 1 else ""
        definition = ReportDefinition(
            name=f"probe {name}", title=f"{TITLE} {name}{again}", type=report_type, **own
        )
        return ReportRequest(
            definition=definition,
            window=window,
            zone=self._zone,
            tenant_id=self._tenant_id,
            metrics=metrics,
            names_zone=self._names_zone,
        )

    def _tell(self, what: str) -> None:
        logger.info("Probing: %s (%d reports so far).", what, self._asker.created)


def _idle_quarter(day: Window, busy: list[datetime]) -> Window:
    """Return a quarter of an hour without rows: of the day, or of long ago."""
    quarters = [day.start + QUARTER * n for n in range((day.end - day.start) // QUARTER)]
    idle = [quarter for quarter in quarters if quarter not in busy]
    begin = idle[0] if idle else LONG_AGO
    return Window(begin, begin + QUARTER, begin, day.reading)
