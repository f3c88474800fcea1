"""Requests for reports, complete but for what a test cares about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.reports import DetailedRequest, ScriptPathsRequest, SummaryRequest
from tap_8x8_cc.model.windows import Window

START = datetime(2026, 3, 2, tzinfo=UTC)


def _common(report_type: str, other: dict[str, Any]) -> dict[str, Any]:
    return {
        "stream": "stream",
        "title": "title",
        "tenant_id": None,
        "type": report_type,
        "window": Window(START, START + timedelta(days=28), START),
        "zone": ZoneInfo("UTC"),
        **other,
    }


def summary_request(**other: Any) -> SummaryRequest:
    """Return a request for a summary report, by queue and day, in UTC."""
    own = {"group_by": "queue", "granularity": Granularity.DAY, "metrics": ()}
    return SummaryRequest(**_common("queue-interactions-summary", own | other))


def detailed_request(report_type: str, **other: Any) -> DetailedRequest:
    """Return a request for a detailed report."""
    return DetailedRequest(**_common(report_type, {"metrics": ()} | other))


def script_paths_request(**other: Any) -> ScriptPathsRequest:
    """Return a request for script paths."""
    return ScriptPathsRequest(**_common("script-paths", other))
