"""The simulated contact center as the server sees it: a listing, and the truth of any report."""

from __future__ import annotations

from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from tap_8x8_cc_sandbox.center import facts, listing
from tap_8x8_cc_sandbox.center.calendar import SLOT, instant
from tap_8x8_cc_sandbox.center.detailed import Details
from tap_8x8_cc_sandbox.center.dimensions import dimension_columns, label
from tap_8x8_cc_sandbox.center.interactions import calls_of
from tap_8x8_cc_sandbox.center.metrics import Metric, metrics_of
from tap_8x8_cc_sandbox.center.model import Column, Kind, Table
from tap_8x8_cc_sandbox.center.ranges import Coverage, cover, edge_slot
from tap_8x8_cc_sandbox.center.scripts import script_tree
from tap_8x8_cc_sandbox.center.staff import Media, make_roster
from tap_8x8_cc_sandbox.center.sums import Layout, Projections
from tap_8x8_cc_sandbox.center.tables import Tabulation, make_groups

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tap_8x8_cc_sandbox.center.calls import Call
    from tap_8x8_cc_sandbox.center.dimensions import Leaf
    from tap_8x8_cc_sandbox.center.model import (
        CenterConfig,
        DetailedSpec,
        DetailedTable,
        Filter,
        PathNode,
        ReportSpec,
        ReportType,
        Row,
    )
    from tap_8x8_cc_sandbox.center.sources import Expanded, Source
    from tap_8x8_cc_sandbox.center.traffic import Traffic

EXTRA_METRIC: Final = Metric("callbacksOffered", 1, Kind.COUNT, "callbacksOffered")
"""The metric that no listing names."""


class ContactCenter:
    """A contact center that did the same in every process that simulates it."""

    def __init__(self, config: CenterConfig) -> None:
        self.config = config
        self.roster = make_roster(config)
        self._projections = Projections()

    def report_types(self, version: int) -> list[ReportType]:
        """List the report types of an API version: summary, detailed, script paths."""
        return listing.report_types(version)

    def table(self, spec: ReportSpec, now: datetime) -> Table:
        """Work out a summary report, as seen at a moment.

        Raises:
            KeyError: If type, grouping, filter or metric doesn't exist in the API version.
        """
        dimensions, metrics, rows = self.scan(spec, now)
        return Table(dimensions, metrics, list(rows))

    def scan(
        self, spec: ReportSpec, now: datetime
    ) -> tuple[tuple[Column, ...], tuple[Column, ...], Iterator[Row]]:
        """Work out a summary report row by row, for one that is too large to hold.

        Returns:
            The columns of dimensions, the columns of metrics, and the rows of `table`.
        """
        if spec.group_by not in {grouping.name for grouping in listing.groupings(spec.type)}:
            raise KeyError(f"report type {spec.type!r} has no grouping {spec.group_by!r}")
        metrics = self._metrics(spec)
        source = self._source(spec.type)
        groups = make_groups(
            spec, source.leaves, lambda leaf: _belongs(spec.type, leaf), self.roster, self.config
        )
        coverage = cover(spec, now, late_changes=self.config.late_changes)
        tabulation = Tabulation(
            spec, self.config, source, groups, Layout(metrics), coverage, self._projections
        )
        return (
            dimension_columns(groups.dimensions),
            tuple(Column(metric.name, label(metric.name), metric.kind) for metric in metrics),
            tabulation.rows(),
        )

    def detailed(self, spec: DetailedSpec, now: datetime) -> DetailedTable:
        """Work out a detailed report, as seen at a moment.

        Raises:
            KeyError: If type, metric or search field doesn't exist in the API version.
        """
        return self._details.table(spec, now)

    def calls(self, start: datetime, end: datetime) -> Iterator[tuple[Leaf, Call, int, int]]:
        """Return the interactions that came in a range of whole quarters of an hour.

        Yields:
            The piece of work, the interaction, when it came in milliseconds since
            1970-01-01T00:00Z, and its number in its quarter, counted from the last.
        """
        for slot in range(instant(start), instant(end), SLOT):
            for _, leaf, call, time, from_last in calls_of(self._interactions, slot):
                yield leaf, call, time, from_last

    def script_paths(
        self,
        start: datetime,
        end: datetime,
        end_inclusive: bool,  # noqa: FBT001 - as the reports' own `end_inclusive`
        filters: tuple[Filter, ...],
        now: datetime,
    ) -> list[PathNode]:
        """Work out the tree of ways that interactions took through the scripts, root first.

        Raises:
            KeyError: If a filter is none of script, queue, agent and channel.
        """
        edge = edge_slot(end) if end_inclusive else None
        coverage = Coverage(instant(start), instant(end), edge, instant(now))
        return script_tree(self._interactions.source, coverage, filters)

    def _metrics(self, spec: ReportSpec) -> list[Metric]:
        offered = metrics_of(spec.type, spec.version)
        unknown = set(spec.metrics) - {metric.name for metric in offered}
        if unknown:
            raise KeyError(f"report type {spec.type!r} has no metrics {sorted(unknown)}")
        found = [metric for metric in offered if not spec.metrics or metric.name in spec.metrics]
        return [*found, EXTRA_METRIC] if self.config.extra_metric else found

    def _source(self, type_: str) -> Source:
        match type_:
            case "agent-status-by-status-code":
                return self._status_codes
            case "agent-status-logged-in" | "agent-status-time-on-status":
                return self._statuses
            case "agent-interactions-by-wrap-up-code":
                return self._wrap_ups
            case "surveys-summary":
                return self._surveys
            case "survey-questions-summary":
                return self._questions
            case _:
                return self._interactions.source

    @cached_property
    def _details(self) -> Details:
        return Details(self.roster, self._interactions, self._statuses, self._surveys)

    @cached_property
    def _interactions(self) -> facts.Interactions:
        return facts.interactions(self.config, self.roster)

    @cached_property
    def _wrap_ups(self) -> Expanded:
        return facts.wrap_ups(self._interactions, self.roster)

    @cached_property
    def _statuses(self) -> Traffic:
        return facts.statuses(self.config, self.roster)

    @cached_property
    def _status_codes(self) -> Expanded:
        return facts.status_codes(self._statuses, self.config, self.roster)

    @cached_property
    def _surveys(self) -> Traffic:
        return facts.surveys(self.config, self.roster)

    @cached_property
    def _questions(self) -> Expanded:
        return facts.questions(self._surveys, self.config, self.roster)


@lru_cache(maxsize=4)
def contact_center(config: CenterConfig) -> ContactCenter:
    """Return a contact center that all of a process share: what it worked out, it knows."""
    return ContactCenter(config)


def _belongs(type_: str, leaf: Leaf) -> bool:
    """Tell whether a report type is about a piece of work."""
    media = None if leaf.channel is None else leaf.channel.media
    match type_:
        case "queue-interactions-accepted-offline":
            return media is not None and not media.is_online
        case "queue-interactions-accepted-online":
            return media is not None and media.is_online
        case "digital-channels-summary":
            return media is not Media.PHONE
        case "agent-interactions-call-summary":
            return media is Media.PHONE and leaf.agent is not None
        case "agent-interactions-summary" | "agent-interactions-handling-and-wrap-up":
            return leaf.agent is not None
        case _:
            return True
