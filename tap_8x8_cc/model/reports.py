"""What to ask the API for: the definition of a report, in the words of its create call."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Self

import msgspec

from tap_8x8_cc.records.values import utc_text

if TYPE_CHECKING:
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.config.values import IntraDay
    from tap_8x8_cc.model.windows import Granularity, Window


DETAILED_PATH = "/detailed-reports"
"""Where detailed reports are created and read, below the API's base."""

Rule = tuple[str, str, str | tuple[str, ...] | None]
"""A rule of a search: field, operator and value."""


@dataclass(frozen=True, slots=True)
class Request(ABC):
    """A report to create, of any form.

    Args:
        stream: The stream it is for; named in messages.
        title: Title of the report.
        tenant_id: The tenant, where there are several.
        type: The report type.
        window: The date range.
        zone: The zone of its buckets and times; None for the tenant's default.
        intra_day: The part of each day, where not all of it.
    """

    stream: str
    title: str
    tenant_id: str | None
    type: str
    window: Window
    zone: ZoneInfo | None
    intra_day: IntraDay | None = field(default=None, kw_only=True)

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
        """Give the JSON body of the create call."""
        definition: dict[str, Any] = {
            "type": self.type,
            "title": self.title,
            "dateRange": {
                "start": wire_time(self.window.request_start),
                "end": wire_time(self.window.request_end),
            },
        }
        if self.zone:
            definition["timezone"] = self.zone.key
        if self.intra_day:
            definition["intraDayTimeRange"] = {
                "start": self.intra_day.start.isoformat(),
                "end": self.intra_day.end.isoformat(),
            }
        return msgspec.json.encode(definition | self._own())

    def within(self, window: Window) -> Self:
        """Give the same for another date range."""
        return replace(self, window=window)

    @abstractmethod
    def _own(self) -> dict[str, Any]:
        """Give what only reports of this form have in the body."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportRequest(Request):
    """A summary report to create.

    Args:
        group_by: The grouping.
        granularity: The buckets.
        metrics: The metrics to ask for; an empty tuple would mean all.
        filters: Names and values.
        include_subtotals: Whether to ask for subtotal rows.
        include_grand_total: Whether to ask for the grand total.
    """

    group_by: str
    granularity: Granularity
    metrics: tuple[str, ...]
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    include_subtotals: bool = False
    include_grand_total: bool = False

    def _own(self) -> dict[str, Any]:
        group_by: dict[str, Any] = {"name": self.group_by}
        if self.filters:
            group_by["filters"] = [
                {"name": name, "values": values} for name, values in self.filters
            ]
        own: dict[str, Any] = {
            "granularity": self.granularity.value,
            "groupBy": group_by,
            "metrics": self.metrics,
        }
        if self.include_subtotals:
            own["includeSubTotal"] = True
        if self.include_grand_total:
            own["includeGrandTotal"] = True
        return own


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailedRequest(Request):
    """A detailed report to create: single events, read by a cursor.

    Args:
        metrics: The metrics to ask for; an empty tuple would mean all.
        search: What the rows must meet, all of it.
        include_participants: Whether a row holds all participants of its interaction; None where
            the type has no participants.
        show_ongoing: Whether unfinished interactions are wanted; None likewise.
    """

    metrics: tuple[str, ...]
    search: tuple[Rule, ...] = ()
    include_participants: bool | None = None
    show_ongoing: bool | None = None

    @property
    def path(self) -> str:
        """Path of the endpoint that creates it."""
        return DETAILED_PATH

    def _own(self) -> dict[str, Any]:
        own: dict[str, Any] = {"metrics": self.metrics}
        if self.search:
            own["searchQuery"] = [search_rule(rule) for rule in self.search]
        if self.include_participants is not None:
            own["includeParticipants"] = self.include_participants
        if self.show_ongoing is not None:
            own["reportSettings"] = {"showOngoingInteractions": self.show_ongoing}
        return own


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptPathsRequest(Request):
    """A report of script paths to create; it must name its zone, and have no metrics or grouping.

    Args:
        search: What the interactions must meet, all of it; values are lists of ids.
    """

    search: tuple[Rule, ...] = ()

    def _own(self) -> dict[str, Any]:
        rules = (
            (name, operator, (value,) if isinstance(value, str) else value)
            for name, operator, value in self.search
        )
        return {"searchQuery": [search_rule(rule) for rule in rules]} if self.search else {}


def search_rule(rule: Rule) -> dict[str, Any]:
    """Write a rule of a search as the body of a create call has it."""
    field, operator, value = rule
    return {"field": field, "operator": operator} | ({"value": value} if value else {})


def wire_time(moment: datetime) -> str:
    """Write an instant as date ranges need it: `2022-08-03T00:00:00.000Z`."""
    return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
