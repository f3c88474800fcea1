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


def _entry(report_type: ReportType, script_paths: str) -> dict[str, Any]:
    if report_type.type == SCRIPT_PATHS:
        return _script_paths(script_paths)
    if report_type.group_by is None:
        return {
            "type": report_type.type,
            "metrics": report_type.metrics,
            "searchQuery": {
                "fields": report_type.search_fields,
                "operators": report_type.search_operators,
            },
        }
    return {
        "type": report_type.type,
        "groupBy": [
            {"name": grouping.name, "filters": grouping.filters}
            for grouping in report_type.group_by
        ],
        "metrics": report_type.metrics,
    }


def _script_paths(form: str) -> dict[str, Any]:
    if form == "bare":
        return {"type": SCRIPT_PATHS}
    return {
        "type": SCRIPT_PATHS,
        "metrics": SCRIPT_PATHS_COLUMNS,
        "searchQuery": {"fields": SCRIPT_SEARCH_FIELDS, "operators": [Operator.IN]},
    }
