"""The reports that a run creates, as a list: what each is for, and how long all of them take."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum, auto
from typing import TYPE_CHECKING

from tap_8x8_cc.model.instants import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc.model.coverage import Coverage
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.model.windows import Window


class Purpose(StrEnum):
    """What a report is read for."""

    NEW = auto()
    LOOKBACK = auto()
    BACKFILL = auto()


@dataclass(frozen=True, slots=True)
class PlannedReport:
    """A report that a run is going to create.

    Args:
        request: What it asks for: stream, tenant and window among it.
        purpose: What it is read for.
        why: The same in words, with the moment that decides it.
    """

    request: ReportRequest
    purpose: Purpose
    why: str


def purpose_of(window: Window, covered: Coverage | None) -> Purpose:
    """Return what a window is read for; one that goes on beyond what has been read is new.

    Args:
        window: The window.
        covered: What has been read, if anything.
    """
    if covered is None or window.end > covered.until:
        return Purpose.NEW
    return Purpose.BACKFILL if window.start < covered.since else Purpose.LOOKBACK


def planned_report(
    request: ReportRequest, covered: Coverage | None, *, reads_all: bool
) -> PlannedReport:
    """Return a request with what it is for.

    Args:
        request: The request.
        covered: What earlier runs have read, if anything.
        reads_all: Whether each run reads the whole range anew.
    """
    purpose = purpose_of(request.window, covered)
    if covered is None:
        why = "read whole with each run" if reads_all else "not read before"
    elif purpose is Purpose.BACKFILL:
        why = f"start_date is before what has been read, from {utc_text(covered.since)}"
    elif purpose is Purpose.LOOKBACK:
        why = f"read again (lookback_days) before the bookmark, {utc_text(covered.until)}"
    elif request.window.start < covered.until:
        why = f"goes beyond the bookmark, {utc_text(covered.until)}; begins lookback_days before it"
    else:
        why = f"after the bookmark, {utc_text(covered.until)}"
    return PlannedReport(request, purpose, why)


def tally(reports: Iterable[PlannedReport]) -> dict[str, int]:
    """Count reports by what they are for, in a fixed order; and all of them."""
    found = Counter(report.purpose for report in reports)
    return {purpose.value: found[purpose] for purpose in Purpose} | {"reports": found.total()}


def summed_up(reports: Iterable[PlannedReport]) -> str:
    """Say how many reports there are, of how many streams, and what for."""
    reports = list(reports)
    counts = tally(reports)
    parts = [f"{counts[purpose.value]} {purpose}" for purpose in Purpose if counts[purpose.value]]
    total, streams = counts["reports"], len({report.request.stream for report in reports})
    return f"{total} reports of {streams} streams" + (f" ({', '.join(parts)})" if parts else "")


def estimated_seconds(reports: int, seconds_per_report: float, side_by_side: int) -> float:
    """Return how long reports take that are generated so many at a time."""
    return math.ceil(reports / side_by_side) * seconds_per_report
