"""Custom reports, checked against the API's own listing when the tap starts.

What is impossible is rejected in one line. What is not listed is a warning with similar names, and
the tap asks for it anyway.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from tap_8x8_cc.api.listing import ReportType, kind_of
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.reports import DETAILED_PREFIX, SCRIPT_PATHS, ReportKind

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from tap_8x8_cc.api.listing import Listing
    from tap_8x8_cc.model.reports import ReportDefinition

SCRIPT_FIELDS = ("script", "queue", "agent", "channel")
SCRIPT_OPERATORS = ("in",)
"""What script paths can be searched by (OpenAPI document), if the listing does not say."""
DETAILED_OPERATORS = (
    "in", "not-in", "contains", "is-empty", "is-not-empty", "=", "!=", ">", ">=", "<", "<=",
)  # fmt: skip
"""How detailed reports can be searched (vendor's glossary), if the listing does not say."""
MOST_NAMED = 3
"""Maximum names that a message shows."""
UNARY = frozenset({"is-empty", "is-not-empty"})
"""Operators without a value."""
MEDIA_SINCE = {"InboundEmail": 8, "OutboundEmail": 8}
"""API versions from which some values of the media filter exist (vendor's guide)."""
_WRAP_UP_CODE = re.compile(r"[^-]+-.+")
_TYPES_SINCE = (
    (re.compile(rf"{DETAILED_PREFIX}survey$|^surveys?-"), 7),
    (re.compile(rf"^{DETAILED_PREFIX}"), 3),
    (re.compile(rf"^{SCRIPT_PATHS}$"), 8),
)
"""API versions from which some report types exist (vendor's guides)."""


def check_custom(report: ReportDefinition, listing: Listing, version: int) -> Iterator[str]:
    """Check a custom report.

    Yields:
        A warning for each part that is not listed.

    Raises:
        ConfigError: It has what reports of its kind can't have, or lacks what they need.
    """
    where = f"reports, {report.name}"
    if report.type not in listing:
        why = _since(report.type, version)
        yield doubt(where, "type", report.type, listing, why)
    entry = listing.get(report.type) or unlisted(report)
    if entry.kind is ReportKind.SUMMARY:
        yield from _check_summary(where, report, entry, version)
    else:
        yield from _check_events(where, report, entry)
    for metric in report.metrics:
        yield from _one_of(where, "metric", metric, entry.metrics)


def unlisted(report: ReportDefinition) -> ReportType:
    """Return what an unlisted report type must be, by what a custom report asks of it."""
    kind = kind_of(report.type, grouped=report.group_by is not None, searched=bool(report.search))
    groupings = {report.group_by: ()} if report.group_by else {}
    return ReportType(report.type, kind, groupings, report.metrics)


def _check_summary(
    where: str, report: ReportDefinition, entry: ReportType, version: int
) -> Iterator[str]:
    if report.group_by is None and entry.groupings:
        raise ConfigError(f"{where}: group_by is missing; listed are {_some(entry.groupings)}.")
    if report.search:
        raise ConfigError(f"{where}: search_query is for detailed reports; use filters.")
    if report.group_by is None:
        if report.filters:
            raise ConfigError(f"{where}: filters need a group_by.")
        return
    yield from _one_of(where, "group_by", report.group_by, entry.groupings)
    for name, values in report.filters:
        if not values:
            raise ConfigError(f"{where}: filter {name!r} needs at least one value.")
        if report.group_by in entry.groupings:
            yield from _one_of(where, "filter", name, entry.groupings[report.group_by])
        for value in values:
            yield from _check_filter_value(where, name, value, version)


def _check_filter_value(where: str, name: str, value: str, version: int) -> Iterator[str]:
    since = MEDIA_SINCE.get(value, 0) if name == "media" else 0
    if since > version:
        yield (
            f"{where}: filter media: {value!r} needs api_version v{since} or later, "
            f"and it is v{version}."
        )
    if name == "wrap-up-code" and not _WRAP_UP_CODE.fullmatch(value):
        yield (
            f"{where}: filter wrap-up-code: {value!r} should be the id of a list and the id of a "
            "code, such as 123-4."
        )


def _check_events(where: str, report: ReportDefinition, entry: ReportType) -> Iterator[str]:
    is_detailed = entry.kind is ReportKind.DETAILED
    kind = "a detailed report" if is_detailed else "script paths"
    unfit = ("group_by", "filters", *(() if is_detailed else ("metrics",)), "granularity")
    found = [name for name in unfit if getattr(report, name)]
    found += ["totals"] if report.with_totals else []
    if found:
        raise ConfigError(
            f"{where}: {kind} can't have {', '.join(found)}; allowed: name, type, search_query, "
            f"{'metrics, ' if is_detailed else ''}timezone, intra_day_time_range."
        )
    fields = entry.search_fields or (entry.metrics if is_detailed else SCRIPT_FIELDS)
    known = DETAILED_OPERATORS if is_detailed else SCRIPT_OPERATORS
    for field, operator, value in report.search:
        yield from _one_of(where, "search_query field", field, fields)
        yield from _one_of(
            where, "search_query operator", operator, entry.search_operators or known
        )
        if operator in UNARY and value:
            raise ConfigError(f"{where}: search_query: {field} {operator} takes no value.")
        if operator not in UNARY and not value:
            raise ConfigError(f"{where}: search_query: {field} {operator} needs a value.")


def _one_of(where: str, what: str, value: str, listed: Collection[str]) -> Iterator[str]:
    if value not in listed:
        yield doubt(where, what, value, listed)


def doubt(where: str, what: str, value: str, listed: Collection[str], why: str = "") -> str:
    """Say that a value is not listed, and which listed names are similar."""
    return (
        f"{where}: {what} {value!r} is not listed{why}; listed are {_some(listed, value)}. "
        "The tap asks for it anyway."
    )


def _some(listed: Collection[str], like: str = "") -> str:
    """Name a few of what is listed: the most similar, and how many there are."""
    near = difflib.get_close_matches(like, listed, n=MOST_NAMED, cutoff=0.0) if like else []
    shown = near or list(listed)[:MOST_NAMED]
    more = len(listed) - len(shown)
    others = f" and {more} more (--discover lists all)" if more else ""
    return (", ".join(shown) or "none") + others


def _since(report_type: str, version: int) -> str:
    for pattern, since in _TYPES_SINCE:
        if pattern.search(report_type):
            return f" (it needs api_version v{since} or later)" if since > version else ""
    return ""
