"""What the marts of the dbt package must hold, worked out from the contact center without any SQL.

The center is asked for whole groupings (by queue, by team, by media), which the marts add up from
finer rows; measures follow from the definitions in words, in the README of the package.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from tap_8x8_cc_sandbox.center.model import Granularity, ReportSpec

from tests.support.detailed_truth import INTERACTIONS, events
from tests.support.truth import FAR, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

    from tap_8x8_cc_sandbox.center.center import ContactCenter

    from tests.support.databases import Row

Mart: TypeAlias = "dict[tuple[Any, ...], dict[str, Any]]"

KEYS = {
    "queue_daily": ("local_date", "queue_id"),
    "queue_hourly": ("local_date", "local_hour", "queue_id"),
    "agent_daily": ("local_date", "agent_id"),
    "team_daily": ("local_date", "team_id"),
    "overview_daily": ("local_date",),
    "interactions": ("interaction_id",),
}
"""What tells the rows of a mart apart, in a contact center without tenants."""

_REPEAT = timedelta(days=7)
_QUEUE = {
    "offered": "entered",
    "accepted": "accepted",
    "accepted_in_time": "acceptedInSla",
    "abandoned": "totalAbandoned",
    "diverted": "diverted",
    "answer_wait_seconds": "waitedTime",
    "handling_seconds": "handlingTime",
    "wrap_up_seconds": "wrapUpTime",
    "longest_wait_seconds": "longestWaitTime",
}
_WORK = {
    "presented": "presented",
    "accepted": "accepted",
    "rejected": "rejected",
    "transfers": "transfersInitiated",
    "handling_seconds": "handlingTime",
    "wrap_up_seconds": "wrapUpTime",
    "hold_seconds": "holdTime",
}
_PRESENCE = {
    "logged_in_seconds": "loggedInTime",
    "busy_seconds": "busyTime",
    "available_seconds": "availableTime",
    "break_seconds": "onBreakTime",
    "offline_seconds": "workingOfflineTime",
}
_NO_MEASURES = {"tenant_id", "read_at", "row_id"}
# The API tells an average, in whole milliseconds, of what the mart needs the sum of.
_FROM_AVERAGES = {"answer_wait_seconds", "average_speed_of_answer_seconds"}


@dataclass(frozen=True)
class Figures:
    """What the contact center says of some days.

    Attributes:
        center: The contact center.
        zone: Zone of the days.
        first: The first of them.
        end: The first after them.
        now: The moment it is asked at.
    """

    center: ContactCenter
    zone: ZoneInfo
    first: date
    end: date
    now: datetime = FAR

    def marts(self) -> dict[str, Mart]:
        """Return the rows of each mart by their keys."""
        return {
            "queue_daily": self._queues("day", lambda at, own: (at.date(), own["queueId"])),
            "queue_hourly": self._queues(
                "hour", lambda at, own: (at.date(), at.hour, own["queueId"])
            ),
            "agent_daily": self._agents(),
            "team_daily": self._teams(),
            "overview_daily": self._overview(),
            "interactions": with_repeats(self.interactions()),
        }

    def _table(
        self,
        report_type: str,
        group_by: str,
        key: Callable[[datetime, dict[str, Any]], Any],
        granularity: str = "day",
    ) -> dict[Any, dict[str, Any]]:
        """Return dimensions and metrics by what `key` says of a row, added up where it is one."""
        start, end = (
            datetime.combine(day, time(), self.zone).astimezone(UTC)
            for day in (self.first, self.end)
        )
        spec = ReportSpec(
            report_type, group_by, Granularity(granularity), start, end, self.zone.key
        )
        table = self.center.table(spec, self.now)
        found: dict[Any, dict[str, Any]] = defaultdict(lambda: defaultdict(int))
        for row in table.rows:
            assert row.start
            dimensions = dict(zip([c.key for c in table.dimensions], row.dimensions, strict=True))
            metrics = dict(zip([c.key for c in table.metrics], row.values, strict=True))
            metrics["waitedTime"] = (metrics.get("avgWaitBeforeAcceptedTime") or 0) * (
                metrics.get("accepted") or 0
            )
            own = found[key(row.start, dimensions)]
            for name, value in metrics.items():
                is_largest = name.startswith("longest")
                own[name] = max(own[name], value or 0) if is_largest else own[name] + (value or 0)
            own.update(dimensions)
        return found

    def _queues(self, granularity: str, key: Callable[[datetime, dict[str, Any]], Any]) -> Mart:
        """Return queues' days or hours; short abandons are known by the day only."""
        summary = self._table("queue-interactions-summary", "media-and-queue", key, granularity)
        short = self._table("queue-interactions-abandoned", "queue", key, granularity)
        return {
            own_key: {
                **_named(own, _QUEUE),
                **_of_queues(own, short[own_key] if granularity == "day" else None),
                "media": own["media"],
                "queue_name": own["queue"],
            }
            for own_key, own in summary.items()
        }

    def _agents(self) -> Mart:
        def key(at: datetime, own: dict[str, Any]) -> Any:
            return at.date(), own["agentId"]

        work = self._table("agent-interactions-summary", "group-and-agent", key)
        presence = self._table("agent-status-time-on-status", "group-and-agent", key)
        teams = {agent: own for (_, agent), own in sorted(work.items())}
        assert {agent for _, agent in presence} <= teams.keys()
        return {
            own_key: {
                **_of_agents(work.get(own_key, _nothing()), presence.get(own_key)),
                "agent_name": {**work, **presence}[own_key]["agent"],
                "team_id": teams[own_key[1]]["groupId"],
                "team_name": teams[own_key[1]]["group"],
            }
            for own_key in work.keys() | presence.keys()
        }

    def _teams(self) -> Mart:
        def key(at: datetime, own: dict[str, Any]) -> Any:
            return at.date(), own["groupId"]

        work = self._table("agent-interactions-summary", "group", key)
        presence = self._table("agent-status-time-on-status", "group", key)
        members = [(day, own["team_id"]) for (day, _), own in self._agents().items()]
        return {
            own_key: {
                **_of_agents(work.get(own_key, _nothing()), presence.get(own_key)),
                "team_name": {**work, **presence}[own_key]["group"],
                "agents": members.count(own_key),
            }
            for own_key in work.keys() | presence.keys()
        }

    def _overview(self) -> Mart:
        def key(at: datetime, _: dict[str, Any]) -> Any:
            return (at.date(),)

        queues = self._table("queue-interactions-summary", "media", key)
        short = self._table("queue-interactions-abandoned", "media", key)
        presence = self._table("agent-status-time-on-status", "group", key)
        members = [(day,) for day, _ in self._agents()]
        time_of_agents = ("busy_seconds", "available_seconds", "logged_in_seconds", "occupancy")
        days = queues.keys() | presence.keys()
        return {
            day: {
                **_named(queues.get(day, _nothing()), _QUEUE),
                **_of_queues(queues.get(day, _nothing()), short.get(day, _nothing())),
                **{name: _of_presence(presence.get(day))[name] for name in time_of_agents},
                "agents": members.count(day),
            }
            for day in days
        }

    def interactions(self) -> Mart:
        """Return the interactions, with their customers, which no mart shows."""
        midnights = (datetime.combine(day, time(), self.zone) for day in (self.first, self.end))
        rows = events(
            self.center,
            INTERACTIONS,
            *map(written, midnights),
            timezone=self.zone.key,
            now=self.now,
            include_participants=True,
        )
        return {
            (row["interaction_id"],): {
                "created_at": datetime.fromisoformat(row["creation_time"]).replace(tzinfo=None),
                "local_date": date.fromisoformat(row["local_date"]),
                "media": row["media_type"],
                "direction": row["direction"],
                "channel": row["channel_name"],
                "queue_id": row["queue_id"],
                "queue_name": row["queue_name"],
                "outcome": row["outcome"],
                "duration_seconds": _ratio(row["interaction_duration"], 1000),
                "queue_wait_seconds": _ratio(row["queue_wait_duration"], 1000),
                "customer": row["customer_phone"],
            }
            for row in rows
        }


def with_repeats(interactions: Mart) -> Mart:
    """Return interactions that know the same customer's inbound one before, and whether soon."""
    latest: dict[str, datetime] = {}
    found: Mart = {}
    for key, row in sorted(interactions.items(), key=lambda entry: entry[1]["created_at"]):
        own = {name: value for name, value in row.items() if name != "customer"}
        own |= {"previous_contact_at": None, "is_repeat_contact": None}
        if row["direction"] == "inbound":
            before = latest.get(row["customer"])
            own["previous_contact_at"] = before
            own["is_repeat_contact"] = before is not None and own["created_at"] - before < _REPEAT
            latest[row["customer"]] = own["created_at"]
        found[key] = own
    return found


def same_marts(mart: Callable[[str], Iterable[Row]], expected: Mapping[str, Mart]) -> None:
    """Assert that each mart, by its name, holds what is expected."""
    for name, rows in expected.items():
        assert rows, name
        same_mart(name, mart(name), rows)


def same_mart(name: str, rows: Iterable[Row], expected: Mart) -> None:
    """Assert that a mart holds what is expected, in each of its columns but keys of one row."""
    found = {tuple(row[column] for column in KEYS[name]): row for row in rows}
    assert found.keys() == expected.keys(), name
    for key, own in expected.items():
        row = found[key]
        known = own.keys() | _NO_MEASURES | set(KEYS[name])
        assert {column for column in row if not column.endswith("_key")} <= known, name
        for column, value in own.items():
            accepted = own.get("accepted") or 0
            coarse = 0.0005 * (accepted if column == "answer_wait_seconds" else 1)
            tolerance = 1e-6 + (coarse if column in _FROM_AVERAGES else 0)
            assert _is_same(row[column], value, tolerance), (name, key, column, row[column], value)


def _is_same(found: object, value: object, tolerance: float) -> bool:
    if value is None or isinstance(value, (str, bool, date)):
        return found == value
    return found is not None and float(str(found)) == pytest.approx(value, abs=tolerance)


def _nothing() -> dict[str, Any]:
    return defaultdict(int)


def _named(own: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Return metrics by the marts' names, durations in seconds."""
    return {
        name: own[metric] / 1000 if metric.endswith("Time") else own[metric]
        for name, metric in names.items()
    }


def _ratio(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole


def _of_queues(own: Mapping[str, Any], short: Mapping[str, Any] | None) -> dict[str, Any]:
    entered, accepted, lost = own["entered"], own["accepted"], own["totalAbandoned"]
    brief = short["shortAbandoned"] if short is not None else None
    return {
        "short_abandoned": brief,
        "service_level_offered": _ratio(own["acceptedInSla"], entered),
        "service_level_answered": _ratio(own["acceptedInSla"], accepted),
        "abandonment_rate": _ratio(lost, entered),
        "abandonment_rate_without_short": None
        if brief is None
        else _ratio(lost - brief, entered - brief),
        "average_speed_of_answer_seconds": _ratio(own["waitedTime"] / 1000, accepted),
        "average_handle_time_seconds": _ratio(
            (own["handlingTime"] + own["wrapUpTime"]) / 1000, accepted
        ),
    }


def _of_presence(presence: Mapping[str, Any] | None) -> dict[str, Any]:
    if presence is None:
        return {**dict.fromkeys(_PRESENCE), "occupancy": None}
    busy, free = presence["busyTime"], presence["availableTime"]
    return {**_named(presence, _PRESENCE), "occupancy": _ratio(busy, busy + free)}


def _of_agents(work: Mapping[str, Any], presence: Mapping[str, Any] | None) -> dict[str, Any]:
    accepted = work["accepted"]
    return {
        **_named(work, _WORK),
        **_of_presence(presence),
        "transfer_rate": _ratio(work["transfersInitiated"], accepted),
        "average_handle_time_seconds": _ratio(
            (work["handlingTime"] + work["wrapUpTime"]) / 1000, accepted
        ),
    }
