"""The settings as values: parsed, checked before any request, and frozen."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from tap_8x8_cc.config.schema import CONFIG_JSONSCHEMA
from tap_8x8_cc.config.values import (
    SHORTEST_DETAILED,
    SHORTEST_INTRA_DAY,
    header_text,
    instant,
    parse_api_url,
    parse_detailed,
    parse_intra_day,
    parse_moment,
    parse_secret,
    parse_tenants,
    parse_zone,
)
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.calendar import MONDAY, SUNDAY, Granularity
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.reports import DETAILED_PREFIX, ReportDefinition

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_8x8_cc.model.windows import IntraDay

PACKAGE = "tap-8x8-cc"
_EXTREME_ZONES = (ZoneInfo("Etc/GMT+12"), ZoneInfo("Etc/GMT-14"))
"""Between them lies every local time that there is (the signs are the other way round)."""
_INTEGERS = tuple(
    name
    for name, definition in CONFIG_JSONSCHEMA["properties"].items()
    if "integer" in definition["type"]
)


_READINGS = {"auto": None} | {reading.value: reading for reading in DateRangeReading}
_WEEK_STARTS = {"monday": MONDAY, "sunday": SUNDAY}


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings of a run. Units stand in the names; zones are loaded, dates parsed."""

    client_id: str
    client_secret: str = field(repr=False)
    start_date: date | datetime
    end_date: date | datetime | None
    region: str
    api_version: str
    api_url: str
    tenant_ids: tuple[str, ...]
    timezone: ZoneInfo | None
    granularity: Granularity
    lookback_days: int
    settle_minutes: int
    date_range_reading: DateRangeReading | None
    week_start: int
    max_window_days: int | None
    intra_day: IntraDay | None
    include_subtotals: bool
    include_grand_total: bool
    reports: tuple[ReportDefinition, ...]
    detailed_reports: bool | tuple[str, ...]
    include_participants: bool
    show_ongoing_interactions: bool
    data_format: str
    retry_seconds: int
    report_reuse_minutes: int
    page_size: int
    max_concurrent_reports: int
    poll_interval_max: int
    report_timeout: int
    request_timeout: int
    user_agent: str

    @property
    def version(self) -> int:
        """The API version's number."""
        return int(self.api_version[1:])

    @property
    def base_path(self) -> str:
        """Path of the API for the region and version; the United States have no segment."""
        region = "" if self.region == "us" else f"/{self.region}"
        return f"{region}/analytics/cc/{self.api_version}/historical-metrics"

    @property
    def lookback(self) -> timedelta:
        """`lookback_days` as a length."""
        return timedelta(days=self.lookback_days)

    @property
    def settle(self) -> timedelta:
        """`settle_minutes` as a length."""
        return timedelta(minutes=self.settle_minutes)

    @property
    def report_reuse(self) -> timedelta:
        """`report_reuse_minutes` as a length."""
        return timedelta(minutes=self.report_reuse_minutes)

    @property
    def tenants(self) -> tuple[str | None, ...]:
        """The tenants to read, in order; one None where requests need no tenant."""
        return self.tenant_ids or (None,)

    def allows(self, report_type: str) -> bool:
        """Return whether a type that holds personal data may be a stream."""
        allowed = self.detailed_reports
        return allowed if isinstance(allowed, bool) else report_type in allowed

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Parse a configuration that `check_shape` accepted.

        Raises:
            ConfigError: A value is wrong in a way that a schema can't express; one line.
        """
        values = {
            name: definition.get("default")
            for name, definition in CONFIG_JSONSCHEMA["properties"].items()
        } | {name: value for name, value in config.items() if value is not None}
        values |= {
            name: int(values[name]) for name in _INTEGERS if values[name] is not None
        }  # JSON may write them 3.0
        names = set(cls.__dataclass_fields__)
        intra_day = parse_intra_day(values.pop("intra_day_time_range"), values["api_version"])
        end_date = values["end_date"]
        parsed: dict[str, Any] = {
            "client_id": header_text("client_id", values["client_id"]),
            "client_secret": parse_secret("client_secret", values["client_secret"]),
            "start_date": parse_moment("start_date", values["start_date"]),
            "end_date": None if end_date is None else parse_moment("end_date", end_date),
            "api_url": parse_api_url(values["api_url"]),
            "tenant_ids": parse_tenants(values["tenant_ids"] or ()),
            "timezone": values["timezone"] and parse_zone(values["timezone"]),
            "granularity": Granularity(values["granularity"]),
            "date_range_reading": _READINGS[values["date_range_reading"]],
            "week_start": _WEEK_STARTS[values["week_start"]],
            "intra_day": intra_day,
            "detailed_reports": parse_detailed(values["detailed_reports"]),
            "reports": parse_reports(values["reports"] or (), values["api_version"]),
            "user_agent": header_text("user_agent", values["user_agent"] or default_user_agent()),
        }
        settings = cls(**{name: value for name, value in values.items() if name in names} | parsed)
        settings.check_range()
        return settings

    def check_range(self) -> None:
        """Raise ConfigError if the end is before the start, in every zone if none is set."""
        if self.end_date is None:
            return
        zones = (self.timezone,) if self.timezone else _EXTREME_ZONES
        if all(instant(self.end_date, zone) < instant(self.start_date, zone) for zone in zones):
            raise ConfigError(
                f"end_date {self.end_date.isoformat()} is before "
                f"start_date {self.start_date.isoformat()}."
            )


def parse_reports(
    entries: list[Any] | tuple[Any, ...], version: str
) -> tuple[ReportDefinition, ...]:
    """Parse the `reports` setting; raises ConfigError."""
    reports = tuple(_parse_report(entry, version) for entry in entries)
    names = [report.name for report in reports]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"reports: the name {name} is given twice.")
    return reports


def _parse_report(entry: Mapping[str, Any], version: str) -> ReportDefinition:
    name = entry["name"]
    detailed = entry["type"].startswith(DETAILED_PREFIX)
    shortest = SHORTEST_DETAILED if detailed else SHORTEST_INTRA_DAY
    try:
        return ReportDefinition(
            name=name,
            type=entry["type"],
            group_by=entry.get("group_by"),
            granularity=Granularity(entry["granularity"]) if entry.get("granularity") else None,
            filters=tuple(
                (item["name"], tuple(item["values"])) for item in entry.get("filters") or ()
            ),
            search=tuple(
                (item["field"], item["operator"], _frozen(item.get("value")))
                for item in entry.get("search_query") or ()
            ),
            metrics=tuple(dict.fromkeys(entry.get("metrics") or ())),
            zone=parse_zone(entry["timezone"]) if entry.get("timezone") else None,
            intra_day=parse_intra_day(entry.get("intra_day_time_range"), version, shortest),
            include_subtotals=entry.get("include_subtotals"),
            include_grand_total=entry.get("include_grand_total"),
            custom=True,
        )
    except ConfigError as error:
        raise ConfigError(f"reports, {name}: {error}") from None


def _frozen(value: str | list[str] | None) -> str | tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) else value


def default_user_agent() -> str:
    """Return `tap-8x8-cc/<version>`."""
    try:
        return f"{PACKAGE}/{version(PACKAGE)}"
    except PackageNotFoundError:  # run from a copy that was never installed
        return PACKAGE
