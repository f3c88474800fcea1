"""The JSON of the report types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.api.download import SCRIPT_PATHS_COLUMNS
from tap_8x8_cc_sandbox.api.rules import SCRIPT_PATHS, SCRIPT_SEARCH_FIELDS
from tap_8x8_cc_sandbox.center.model import Operator, ReportType

if TYPE_CHECKING:
    from collections.abc import Mapping


def entries(types: Mapping[str, ReportType], script_paths: str) -> dict[str, dict[str, Any]]:
    """Return the listing by type.

    Args:
        types: Report types by name.
        script_paths: How script-paths is listed: `bare`, `fields` or `absent`.
    """
    return {
        name: _entry(report_type, script_paths)
        for name, report_type in types.items()
        if name != SCRIPT_PATHS or script_paths != "absent"
    }


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
