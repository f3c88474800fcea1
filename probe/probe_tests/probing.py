"""Probing a sandbox, in process but over real HTTP."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_probe import experiments
from tap_8x8_cc_probe.cli import judge, study
from tap_8x8_cc_probe.experiments import Seen
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tap_8x8_cc.clock import Clock
from tap_8x8_cc.config.settings import Settings
from tests.support.tapcli import config

if TYPE_CHECKING:
    from tap_8x8_cc_probe.findings import Verdict

PACE = 0.02
# The simulated contact center has had rows since the beginning of time, but none in the future.
experiments.LONG_AGO = datetime(2039, 1, 3, 8, tzinfo=UTC)
PLAIN: dict[str, Any] = {
    "date_range": "instant",
    "end": "included",
    "default_zone": "told",
    "days": "zone",
    "offset": "offset",
    "seconds": "minutes",
    "none_times": True,
    "reading": "all",
    "columns": {
        "media-and-channel-and-queue": ["media", "channel", "queue", "queueId"],
        "channel": ["channel"],
        "group-and-agent-and-status-code": [
            "group", "groupId", "agent", "agentId", "statusCode", "statusCodeId",
        ],
    },
    "row_form": "list",
    "envelope": "nothing",
    "total_key": "total",
    "subtotals": 1,
    "numbers": "text",
    "durations": "integer",
    "percentages": "decimal",
    "nothing": "null",
    "count": None,
            "empty": "array",
    "empty_pages": 1,
    "csv": "agrees",
    "csv_header": "label",
        "csv_rows": "same",
    "csv_mark": False,
    "csv_durations": "integer",
    "csv_percentages": "decimal",
    "csv_nothing": "empty",
    "csv_totals": "unmarked",
    "listing": "all",
    "script_paths": "bare",
    "creation": "200 object id status",
    "ids": "number",
    "first_status": "IN_PROGRESS",
    "statuses": ["DONE", "IN_PROGRESS"],
    "done_status": "DONE",
    "unknown": 0,
    "redirects": [],
        "throttling": "no",
    "rate_limits": [],
    "error_body": "text",
    "detailed_creation": "object",
    "detailed_status": "done",
    "detailed_values": "ongoing",
}  # fmt: skip
"""What the plain sandbox does, by its own documentation and that of its quirks."""


def sandbox(quirks: dict[str, Any] | None = None, **settings: Any) -> SandboxServer:
    """Return a sandbox with these quirks, to be entered."""
    return SandboxServer(SandboxConfig.from_dict({"quirks": quirks or {}, **settings}))


def seen_at(url: str, tenant: str | None = None, pace: float = PACE, **settings: Any) -> Seen:
    """Probe the API at `url`, by settings that name no zone."""
    values = config(url, **{"timezone": None, **settings})
    given = {name: value for name, value in values.items() if value is not None}
    seen = Seen(Settings.from_config(given))
    study(seen, Clock(pace=pace), tenant)
    return seen


def verdict_at(url: str, tenant: str | None = None, **settings: Any) -> Verdict:
    """Return the verdict on the API at `url`."""
    return judge(seen_at(url, tenant, **settings))


def probe_of(quirks: dict[str, Any] | None = None, **settings: Any) -> Verdict:
    """Probe a sandbox with these quirks, for which no zone is set."""
    with sandbox(quirks, **settings) as server:
        verdict = verdict_at(server.url)
        assert server.state()["reports_created"] == verdict.reports <= 10
    return verdict


def findings(verdict: Verdict) -> dict[str, Any]:
    """Return the answer to each question; None if there is none."""
    return {question.name: found.value for question, found in verdict.findings}
