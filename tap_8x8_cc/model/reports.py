"""What to ask the API for: the kinds of report, and their definitions as the create call has them.

A request also says all that the rows of its report have in common, so whoever decodes them needs
nothing else.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tap_8x8_cc.model.calendar import MONDAY, Grid
from tap_8x8_cc.model.instants import utc_text

if TYPE_CHECKING:
    from datetime import datetime, time
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.model.calendar import Granularity
    from tap_8x8_cc.model.windows import Window

DETAILED_PREFIX = "detailed-reports-"
"""What the names of detailed report types begin with."""
SCRIPT_PATHS = "script-paths"
"""The report type of script paths."""
DETAILED_PATH = "/detailed-reports"
"""Where detailed reports are created and read, below the API's base."""

SearchRule = tuple[str, str, str | tuple[str, ...] | None]
"""A rule of a search: field, operator and value."""
Filter = tuple[str, tuple[str, ...]]
"""A filter of a grouping: its name and values."""


class ReportKind(StrEnum):
    """The three kinds of report, which are created and read in different ways."""

    SUMMARY = auto()
    DETAILED = auto()
    SCRIPT_PATHS = auto()


@dataclass(frozen=True, slots=True)
class IntraDay:
    """A part of each day: [start, end) by the wall clock; overnight where the end is earlier."""

    start: time
    end: time

    @property
    def overnight(self) -> bool:
        """Whether it ends on the next day."""
        return self.end < self.start


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest(ABC):
    """A report to create, of any kind.

    Args:
        stream: The stream it is for; named in messages.
        title: Title of the report.
        tenant_id: The tenant, where there are several.
        type: The report type.
        window: The date range.
        zone: The zone of its buckets and times.
        names_zone: Whether the request names the zone; if not, the API takes the tenant's default.
        intra_day: The part of each day, where not all of it.
    """

    stream: str
    title: str
    tenant_id: str | None
    type: str
    window: Window
    zone: ZoneInfo
    names_zone: bool = True
    intra_day: IntraDay | None = None

    @property
    def path(self) -> str:
        """Path of the endpoint that creates it."""
        return ""

    @property
    def name(self) -> str:
        """The report as messages name it: stream, tenant and range."""
        tenant = f" of tenant {self.tenant_id}" if self.tenant_id else ""
        begin, end = utc_text(self.window.request_start), utc_text(self.window.end)
        return f"{self.stream}{tenant}, {begin} to {end}"

    def body(self) -> bytes:
        """Return the JSON body of the create call."""
        asked = self.window.asked(self.zone)
        definition: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "dateRange": {"start": wire_time(asked.start), "end": wire_time(asked.end)},
        }
        if self.names_zone:
            definition["timezone"] = self.zone.key
        if self.intra_day:
            definition["intraDayTimeRange"] = {
                "start": self.intra_day.start.isoformat(),
                "end": self.intra_day.end.isoformat(),
            }
        return msgspec.json.encode(definition | self._own())

    def within(self, window: Window) -> Self:
        """Return the same for another date range."""
        return replace(self, window=window)

    @abstractmethod
    def _own(self) -> dict[str, Any]:
        """Return what only reports of this kind have in the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryRequest(ReportRequest):
    """A summary report to create.

    Args:
        group_by: The grouping; None where the type has none.
        granularity: The buckets.
        metrics: The metrics to ask for; an empty tuple would mean all.
        filters: Names and values.
        include_subtotals: Whether to ask for subtotal rows.
        include_grand_total: Whether to ask for the grand total.
        week_start: The day on which the API's weeks begin, as `date.weekday` counts.
    """

    group_by: str | None
    granularity: Granularity
    metrics: tuple[str, ...]
    filters: tuple[Filter, ...] = ()
    include_subtotals: bool = False
    include_grand_total: bool = False
    week_start: int = MONDAY

    @property
    def grid(self) -> Grid:
        """How its buckets are cut."""
        return Grid(self.granularity, self.zone, self.week_start)

    @property
    def with_totals(self) -> bool:
        """Whether total rows are asked for."""
        return self.include_subtotals or self.include_grand_total

    def _own(self) -> dict[str, Any]:
        own: dict[str, Any] = {"granularity": self.granularity.value, "metrics": self.metrics}
        if self.group_by is not None:
            own["groupBy"] = {"name": self.group_by}
            if self.filters:
                own["groupBy"]["filters"] = [
                    {"name": name, "values": values} for name, values in self.filters
                ]
        if self.include_subtotals:
            own["includeSubTotal"] = True
        if self.include_grand_total:
            own["includeGrandTotal"] = True
        return own


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailedRequest(ReportRequest):
    """A detailed report to create: single events, read by a cursor.

    Args:
        metrics: The metrics to ask for; an empty tuple would mean all.
        search: What the rows must meet, all of it.
        include_participants: Whether a row holds all participants of its interaction.
        show_ongoing: Whether unfinished interactions are wanted.
    """

    metrics: tuple[str, ...]
    search: tuple[SearchRule, ...] = ()
    include_participants: bool = False
    show_ongoing: bool = False

    @property
    def path(self) -> str:
        """Path of the endpoint that creates it."""
        return DETAILED_PATH

    def _own(self) -> dict[str, Any]:
        own: dict[str, Any] = {"metrics": self.metrics}
        if self.search:
            own["searchQuery"] = [_search_rule(rule) for rule in self.search]
        # Only what is wanted: older versions of the API refuse what they do not know.
        if self.include_participants:
            own["includeParticipants"] = True
        if self.show_ongoing:
            own["reportSettings"] = {"showOngoingInteractions": True}
        return own


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptPathsRequest(ReportRequest):
    """A report of script paths to create; it must name its zone, and have no metrics or grouping.

    Args:
        search: What the interactions must meet, all of it; values are lists of ids.
    """

    search: tuple[SearchRule, ...] = ()

    def _own(self) -> dict[str, Any]:
        rules = (
            (name, operator, (value,) if isinstance(value, str) else value)
            for name, operator, value in self.search
        )
        return {"searchQuery": [_search_rule(rule) for rule in rules]} if self.search else {}


def _search_rule(rule: SearchRule) -> dict[str, Any]:
    """Write a rule of a search as the body of a create call has it."""
    name, operator, value = rule
    return {"field": name, "operator": operator} | ({"value": value} if value else {})


def wire_time(moment: datetime) -> str:
    """Write digits as date ranges need them: `2022-08-03T00:00:00.000Z`."""
    return moment.isoformat(timespec="milliseconds") + "Z"
