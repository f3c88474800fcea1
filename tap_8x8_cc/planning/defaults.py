"""The streams that are selected by default: a few that answer most questions.

They show how each queue, agent and team did, how agents spent their time, and what customers said.
Each stream costs at least one report in each run, so the others wait to be selected. Custom reports
and `extractions` are selected.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_8x8_cc.model.reports import DETAILED_PREFIX, SCRIPT_PATHS

if TYPE_CHECKING:
    from tap_8x8_cc.model.reports import ReportDefinition

MANY_REPORTS = 500
"""Reports in one run that are worth a warning: at a minute each, four at a time, two hours."""
SELECTED = frozenset(
    {
        ("queue-interactions-summary", "media-and-channel-and-queue"),
        ("queue-interactions-abandoned", "queue"),
        ("agent-interactions-summary", "agent"),
        ("agent-interactions-summary", "group-and-agent"),
        ("agent-interactions-by-wrap-up-code", "queue-and-wrap-up-code"),
        ("agent-status-time-on-status", "agent"),
        ("agent-status-by-status-code", "agent-and-status-code"),
        ("digital-channels-summary", "media-and-channel-and-queue"),
        ("surveys-summary", "survey-and-queue"),
        ("survey-questions-summary", "survey-and-question"),
    }
)
"""Report types and groupings."""

PERSONAL_NAMES = tuple(name.replace("-", "_") for name in (DETAILED_PREFIX, SCRIPT_PATHS))
"""What the names of streams with personal data start with."""


def is_personal(report_type: str) -> bool:
    """Return whether a type holds data of single persons, so that a setting must allow it.

    Script paths hold counts, which may be of a single caller.
    """
    return report_type.startswith(DETAILED_PREFIX) or report_type == SCRIPT_PATHS


def is_selected(definition: ReportDefinition) -> bool:
    """Return whether a report is read if nobody selects."""
    return definition.custom or (definition.type, definition.group_by) in SELECTED
