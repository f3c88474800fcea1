"""What the contact center itself says: the rows a stream must have, worked out without the tap.

The figures come from the sandbox's data, asked for the whole range at once; times, names and
units are put into the tap's form a second time here, by the contract of its columns.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.center.model import Granularity, Kind, ReportSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tap_8x8_cc_sandbox.center.center import ContactCenter
    from tap_8x8_cc_sandbox.center.model import Row, Table

FAR = datetime(2030, 1, 1, tzinfo=UTC)
"""A present in which every figure is final."""


def utc(text: str) -> datetime:
    """Read `2026-03-02T05:00:00Z`."""
    return datetime.fromisoformat(text)


def written(moment: datetime) -> str:
    """Write an instant as the tap does."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def snake(key: str) -> str:
    """Put a key of the sandbox's ordinary metrics and dimensions into snake case."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key.replace(".", "_").replace("-", "_"))
    return re.sub(r"(?<=than)(?=[0-9])", "_", words.lower())


def truth(
    center: ContactCenter,
    report_type: str,
    group_by: str,
    start: str,
    end: str,
    *,
    granularity: str = "day",
    timezone: str = "America/New_York",
    now: datetime = FAR,
    **options: Any,
) -> list[dict[str, Any]]:
    """Return the rows of [start, end), without row_id and the columns that all rows share."""
    spec = ReportSpec(
        type=report_type,
        group_by=group_by,
        granularity=Granularity(granularity),
        start=utc(start),
        end=utc(end),
        timezone=timezone,
        **options,
    )
    table = center.table(spec, now)
    return [_record(row, table, spec) for row in table.rows]


def _record(row: Row, table: Table, spec: ReportSpec) -> dict[str, Any]:
    whole_range = spec.granularity is Granularity.NONE or row.start is None
    begins = spec.start if whole_range else row.start
    ends = spec.end if whole_range else row.end
    assert begins is not None
    assert ends is not None
    record: dict[str, Any] = {"start_time": written(begins), "end_time": written(ends)}
    record |= {snake(c.key): v for c, v in zip(table.dimensions, row.dimensions, strict=True)}
    for column, value in zip(table.metrics, row.values, strict=True):
        record[snake(column.key)] = _on_the_wire(value, column.kind)
    if spec.subtotals or spec.grand_total:
        record["total_type"] = row.total.type if row.total else None
    return record


def _on_the_wire(value: float | None, kind: Kind | None) -> float | None:
    """Round as the sandbox does: durations to milliseconds, all else to a hundredth."""
    if value is None:
        return None
    return math.floor(value + 0.5) if kind is Kind.DURATION else round(value, 2)


def same_rows(found: Iterable[Mapping[str, Any]], expected: Iterable[Mapping[str, Any]]) -> None:
    """Assert that two tables hold the same rows, each as often, whatever their order.

    Compared are the columns that the expected rows have; numbers by value, to a millionth.
    """
    wanted = list(expected)
    columns = sorted({name for row in wanted for name in row})
    left, right = Counter(_rows(found, columns)), Counter(_rows(wanted, columns))
    missing, surplus = right - left, left - right
    assert not missing, f"{missing.total()} missing, e.g. {next(iter(missing))}; of {columns}"
    assert not surplus, f"{surplus.total()} too many, e.g. {next(iter(surplus))}; of {columns}"


def _rows(rows: Iterable[Mapping[str, Any]], columns: list[str]) -> Iterable[tuple[Any, ...]]:
    for row in rows:
        yield tuple(_comparable(row.get(name)) for name in columns)


def _comparable(value: object) -> object:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return round(float(value), 6) if is_number else value  # type: ignore[arg-type]
