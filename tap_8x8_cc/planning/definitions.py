"""What each stream asks the API for: a definition a report type and grouping, or custom report.

There is a class for each kind of report; it builds the requests of its kind.
"""

from __future__ import annotations

import calendar
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from tap_8x8_cc.model.calendar import MONDAY, Granularity, Grid
from tap_8x8_cc.model.reports import (
    DetailedRequest,
    ReportKind,
    ReportRequest,
    ScriptPathsRequest,
    SummaryRequest,
)
from tap_8x8_cc.planning.defaults import SELECTED
from tap_8x8_cc.records.detailed.columns import INTERACTIONS
from tap_8x8_cc.records.naming import report_title

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.model.reports import Filter, IntraDay, SearchRule
    from tap_8x8_cc.model.windows import Window


Shape = dict[str, Any]
"""What shapes a stream's rows: settings by name, as JSON has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDefinition(ABC):
    """What a stream asks the API for.

    Args:
        name: The stream's name.
        type: The report type.
        metrics: The metrics there are to choose from.
        zone: The zone of its buckets and times, where it has one of its own.
        intra_day: The part of each day, where not all of it.
        custom: Whether it comes from the `reports` setting.
    """

    kind: ClassVar[ReportKind]

    name: str
    type: str
    metrics: tuple[str, ...]
    zone: ZoneInfo | None
    intra_day: IntraDay | None
    custom: bool

    def grid(self, zone: ZoneInfo) -> Grid:
        """Return what its date ranges are cut by: its buckets, or local days where it has none."""
        return Grid(Granularity.DAY, zone)

    @property
    def is_incremental(self) -> bool:
        """Whether its rows belong to parts of the range, so that a bookmark can stand between."""
        return True

    @property
    def needs_exact_range(self) -> bool:
        """Whether its figures are of the whole range, so that a wider one would change them."""
        return False

    @property
    def prefers_exact_range(self) -> bool:
        """Whether it is worth a few small reports to ask for no more than the window."""
        return False

    @property
    def selected_by_default(self) -> bool:
        """Whether it is read where nobody selects."""
        return self.custom

    def is_offered(self, groupings: tuple[str | None, ...]) -> bool:
        """Return whether a type with these groupings has this report."""
        del groupings
        return True

    def shape(self) -> Shape:
        """Return what shapes its rows, beside zone and tenants; see the module `shape`."""
        span = self.intra_day
        return {
            "type": self.type,
            "intra_day_time_range": span and {"start": span.start, "end": span.end},
        }

    @abstractmethod
    def request(
        self, tenant_id: str | None, zone: ZoneInfo, metrics: tuple[str, ...], window: Window
    ) -> ReportRequest:
        """Return the request of a report.

        Args:
            tenant_id: The tenant, where there are several.
            zone: The zone of its buckets and times.
            metrics: The metrics to ask for.
            window: Its date range.
        """

    def _common(self, tenant_id: str | None, zone: ZoneInfo, window: Window) -> dict[str, Any]:
        """Return what requests of every kind have."""
        return {
            "stream": self.name,
            "title": report_title(self.name),
            "tenant_id": tenant_id,
            "type": self.type,
            "window": window,
            "zone": zone,
            "intra_day": self.intra_day,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryDefinition(ReportDefinition):
    """A summary report.

    Args:
        group_by: The grouping; None where the type has none.
        granularity: The buckets.
        filters: Names and values.
        include_subtotals: Whether subtotal rows are wanted.
        include_grand_total: Whether the grand total is wanted.
        week_start: The day on which the API's weeks begin, as `date.weekday` counts.
    """

    kind = ReportKind.SUMMARY

    group_by: str | None
    granularity: Granularity
    filters: tuple[Filter, ...] = ()
    include_subtotals: bool = False
    include_grand_total: bool = False
    week_start: int = MONDAY

    def grid(self, zone: ZoneInfo) -> Grid:
        """Return how its buckets are cut."""
        return Grid(self.granularity, zone, self.week_start)

    @property
    def is_incremental(self) -> bool:
        """Whether it has buckets."""
        return self.granularity is not Granularity.NONE

    @property
    def needs_exact_range(self) -> bool:
        """Whether its figures are of the whole range, or of parts of days at its ends."""
        return not self.is_incremental or self.with_totals or self.intra_day is not None

    @property
    def selected_by_default(self) -> bool:
        """Whether it is read where nobody selects."""
        return self.custom or (self.type, self.group_by) in SELECTED

    @property
    def with_totals(self) -> bool:
        """Whether total rows are wanted."""
        return self.include_subtotals or self.include_grand_total

    def is_offered(self, groupings: tuple[str | None, ...]) -> bool:
        """Return whether a type with these groupings has this report."""
        return self.group_by in groupings

    def shape(self) -> Shape:
        """Return what shapes its rows; see `ReportDefinition.shape`."""
        weekly = self.granularity is Granularity.WEEK
        return {
            **ReportDefinition.shape(self),
            "group_by": self.group_by,
            "granularity": self.granularity.value,
            "filters": sorted((name, sorted(values)) for name, values in self.filters),
            "week_start": calendar.day_name[self.week_start].lower() if weekly else None,
        }

    def request(
        self, tenant_id: str | None, zone: ZoneInfo, metrics: tuple[str, ...], window: Window
    ) -> SummaryRequest:
        """Return the request of a report; see `ReportDefinition.request`."""
        return SummaryRequest(
            **self._common(tenant_id, zone, window),
            group_by=self.group_by,
            granularity=self.granularity,
            metrics=metrics,
            filters=self.filters,
            include_subtotals=self.include_subtotals,
            include_grand_total=self.include_grand_total,
            week_start=self.week_start,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailedDefinition(ReportDefinition):
    """A detailed report.

    Args:
        offered: All metrics of the type, also those that are not to choose from.
        search: What rows must meet, all of it.
        include_participants: Whether interactions hold their participants.
        show_ongoing: Whether unfinished interactions are wanted.
        participants_name: The name of the stream with a row a participant.
    """

    kind = ReportKind.DETAILED

    offered: tuple[str, ...]
    search: tuple[SearchRule, ...] = ()
    include_participants: bool = True
    show_ongoing: bool = False
    participants_name: str = ""

    @property
    def prefers_exact_range(self) -> bool:
        """Whether it is: which of an event's times the API goes by, only the API knows.

        So events beyond the window can't be told and dropped.
        """
        return True

    @property
    def of_interactions(self) -> bool:
        """Whether its rows are interactions, which have participants and an end."""
        return self.type == INTERACTIONS

    def shape(self) -> Shape:
        """Return what shapes its rows; see `ReportDefinition.shape`."""
        return {
            **ReportDefinition.shape(self),
            "search_query": _unordered(self.search),
            "include_participants": self.include_participants if self.of_interactions else None,
        }

    def request(
        self, tenant_id: str | None, zone: ZoneInfo, metrics: tuple[str, ...], window: Window
    ) -> DetailedRequest:
        """Return the request of a report; see `ReportDefinition.request`."""
        return DetailedRequest(
            **self._common(tenant_id, zone, window),
            metrics=metrics,
            search=self.search,
            include_participants=self.include_participants and self.of_interactions,
            show_ongoing=self.show_ongoing and self.of_interactions,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptPathsDefinition(ReportDefinition):
    """A report of script paths.

    Args:
        search: What the interactions must meet, all of it.
    """

    kind = ReportKind.SCRIPT_PATHS

    search: tuple[SearchRule, ...] = ()

    @property
    def needs_exact_range(self) -> bool:
        """Whether its figures are of the whole range: they are."""
        return True

    def shape(self) -> Shape:
        """Return what shapes its rows; see `ReportDefinition.shape`."""
        return {**ReportDefinition.shape(self), "search_query": _unordered(self.search)}

    def request(
        self, tenant_id: str | None, zone: ZoneInfo, metrics: tuple[str, ...], window: Window
    ) -> ScriptPathsRequest:
        """Return the request of a report; it has the columns that it has."""
        del metrics
        return ScriptPathsRequest(**self._common(tenant_id, zone, window), search=self.search)


def _unordered(search: tuple[SearchRule, ...]) -> list[Any]:
    """Return the rules of a search, which must all be met, whatever order they stand in."""
    rules = [
        [field, operator, sorted(value) if isinstance(value, tuple) else value]
        for field, operator, value in search
    ]
    return sorted(rules, key=str)
