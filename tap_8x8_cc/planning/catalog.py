"""The streams: one per listed report type and grouping, and one per custom report."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.reports import (
    DETAILED_PREFIX,
    INTERACTIONS,
    SCRIPT_PATHS,
    ReportDefinition,
    ReportKind,
)
from tap_8x8_cc.planning.custom_reports import check_custom, doubt, unlisted
from tap_8x8_cc.records.naming import column_name, resolve, shorten, stream_name

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from tap_8x8_cc.api.listing import Listing, ReportType
    from tap_8x8_cc.config.settings import Settings


logger = logging.getLogger(__name__)

EXTRACTIONS = "extractions"
"""The stream that says what was read."""
RESERVED = (EXTRACTIONS,)
"""Names of streams that are not reports."""
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
"""Report types and groupings that are selected by default: a few that answer most questions.

They show how each queue, agent and team did, how agents spent their time, and what customers said.
Each stream costs at least one report in each run, so the others wait to be selected.
"""
PERSONAL_NAMES = tuple(name.replace("-", "_") for name in (DETAILED_PREFIX, SCRIPT_PATHS))
"""What the names of streams with personal data start with."""


def define_streams(
    listing: Listing,
    settings: Settings,
    refuse: Callable[[str, ConfigError], None] | None = None,
) -> list[ReportDefinition]:
    """Return the definition of every stream.

    `refuse` is called with the name of each impossible custom report, which is left out.

    Raises:
        ConfigError: A custom report is impossible or its name is taken, and `refuse` is None.
    """
    pairs = [(entry, grouping) for entry in listing.values() for grouping in _groupings(entry)]
    # Of everything listed, since leaving one out must not change the names of the others.
    names = resolve(
        {_identity(*pair): stream_name(pair[0].type, pair[1]) for pair in pairs}, RESERVED
    )
    discovered = [
        complete(
            ReportDefinition(
                name=names[_identity(entry, grouping)], type=entry.type, group_by=grouping
            ),
            entry,
            settings,
        )
        for entry, grouping in pairs
        if settings.allows(entry.type) or not is_personal(entry.type)
    ]
    asked = settings.detailed_reports
    personal = [name for name in listing if is_personal(name)]
    for name in () if isinstance(asked, bool) else asked:
        if name not in personal:
            logger.warning("%s", doubt("detailed_reports", "type", name, personal))
    custom = []
    # A custom report keeps its name, whatever the participants' stream of another is called.
    taken = {*names.values(), *RESERVED, participants_name(column_name(INTERACTIONS))}
    for report in settings.reports:
        try:
            custom.append(_custom(report, listing, settings, taken))
        except ConfigError as error:
            if refuse is None:
                raise
            refuse(report.name, error)
    found = discovered + custom
    overnight = [each for each in found if each.include_grand_total and each.runs_overnight]
    if overnight:  # they would hold a morning of the day after
        logger.warning(
            "include_grand_total: left out for %s, since intra_day_time_range is overnight: the "
            "request runs on to the end of the last night, and its total would count too much.",
            f"{len(overnight)} streams" if len(overnight) > 1 else overnight[0].name,
        )
    return [replace(d, include_grand_total=False) if d in overnight else d for d in found]


def is_personal(report_type: str) -> bool:
    """Return whether a type holds data of single persons, so that a setting must allow it.

    Script paths hold counts, which may be of a single caller.
    """
    return report_type.startswith(DETAILED_PREFIX) or report_type == SCRIPT_PATHS


def is_selected(definition: ReportDefinition) -> bool:
    """Return whether a report is read if nobody selects."""
    return definition.custom or (definition.type, definition.group_by) in SELECTED


def participants_name(stream: str) -> str:
    """Name the stream with a row a participant beside a stream of interactions."""
    return shorten(f"{stream}_participants")


def is_offered(
    listings: Mapping[str | None, Listing], tenant_id: str | None, definition: ReportDefinition
) -> bool:
    """Return whether a tenant has a report; other tenants may have others.

    A custom report that is listed for nobody is asked for: the API may know it anyway.
    """

    def offers(listing: Listing) -> bool:
        entry = listing.get(definition.type)
        return entry is not None and (
            not definition.is_summary or definition.group_by in _groupings(entry)
        )

    listed_for_nobody = not any(map(offers, listings.values()))
    return offers(listings[tenant_id]) or (definition.custom and listed_for_nobody)


def offered_metrics(
    listings: Mapping[str | None, Listing], tenant_id: str | None, definition: ReportDefinition
) -> tuple[str, ...]:
    """Return the metrics of a report that a tenant offers, or that are listed for nobody."""

    def listed(tenant: str | None) -> tuple[str, ...]:
        entry = listings[tenant].get(definition.type)
        return entry.metrics if entry else ()

    own = listed(tenant_id)
    others = {metric for tenant in listings for metric in listed(tenant)} - set(own)
    unlisted = [metric for metric in definition.metrics if metric not in others | set(own)]
    return (*own, *unlisted)


def _custom(
    report: ReportDefinition, listing: Listing, settings: Settings, taken: Collection[str]
) -> ReportDefinition:
    """Define a custom report; raises ConfigError if it is impossible."""
    for line in check_custom(report, listing, settings.version):
        logger.warning("%s", line)
    others = {each.name for each in settings.reports if each is not report}
    if report.type == INTERACTIONS and participants_name(report.name) in {*taken, *others}:
        raise ConfigError(
            f"reports, {report.name}: {participants_name(report.name)}, the stream of its "
            "participants, has the name of another stream; choose another."
        )
    if report.name in taken:
        raise ConfigError(
            f"reports, {report.name}: a discovered stream has this name; choose another."
        )
    return complete(report, listing.get(report.type) or unlisted(report), settings)


def _groupings(entry: ReportType) -> tuple[str | None, ...]:
    return tuple(entry.groupings) or (None,)


def _identity(entry: ReportType, grouping: str | None) -> str:
    return entry.type if grouping is None else f"{entry.type}/{grouping}"


def complete(
    definition: ReportDefinition, entry: ReportType, settings: Settings
) -> ReportDefinition:
    """Return a definition with what it leaves open, from the general settings and the listing."""
    common = replace(
        definition,
        kind=entry.kind,
        metrics=definition.metrics or entry.metrics,
        zone=definition.zone or settings.timezone,
        intra_day=definition.intra_day or settings.intra_day,
    )
    if entry.kind is not ReportKind.SUMMARY:
        return replace(
            common,
            offered=entry.metrics,
            include_participants=settings.include_participants,
            show_ongoing=settings.show_ongoing_interactions,
        )
    return replace(
        common,
        granularity=definition.granularity or settings.granularity,
        include_subtotals=_chosen(definition.include_subtotals, settings.include_subtotals),
        include_grand_total=_chosen(definition.include_grand_total, settings.include_grand_total),
        week_start=settings.week_start,
    )


def _chosen(own: bool | None, general: bool) -> bool:  # noqa: FBT001
    return general if own is None else own
