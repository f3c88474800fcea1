"""Small reports that are created to learn how a tenant's API behaves, before data is asked for."""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_8x8_cc.api.pages import LARGEST_SIZE
from tap_8x8_cc.errors import (
    ApiError,
    AuthError,
    ConfigError,
    RefusedError,
    ReportError,
    ReportTimeoutError,
    UnavailableError,
    one_line,
)
from tap_8x8_cc.model.calendar import Granularity, Grid
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.reports import ReportDefinition, ReportKind, ReportRequest
from tap_8x8_cc.model.windows import Limits, Window, plan, settled_end
from tap_8x8_cc.records.buckets import instants, raw_buckets

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc.api.listing import Listing
    from tap_8x8_cc.api.reports import Reports

logger = logging.getLogger(__name__)

QUARTER = timedelta(minutes=15)
SAMPLE = timedelta(days=6)
"""How much is looked through for a quarter of an hour in which something happened."""
TYPES_TO_ASK = 3
"""Report types that are tried, one after another."""

Bucket = tuple[datetime, datetime]


def samples(start: datetime, end: datetime, zone: ZoneInfo) -> list[Window]:
    """Return up to two windows of quarters at the ends of a settled range, the last one first."""
    grid, limits = Grid(Granularity.QUARTER, zone), Limits(reading=None)
    first, last = grid.floor(start), grid.floor(end)
    newest = plan(max(first, grid.floor(last - SAMPLE)), last, grid, limits)
    oldest = plan(first, min(last, grid.floor(first + SAMPLE)), grid, limits)
    found = [*newest[-1:], *oldest[:1]]
    return found[:1] if len(set(found)) == 1 else found


def quarter_requests(listing: Listing, like: ReportRequest, title: str) -> list[ReportRequest]:
    """Return plain requests for quarters of an hour: one of each of a few types.

    They have the range, zone and tenant of `like`, whose type comes first, if it is a summary.
    """
    entries = [entry for entry in listing.values() if entry.kind is ReportKind.SUMMARY]
    entries.sort(key=lambda entry: entry.type != like.type)
    found = []
    for entry in entries[:TYPES_TO_ASK]:
        definition = ReportDefinition(
            name=title,
            type=entry.type,
            group_by=next(iter(entry.groupings), None),
            granularity=Granularity.QUARTER,
        )
        found.append(replace(like, definition=definition, metrics=entry.metrics[:1]))
    return found


def zone_probes(
    listing: Listing, tenant_id: str | None, settle: timedelta, now: datetime
) -> list[ReportRequest]:
    """Return requests for the smallest reports there are, without a zone: the API fills it in."""
    utc = ZoneInfo("UTC")
    end = settled_end(now, settle, None, Grid(Granularity.QUARTER, utc))
    like = ReportRequest(
        definition=ReportDefinition(name="", type=""),
        window=Window(end - QUARTER, end, end - QUARTER),
        zone=utc,
        tenant_id=tenant_id,
        names_zone=False,
    )
    return quarter_requests(listing, like, "time zone")


def prove_reading(
    reports: Reports, template: ReportRequest, windows: Iterable[Window]
) -> DateRangeReading | None:
    """Find out how the API reads the `Z` of a date range.

    A report of quarters over some days shows one in which something happened. Its place may prove
    a reading at once; otherwise a report is asked for of just that quarter, written as an instant
    and then as the clock shows it: whichever brings it back is how the API reads ranges. None if
    nothing shows it. Raises ApiError and ReportError.
    """
    for window in windows:
        found = _buckets(reports, template.within(window))
        asked = window.asked(template.zone)
        possible = [asked.readings_of(*bucket, template.zone) for bucket in found]
        proofs = {readings[0] for readings in possible if len(readings) == 1}
        proven = proofs.pop() if len(proofs) == 1 else None
        proven = proven or _by_single_quarters(reports, template, window, found)
        if proven:
            return proven
    return None


def _by_single_quarters(
    reports: Reports, template: ReportRequest, window: Window, found: list[Bucket]
) -> DateRangeReading | None:
    within = [b for b in found if window.start <= b[0] and b[1] <= window.end]
    busy = [b for b in within if b[1] - b[0] == QUARTER]
    if not busy:
        return None
    start, end = busy[len(busy) // 2]
    for reading in DateRangeReading:
        quarter = Window(start, end, start, reading)
        alone = quarter.asked(template.zone).readings_of(start, end, template.zone) == (reading,)
        if alone and (start, end) in _buckets(reports, template.within(quarter)):
            return reading
    return None


def _buckets(reports: Reports, request: ReportRequest) -> list[Bucket]:
    """Return the buckets of a report's first rows, in order."""
    page = reports.obtain(request, lambda report: reports.page(report, 0, LARGEST_SIZE))
    raw = (raw for group in page.groups for raw in raw_buckets(group.keys, group.rows))
    return sorted(set(instants(raw, request)))


def first_proof(
    reports: Reports, templates: Iterable[ReportRequest], windows: list[Window]
) -> DateRangeReading | None:
    """Return what the first template proves that proves anything; a refused one is passed over."""
    for template in templates if windows else ():
        try:
            proven = prove_reading(reports, template, windows)
        except ReportTimeoutError:
            return None  # another one would take as long
        except (RefusedError, ReportError) as error:
            logger.info("%s does not show how date ranges are read: %s", template.type, error)
            continue
        if proven:
            return proven
    return None


def default_zone(reports: Reports, requests: Iterable[ReportRequest], tenant: str) -> str:
    """Return a tenant's default time zone, by the details of a report that names none.

    Raises:
        ConfigError: The API does not say; it is not guessed.
        AuthError: The API key is refused.
    """
    why = "it offers no summary report that could show it"
    for request in requests:
        try:
            details = reports.obtain(request, reports.details)
        except AuthError:
            raise
        except (ReportTimeoutError, UnavailableError) as error:
            why = str(error)
            break  # another one would take as long
        except (ApiError, ReportError) as error:
            why = str(error)
            logger.info("%s does not show the time zone: %s", request.type, error)
            continue
        name = details.get("timezone") if isinstance(details, dict) else None
        if isinstance(name, str) and name:
            return name
        why = "the details of a report do not name it"
    why = one_line(why).rstrip(".")
    raise ConfigError(
        f"timezone: the API does not say the default time zone{tenant} ({why}); set timezone to it."
    )
