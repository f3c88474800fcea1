"""The settings that shape a stream's rows, and what to say when they change.

Rows that were read by day and rows that are read by hour have different keys: both would stay in
the table, and sums would count twice. So a stream keeps what shaped its rows in the state, and
stops if that has changed. Metrics, totals (rows marked as such), lookback and page size are not
part of it.
"""

from __future__ import annotations

import calendar
from typing import TYPE_CHECKING, Any

import msgspec

from tap_8x8_cc.model.calendar import Granularity

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.model.reports import ReportDefinition

Shape = dict[str, Any]
"""What shapes a stream's rows: settings by name, as JSON has them."""
WITH_TENANTS = "set"


def shape_of(definition: ReportDefinition, zone: ZoneInfo, *, with_tenants: bool) -> Shape:
    """Return the settings, by name, that shape a stream's rows; those that are set."""
    span, buckets = definition.intra_day, definition.granularity
    weekly = buckets is Granularity.WEEK
    interactions = definition.of_interactions
    search = [
        [field, operator, sorted(value) if isinstance(value, tuple) else value]
        for field, operator, value in definition.search
    ]
    shape: Shape = {
        "type": definition.type,
        "intra_day_time_range": span and {"start": span.start, "end": span.end},
        "group_by": definition.group_by,
        "granularity": buckets and buckets.value,
        # All filters and rules must be met: their order does not matter.
        "filters": sorted((name, sorted(values)) for name, values in definition.filters),
        "search_query": sorted(search, key=str),
        "week_start": calendar.day_name[definition.week_start].lower() if weekly else None,
        "include_participants": definition.include_participants if interactions else None,
        "timezone": zone.key,
        "tenant_ids": WITH_TENANTS if with_tenants else None,
    }
    # As it will be read from a state: lists, no tuples.
    plain: Shape = msgspec.json.decode(msgspec.json.encode(shape))
    return {name: value for name, value in plain.items() if value not in (None, [], False)}


def changes(before: Mapping[str, object], now: Mapping[str, object]) -> list[str]:
    """Return the names of what differs, in order."""
    names = dict.fromkeys([*before, *now])
    return [name for name in names if before.get(name) != now.get(name)]


def advice(stream: str, names: Iterable[str], before: Shape, now: Shape) -> str:
    """Say what has changed from what to what, and both ways on."""
    changed = list(names)
    what = ", ".join(
        f"{name} was {_shown(before.get(name))} and is {_shown(now.get(name))} now"
        for name in changed
    )
    return (
        f"{stream}: {what}. Its table would hold rows of both kinds, and sums would count twice. "
        f"Put {' and '.join(changed)} back; or read the stream again: delete the rows of its "
        "table, which would stay there beside the new ones, and remove it from the state (or run "
        "meltano el --full-refresh, with this stream selected)."
    )


def _shown(value: object) -> str:
    if value is None:
        return "not set"
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
