"""Reports that the tests of the sandbox's figures ask for."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.center.center import ContactCenter
from tap_8x8_cc_sandbox.center.metrics import metrics_of
from tap_8x8_cc_sandbox.center.model import CenterConfig, Granularity, ReportSpec, Row, Table

if TYPE_CHECKING:
    from collections.abc import Iterable

LATER = datetime(2030, 1, 1, tzinfo=UTC)
"""A moment at which everything of the tests has long been over."""
QUEUE = ReportSpec(
    type="queue-interactions-summary",
    group_by="media-and-channel-and-queue",
    granularity=Granularity.DAY,
    start=datetime(2026, 1, 5, 5, tzinfo=UTC),
    end=datetime(2026, 1, 12, 5, tzinfo=UTC),
    timezone="America/New_York",
)
"""A local week, Monday to Monday."""
AGENT = replace(QUEUE, type="agent-interactions-summary", group_by="agent")
CENTER = ContactCenter(CenterConfig())


def added_metrics(type_: str) -> list[str]:
    """Name the metrics that add up over time: sums of facts, no snapshots and no extremes."""
    return [
        metric.name
        for metric in metrics_of(type_, 8)
        if not re.search("/|longest|end[A-Z]|carried", metric.formula)
    ]


def values(table: Table, row: Row) -> dict[str, int | float | None]:
    return {column.key: value for column, value in zip(table.metrics, row.values, strict=True)}


def number(value: float | None) -> float:
    assert value is not None
    return value


def sums(table: Table, names: Iterable[str]) -> dict[tuple[str | None, ...], list[float]]:
    """Add metrics up by group."""
    found: dict[tuple[str | None, ...], list[float]] = {}
    for row in table.rows:
        if row.total is None:
            own = values(table, row)
            part = [number(own[name]) for name in names]
            held = found.get(row.dimensions, [0.0] * len(part))
            found[row.dimensions] = [a + b for a, b in zip(held, part, strict=True)]
    return found
