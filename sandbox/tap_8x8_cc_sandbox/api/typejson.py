"""The JSON of the report types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.api.download import SCRIPT_PATHS_COLUMNS
from tap_8x8_cc_sandbox.api.rules import SCRIPT_PATHS, SCRIPT_SEARCH_FIELDS, is_survey
from tap_8x8_cc_sandbox.center.model import Operator, ReportType

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tap_8x8_cc_sandbox.api.quirks import Quirks


def listing(types: Mapping[str, ReportType], quirks: Quirks) -> list[dict[str, Any]] | object:
    """Return the list of report types, or what stands in its place."""
    if quirks.listing == "empty":
        return []
    if quirks.listing == "object":
        return {"status": "ok"}
    found = list(entries(types, quirks).values())
    return [{"metrics": ["accepted"]}, *found] if quirks.listing_extra == "entry" else found


def entries(types: Mapping[str, ReportType], quirks: Quirks) -> dict[str, dict[str, Any]]:
    """Return the listing by type."""
    return {
        name: _quirky(_entry(report_type, quirks.script_paths_listing), quirks)
        for name, report_type in types.items()
        if name != SCRIPT_PATHS or quirks.script_paths_listing != "absent"
    }


def _quirky(entry: dict[str, Any], quirks: Quirks) -> dict[str, Any]:
    """Write an entry in another form than documented."""
    found = dict(entry)
    if "metrics" in found and quirks.listing_metrics == "objects":
        found["metrics"] = [{"name": name, "since": "v1"} for name in found["metrics"]]
    if "groupBy" in found:
        if quirks.listing_search:
            found["searchQuery"] = {"fields": ["queue"], "operators": [Operator.IN]}
        if quirks.listing_group_by == "names":
            found["groupBy"] = [grouping["name"] for grouping in found["groupBy"]]
        if quirks.listing_surveys == "ungrouped" and is_survey(found["type"]):
            del found["groupBy"]
    if quirks.listing_extra == "fields":
        found |= {"version": 8, "labels": {"en": found["type"]}, "deprecated": None}
    return found


def _entry(found: ReportType, script_paths: str) -> dict[str, Any]:
    entry: dict[str, Any] = {"type": found.type}
    if found.group_by is not None:
        groups = [{"name": each.name, "filters": each.filters} for each in found.group_by]
        return entry | {"groupBy": groups, "metrics": found.metrics}
    metrics, names, operators = found.metrics, found.search_fields, found.search_operators
    if found.type == SCRIPT_PATHS:
        if script_paths == "bare":
            return entry
        metrics, names, operators = SCRIPT_PATHS_COLUMNS, SCRIPT_SEARCH_FIELDS, (Operator.IN,)
    return entry | {"metrics": metrics, "searchQuery": {"fields": names, "operators": operators}}
