"""Which streams there are: one per summary type and grouping, and one per custom report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.listing import Form, Listing, ReportType
from tap_8x8_cc.naming import resolve, stream_name
from tap_8x8_cc.settings import CustomReport

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.setting_values import IntraDay
    from tap_8x8_cc.settings import Settings
    from tap_8x8_cc.windows import Granularity


@dataclass(frozen=True, slots=True)
class ReportDefinition:
    """What a stream asks the API for.

    Args:
        name: The stream's name.
        type: The report type.
        group_by: The grouping.
        metrics: The metrics there are to choose from.
        granularity: The buckets.
        zone: Their zone, where the report has one of its own.
        intra_day: The part of each day, where not all of it.
        filters: Names and values.
        include_subtotals: Whether subtotal rows are wanted.
        include_grand_total: Whether the grand total is wanted.
    """

    name: str
    type: str
    group_by: str
    metrics: tuple[str, ...]
    granularity: Granularity
    zone: ZoneInfo | None
    intra_day: IntraDay | None
    filters: tuple[tuple[str, tuple[str, ...]], ...]
    include_subtotals: bool
    include_grand_total: bool

    @property
    def with_totals(self) -> bool:
        """Whether total rows are wanted."""
        return self.include_subtotals or self.include_grand_total


def define_streams(listing: Listing, settings: Settings) -> list[ReportDefinition]:
    """Give the definition of every stream.

    Args:
        listing: The report types on offer.
        settings: The settings, custom reports among them.

    Raises:
        ConfigError: A custom report asks for what is not on offer, or its name is taken.
    """
    pairs = [
        (entry, grouping)
        for entry in listing.values()
        if entry.form is Form.SUMMARY
        for grouping in entry.groupings
    ]
    names = resolve(
        {f"{entry.type}/{grouping}": stream_name(entry.type, grouping) for entry, grouping in pairs}
    )
    discovered = [
        _define(
            CustomReport(names[f"{entry.type}/{grouping}"], entry.type, grouping), entry, settings
        )
        for entry, grouping in pairs
    ]
    custom = [_customized(report, listing, settings) for report in settings.reports]
    taken = {definition.name for definition in discovered}
    for definition in custom:
        if definition.name in taken:
            raise ConfigError(f"reports, {definition.name}: a discovered stream has this name.")
    return discovered + custom


def _define(report: CustomReport, entry: ReportType, settings: Settings) -> ReportDefinition:
    """Complete a report's own choices with the general settings."""
    return ReportDefinition(
        name=report.name,
        type=entry.type,
        group_by=report.group_by or "",
        metrics=report.metrics or entry.metrics,
        granularity=report.granularity or settings.granularity,
        zone=report.timezone or settings.timezone,
        intra_day=report.intra_day or settings.intra_day,
        filters=report.filters,
        include_subtotals=_chosen(report.include_subtotals, settings.include_subtotals),
        include_grand_total=_chosen(report.include_grand_total, settings.include_grand_total),
    )


def _chosen(own: bool | None, general: bool) -> bool:  # noqa: FBT001
    return general if own is None else own


def _customized(report: CustomReport, listing: Listing, settings: Settings) -> ReportDefinition:
    where = f"reports, {report.name}"
    summary = sorted(name for name, entry in listing.items() if entry.form is Form.SUMMARY)
    _one_of(f"{where}: type", report.type, summary)
    entry = listing[report.type]
    if report.group_by is None:
        raise ConfigError(f"{where}: group_by is missing; allowed: {', '.join(entry.groupings)}.")
    _one_of(f"{where}: group_by", report.group_by, entry.groupings)
    for name, _ in report.filters:
        _one_of(f"{where}: filter", name, entry.groupings[report.group_by])
    for metric in report.metrics:
        _one_of(f"{where}: metric", metric, entry.metrics)
    if report.search_query:
        raise ConfigError(f"{where}: search_query is for detailed reports; use filters.")
    return _define(report, entry, settings)


def _one_of(what: str, value: str, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise ConfigError(f"{what} {value!r} is not on offer; allowed: {', '.join(allowed)}.")
