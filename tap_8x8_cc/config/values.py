"""The values of single settings: from text to what it stands for, checked."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from tap_8x8_cc.errors import ConfigError, one_line
from tap_8x8_cc.model.calendar import Granularity, floor
from tap_8x8_cc.model.hosts import is_host, is_loopback
from tap_8x8_cc.model.windows import IntraDay, intra_day_minutes

if TYPE_CHECKING:
    from collections.abc import Mapping

SHORTEST_INTRA_DAY = 15
"""Minutes, for summary reports and script paths (vendor's guide)."""
SHORTEST_DETAILED = 5
"""Minutes, for detailed reports (vendor's guide)."""
OVERNIGHT_SINCE = 6
"""API version from which an intra-day range may end on the next day (vendor's guide)."""
YES, NO = ("true", "1", "yes", "on"), ("", "false", "0", "no", "off")
"""How yes and no may be written as text; in any case."""
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200
_HEADER_PATTERN = re.compile(r"[\x20-\x7e]+")
_PATH_PATTERN = re.compile(r"(/[A-Za-z0-9._~-]+)*")


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
    """Return the UTC instant of a setting's date (its first instant in `zone`) or date-time."""
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
            f"timezone: {one_line(name, 60)!r} is not an IANA time zone; "
            "names look like America/New_York, Europe/Helsinki or UTC."
        ) from None


def parse_api_url(url: str) -> str:
    """Check `api_url`: an origin, maybe with a gateway's path; https unless on this machine."""
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError("api_url: must be a URL such as https://api.8x8.com.") from None
    path = parts.path.rstrip("/")
    extras = parts.query or parts.fragment or "@" in parts.netloc
    if (
        parts.scheme not in {"https", "http"}
        or not is_host(host)
        or extras
        or not _PATH_PATTERN.fullmatch(path)
    ):
        raise ConfigError(
            "api_url: must be scheme and host, such as https://api.8x8.com, or with a gateway's "
            "path; without query or credentials."
        )
    if parts.scheme == "http" and not is_loopback(host):
        raise ConfigError("api_url: must be https; plain http is for a loopback host only.")
    name = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{name}" + (f":{port}" if port else "") + path


def header_text(setting: str, text: str) -> str:
    """Return a text that fits into a header, without outer blanks; raises ConfigError."""
    bare = text.strip(" ")
    if not _HEADER_PATTERN.fullmatch(bare):
        raise ConfigError(f"{setting}: must be printable ASCII text.")
    return bare


def parse_secret(setting: str, text: str) -> str:
    """Check that a secret is one line of text: a copied line end would be part of it.

    Raises:
        ConfigError: It is not; the message does not show it.
    """
    if not text.isprintable() or not text.strip():
        raise ConfigError(f"{setting}: must be printable text, without line breaks or tabs.")
    return text


def parse_tenants(tenant_ids: list[str] | tuple[str, ...]) -> tuple[str, ...]:
    """Check that tenant ids are distinct and fit for a header; raises ConfigError."""
    tenants = tuple(header_text("tenant_ids", tenant) for tenant in tenant_ids)
    if len(set(tenants)) < len(tenants):
        raise ConfigError("tenant_ids: each tenant may be named only once.")
    return tenants


def parse_detailed(value: bool | list[str] | str) -> bool | tuple[str, ...]:  # noqa: FBT001
    """Parse `detailed_reports`: yes or no, or types; also as text, from variables and Meltano.

    Raises:
        ConfigError: The text is neither; it is not shown.
    """
    if isinstance(value, str):
        if value.strip().lower() in (*YES, *NO):
            return value.strip().lower() in YES
        try:
            value = msgspec.json.decode(value, type=list[str])
        except msgspec.DecodeError:
            raise ConfigError(
                "detailed_reports: must be true, false or a list of report types."
            ) from None
    # Streams have the names of types with other hyphens.
    return value if isinstance(value, bool) else tuple(t.replace("_", "-") for t in value)


def parse_intra_day(
    value: Mapping[str, str] | None, api_version: str, shortest: int = SHORTEST_INTRA_DAY
) -> IntraDay | None:
    """Parse an intra-day range; raises ConfigError if the API would refuse it."""
    if value is None:
        return None
    span = IntraDay(time.fromisoformat(value["start"]), time.fromisoformat(value["end"]))
    if intra_day_minutes(span.start, span.end) < shortest:
        raise ConfigError(f"intra_day_time_range: must be at least {shortest} minutes long.")
    if span.overnight and int(api_version[1:]) < OVERNIGHT_SINCE:
        raise ConfigError(
            "intra_day_time_range: an end before the start (overnight) needs api_version "
            f"v{OVERNIGHT_SINCE} or later."
        )
    return span
