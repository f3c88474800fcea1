"""When the state is written: behind each range, and while waiting for reports that were created.

Always from the thread that writes records, and never between those of one range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from singer_sdk import Tap

    from tap_8x8_cc.api.unread import UnreadReports

QUIET = 0.1
"""Seconds in which reports that are created side by side come together into one state."""
APART = 0.5
"""Seconds between two states, where there is nothing to tell but what was created."""


def write_state(tap: Tap, unread: UnreadReports) -> None:
    """Write the state, with the reports that are created and not yet read."""
    for stream, tenant_id in unread.changes():
        keep = getattr(tap.streams.get(stream), "keep_unread", None)
        if keep:
            keep(tenant_id)
    tap.state_writer.write_state(tap.state)


def write_if_due(tap: Tap, unread: UnreadReports) -> None:
    """Write the state if reports have been created that it does not know, but not too often."""
    if unread.is_due(QUIET, APART):
        write_state(tap, unread)
