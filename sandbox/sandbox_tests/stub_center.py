"""A contact center of known figures, so that the server's answers can be told in advance.

Its reports have as many rows as the configuration has queues.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.center.model import (
    CenterConfig,
    Column,
    DetailedSpec,
    DetailedTable,
    Filter,
    Grouping,
    Kind,
    Ongoing,
    Operator,
    PathNode,
    ReportSpec,
    ReportType,
    Row,
    Total,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

QUEUE_REPORT = "queue-interactions-summary"
WRAP_UP_REPORT = "agent-interactions-by-wrap-up-code"
INTERACTIONS = "detailed-reports-interaction-details"
STATUS_CHANGES = "detailed-reports-agent-status-change"
SCRIPT_PATHS = "script-paths"
METRICS = ("accepted", "avgHandlingTime", "acceptedPercentage")
COLUMNS = (
    Column("accepted", "Accepted", Kind.COUNT),
    Column("avgHandlingTime", "Avg Handling Time", Kind.DURATION),
    Column("acceptedPercentage", "Accepted %", Kind.PERCENTAGE),
)
FIRST_VALUES = (3, 32281.4, 66.66667)
"""Values of every row but the second, which has nothing to average."""
QUEUE_NAME = 'Sales, "North"'


class StubCenter:
    """Answers like a contact center."""

    def __init__(self, config: CenterConfig) -> None:
        self.config = config
        self.specs: list[ReportSpec] = []
        self.computed_at: list[datetime] = []

    def report_types(self, version: int) -> list[ReportType]:
        queue_metrics = METRICS if version >= 2 else METRICS[:2]
        types = [
            ReportType(
                QUEUE_REPORT,
                (
                    Grouping("queue", ("queue",)),
                    Grouping("media-and-queue", ("media", "queue")),
                ),
                queue_metrics,
            ),
            ReportType(WRAP_UP_REPORT, (Grouping("wrap-up-code", ("wrap-up-code",)),), METRICS[:1]),
        ]
        search = tuple(Operator)
        if version >= 3:
            columns = tuple(column.key for column in DETAILED_COLUMNS)
            types.append(ReportType(INTERACTIONS, None, columns, columns, search))
            types.append(ReportType(STATUS_CHANGES, None, ("agent", "time"), ("agent",), search))
        if version >= 8:
            types.append(ReportType(SCRIPT_PATHS, None, ()))
        return types

    def scan(
        self, spec: ReportSpec, now: datetime
    ) -> tuple[tuple[Column, ...], tuple[Column, ...], Iterator[Row]]:
        self.specs.append(spec)
        self.computed_at.append(now)
        chosen = [
            index for index, name in enumerate(METRICS) if not spec.metrics or name in spec.metrics
        ]
        dimensions = (Column("queue", "Queue", None), Column("queueId", "Queue Id", None))
        columns = tuple(COLUMNS[index] for index in chosen)
        return dimensions, columns, self._rows(spec, chosen)

    def _rows(self, spec: ReportSpec, chosen: list[int]) -> Iterator[Row]:
        start = spec.start.astimezone(ZoneInfo(spec.timezone)).replace(hour=0, minute=0)
        end = start + timedelta(days=1)
        nothing = (0, None, None)
        for index in range(self.config.queues):
            values = nothing if index == 1 else FIRST_VALUES
            name = QUEUE_NAME if index == 0 else f"Queue {index}"
            yield Row(start, end, (name, str(100 + index)), tuple(values[i] for i in chosen))
        sums = tuple(FIRST_VALUES[index] for index in chosen)
        if spec.subtotals:
            total = Total("subtotal", 0, self.config.queues - 1)
            yield Row(start, end, (None, None), sums, total)
        if spec.grand_total:
            yield Row(None, None, (None, None), sums, Total("grandtotal", None, None))

    def detailed(self, spec: DetailedSpec, now: datetime) -> DetailedTable:  # noqa: ARG002
        zone = ZoneInfo(spec.timezone)
        begun = spec.start.astimezone(zone)
        finished = begun + timedelta(milliseconds=32281)
        row = (
            "int-1",
            begun,
            Ongoing(finished, ongoing=False),
            Ongoing(32281, ongoing=True),
            2,
            ["Queued", "Handled"],
            None,
            [{"participantId": "ag1", "participantHold": 1}],
        )
        rows: list[tuple[object, ...]] = [
            (f"int-{index + 1}", *row[1:]) for index in range(self.config.queues)
        ]
        return DetailedTable(DETAILED_COLUMNS, rows)

    def script_paths(
        self,
        start: datetime,  # noqa: ARG002
        end: datetime,  # noqa: ARG002
        end_inclusive: bool,  # noqa: ARG002, FBT001
        filters: tuple[Filter, ...],
        now: datetime,  # noqa: ARG002
    ) -> list[PathNode]:
        scripts = next((found.values for found in filters if found.name == "script"), ("4163",))
        root = PathNode("1", None, None, None, "ENTRY_POINT", "Start", 0, 5, terminal=False)
        return [
            root,
            *(
                PathNode(str(index), "1", script, "Main", "MENU", "Welcome", 1, 5, terminal=True)
                for index, script in enumerate(scripts, 2)
            ),
        ]


DETAILED_COLUMNS = (
    Column("interactionId", "Interaction Id", Kind.TEXT),
    Column("creationTime", "Creation Time", Kind.TIMESTAMP),
    Column("finishedTime", "Finished Time", Kind.TIMESTAMP),
    Column("interactionDuration", "Interaction Duration", Kind.DURATION),
    Column("participantHold", "Participant Hold", Kind.COUNT),
    Column("interactionLabels", "Interaction Labels", Kind.LIST),
    Column("queueName", "Queue Name", Kind.TEXT),
    Column("participants", "Participants", Kind.LIST),
)
