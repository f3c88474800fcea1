"""Requests for reports, complete but for what a test cares about."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.reports import ReportDefinition, ReportKind, ReportRequest
from tap_8x8_cc.model.windows import Window

START = datetime(2026, 3, 2, tzinfo=UTC)
_OF_REQUEST = ("window", "zone", "tenant_id", "metrics", "names_zone")


def summary_request(**other: Any) -> ReportRequest:
    """Return a request for a summary report, by queue and day, in UTC."""
    own = {
        "type": "queue-interactions-summary",
        "group_by": "queue",
        "granularity": Granularity.DAY,
    }
    return _request({**own, "granularity": Granularity.DAY, **other})


def detailed_request(report_type: str, **other: Any) -> ReportRequest:
    """Return a request for a detailed report."""
    return _request({"type": report_type, "kind": ReportKind.DETAILED, **other})


def script_paths_request(**other: Any) -> ReportRequest:
    """Return a request for script paths."""
    return _request({"type": "script-paths", "kind": ReportKind.SCRIPT_PATHS, **other})


def _request(given: dict[str, Any]) -> ReportRequest:
    """Sort what is given into a request and its definition."""
    of_request: dict[str, Any] = {
        "window": Window(START, START + timedelta(days=28), START),
        "zone": ZoneInfo("UTC"),
        **{name: given[name] for name in _OF_REQUEST if name in given},
    }
    given = {name: value for name, value in given.items() if name not in _OF_REQUEST}
    definition = ReportDefinition(name=given.pop("stream", "stream"), **given)
    return ReportRequest(definition=definition, **of_request)
