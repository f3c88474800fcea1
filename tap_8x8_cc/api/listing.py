"""The API's own list of report types, in whichever of its three forms an entry comes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.client import Answer, ApiClient, Call, decode_json
from tap_8x8_cc.api.retry import TransientError
from tap_8x8_cc.errors import RefusedError
from tap_8x8_cc.model.reports import DETAILED_PREFIX, SCRIPT_PATHS, ReportKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(frozen=True, slots=True)
class ReportType:
    """An entry of the list.

    Args:
        type: The report type's name.
        kind: How it is created and read.
        groupings: For each grouping, by name, the filters it allows; summary types only.
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
    """Ask for all report types; raises ApiError."""
    call = Call("list of report types", "/report-types", tenant_id)
    try:
        return client.get(call, read_listing)
    except RefusedError as error:
        hint = " Check the setting tenant_ids." if "X-Tenant-Info" in str(error) else ""
        raise RefusedError(f"{error}{hint}", error.status) from error


def read_listing(answer: Answer) -> Listing:
    """Read the answer; an entry of a form that nobody knows is left out.

    Raises:
        TransientError: It is no list of report types.
    """
    value = decode_json(answer)
    if not isinstance(value, list):
        raise TransientError("The answer is no list of report types.")
    entries = (parse_entry(entry) for entry in value)
    return {entry.type: entry for entry in entries if entry is not None}


def parse_entry(entry: Any) -> ReportType | None:  # noqa: ANN401 - JSON is anything
    """Read one entry; None where it is no report type, or one of an unknown form."""
    name = entry.get("type") if isinstance(entry, dict) else None
    if not isinstance(name, str) or not name:
        return None
    metrics = _texts(entry.get("metrics"))
    search = entry.get("searchQuery")
    search = search if isinstance(search, dict) else {}
    if name == SCRIPT_PATHS:
        kind = ReportKind.SCRIPT_PATHS
    elif search or name.startswith(DETAILED_PREFIX):
        kind = ReportKind.DETAILED
    else:
        kind = ReportKind.SUMMARY
    groupings = _groupings(entry.get("groupBy")) if kind is ReportKind.SUMMARY else {}
    if kind is ReportKind.SUMMARY and not (groupings and metrics):
        return None
    fields, operators = _texts(search.get("fields")), _texts(search.get("operators"))
    return ReportType(name, kind, groupings, metrics, fields, operators)


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
    items = value if isinstance(value, list) else []
    return {
        item["name"]: _texts(item.get("filters"))
        for item in items
        if isinstance(item, dict) and isinstance(item.get("name"), str) and item["name"]
    }


def _texts(value: Any) -> tuple[str, ...]:  # noqa: ANN401 - JSON is anything
    items = value if isinstance(value, list) else []
    return tuple(dict.fromkeys(item for item in items if isinstance(item, str) and item))
