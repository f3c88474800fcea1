"""What to ask the API for: the definition of a report, in the words of its create call."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol, Self

import msgspec

from tap_8x8_cc.values import utc_text

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.setting_values import IntraDay
    from tap_8x8_cc.windows import Granularity, Window


DETAILED_PATH = "/detailed-reports"
"""Where detailed reports are created and read, below the API's base."""

Rule = tuple[str, str, str | tuple[str, ...] | None]
"""A rule of a search: field, operator and value."""


class Request(Protocol):
    """A report to create, of any form."""

    @property
    def stream(self) -> str:
        """The stream it is for."""

    @property
    def tenant_id(self) -> str | None:
        """The tenant, where there are several."""

    @property
    def type(self) -> str:
        """The report type."""

    @property
    def window(self) -> Window:
        """The date range."""

    @property
    def path(self) -> str:
        """Path of the endpoint that creates it."""

    @property
    def name(self) -> str:
        """The report as messages name it."""

    def body(self) -> bytes:
        """Give the JSON body of the create call."""

    def within(self, window: Window) -> Self:
        """Give the same for another date range."""


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """A summary report to create.

    Args:
        stream: The stream it is for; named in messages.
        title: Title of the report.
        tenant_id: The tenant, where there are several.
        type: The report type.
        group_by: The grouping.
        granularity: The buckets.
        window: The date range.
        zone: The zone of the buckets; None for the tenant's default.
        metrics: The metrics to ask for; an empty tuple would mean all.
        filters: Names and values.
        intra_day: The part of each day, where not all of it.
        include_subtotals: Whether to ask for subtotal rows.
        include_grand_total: Whether to ask for the grand total.
    """

    stream: str
    title: str
    tenant_id: str | None
    type: str
    group_by: str
    granularity: Granularity
    window: Window
    zone: ZoneInfo | None
    metrics: tuple[str, ...]
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    intra_day: IntraDay | None = None
    include_subtotals: bool = False
    include_grand_total: bool = False

    @property
    def path(self) -> str:
        """Path of the endpoint that creates it."""
        return ""

    @property
    def name(self) -> str:
        """The report as messages name it: stream, tenant and range."""
        return report_name(self)

    @property
    def with_totals(self) -> bool:
        """Whether total rows are asked for."""
        return self.include_subtotals or self.include_grand_total

    def body(self) -> bytes:
        """Give the JSON body of the create call."""
        definition: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "dateRange": date_range(self.window),
            "granularity": self.granularity.value,
            "groupBy": {"name": self.group_by},
            "metrics": self.metrics,
        }
        if self.filters:
            definition["groupBy"]["filters"] = [
                {"name": name, "values": values} for name, values in self.filters
            ]
        if self.zone:
            definition["timezone"] = self.zone.key
        if self.intra_day:
            definition["intraDayTimeRange"] = intra_day_range(self.intra_day)
        if self.include_subtotals:
            definition["includeSubTotal"] = True
        if self.include_grand_total:
            definition["includeGrandTotal"] = True
        return msgspec.json.encode(definition)

    def within(self, window: Window) -> Self:
        """Give the same for another date range."""
        return replace(self, window=window)


@dataclass(frozen=True, slots=True)
class DetailedRequest:
    """A detailed report to create: single events, read by a cursor.

    Args:
        stream: The stream it is for; named in messages.
        title: Title of the report.
        tenant_id: The tenant, where there are several.
        type: The report type.
        window: The date range.
        zone: The zone of the times; None for the tenant's default.
        metrics: The metrics to ask for; an empty tuple would mean all.
        search: What the rows must meet, all of it.
        intra_day: The part of each day, where not all of it.
        include_participants: Whether a row holds all participants of its interaction; None where
            the type has no participants.
        show_ongoing: Whether unfinished interactions are wanted; None likewise.
    """

    stream: str
    title: str
    tenant_id: str | None
    type: str
    window: Window
    zone: ZoneInfo | None
    metrics: tuple[str, ...]
    search: tuple[Rule, ...] = ()
    intra_day: IntraDay | None = None
    include_participants: bool | None = None
    show_ongoing: bool | None = None

    @property
    def path(self) -> str:
        """Path of the endpoint that creates it."""
        return DETAILED_PATH

    @property
    def name(self) -> str:
        """The report as messages name it: stream, tenant and range."""
        return report_name(self)

    def body(self) -> bytes:
        """Give the JSON body of the create call."""
        definition: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "dateRange": date_range(self.window),
            "metrics": self.metrics,
        }
        if self.zone:
            definition["timezone"] = self.zone.key
        if self.intra_day:
            definition["intraDayTimeRange"] = intra_day_range(self.intra_day)
        if self.search:
            definition["searchQuery"] = [search_rule(rule) for rule in self.search]
        if self.include_participants is not None:
            definition["includeParticipants"] = self.include_participants
        if self.show_ongoing is not None:
            definition["reportSettings"] = {"showOngoingInteractions": self.show_ongoing}
        return msgspec.json.encode(definition)

    def within(self, window: Window) -> Self:
        """Give the same for another date range."""
        return replace(self, window=window)


@dataclass(frozen=True, slots=True)
class ScriptPathsRequest:
    """A report of script paths to create; fields that it does not know are refused by the API.

    Args:
        stream: The stream it is for; named in messages.
        title: Title of the report.
        tenant_id: The tenant, where there are several.
        type: The report type.
        window: The date range.
        zone: The zone, which this report must name.
        search: What the interactions must meet, all of it; values are lists of ids.
        intra_day: The part of each day, where not all of it.
    """

    stream: str
    title: str
    tenant_id: str | None
    type: str
    window: Window
    zone: ZoneInfo
    search: tuple[Rule, ...] = ()
    intra_day: IntraDay | None = None

    @property
    def path(self) -> str:
        """Path of the endpoint that creates it."""
        return ""

    @property
    def name(self) -> str:
        """The report as messages name it: stream, tenant and range."""
        return report_name(self)

    def body(self) -> bytes:
        """Give the JSON body of the create call."""
        definition: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "dateRange": date_range(self.window),
            "timezone": self.zone.key,
        }
        if self.intra_day:
            definition["intraDayTimeRange"] = intra_day_range(self.intra_day)
        if self.search:
            definition["searchQuery"] = [
                search_rule((field, operator, (value,) if isinstance(value, str) else value))
                for field, operator, value in self.search
            ]
        return msgspec.json.encode(definition)

    def within(self, window: Window) -> Self:
        """Give the same for another date range."""
        return replace(self, window=window)


def search_rule(rule: Rule) -> dict[str, Any]:
    """Write a rule of a search as the body of a create call has it."""
    field, operator, value = rule
    return {"field": field, "operator": operator} | ({"value": value} if value else {})


def report_name(request: Request) -> str:
    """Name a report in messages: stream, tenant and range."""
    tenant = f" of tenant {request.tenant_id}" if request.tenant_id else ""
    begin, end = utc_text(request.window.request_start), utc_text(request.window.end)
    return f"{request.stream}{tenant}, {begin} to {end}"


def date_range(window: Window) -> dict[str, str]:
    """Write a window as the body of a create call has it."""
    return {"start": wire_time(window.request_start), "end": wire_time(window.request_end)}


def intra_day_range(span: IntraDay) -> dict[str, str]:
    """Write a part of the day as the body of a create call has it."""
    return {"start": span.start.isoformat(), "end": span.end.isoformat()}


def wire_time(moment: datetime) -> str:
    """Write an instant as date ranges need it: `2022-08-03T00:00:00.000Z`."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
