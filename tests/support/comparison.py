"""Whether two schemas of PostgreSQL hold the same rows, however many runs wrote them."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, TypeAlias

from tests.support.databases import postgres_rows, postgres_tables
from tests.support.tapcli import timeless

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from tests.support.databases import Postgres, Row

EXTRACTIONS = "extractions"
"""The log of ranges read: it tells how the work was cut, so its rows are compared by the sum."""

Span: TypeAlias = tuple["datetime", "datetime"]


def assert_same_tables(found: Postgres, expected: Postgres) -> dict[str, int]:
    """Assert that two schemas hold the same tables with the same rows, each as often.

    Left out are the moments of reading. Of `extractions`, whose rows say how the work was cut,
    it is compared what they cover in all, and how many rows were read, by stream and tenant.

    Args:
        found: The one schema.
        expected: The other.

    Returns:
        How many rows each table has.
    """
    tables = postgres_tables(expected)
    assert tables, f"{expected.schema} is empty"
    assert postgres_tables(found) == tables
    counts = {}
    for table in tables:
        left, right = postgres_rows(found, table), postgres_rows(expected, table)
        if table == EXTRACTIONS:
            read, wanted = _covered(left), _covered(right)
            assert read == wanted, f"{table} covers {read}, not {wanted}"
        else:
            _assert_same_rows(table, left, right)
        counts[table] = len(right)
    return counts


def _assert_same_rows(table: str, found: list[Row], expected: list[Row]) -> None:
    left, right = _counted(found), _counted(expected)
    missing, surplus = right - left, left - right
    assert not missing, f"{table}: {missing.total()} rows missing, e.g. {next(iter(missing))}"
    assert not surplus, f"{table}: {surplus.total()} rows too many, e.g. {next(iter(surplus))}"


def _counted(rows: Iterable[Row]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True, default=str) for row in timeless(rows))


def _covered(rows: Iterable[Row]) -> dict[tuple[Any, ...], tuple[list[Span], int]]:
    """Return, for each stream and tenant, the time that its ranges cover, and the sum of rows."""
    spans: defaultdict[tuple[Any, ...], list[Span]] = defaultdict(list)
    counts: Counter[tuple[Any, ...]] = Counter()
    for row in rows:
        whose = (row["stream"], row.get("tenant_id"), row["granularity"], row["timezone"])
        spans[whose].append((row["start_time"], row["end_time"]))
        counts[whose] += row["row_count"]
    return {whose: (merged(each), counts[whose]) for whose, each in spans.items()}


def merged(spans: Iterable[Span]) -> list[Span]:
    """Return spans of time in order, those that touch or overlap made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return found
