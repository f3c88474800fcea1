"""Which streams there are: one per report type and grouping on offer, and one per custom report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_8x8_cc.api.listing import Form, Listing, ReportType
from tap_8x8_cc.config.settings import CustomReport
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.windows import Granularity
from tap_8x8_cc.planning.custom_reports import check_custom
from tap_8x8_cc.records.naming import resolve, stream_name

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.config.values import IntraDay
    from tap_8x8_cc.model.reports import Rule


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """What a stream asks the API for.

    Args:
        name: The stream's name.
        type: The report type.
        form: How such a report is created and read.
        group_by: The grouping; None where the type has none.
        metrics: The metrics there are to choose from.
        offered: All metrics of the type.
        granularity: The buckets; days where the report has none, since it is read by days.
        zone: Their zone, where the report has one of its own.
        intra_day: The part of each day, where not all of it.
        filters: Names and values.
        search: The search of a detailed report or of script paths.
        include_subtotals: Whether subtotal rows are wanted.
        include_grand_total: Whether the grand total is wanted.
        include_participants: Whether detailed interactions hold their participants.
        show_ongoing: Whether unfinished interactions are wanted.
        custom: Whether it comes from the `reports` setting.
    """

    name: str
    type: str
    form: Form
    group_by: str | None
    metrics: tuple[str, ...]
    offered: tuple[str, ...]
    granularity: Granularity
    zone: ZoneInfo | None
    intra_day: IntraDay | None
    filters: tuple[tuple[str, tuple[str, ...]], ...]
    search: tuple[Rule, ...]
    include_subtotals: bool
    include_grand_total: bool
    include_participants: bool
    show_ongoing: bool
    custom: bool

    @property
    def with_totals(self) -> bool:
        """Whether total rows are wanted."""
        return self.include_subtotals or self.include_grand_total

    @property
    def is_incremental(self) -> bool:
        """Whether its rows come by buckets, so that a bookmark can stand between two."""
        return self.granularity is not Granularity.NONE


def define_streams(listing: Listing, settings: Settings) -> list[ReportDefinition]:
    """Give the definition of every stream.

    Args:
        listing: The report types on offer.
        settings: The settings, custom reports among them.

    Raises:
        ConfigError: A custom report asks for what is not on offer, or its name is taken.
    """
    pairs: list[tuple[ReportType, str | None]] = []
    for entry in listing.values():
        groupings: tuple[str | None, ...] = (None,)
        if entry.form is Form.SUMMARY:
            groupings = tuple(entry.groupings)
        pairs += [(entry, grouping) for grouping in groupings]
    names = resolve({_identity(*pair): stream_name(pair[0].type, pair[1]) for pair in pairs})
    discovered = [
        _define(CustomReport(names[_identity(entry, grouping)], entry.type, grouping), entry,
                settings, custom=False)
        for entry, grouping in pairs
    ]  # fmt: skip
    custom = []
    taken = {definition.name for definition in discovered}
    for report in settings.reports:
        check_custom(report, listing, settings.version)
        if report.name in taken:
            raise ConfigError(
                f"reports, {report.name}: a discovered stream has this name; choose another."
            )
        custom.append(_define(report, listing[report.type], settings, custom=True))
    return discovered + custom


def _identity(entry: ReportType, grouping: str | None) -> str:
    return entry.type if grouping is None else f"{entry.type}/{grouping}"


def _define(
    report: CustomReport, entry: ReportType, settings: Settings, *, custom: bool
) -> ReportDefinition:
    """Complete a report's own choices with the general settings."""
    summary = entry.form is Form.SUMMARY
    return ReportDefinition(
        name=report.name,
        type=entry.type,
        form=entry.form,
        group_by=report.group_by,
        metrics=report.metrics or entry.metrics,
        offered=entry.metrics,
        granularity=(report.granularity or settings.granularity) if summary else Granularity.DAY,
        zone=report.timezone or settings.timezone,
        intra_day=report.intra_day or settings.intra_day,
        filters=report.filters,
        search=report.search_query,
        include_subtotals=summary and _chosen(report.include_subtotals, settings.include_subtotals),
        include_grand_total=(
            summary and _chosen(report.include_grand_total, settings.include_grand_total)
        ),
        include_participants=settings.include_participants,
        show_ongoing=settings.show_ongoing_interactions,
        custom=custom,
    )


def _chosen(own: bool | None, general: bool) -> bool:  # noqa: FBT001
    return general if own is None else own
