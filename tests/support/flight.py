"""How many reports were in flight at the sandbox, from its own log."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc_sandbox.api.log import LoggedRequest

CREATIONS = frozenset({"create", "detailed_create"})
REDIRECTS = 300
"""Statuses from here on are no success."""


def most_in_flight(requests: Iterable[LoggedRequest]) -> int:
    """Return the most reports that were in flight at one moment.

    A report is in flight from its creation to the last request that names it: while it is
    generated, waits, and is read.

    Args:
        requests: What the sandbox's log holds.
    """
    begun: dict[int, float] = {}
    ended: dict[int, float] = {}
    for request in requests:
        if request.report_id is None:
            continue
        if request.operation in CREATIONS and (request.status or REDIRECTS) < REDIRECTS:
            begun[request.report_id] = request.clock
        ended[request.report_id] = request.clock
    moments = [(at, 1) for at in begun.values()]
    # One that ends as another begins makes room for it.
    moments += [(ended[report], -1) for report in begun]
    most = now = 0
    for _, step in sorted(moments):
        now += step
        most = max(most, now)
    return most
