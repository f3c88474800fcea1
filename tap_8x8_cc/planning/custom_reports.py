"""Custom reports: checked against the API's own listing before anything is asked for.

A wrong definition is one line that names what is allowed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NoReturn

from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.reports import DETAILED_PREFIX, SCRIPT_PATHS, ReportKind

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_8x8_cc.api.listing import Listing, ReportType
    from tap_8x8_cc.config.settings import CustomReport
    from tap_8x8_cc.model.reports import SearchRule

SCRIPT_FIELDS = ("script", "queue", "agent", "channel")
SCRIPT_OPERATORS = ("in",)
"""What script paths can be searched by (OpenAPI document), where the listing does not say."""
DETAILED_OPERATORS = (
    "in", "not-in", "contains", "is-empty", "is-not-empty", "=", "!=", ">", ">=", "<", "<=",
)  # fmt: skip
"""How detailed reports can be searched (vendor's glossary), where the listing does not say."""
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


def check_custom(report: CustomReport, listing: Listing, version: int) -> None:
    """Check a custom report.

    Args:
        report: Its definition.
        listing: The report types on offer.
        version: Number of the API version.

    Raises:
        ConfigError: It asks for what is not on offer; the message names what is.
    """
    where = f"reports, {report.name}"
    if report.type not in listing:
        _refuse(where, "type", report.type, sorted(listing), _since(report.type, version))
    entry = listing[report.type]
    match entry.kind:
        case ReportKind.SUMMARY:
            _check_summary(where, report, entry, version)
        case ReportKind.DETAILED:
            _check_absent(where, report, "a detailed report", ("group_by", "filters"))
            fields = entry.search_fields or entry.metrics
            operators = entry.search_operators or DETAILED_OPERATORS
            _check_search(where, report.search_query, fields, operators)
        case ReportKind.SCRIPT_PATHS:
            _check_absent(where, report, "script paths", ("group_by", "filters", "metrics"))
            fields = entry.search_fields or SCRIPT_FIELDS
            operators = entry.search_operators or SCRIPT_OPERATORS
            _check_search(where, report.search_query, fields, operators)
    for metric in report.metrics:
        _one_of(where, "metric", metric, entry.metrics)


def _check_summary(where: str, report: CustomReport, entry: ReportType, version: int) -> None:
    if report.group_by is None:
        raise ConfigError(f"{where}: group_by is missing; allowed: {', '.join(entry.groupings)}.")
    _one_of(where, "group_by", report.group_by, entry.groupings)
    for name, values in report.filters:
        _one_of(where, "filter", name, entry.groupings[report.group_by])
        if not values:
            raise ConfigError(f"{where}: filter {name!r} needs at least one value.")
        for value in values:
            _check_filter_value(where, name, value, version)
    if report.search_query:
        raise ConfigError(f"{where}: search_query is for detailed reports; use filters.")


def _check_filter_value(where: str, name: str, value: str, version: int) -> None:
    since = MEDIA_SINCE.get(value, 0) if name == "media" else 0
    if since > version:
        raise ConfigError(
            f"{where}: filter media: {value!r} needs api_version v{since} or later, "
            f"and it is v{version}."
        )
    if name == "wrap-up-code" and not _WRAP_UP_CODE.fullmatch(value):
        raise ConfigError(
            f"{where}: filter wrap-up-code: {value!r} must be the id of a list and the id of a "
            "code, such as 123-4."
        )


def _check_absent(where: str, report: CustomReport, what: str, unfit: tuple[str, ...]) -> None:
    """Refuse what only summary reports can have, and what else is `unfit`."""
    totals = report.include_subtotals or report.include_grand_total
    found = [name for name in unfit if getattr(report, name)]
    found += ["granularity"] if report.granularity else []
    found += ["totals"] if totals else []
    if found:
        raise ConfigError(
            f"{where}: {what} can't have {', '.join(found)}; allowed: name, type, search_query, "
            f"{'' if 'metrics' in unfit else 'metrics, '}timezone, intra_day_time_range."
        )


def _check_search(
    where: str, rules: tuple[SearchRule, ...], fields: Collection[str], operators: Collection[str]
) -> None:
    for field, operator, value in rules:
        _one_of(where, "search_query field", field, fields)
        _one_of(where, "search_query operator", operator, operators)
        if operator in UNARY and value:
            raise ConfigError(f"{where}: search_query: {field} {operator} takes no value.")
        if operator not in UNARY and not value:
            raise ConfigError(f"{where}: search_query: {field} {operator} needs a value.")


def _one_of(where: str, what: str, value: str, allowed: Collection[str]) -> None:
    if value not in allowed:
        _refuse(where, what, value, allowed)


def _refuse(where: str, what: str, value: str, allowed: Collection[str], why: str = "") -> NoReturn:
    options = ", ".join(allowed) or "none"
    raise ConfigError(f"{where}: {what} {value!r} is not on offer{why}; allowed: {options}.")


def _since(report_type: str, version: int) -> str:
    for pattern, since in _TYPES_SINCE:
        if pattern.search(report_type):
            return f" (it needs api_version v{since} or later)" if since > version else ""
    return ""
