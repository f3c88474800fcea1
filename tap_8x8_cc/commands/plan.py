"""`tap-8x8-cc plan`: which reports would a run create, and why?"""

from __future__ import annotations

import math
from collections import defaultdict
from datetime import timedelta
from typing import IO, TYPE_CHECKING, Any

import click
import msgspec

from tap_8x8_cc.commands.options import (
    catalog_option,
    config_option,
    format_option,
    open_dry,
    state_option,
)
from tap_8x8_cc.errors import TapError
from tap_8x8_cc.model.instants import utc_text
from tap_8x8_cc.planning.planner import Purpose, summed_up, tally

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_8x8_cc.planning.planner import PlannedReport

SECONDS_PER_REPORT = 30
"""How long a report takes to be generated, if nobody says: a guess, the API's is not known."""
MOST_LINES = 30
"""Streams that a table shows by themselves; those with the most reports."""
MEANINGS = {
    Purpose.NEW: "not read before; a report that goes beyond the bookmark starts lookback_days "
    "before it",
    Purpose.LOOKBACK: "before the bookmark, read again since figures change (lookback_days)",
    Purpose.BACKFILL: "start_date is before what has been read; newest first",
}


@click.command()
@config_option
@state_option
@catalog_option
@format_option
@click.option(
    "--seconds-per-report",
    type=click.FloatRange(min=0),
    default=SECONDS_PER_REPORT,
    show_default=True,
    help="How long the API takes to generate a report; for the estimate.",
)
def plan(
    sources: Sequence[str],
    state: IO[str] | None,
    catalog: IO[str] | None,
    output: str,
    seconds_per_report: float,
) -> None:
    """List the reports that a run would create; it creates none."""
    tap = open_dry(sources, state, catalog)
    run, reports = tap.current, tap.plan_reports()
    waiting = [run.unread.find(report.request) is not None for report in reports]
    side_by_side = run.settings.max_concurrent_reports
    seconds = math.ceil(waiting.count(False) / side_by_side) * seconds_per_report
    estimate = {
        "seconds": seconds,
        "seconds_per_report": seconds_per_report,
        "max_concurrent_reports": side_by_side,
    }
    assumptions = run.assumptions
    if output == "json":
        document = as_json(reports, waiting) | {"estimate": estimate, "assumptions": assumptions}
        click.echo(msgspec.json.format(msgspec.json.encode(document)))
    else:
        click.echo("\n".join(as_text(reports)))
        if any(waiting):
            click.echo(f"An interrupted run has created {sum(waiting)} of them: they are read.")
        click.echo(
            f"\nAbout {timedelta(seconds=round(seconds))} h at {seconds_per_report:g} s a report "
            f"(--seconds-per-report), {side_by_side} side by side (max_concurrent_reports)."
        )
        for assumption in assumptions:
            click.echo(f"Note: {assumption}")
    if failures := run.failures:
        named = ", ".join(failure.name for failure in failures)
        raise TapError(f"{len(failures)} of the selected streams can't be read: {named}.")


def as_json(reports: Sequence[PlannedReport], waiting: Sequence[bool]) -> dict[str, Any]:
    """Return a plan as JSON has it: every report, and their numbers.

    Args:
        reports: The reports.
        waiting: For each, whether an interrupted run has created it already.
    """
    return {
        "reports": list(map(_report, reports, waiting)),
        "totals": tally(reports),
        "created_already": sum(waiting),
    }


def _report(report: PlannedReport, is_waiting: bool) -> dict[str, Any]:  # noqa: FBT001 - mapped
    request = report.request
    body = msgspec.json.decode(request.body())
    return {
        "stream": request.stream,
        "tenant_id": request.tenant_id,
        "type": request.type,
        "start": utc_text(request.window.start),
        "end": utc_text(request.window.end),
        "timezone": request.zone.key,
        "date_range": body["dateRange"],
        "purpose": report.purpose.value,
        "why": report.why,
        "created_already": is_waiting,
    }


def as_text(reports: Sequence[PlannedReport]) -> Iterator[str]:
    """Yield the lines of a table, a stream each, that fits on a screen."""
    groups: defaultdict[str, list[PlannedReport]] = defaultdict(list)
    for report in reports:
        tenant = f" ({report.request.tenant_id})" if report.request.tenant_id else ""
        groups[report.request.stream + tenant].append(report)
    largest = sorted(groups, key=lambda name: -len(groups[name]))[:MOST_LINES]
    shown = {name: groups[name] for name in groups if name in set(largest)}
    rest = [report for name in groups if name not in shown for report in groups[name]]
    lines = [("stream", "reports", *Purpose, "from (UTC)", "to (UTC)")]
    lines += [(name, *_figures(found)) for name, found in shown.items()]
    if rest:
        lines.append((f"and {len(groups) - len(shown)} more", *_figures(rest)))
    if reports:
        lines.append(("total", *_figures(reports)))
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for cells in lines:
        name, *others = (
            cell.rjust(width) if 0 < at <= len(Purpose) + 1 else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        yield "  ".join((name, *others)).rstrip()
    yield ""
    yield f"{summed_up(reports)}."
    for purpose in Purpose:
        if any(report.purpose is purpose for report in reports):
            yield f"  {purpose}: {MEANINGS[purpose]}"


def _figures(reports: Sequence[PlannedReport]) -> tuple[str, ...]:
    counts = tally(reports)
    windows = [report.request.window for report in reports]
    return (
        str(counts["reports"]),
        *(str(counts[purpose.value] or "") for purpose in Purpose),
        f"{min(window.start for window in windows):%Y-%m-%d %H:%M}",
        f"{max(window.end for window in windows):%Y-%m-%d %H:%M}",
    )
