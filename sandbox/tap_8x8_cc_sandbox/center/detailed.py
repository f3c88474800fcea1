"""Detailed reports: the events of a range, searched, one row each or one a participant."""

from __future__ import annotations

import operator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.center.calendar import SLOT
from tap_8x8_cc_sandbox.center.changes import status_events, survey_events
from tap_8x8_cc_sandbox.center.dimensions import label
from tap_8x8_cc_sandbox.center.interactions import interaction_events
from tap_8x8_cc_sandbox.center.metrics import metrics_of
from tap_8x8_cc_sandbox.center.model import Column, DetailedTable, Kind, Ongoing, Operator
from tap_8x8_cc_sandbox.center.ranges import is_between

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tap_8x8_cc_sandbox.center.events import Event
    from tap_8x8_cc_sandbox.center.facts import Interactions
    from tap_8x8_cc_sandbox.center.model import DetailedSpec, Search
    from tap_8x8_cc_sandbox.center.staff import Roster
    from tap_8x8_cc_sandbox.center.traffic import Traffic

INTERACTIONS: Final = "detailed-reports-interaction-details"
PARTICIPANTS: Final = Column("participants", "Participants", Kind.LIST)
_PREFIX: Final = "participant"
_COMPARISONS: Final[dict[Operator, Callable[[float, float], bool]]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Details:
    """Works detailed reports out."""

    STATUS_CHANGES: Final = "detailed-reports-agent-status-change"
    SURVEYS: Final = "detailed-reports-survey"

    def __init__(
        self, roster: Roster, interactions: Interactions, statuses: Traffic, surveys: Traffic
    ) -> None:
        self._roster = roster
        self._interactions = interactions
        self._statuses = statuses
        self._surveys = surveys

    def table(self, spec: DetailedSpec, now: datetime) -> DetailedTable:
        """Work a report out; see `ContactCenter.detailed`."""
        columns, participant = _columns(spec)
        together = spec.include_participants and spec.type == INTERACTIONS
        rows: list[tuple[object, ...]] = []
        for event in self._events(spec, now):
            flat = [event.values | person for person in event.participants or [{}]]
            found = [row for row in flat if all(_matches(rule, row) for rule in spec.search)]
            if together and found:
                people = [
                    {key: person.get(key) for key in participant} for person in event.participants
                ]
                found = [event.values | {PARTICIPANTS.key: people}]
            rows.extend(tuple(row.get(column.key) for column in columns) for row in found)
        return DetailedTable(columns, rows)

    def _events(self, spec: DetailedSpec, now: datetime) -> list[Event]:
        """List the events of a report's range by time."""
        start, end, seen = map(_milliseconds, (spec.start, spec.end, now))
        last = end if spec.end_inclusive else end - 1
        found = [
            event
            for slot in range(start // 1000 // SLOT * SLOT, last // 1000 + 1, SLOT)
            for event in self._in_slot(spec, slot, seen)
            if start <= event.time <= last and self._is_wanted(spec, event)
        ]
        return sorted(found, key=lambda event: event.time)

    def _in_slot(self, spec: DetailedSpec, slot: int, now: int) -> Iterator[Event]:
        zone = ZoneInfo(spec.timezone)
        match spec.type:
            case Details.STATUS_CHANGES:
                return status_events(self._statuses, self._roster, slot, now, zone)
            case Details.SURVEYS:
                return survey_events(self._surveys, slot, now, zone)
            case _:
                return interaction_events(self._interactions, self._roster, slot, now, zone)

    @staticmethod
    def _is_wanted(spec: DetailedSpec, event: Event) -> bool:
        if event.ongoing and not spec.show_ongoing:
            return False
        time = event.values["time"]
        if spec.intra_day is None or not isinstance(time, datetime):
            return True
        return is_between(time.time(), *spec.intra_day)


def _columns(spec: DetailedSpec) -> tuple[tuple[Column, ...], tuple[str, ...]]:
    """Return the report's columns, and the keys of the objects in `participants`."""
    offered = {metric.name: metric for metric in metrics_of(spec.type, spec.version)}
    if not offered:
        raise KeyError(f"unknown detailed report type {spec.type!r}")
    names = spec.metrics or tuple(offered)
    unknown = {*names, *(rule.field for rule in spec.search)} - set(offered)
    if unknown:
        raise KeyError(f"report type {spec.type!r} has no columns {sorted(unknown)}")
    columns = [Column(name, label(name), offered[name].kind) for name in offered if name in names]
    if not spec.include_participants or spec.type != INTERACTIONS:
        return tuple(columns), ()
    own = [column for column in columns if not column.key.startswith(_PREFIX)]
    others = tuple(column.key for column in columns if column.key.startswith(_PREFIX))
    return (*own, PARTICIPANTS), others


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def _matches(rule: Search, row: Mapping[str, object]) -> bool:
    """Tell whether a row meets a condition. What is empty meets only `is-empty` and `not-in`."""
    value = row.get(rule.field)
    if isinstance(value, Ongoing):
        value = value.value
    empty = value is None or value in ("", [])
    if rule.operator in _COMPARISONS:
        if not isinstance(value, int | float):
            return False
        return _COMPARISONS[rule.operator](float(value), float(rule.value[0]))
    match rule.operator:
        case Operator.IS_EMPTY:
            return empty
        case Operator.IS_NOT_EMPTY:
            return not empty
        case Operator.CONTAINS:
            parts = [part.casefold() for part in rule.value]
            return any(part in text.casefold() for part in parts for text in _texts(value))
        case _:
            found = not empty and bool(set(_texts(value)) & set(rule.value))
            return found is (rule.operator is Operator.IN)


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    return list(map(str, value)) if isinstance(value, list) else [str(value)]
