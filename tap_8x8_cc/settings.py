"""The settings as values: parsed, checked before any request, and frozen."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tap_8x8_cc.config import CONFIG_JSONSCHEMA
from tap_8x8_cc.errors import ConfigError, one_line
from tap_8x8_cc.windows import Granularity, floor, intra_day_minutes

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGE = "tap-8x8-cc"
SHORTEST_INTRA_DAY = 15
"""Minutes, for summary reports (vendor's guide)."""
OVERNIGHT_SINCE = 6
"""API version from which an intra-day range may end on the next day (vendor's guide)."""
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
_HEADER_FORM = re.compile(r"[\x20-\x7e]+")


@dataclass(frozen=True, slots=True)
class IntraDay:
    """A part of each day: [start, end) by the wall clock; overnight where the end is earlier."""

    start: time
    end: time

    @property
    def overnight(self) -> bool:
        """Whether it ends on the next day."""
        return self.end < self.start


@dataclass(frozen=True, slots=True)
class CustomReport:
    """One entry of the `reports` setting; what is None or empty follows the general setting."""

    name: str
    type: str
    group_by: str | None = None
    granularity: Granularity | None = None
    filters: tuple[tuple[str, tuple[str, ...]], ...] = ()
    search_query: tuple[tuple[str, str, str | tuple[str, ...] | None], ...] = ()
    metrics: tuple[str, ...] = ()
    timezone: ZoneInfo | None = None
    intra_day: IntraDay | None = None
    include_subtotals: bool | None = None
    include_grand_total: bool | None = None


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
    intra_day: IntraDay | None
    include_subtotals: bool
    include_grand_total: bool
    reports: tuple[CustomReport, ...]
    include_participants: bool
    show_ongoing_interactions: bool
    data_format: str
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
    def tenants(self) -> tuple[str | None, ...]:
        """The tenants to read, in order; one None where requests need no tenant."""
        return self.tenant_ids or (None,)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Settings:
        """Parse a configuration that `check_shape` accepted.

        Raises:
            ConfigError: A value is wrong in a way that a schema can't tell; one line.
        """
        values = {
            name: definition.get("default")
            for name, definition in CONFIG_JSONSCHEMA["properties"].items()
        } | {name: value for name, value in config.items() if value is not None}
        names = set(cls.__dataclass_fields__)
        intra_day = parse_intra_day(values.pop("intra_day_time_range"), values["api_version"])
        parsed: dict[str, Any] = {
            "client_id": header_text("client_id", values["client_id"]),
            "start_date": parse_moment("start_date", values["start_date"]),
            "end_date": values["end_date"] and parse_moment("end_date", values["end_date"]),
            "api_url": parse_origin(values["api_url"]),
            "tenant_ids": parse_tenants(values["tenant_ids"] or ()),
            "timezone": values["timezone"] and parse_zone(values["timezone"]),
            "granularity": Granularity(values["granularity"]),
            "intra_day": intra_day,
            "reports": parse_reports(values["reports"] or (), values["api_version"]),
            "user_agent": header_text("user_agent", values["user_agent"] or default_user_agent()),
        }
        settings = cls(**{name: value for name, value in values.items() if name in names} | parsed)
        settings.check_range()
        return settings

    def check_range(self) -> None:
        """Raise ConfigError where the end is before the start."""
        zone = self.timezone or ZoneInfo("UTC")
        if self.end_date and instant(self.end_date, zone) < instant(self.start_date, zone):
            raise ConfigError(
                f"end_date {self.end_date.isoformat()} is before "
                f"start_date {self.start_date.isoformat()}."
            )


def parse_moment(setting: str, text: str) -> date | datetime:
    """Parse a date, or a date-time in ISO 8601; one without an offset is in the report's zone."""
    form = "must be a date (2026-01-31) or a date-time (2026-01-31T08:00:00Z)"
    try:
        moment = (
            date.fromisoformat(text)
            if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text)
            else datetime.fromisoformat(text)
        )
    except ValueError:
        raise ConfigError(f"{setting}: {form}, not {one_line(text, 40)!r}.") from None
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise ConfigError(f"{setting}: the year must be from {EARLIEST_YEAR} to {LATEST_YEAR}.")
    return moment


def instant(moment: date | datetime, zone: ZoneInfo) -> datetime:
    """Give the UTC instant of a setting's date (its first instant in `zone`) or date-time."""
    if isinstance(moment, datetime):
        return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
    noon = datetime.combine(moment, time(12), tzinfo=zone)
    return floor(noon.astimezone(UTC), Granularity.DAY, zone)


def parse_zone(name: str) -> ZoneInfo:
    """Load an IANA time zone; raises ConfigError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(
            f"timezone: {one_line(name, 60)!r} is no IANA time zone; "
            "names look like America/New_York, Europe/Helsinki or UTC."
        ) from None


def parse_origin(url: str) -> str:
    """Check `api_url`: an origin, https unless the host is a loopback address."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError("api_url: must be a URL such as https://api.8x8.com.") from None
    extras = parts.path.strip("/") or parts.query or parts.fragment or parts.username
    if parts.scheme not in {"https", "http"} or not host or extras:
        raise ConfigError(
            "api_url: must be scheme and host, such as https://api.8x8.com, without path, query "
            "or credentials."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError("api_url: must be https; plain http is for a loopback host only.")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "")


def is_loopback(host: str) -> bool:
    """Tell whether `host` is this machine: `localhost`, 127.0.0.0/8 or ::1."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def header_text(setting: str, text: str) -> str:
    """Check that a text may stand in a header; raises ConfigError."""
    if not _HEADER_FORM.fullmatch(text):
        raise ConfigError(f"{setting}: must be printable ASCII text.")
    return text.strip()


def parse_tenants(tenant_ids: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Check that tenant ids are distinct and fit for a header; raises ConfigError."""
    tenants = tuple(header_text("tenant_ids", tenant) for tenant in tenant_ids)
    if len(set(tenants)) < len(tenants):
        raise ConfigError("tenant_ids: each tenant may be named once.")
    return tenants


def parse_intra_day(value: Mapping[str, str] | None, api_version: str) -> IntraDay | None:
    """Parse an intra-day range; raises ConfigError where the API would refuse it."""
    if value is None:
        return None
    span = IntraDay(time.fromisoformat(value["start"]), time.fromisoformat(value["end"]))
    if intra_day_minutes(span.start, span.end) < SHORTEST_INTRA_DAY:
        raise ConfigError(
            f"intra_day_time_range: must be at least {SHORTEST_INTRA_DAY} minutes long."
        )
    if span.overnight and int(api_version[1:]) < OVERNIGHT_SINCE:
        raise ConfigError(
            "intra_day_time_range: an end before the start (overnight) needs api_version "
            f"v{OVERNIGHT_SINCE} or later."
        )
    return span


def parse_reports(entries: list[Any] | tuple[Any, ...], version: str) -> tuple[CustomReport, ...]:
    """Parse the `reports` setting; raises ConfigError."""
    reports = tuple(_parse_report(entry, version) for entry in entries)
    names = [report.name for report in reports]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"reports: the name {name} is given twice.")
    return reports


def _parse_report(entry: Mapping[str, Any], version: str) -> CustomReport:
    name = entry["name"]
    try:
        return CustomReport(
            name=name,
            type=entry["type"],
            group_by=entry.get("group_by"),
            granularity=Granularity(entry["granularity"]) if entry.get("granularity") else None,
            filters=tuple(
                (item["name"], tuple(item["values"])) for item in entry.get("filters") or ()
            ),
            search_query=tuple(
                (item["field"], item["operator"], _frozen(item.get("value")))
                for item in entry.get("search_query") or ()
            ),
            metrics=tuple(entry.get("metrics") or ()),
            timezone=parse_zone(entry["timezone"]) if entry.get("timezone") else None,
            intra_day=parse_intra_day(entry.get("intra_day_time_range"), version),
            include_subtotals=entry.get("include_subtotals"),
            include_grand_total=entry.get("include_grand_total"),
        )
    except ConfigError as error:
        raise ConfigError(f"reports, {name}: {error}") from None


def _frozen(value: str | list[str] | None) -> str | tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) else value


def default_user_agent() -> str:
    """Give `tap-8x8-cc/<version>`."""
    try:
        return f"{PACKAGE}/{version(PACKAGE)}"
    except PackageNotFoundError:  # run from a copy that was never installed
        return PACKAGE
