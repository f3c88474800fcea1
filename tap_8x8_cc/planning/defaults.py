"""Which streams are selected where nobody selects: a few that answer most questions.

How each queue did and what was lost in it, how each agent and team did, with what result, where the
agents' time went, and what customers said. Whoever wants more, or less, selects streams; a stream
costs at least one report in each run. Custom reports were asked for by name and are selected, and
so is the log of what was read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_8x8_cc.model.reports import DETAILED_PREFIX, SCRIPT_PATHS

if TYPE_CHECKING:
    from tap_8x8_cc.model.reports import ReportDefinition

MANY_REPORTS = 500
"""Reports in one run beyond which it is worth a warning: at a minute each, four at a time, that is
two hours."""
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
"""What the names of streams begin with that `is_personal` holds of."""


def is_personal(report_type: str) -> bool:
    """Tell whether a type holds single persons' doings, so that a setting must allow it.

    Script paths hold counts, of ways as rare as one; they come with the detailed types.
    """
    return report_type.startswith(DETAILED_PREFIX) or report_type == SCRIPT_PATHS


def is_selected(definition: ReportDefinition) -> bool:
    """Return whether a report is read if nobody selects."""
    return definition.custom or (definition.type, definition.group_by) in SELECTED
