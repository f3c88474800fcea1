"""What may be asked for: a request's body against the API's rules, and the report it describes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from typing import TYPE_CHECKING, Any, TypeAlias
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.api import fields
from tap_8x8_cc_sandbox.api.errors import ApiError, BadRequestError
from tap_8x8_cc_sandbox.api.limits import check_granularity, check_intra_day
from tap_8x8_cc_sandbox.center.model import (
    DetailedSpec,
    Filter,
    Granularity,
    Operator,
    ReportSpec,
    ReportType,
)

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, time

    from tap_8x8_cc_sandbox.api.quirks import Quirks

SCRIPT_PATHS = "script-paths"
SCRIPT_SEARCH_FIELDS = ("script", "queue", "agent", "channel")
SUMMARY_INTRA_DAY_MINUTES = 15
DETAILED_INTRA_DAY_MINUTES = 5
DETAILED_SINCE = 3
SUNDAY = 6

_COMMON = ("type", "title", "dateRange", "timezone", "intraDayTimeRange")
_SUMMARY = (*_COMMON, "granularity", "groupBy", "metrics", "includeSubTotal", "includeGrandTotal")
_DETAILED = (*_COMMON, "metrics", "searchQuery", "includeParticipants", "reportSettings")
_OLD_DETAILED = (*_COMMON, "metrics", "searchQuery")
_SETTINGS = ("showOngoingInteractions", "showInteractionsStateInTime")
_SCRIPT_PATHS = (*_COMMON, "searchQuery")
_WITH_PARTICIPANTS = "detailed-reports-interaction-details"


@dataclass(frozen=True, slots=True)
class ScriptPathsSpec:
    """A report of script paths asked for."""

    start: datetime
    end: datetime
    end_inclusive: bool
    filters: tuple[Filter, ...]


Spec: TypeAlias = ReportSpec | DetailedSpec | ScriptPathsSpec


@dataclass(frozen=True, slots=True)
class Accepted:
    """A request that keeps the rules."""

    type: str  # report type
    title: str  # title, which names the downloaded file
    timezone: str  # zone of the report, the tenant's default where none was named
    definition: Mapping[str, object]  # the body of the request
    spec: Spec  # the report to make


@dataclass(frozen=True, slots=True)
class RuleBook:
    """What the rules depend on: API version, listing, the tenant's zones, quirks, present."""

    version: int
    types: Mapping[str, ReportType]
    default_timezone: str
    timezones: tuple[str, ...]
    quirks: Quirks
    now: datetime

    def accept(self, body: object) -> Accepted:
        """Check a request for a report of any type."""
        common, report_type = self._begin(body)
        if report_type.type == SCRIPT_PATHS:
            return self._script_paths(common)
        if report_type.group_by is None:
            return self._detailed(common, report_type)
        return self._summary(common, report_type)

    def accept_detailed(self, body: object) -> Accepted:
        """Check a request at the endpoint of detailed reports."""
        if self.version < DETAILED_SINCE:
            raise ApiError(404, "Not found.")
        common, report_type = self._begin(body)
        if report_type.type == SCRIPT_PATHS or report_type.group_by is not None:
            raise BadRequestError(f"type {report_type.type} is not a detailed report.")
        return self._detailed(common, report_type)

    def _begin(self, body: object) -> tuple[_Common, ReportType]:
        if not isinstance(body, dict):
            raise BadRequestError("the body must be a JSON object.")
        name = fields.text(body, "type")
        report_type = self.types.get(name)
        if report_type is None:
            raise BadRequestError(f"unknown report type {name}.")
        digits = fields.date_range(body)
        zone = fields.timezone(body, {*self.timezones, self.default_timezone})
        if zone is None and name == SCRIPT_PATHS:
            raise BadRequestError("timezone is required.")
        start, end = self._meant(digits, zone or self.default_timezone)
        if self.quirks.future == "refused" and end > self.now:
            raise BadRequestError("dateRange.end must not be in the future.")
        common = _Common(
            body=body,
            type=name,
            title=fields.title(body),
            digits=digits,
            start=start,
            end=end,
            timezone=zone or self.default_timezone,
            intra_day=fields.intra_day(body),
        )
        return common, report_type

    def _meant(self, digits: tuple[datetime, datetime], zone: str) -> tuple[datetime, datetime]:
        """Return the instants that a date range means.

        Of a time that the zone's clock shows twice the first is meant; one that it never shows is
        as long after the clock change as it says.
        """
        if self.quirks.range == "instant":
            return digits
        start, end = (moment.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC) for moment in digits)
        return start, end

    def _summary(self, common: _Common, report_type: ReportType) -> Accepted:
        body = common.body
        fields.known_keys(body, _SUMMARY)
        granularity = _granularity(body)
        # A range of the wall clock may be measured by that clock, or by the time that elapses.
        for start, end in {common.digits, (common.start, common.end)}:
            check_granularity(granularity, start, end, common.timezone, self.quirks.month)
        self._check_intra_day(common, SUMMARY_INTRA_DAY_MINUTES)
        group_by, filters = self._grouping(body, report_type)
        spec = ReportSpec(
            **self._shared(common, report_type),
            group_by=group_by,
            granularity=granularity,
            timezone="UTC" if self.quirks.days_cut == "utc" else common.timezone,
            filters=filters,
            subtotals=fields.flag(body, "includeSubTotal", default=False),
            grand_total=fields.flag(body, "includeGrandTotal", default=False),
            week_start=SUNDAY if self.quirks.week_start == "sunday" else 0,
            whole_nights=self.quirks.overnight_end == "morning",
        )
        return common.accepted(spec)

    def _grouping(
        self, body: fields.Body, report_type: ReportType
    ) -> tuple[str, tuple[Filter, ...]]:
        group_by = fields.obj(body, "groupBy")
        ungrouped = self.quirks.listing_surveys == "ungrouped" and is_survey(report_type.type)
        if ungrouped and group_by is None and report_type.group_by:
            return report_type.group_by[0].name, ()
        if group_by is None:
            raise BadRequestError("groupBy is required.")
        fields.known_keys(group_by, ("name", "filters"), "groupBy.")
        name = group_by.get("name")
        for grouping in report_type.group_by or ():
            if grouping.name == name:
                return grouping.name, fields.filters(group_by, grouping.filters, self.version)
        raise BadRequestError(f"groupBy.name {name} is not available for {report_type.type}.")

    def _detailed(self, common: _Common, report_type: ReportType) -> Accepted:
        body = common.body
        fields.known_keys(body, _DETAILED)
        self._check_intra_day(common, DETAILED_INTRA_DAY_MINUTES)
        if "includeParticipants" in body and common.type != _WITH_PARTICIPANTS:
            raise BadRequestError(f"includeParticipants is not available for {common.type}.")
        if self.version < self.quirks.settings_since:
            fields.known_keys(body, _OLD_DETAILED)
        settings = fields.obj(body, "reportSettings") or {}
        fields.known_keys(settings, _SETTINGS, "reportSettings.")
        for key in _SETTINGS:
            fields.flag(settings, key, default=False)
        spec = DetailedSpec(
            **self._shared(common, report_type),
            timezone=common.timezone,
            search=fields.searches(body, report_type.search_fields, report_type.search_operators),
            include_participants=fields.flag(body, "includeParticipants", default=False),
            show_ongoing=fields.flag(settings, "showOngoingInteractions", default=False),
        )
        return common.accepted(spec)

    def _script_paths(self, common: _Common) -> Accepted:
        fields.known_keys(common.body, _SCRIPT_PATHS)
        self._check_intra_day(common, SUMMARY_INTRA_DAY_MINUTES)
        searches = fields.searches(common.body, SCRIPT_SEARCH_FIELDS, (Operator.IN,))
        filters = tuple(Filter(search.field, search.value) for search in searches)
        return common.accepted(
            ScriptPathsSpec(common.start, common.end, self.quirks.end_inclusive, filters)
        )

    def _shared(self, common: _Common, report_type: ReportType) -> dict[str, Any]:
        """Return what summary and detailed reports have in common."""
        return {
            "type": common.type,
            "start": common.start,
            "end": common.end,
            "end_inclusive": self.quirks.end_inclusive,
            "metrics": fields.names(common.body, "metrics", report_type.metrics, common.type),
            "intra_day": common.intra_day,
            "version": self.version,
        }

    def _check_intra_day(self, common: _Common, least_minutes: int) -> None:
        if common.intra_day is not None:
            check_intra_day(*common.intra_day, least_minutes, self.version)


@dataclass(frozen=True, slots=True)
class _Common:
    """The fields that every report has, checked."""

    body: fields.Body
    type: str
    title: str
    digits: tuple[datetime, datetime]
    start: datetime
    end: datetime
    timezone: str
    intra_day: tuple[time, time] | None

    def accepted(self, spec: Spec) -> Accepted:
        return Accepted(self.type, self.title, self.timezone, self.body, spec)


def is_survey(report_type: str) -> bool:
    """Tell whether a summary type is about surveys."""
    return report_type.startswith("survey")


def _granularity(body: fields.Body) -> Granularity:
    name = fields.text(body, "granularity")
    try:
        return Granularity(name)
    except ValueError:
        raise BadRequestError(
            f"granularity {name} is unknown; known: {', '.join(Granularity)}."
        ) from None
