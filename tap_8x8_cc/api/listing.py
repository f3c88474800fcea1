"""The API's own list of report types; entries that can't be used are left out with a warning."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.calls import ApiCall
from tap_8x8_cc.api.patience import LISTING_ANSWER, TransientError
from tap_8x8_cc.api.responses import Response, decode_json
from tap_8x8_cc.errors import ApiError, RefusedError
from tap_8x8_cc.model.reports import DETAILED_PREFIX, SCRIPT_PATHS, ReportKind
from tap_8x8_cc.redaction import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_8x8_cc.api.client import ApiClient

logger = logging.getLogger(__name__)

_SUMMARY_SUFFIX = "-summary"
SHOWN = 3  # entries of the list that a warning shows


@dataclass(frozen=True, slots=True)
class ReportType:
    """An entry of the list.

    Args:
        type: The report type's name.
        kind: How it is created and read.
        groupings: For each grouping, by name, the filters it allows; summary types only, and none
            where the type has but one way to be grouped.
        metrics: The metrics that may be asked for.
        search_fields: The fields that a search may use; detailed types and script paths.
        search_operators: The operators that a search may use.
    """

    type: str
    kind: ReportKind
    groupings: Mapping[str, tuple[str, ...]]
    metrics: tuple[str, ...]
    search_fields: tuple[str, ...] = ()
    search_operators: tuple[str, ...] = ()


Listing = dict[str, ReportType]
"""Report types by name."""


def fetch_listing(client: ApiClient, tenant_id: str | None) -> Listing:
    """Ask for all report types; raises ApiError if no stream can be made of any of them."""
    call = ApiCall("list of report types", "/report-types", tenant_id, largest=LISTING_ANSWER)
    try:
        found = client.get(call, read_listing)
    except RefusedError as error:
        hint = ""
        if "X-Tenant-Info" in error.said:
            hint = " Check the setting tenant_ids."
        elif error.not_found:
            hint = " Check the settings region and api_version, and api_url."
        raise RefusedError(f"{error}{hint}", error.status, error.said) from error
    if not found:
        tenant = f" of tenant {tenant_id}" if tenant_id else ""
        raise ApiError(
            f"The API lists no report types{tenant} that streams can be made of: check region, "
            "api_version and whether the API key may use the historical analytics."
        )
    return found


def read_listing(answer: Response) -> Listing:
    """Read the answer; raises TransientError if it is not a list."""
    value = decode_json(answer)
    if not isinstance(value, list):
        raise TransientError("The answer is not a list of report types.")
    entries = [(item, parse_entry(item)) for item in value]
    if left_out := [item for item, entry in entries if entry is None]:
        shown = [printable(str(item), 100) for item in left_out[:SHOWN]]
        logger.warning(
            "%d listed report types are left out, since no stream can be made of them: %s",
            len(left_out),
            ", ".join([*shown, "..."] if len(left_out) > SHOWN else shown),
        )
    return {entry.type: entry for _, entry in entries if entry}


def parse_entry(entry: Any) -> ReportType | None:  # noqa: ANN401 - JSON is anything
    """Read one entry; None if it is not a report type, or one that nobody can ask for."""
    name = entry.get("type") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        return None
    metrics, groupings = _names(entry.get("metrics")), _groupings(entry.get("groupBy"))
    search = entry.get("searchQuery")
    search = search if isinstance(search, dict) else {}
    kind = kind_of(name, grouped=bool(groupings), searched=bool(search))
    if kind is ReportKind.SUMMARY:
        return ReportType(name, kind, groupings, metrics) if metrics else None
    fields, operators = _names(search.get("fields")), _names(search.get("operators"))
    return ReportType(name, kind, {}, metrics, fields, operators)


def kind_of(report_type: str, *, grouped: bool, searched: bool) -> ReportKind:
    """Return the kind of a report type, by its name, its groupings and what it is searched by."""
    if report_type == SCRIPT_PATHS:
        return ReportKind.SCRIPT_PATHS
    if report_type.startswith(DETAILED_PREFIX):
        return ReportKind.DETAILED
    if grouped or report_type.endswith(_SUMMARY_SUFFIX) or not searched:
        return ReportKind.SUMMARY
    return ReportKind.DETAILED


def merged(listings: Iterable[Listing]) -> Listing:
    """Join the lists of several tenants: what any of them offers."""
    joined: Listing = {}
    for listing in listings:
        for name, entry in listing.items():
            known = joined.get(name, entry)
            joined[name] = replace(
                known,
                groupings={**entry.groupings, **known.groupings},
                metrics=tuple(dict.fromkeys((*known.metrics, *entry.metrics))),
            )
    return joined


def _groupings(value: Any) -> dict[str, tuple[str, ...]]:  # noqa: ANN401 - JSON is anything
    """Read groupings: objects of a name and its filters, or names alone."""
    return {
        name: _names(item.get("filters")) if isinstance(item, dict) else ()
        for item in (value if isinstance(value, list) else [])
        if (name := _name(item))
    }


def _names(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON is anything
    """Read a list of names, each a text or an object that holds one."""
    items = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(filter(None, map(_name, items))))


def _name(item: Any) -> str:  # noqa: ANN401 - JSON is anything
    name = item.get("name") if isinstance(item, dict) else item
    return name if isinstance(name, str) else ""
