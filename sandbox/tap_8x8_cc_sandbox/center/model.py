"""What travels between the simulated contact center and the server in front of it.

Times are aware datetimes, durations milliseconds, percentages 0 to 100. Nothing here knows of HTTP,
JSON or CSV: how a value is written is the server's business.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime, time


class Granularity(StrEnum):
    """Length of a report's buckets."""

    QUARTER = "15m"
    HALF = "30m"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"
    NONE = "none"


class HourCut(StrEnum):
    """How an hour is cut on a day whose zone shifts by 30 minutes."""

    WALL = "wall"
    """By the wall clock: an hour begins whenever local minutes are 00."""
    ELAPSED = "elapsed"
    """Counting elapsed hours from the first instant of the local date."""


class Kind(StrEnum):
    """What a metric's values are."""

    COUNT = "count"
    DURATION = "duration"
    PERCENTAGE = "percentage"
    SCORE = "score"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    LIST = "list"


class Operator(StrEnum):
    """How a search compares a column of a detailed report with a value."""

    IN = "in"
    NOT_IN = "not-in"
    CONTAINS = "contains"
    IS_EMPTY = "is-empty"
    IS_NOT_EMPTY = "is-not-empty"
    EQUAL = "="
    NOT_EQUAL = "!="
    GREATER = ">"
    GREATER_OR_EQUAL = ">="
    LESS = "<"
    LESS_OR_EQUAL = "<="


@dataclass(frozen=True, slots=True)
class CenterConfig:
    """A contact center. The same configuration gives the same figures on every machine."""

    seed: int = 8  # chooses the figures
    agents: int = 12  # number of agents, at least 1
    groups: int = 3  # number of agent groups, at least 1
    queues: int = 6  # number of queues, at least 1
    channels_per_media: int = 2  # number of channels of each media, at least 1
    timezone: str = "America/New_York"  # IANA name of the zone of the opening hours
    # Whether figures of a finished quarter of an hour go on changing for 2 days.
    late_changes: bool = False
    # Whether some late changes are of wrap-up codes: what was counted under a wrong one vanishes
    # from there.
    corrected_codes: bool = False
    null_dimensions: bool = False  # whether some ordinary rows have a null, some an empty dimension
    # Whether every report carries a dimension that the listing doesn't name.
    extra_dimension: bool = False
    # Whether every report carries a metric that the listing doesn't name.
    extra_metric: bool = False
    hour_cut: HourCut = HourCut.WALL  # how hours are cut where a zone shifts by 30 minutes
    subtotal_levels: int = 1  # 1 (per bucket) or 2 (also per bucket and first dimension)
    tenant: str = ""  # tenants have different figures
    # Pairs of entity id and new name: the same agent or queue under another name.
    renames: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Filter:
    """Keep what has one of these values: ids, or names of media."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportSpec:
    """A summary report asked for."""

    type: str  # report type
    group_by: str  # name of one of the type's groupings
    granularity: Granularity  # length of the buckets
    start: datetime  # first instant of the range, aware
    end: datetime  # end of the range, aware, excluded unless `end_inclusive`
    timezone: str  # IANA name of the zone of the buckets
    end_inclusive: bool = False  # whether the instant `end` itself belongs to the range
    filters: tuple[Filter, ...] = ()  # all must hold
    metrics: tuple[str, ...] = ()  # metrics wanted; empty: all that the type has in this version
    # Local wall times between which activity counts; overnight if end < start.
    intra_day: tuple[time, time] | None = None
    subtotals: bool = False  # whether rows with sums over dimensions are wanted
    grand_total: bool = False  # whether a row with the sum over everything is wanted
    version: int = 8  # API version, 1 to 8
    week_start: int = 0  # the day on which weeks begin, 0 being Monday
    whole_nights: bool = False  # whether a night counts for the day on which it begins


@dataclass(frozen=True, slots=True)
class Total:
    """Marks a row as a sum: `subtotal` over the rows of both indexes, or `grandtotal`."""

    type: str
    start_index: int | None
    end_index: int | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a report. `kind` is None for times of the bucket and for dimensions."""

    key: str
    label: str
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Row:
    """One record of a summary report."""

    # Start of the bucket in the report's zone; None where a total spans several.
    start: datetime | None
    end: datetime | None  # its end
    dimensions: tuple[str | None, ...]  # values in the order of `Table.dimensions`
    # Values in the order of `Table.metrics`. None where there is nothing to average.
    values: tuple[int | float | None, ...]
    total: Total | None = None  # what the row sums, for rows of totals


@dataclass(frozen=True, slots=True)
class Table:
    """A summary report's records, by bucket, then dimensions; totals after the rows they sum."""

    dimensions: tuple[Column, ...]
    metrics: tuple[Column, ...]
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Grouping:
    """A way to group a summary report, and the filters it accepts."""

    name: str
    filters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportType:
    """One entry of the listing."""

    type: str  # report type
    # Groupings of a summary type; None for detailed types and script paths.
    group_by: tuple[Grouping, ...] | None
    metrics: tuple[str, ...]  # metrics of the listing's API version
    search_fields: tuple[str, ...] = ()  # fields that a detailed type can be searched by
    search_operators: tuple[str, ...] = ()  # operators of that search


@dataclass(frozen=True, slots=True)
class Search:
    """One condition of a detailed report's search."""

    field: str
    operator: Operator
    value: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class DetailedSpec:
    """A detailed report asked for. Ranges and metrics as in `ReportSpec`."""

    type: str  # report type
    start: datetime  # first instant of the range, aware
    end: datetime  # end of the range, aware
    timezone: str  # IANA name of the zone of the times
    end_inclusive: bool = False  # whether the instant `end` itself belongs to the range
    metrics: tuple[str, ...] = ()  # columns wanted; empty: all that the type has in this version
    # Local wall times between which an event counts; overnight if end < start.
    intra_day: tuple[time, time] | None = None
    search: tuple[Search, ...] = ()  # all must hold
    # One row an interaction, its participants in a list; otherwise one row a participant.
    include_participants: bool = False
    show_ongoing: bool = False  # whether interactions that haven't finished are shown
    version: int = 8  # API version, 3 to 8


@dataclass(frozen=True, slots=True)
class Ongoing:
    """A duration in milliseconds, or a time, that may still grow (`ongoing`)."""

    value: int | datetime | None
    ongoing: bool


@dataclass(frozen=True, slots=True)
class DetailedTable:
    """A detailed report's records in the order of their time; values in the order of `columns`.

    A value is None, a str, int, float, aware datetime or `Ongoing`, a list of str, or, for
    participants, a list of dicts of such values.
    """

    columns: tuple[Column, ...]
    rows: list[tuple[object, ...]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PathNode:
    """A node of the tree of ways that interactions took through the scripts."""

    path_id: str  # id of the node within its report
    parent_path_id: str | None  # id of the node before; None for the root
    script_id: str | None  # id of the script that the node belongs to
    script_name: str | None  # its name
    node_type: str  # `ENTRY_POINT` for the root, otherwise what the node does
    node_label: str  # name of the node in the script
    depth: int  # distance from the root, 0 for the root itself
    count: int  # interactions that reached the node this way
    terminal: bool  # whether ways end here
