"""Reports: what a stream asks the API for, and the request for one date range of it.

A definition belongs to a stream and stays the same in a run. A request is a definition plus window,
zone, tenant and metrics; it holds everything that the rows of its report have in common.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any

import msgspec

from tap_8x8_cc.model.calendar import MONDAY, Granularity, Grid
from tap_8x8_cc.model.instants import utc_text

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.model.windows import IntraDay, Window

DETAILED_PREFIX = "detailed-reports-"
"""What the names of detailed report types start with."""
INTERACTIONS = "detailed-reports-interaction-details"
"""The report type whose rows have participants and may be ongoing."""
SCRIPT_PATHS = "script-paths"
"""The report type of script paths."""
DETAILED_PATH = "/detailed-reports"
"""Where detailed reports are created and read, below the API's base."""
_LONGEST_TITLE = 100

SearchRule = tuple[str, str, str | tuple[str, ...] | None]
"""A rule of a search: field, operator and value."""
Filter = tuple[str, tuple[str, ...]]
"""A filter of a grouping: its name and values."""


class ReportKind(StrEnum):
    """The three kinds of report, which are created and read in different ways."""

    SUMMARY = auto()
    DETAILED = auto()
    SCRIPT_PATHS = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportDefinition:
    """What a stream asks the API for: one report type and grouping, or one custom report.

    An entry of the `reports` setting is one too; what it leaves None or empty follows the general
    settings and the API's listing, see `planning.catalog.complete`.

    Args:
        name: The stream's name.
        type: The report type.
        kind: How it is created and read.
        group_by: The grouping; None if the type has none.
        granularity: The buckets; None for events.
        filters: Names and values, of summaries.
        search: What events must match, all of it.
        metrics: The metrics to choose from.
        offered: All metrics of a detailed type.
        zone: The zone of its buckets and times; None for the tenant's.
        intra_day: The part of each day; None for whole days.
        include_subtotals: Whether to ask for subtotal rows.
        include_grand_total: Whether to ask for the grand total.
        include_participants: Whether interactions hold their participants.
        show_ongoing: Whether unfinished interactions are wanted.
        week_start: The first day of the API's weeks, as `date.weekday` counts.
        custom: Whether it comes from the `reports` setting.
        title: Its title, if not the stream's name.
    """

    name: str
    type: str
    kind: ReportKind = ReportKind.SUMMARY
    group_by: str | None = None
    granularity: Granularity | None = None
    filters: tuple[Filter, ...] = ()
    search: tuple[SearchRule, ...] = ()
    metrics: tuple[str, ...] = ()
    offered: tuple[str, ...] = ()
    zone: ZoneInfo | None = None
    intra_day: IntraDay | None = None
    include_subtotals: bool | None = None
    include_grand_total: bool | None = None
    include_participants: bool = False
    show_ongoing: bool = False
    week_start: int = MONDAY
    custom: bool = False
    title: str = ""

    def grid(self, zone: ZoneInfo) -> Grid:
        """Return how its date ranges are cut: by buckets, or by local days for events."""
        return Grid(self.granularity or Granularity.DAY, zone, self.week_start)

    @property
    def is_summary(self) -> bool:
        """Whether its rows belong to buckets."""
        return self.kind is ReportKind.SUMMARY

    @property
    def is_incremental(self) -> bool:
        """Whether its rows belong to parts of the range, so that a bookmark can stand between."""
        return self.granularity is not Granularity.NONE

    @property
    def with_totals(self) -> bool:
        """Whether total rows are wanted."""
        return bool(self.include_subtotals or self.include_grand_total)

    @property
    def runs_overnight(self) -> bool:
        """Whether the part of each day that is asked for ends on the next."""
        return self.intra_day is not None and self.intra_day.overnight

    @property
    def of_interactions(self) -> bool:
        """Whether its rows are interactions, which have participants and an end."""
        return self.type == INTERACTIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest:
    """A report to create.

    Args:
        definition: What to ask for.
        window: The date range.
        zone: The zone of its buckets and times.
        tenant_id: The tenant, if there are several.
        metrics: The metrics to ask for; an empty tuple would mean all.
        names_zone: Whether the request names the zone; if not, the API uses the tenant's default.
    """

    definition: ReportDefinition
    window: Window
    zone: ZoneInfo
    tenant_id: str | None = None
    metrics: tuple[str, ...] = ()
    names_zone: bool = True

    @property
    def stream(self) -> str:
        """The stream it is for."""
        return self.definition.name

    @property
    def type(self) -> str:
        """The report type."""
        return self.definition.type

    @property
    def kind(self) -> ReportKind:
        """How it is created and read."""
        return self.definition.kind

    @property
    def group_by(self) -> str | None:
        """The grouping; None if the type has none."""
        return self.definition.group_by

    @property
    def granularity(self) -> Granularity:
        """The buckets; days for events."""
        return self.definition.granularity or Granularity.DAY

    @property
    def grid(self) -> Grid:
        """How its date ranges are cut."""
        return self.definition.grid(self.zone)

    @property
    def path(self) -> str:
        """Path of the endpoint that creates it."""
        return DETAILED_PATH if self.kind is ReportKind.DETAILED else ""

    @property
    def name(self) -> str:
        """The report as messages name it: stream, tenant and range."""
        tenant = f" of tenant {self.tenant_id}" if self.tenant_id else ""
        start, end = utc_text(self.window.request_start), utc_text(self.window.end)
        return f"{self.stream}{tenant}, {start} to {end}"

    def within(self, window: Window) -> ReportRequest:
        """Return the same for another date range."""
        return replace(self, window=window)

    def body(self) -> bytes:
        """Return the JSON body of the create call."""
        asked, definition = self.window.asked(self.zone), self.definition
        body: dict[str, Any] = {
            "type": self.type,
            "title": report_title(definition.title or self.stream),
            "dateRange": {"start": wire_time(asked.start), "end": wire_time(asked.end)},
        }
        if self.names_zone:
            body["timezone"] = self.zone.key
        if part := definition.intra_day:
            body["intraDayTimeRange"] = {
                "start": part.start.isoformat(),
                "end": part.end.isoformat(),
            }
        return msgspec.json.encode(body | _OWN[self.kind](self))


def _summary(request: ReportRequest) -> dict[str, Any]:
    definition = request.definition
    own: dict[str, Any] = {"granularity": request.granularity.value, "metrics": request.metrics}
    if definition.group_by is not None:
        own["groupBy"] = {"name": definition.group_by}
        if definition.filters:
            own["groupBy"]["filters"] = [
                {"name": name, "values": values} for name, values in definition.filters
            ]
    if definition.include_subtotals:
        own["includeSubTotal"] = True
    if definition.include_grand_total:
        own["includeGrandTotal"] = True
    return own


def _detailed(request: ReportRequest) -> dict[str, Any]:
    definition = request.definition
    own: dict[str, Any] = {"metrics": request.metrics}
    if definition.search:
        own["searchQuery"] = [_search_rule(rule) for rule in definition.search]
    # Only what is wanted: older versions of the API refuse what they do not know.
    if definition.include_participants and definition.of_interactions:
        own["includeParticipants"] = True
    if definition.show_ongoing and definition.of_interactions:
        own["reportSettings"] = {"showOngoingInteractions": True}
    return own


def _script_paths(request: ReportRequest) -> dict[str, Any]:
    """Return the search, whose values are lists of ids; nothing else is allowed."""
    rules = [
        _search_rule((name, operator, (value,) if isinstance(value, str) else value))
        for name, operator, value in request.definition.search
    ]
    return {"searchQuery": rules} if rules else {}


_OWN = {
    ReportKind.SUMMARY: _summary,
    ReportKind.DETAILED: _detailed,
    ReportKind.SCRIPT_PATHS: _script_paths,
}
"""What only reports of a kind have in the body."""


def _search_rule(rule: SearchRule) -> dict[str, Any]:
    """Write a rule of a search as the body of a create call has it."""
    name, operator, value = rule
    return {"field": name, "operator": operator} | ({"value": value} if value else {})


def report_title(text: str) -> str:
    """Make a title of a text.

    The API accepts letters, digits, whitespace and `! - _ . * ' ( )`.
    """
    return re.sub(r"[^A-Za-z0-9 !\-_.*'()]", "_", text)[:_LONGEST_TITLE].strip() or "report"


def wire_time(moment: datetime) -> str:
    """Write digits as date ranges need them: `2022-08-03T00:00:00.000Z`."""
    return moment.isoformat(timespec="milliseconds") + "Z"
