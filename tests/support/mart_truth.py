"""What the marts of the dbt package must hold, worked out without any SQL.

Queues, agents, wrap-up codes and digital channels are counted from the list of interactions, see
`call_truth`. Where agents' time went and what surveys said comes from the contact center's tables,
asked by another grouping than the one that the marts read, if there is one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import pytest
from tap_8x8_cc_sandbox.center.model import Granularity, ReportSpec

from tests.support.call_truth import agent_figures, courses, queue_figures
from tests.support.detailed_truth import INTERACTIONS, events
from tests.support.truth import FAR, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from zoneinfo import ZoneInfo

    from tap_8x8_cc_sandbox.center.center import ContactCenter

    from tests.support.call_truth import Bucket, Course
    from tests.support.databases import Row

Mart: TypeAlias = "dict[tuple[Any, ...], dict[str, Any]]"

KEYS = {
    "queue_daily": ("local_date", "queue_id"),
    "queue_hourly": ("local_date", "local_hour", "queue_id"),
    "queue_interval": ("start_time", "queue_id"),
    "agent_daily": ("local_date", "agent_id"),
    "agent_interval": ("start_time", "agent_id"),
    "team_daily": ("local_date", "team_id"),
    "overview_daily": ("local_date",),
    "agent_status_daily": ("local_date", "agent_id", "status_code_id"),
    "wrap_up_daily": ("local_date", "queue_id", "wrap_up_code_id"),
    "digital_daily": ("local_date", "channel", "queue_id"),
    "csat_daily": ("local_date", "survey_id", "queue_id"),
    "interactions": ("interaction_id",),
    "first_contact_daily": ("local_date", "queue_id"),
    "dim_queue": ("queue_id",),
    "dim_agent": ("agent_id",),
}
"""What tells the rows of a mart apart, in a contact center without tenants."""
ADDITIVE = (
    *("offered", "accepted", "accepted_in_time", "abandoned", "diverted"),
    *("answer_wait_seconds", "handling_seconds", "wrap_up_seconds"),
)
"""What can be summed over time."""

_REPEAT = timedelta(days=7)
_QUEUE = ("accepted", "accepted_in_time", "abandoned", "diverted", "entered")
_WORK = ("presented", "accepted", "rejected", "transfers")
_PRESENCE = {
    "logged_in_seconds": "loggedInTime",
    "busy_seconds": "busyTime",
    "ringing_seconds": "offeringTime",
    "available_seconds": "availableTime",
    "break_seconds": "onBreakTime",
    "offline_seconds": "workingOfflineTime",
}
_NO_MEASURES = {"tenant_id", "read_at", "row_id"}
# The API gives an average, in whole milliseconds; the mart needs the sum.
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
        """Return the rows of each mart by their keys, but for those that `derived` adds."""
        return {
            "queue_daily": self._queues(self._days, self._day_of, by_day=True),
            "queue_hourly": self._queues(self._hours, self._hour_of),
            "queue_interval": self._intervals(),
            "agent_daily": self._agents(),
            "agent_interval": self._agent_intervals(),
            "team_daily": self._teams(),
            "overview_daily": self._overview(),
            "agent_status_daily": self._status_codes(),
            "wrap_up_daily": self._wrap_ups(),
            "digital_daily": self._digital(),
            "csat_daily": self._satisfaction(),
            "interactions": with_repeats(self.interactions()),
        }

    @cached_property
    def _courses(self) -> list[Course]:
        return courses(self.center, *self._edges)

    @property
    def _edges(self) -> tuple[datetime, datetime]:
        first, end = (
            datetime.combine(day, time(), self.zone).astimezone(UTC)
            for day in (self.first, self.end)
        )
        return first, end

    @property
    def _seen(self) -> datetime | None:
        return self.now if self.center.config.late_changes else None

    @property
    def _days(self) -> list[Bucket]:
        days = [self.first + timedelta(days=n) for n in range((self.end - self.first).days + 1)]
        edges = [datetime.combine(day, time(), self.zone).astimezone(UTC) for day in days]
        return list(pairwise(edges))

    @property
    def _hours(self) -> list[Bucket]:
        start, end = self._edges
        hours = (end - start) // timedelta(hours=1)
        edges = [start + timedelta(hours=n) for n in range(hours + 1)]
        return list(pairwise(edges))

    def _day_of(self, bucket: Bucket) -> tuple[Any, ...]:
        return (bucket[0].astimezone(self.zone).date(),)

    def _hour_of(self, bucket: Bucket) -> tuple[Any, ...]:
        local = bucket[0].astimezone(self.zone)
        return local.date(), local.hour

    def _queues(
        self,
        buckets: list[Bucket],
        when: Callable[[Bucket], tuple[Any, ...]],
        *,
        by_day: bool = False,
    ) -> Mart:
        """Return queues' buckets; short abandons are known by the day only."""
        rows = queue_figures(
            self._courses, buckets, lambda b, leaf: (when(b), leaf.channel, leaf.queue), self._seen
        )
        found: Mart = {}
        names = {queue.id: queue for queue in self.center.roster.queues}
        parts: dict[tuple[Any, ...], list[Counter[str]]] = defaultdict(list)
        for (at, _, queue), own in rows.items():
            parts[*at, queue.id].append(own)
        for key, channels in parts.items():
            queue = names[key[-1]]
            own = _side_by_side(channels)
            own["base"] = sum(map(_base, channels))
            if by_day:
                own["base"] = min(own["base"], own["entered"] - own["short_abandoned"])
            found[key] = {
                **_of_queues(own, by_day=by_day),
                "media": queue.media.value,
                "queue_name": queue.name,
            }
        return found

    def _intervals(self) -> Mart:
        hours = {bucket[0].replace(tzinfo=None): bucket for bucket in self._hours}
        rows = self._queues(self._hours, lambda bucket: (bucket[0].replace(tzinfo=None),))
        return {
            key: {
                **own,
                "end_time": hours[key[0]][1].replace(tzinfo=None),
                "local_date": self._hour_of(hours[key[0]])[0],
                "local_hour": self._hour_of(hours[key[0]])[1],
                "granularity": "hour",
                "timezone": self.zone.key,
            }
            for key, own in rows.items()
        }

    def _work(
        self, buckets: list[Bucket], key: Callable[[Bucket, Any], tuple[Any, ...]]
    ) -> dict[tuple[Any, ...], Counter[str]]:
        return agent_figures(self._courses, buckets, lambda b, leaf: key(b, leaf.agent), self._seen)

    def _agents(self) -> Mart:
        work = self._work(self._days, lambda b, agent: (*self._day_of(b), agent.id))
        presence = self._presence(lambda day, own: (day, own["agentId"]))
        people = {agent.id: agent for agent in self.center.roster.agents}
        working = {agent for _, agent in work}
        assert {agent for _, agent in presence} <= working
        return {
            key: {
                **_of_agents(work.get(key, Counter()), presence.get(key)),
                "agent_name": people[key[1]].name,
                "team_id": people[key[1]].group.id,
                "team_name": people[key[1]].group.name,
            }
            for key in work.keys() | presence.keys()
        }

    def _agent_intervals(self) -> Mart:
        hours = {bucket[0].replace(tzinfo=None): bucket for bucket in self._hours}
        work = self._work(self._hours, lambda b, agent: (b[0].replace(tzinfo=None), agent.id))
        people = {agent.id: agent for agent in self.center.roster.agents}
        return {
            key: {
                **_of_work(own),
                "agent_name": people[key[1]].name,
                "end_time": hours[key[0]][1].replace(tzinfo=None),
                "local_date": self._hour_of(hours[key[0]])[0],
                "granularity": "hour",
                "timezone": self.zone.key,
            }
            for key, own in work.items()
        }

    def _teams(self) -> Mart:
        work = self._work(self._days, lambda b, agent: (*self._day_of(b), agent.group.id))
        presence = self._presence(lambda day, own: (day, own["groupId"]))
        members = [(day, own["team_id"]) for (day, _), own in self._agents().items()]
        names = {group.id: group.name for group in self.center.roster.groups}
        return {
            key: {
                **_of_agents(work.get(key, Counter()), presence.get(key)),
                "team_name": names[key[1]],
                "agents": members.count(key),
            }
            for key in work.keys() | presence.keys()
        }

    def _overview(self) -> Mart:
        queues: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
        for (day, _), own in self._queues(self._days, self._day_of, by_day=True).items():
            queues[day,].append(own)
        presence = self._presence(lambda day, _: (day,))
        members = [(day,) for day, _ in self._agents()]
        wanted = {"busy_seconds", "ringing_seconds", "available_seconds", "logged_in_seconds"}
        wanted |= {"occupancy", "occupancy_without_ringing"}
        found = {}
        for day in queues.keys() | presence.keys():
            sums = Counter[str]()
            for row in queues[day]:
                for name, value in row.items():
                    if name == "longest_wait_seconds":
                        sums[name] = max(sums[name], value)
                    elif isinstance(value, (int, float)):
                        sums[name] += value  # type: ignore[assignment]
            own = {name: sums[name] for name in queues[day][0] if name in _QUEUE_COLUMNS}
            time_of_agents = _of_presence(presence.get(day))
            found[day] = {
                **own,
                "offered_is_entered": False,
                **_levels(own),
                **{name: time_of_agents[name] for name in wanted},
                "agents": members.count(day),
            }
        return found

    def _status_codes(self) -> Mart:
        rows = self._table(
            "agent-status-by-status-code",
            "group-and-agent-and-status-code",
            lambda day, own: (day, own["agentId"], own["statusCodeId"]),
        )
        logged_in = self._presence(lambda day, own: (day, own["agentId"]))
        return {
            key: {
                "agent_name": own["agent"],
                "status_code_name": own["statusCode"],
                "times_chosen": own["statusCodeCount"],
                "status_seconds": own["statusCodeTime"] / 1000,
                "share_of_logged_in": _ratio(
                    own["statusCodeTime"], logged_in[key[:2]]["loggedInTime"]
                ),
            }
            for key, own in rows.items()
        }

    def _ended(self) -> Iterable[tuple[date, Course, int]]:
        """Return the interactions with a known outcome, their day, and the percentage known."""
        start, end = self._edges
        for course in self._courses:
            at = datetime.fromtimestamp(course.left / 1000, UTC)
            known = course.known(self._seen)
            if start <= at < end and known is not None:
                yield at.astimezone(self.zone).date(), course, known

    def _wrap_ups(self) -> Mart:
        sums: dict[tuple[Any, ...], Counter[str]] = defaultdict(Counter)
        codes = {code.id: code for code in self.center.roster.wrap_up_codes}
        for day, course, known in self._ended():
            call = course.call
            if call.code >= 0:
                assert course.leaf.queue
                code = self.center.roster.wrap_up_codes[call.code]
                own = sums[day, course.leaf.queue.id, code.id]
                own["interactions"] += 1
                own["work"] += call.handling * known // 100 + call.wrap_up * known // 100
        names = {queue.id: queue.name for queue in self.center.roster.queues}
        return {
            key: {
                "queue_name": names[key[1]],
                "wrap_up_code_name": codes[key[2]].name,
                "wrap_up_code_list": codes[key[2]].list_name,
                "interactions": own["interactions"],
                "processing_seconds": own["work"] / 1000,
                "average_processing_seconds": own["work"] / 1000 / own["interactions"],
            }
            for key, own in sums.items()
        }

    def _digital(self) -> Mart:
        digital = [c for c in self._courses if c.leaf.channel and c.leaf.channel.media != "Phone"]
        rows = queue_figures(
            digital,
            self._days,
            lambda b, leaf: (*self._day_of(b), leaf.channel, leaf.queue),
            self._seen,
        )
        return {
            (day, channel.name, queue.id): {
                "media": channel.media.value,
                "queue_name": queue.name,
                "interactions": own["accepted"],
                "replied_emails": own["accepted"] if channel.media == "Email" else 0,
                "answer_wait_seconds": own["answer_wait"] / 1000,
                "handling_seconds": own["handling"] / 1000,
                "wrap_up_seconds": own["wrap_up"] / 1000,
                "average_speed_of_answer_seconds": _ratio(
                    own["answer_wait"] / 1000, own["accepted"]
                ),
                "average_handle_time_seconds": _ratio(
                    (own["handling"] + own["wrap_up"]) / 1000, own["accepted"]
                ),
            }
            for (day, channel, queue), own in rows.items()
        }

    def _satisfaction(self) -> Mart:
        rows = self._table(
            "surveys-summary",
            "survey-and-queue",
            lambda day, own: (day, own["surveyId"], own["queueId"]),
        )
        return {
            key: {
                "survey_name": own["survey"],
                "queue_name": own["queue"],
                **{name: own[name] for name in ("offered", "started", "completed")},
                "achievable_score": own["achievableScore"],
                "actual_score": own["actualScore"],
                "csat": _ratio(own["actualScore"], own["achievableScore"]),
                "response_rate": _ratio(own["started"], own["offered"]),
            }
            for key, own in rows.items()
        }

    def _presence(
        self, key: Callable[[date, dict[str, Any]], tuple[Any, ...]]
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        return self._table("agent-status-time-on-status", "group-and-agent", key)

    def _table(
        self,
        report_type: str,
        group_by: str,
        key: Callable[[date, dict[str, Any]], tuple[Any, ...]],
    ) -> dict[tuple[Any, ...], dict[str, Any]]:
        """Return dimensions and metrics of days by what `key` says of a row, added up."""
        spec = ReportSpec(report_type, group_by, Granularity.DAY, *self._edges, self.zone.key)
        table = self.center.table(spec, self.now)
        found: dict[tuple[Any, ...], dict[str, Any]] = defaultdict(lambda: defaultdict(int))
        for row in table.rows:
            assert row.start
            dimensions = dict(zip([c.key for c in table.dimensions], row.dimensions, strict=True))
            own = found[key(row.start.date(), dimensions)]
            for metric, value in zip(table.metrics, row.values, strict=True):
                own[metric.key] += value or 0
            own.update(dimensions)
        return dict(found)

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
    """Return interactions with the same customer's inbound ones before and after."""
    found: Mart = {
        key: {
            **{name: value for name, value in row.items() if name != "customer"},
            "previous_contact_at": None,
            "next_contact_at": None,
            "is_repeat_contact": None,
            "is_resolved_at_first_contact": None,
        }
        for key, row in interactions.items()
    }
    until = max(row["created_at"] for row in interactions.values())
    by_customer: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for key, row in sorted(interactions.items(), key=lambda entry: entry[1]["created_at"]):
        if row["direction"] == "inbound":
            by_customer[row["customer"]].append(found[key])
    for contacts in by_customer.values():
        for number, own in enumerate(contacts):
            at = own["created_at"]
            others = [other["created_at"] for other in contacts]
            own["previous_contact_at"] = others[number - 1] if number else None
            own["next_contact_at"] = others[number + 1] if number + 1 < len(others) else None
            own["is_repeat_contact"] = any(at - _REPEAT < one for one in others[:number])
            again = any(one < at + _REPEAT for one in others[number + 1 :])
            if not own["is_repeat_contact"] and (again or until >= at + _REPEAT):
                own["is_resolved_at_first_contact"] = not again
    return found


def derived(marts: Mapping[str, Mart]) -> dict[str, Mart]:
    """Return marts with those that follow from all days of the others."""
    firsts: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in marts["interactions"].values():
        if row["is_resolved_at_first_contact"] is not None:
            firsts[row["local_date"], row["queue_id"]].append(row)
    contacts = {
        key: {
            "queue_name": rows[0]["queue_name"],
            "first_contacts": len(rows),
            "resolved": sum(row["is_resolved_at_first_contact"] for row in rows),
            "first_contact_resolution": sum(r["is_resolved_at_first_contact"] for r in rows)
            / len(rows),
        }
        for key, rows in firsts.items()
    }
    queues: Mart = {}
    for (day, queue), row in sorted(marts["queue_daily"].items()):
        seen = queues.setdefault((queue,), {"first_seen": day})
        seen |= {"queue_name": row["queue_name"], "media": row["media"], "last_seen": day}
    agents: Mart = {}
    for (_, agent), row in sorted(marts["agent_interval"].items()):
        team = marts["agent_daily"][row["local_date"], agent]
        agents.setdefault(
            (agent,),
            {
                "agent_name": row["agent_name"],
                "team_id": team["team_id"],
                "team_name": team["team_name"],
                "valid_from": row["local_date"],
                "valid_to": None,
                "is_first": True,
                "is_current": True,
            },
        )
    own = {"first_contact_daily": contacts, "dim_queue": queues, "dim_agent": agents}
    return {**marts, **own}


def same_marts(mart: Callable[[str], Iterable[Row]], expected: Mapping[str, Mart]) -> None:
    """Assert that each mart, by its name, holds what is expected."""
    for name, rows in expected.items():
        assert rows or name == "first_contact_daily", name
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
            accepted = own.get("accepted") or own.get("interactions") or 0
            coarse = 0.0005 * (accepted if column == "answer_wait_seconds" else 1)
            tolerance = 1e-6 + (coarse if column in _FROM_AVERAGES else 0)
            assert _is_same(row[column], value, tolerance), (name, key, column, row[column], value)


def _is_same(found: object, value: object, tolerance: float) -> bool:
    if value is None or isinstance(value, (str, bool, date)):
        return found == value
    return found is not None and float(str(found)) == pytest.approx(value, abs=tolerance)


def _side_by_side(channels: Iterable[Counter[str]]) -> Counter[str]:
    sums = Counter[str]()
    for own in channels:
        for name, value in own.items():
            sums[name] = max(sums[name], value) if name == "longest_wait" else sums[name] + value
    return sums


def _base(own: Counter[str]) -> int:
    """What 8x8 divides by; if nobody was answered in time its percentage doesn't give it away."""
    if own["accepted_in_time"]:
        return own["entered"] - own["short_abandoned"] - own["still_in_time"]
    return own["entered"]


def _ratio(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole


def _of_queues(own: Counter[str], *, by_day: bool) -> dict[str, Any]:
    """Return a queue's row, with the columns of the day if it is one."""
    row: dict[str, Any] = {
        **{name: own[name] for name in _QUEUE},
        "offered": own["new"],
        "offered_is_entered": False,
        "carried_over": own["entered"] - own["new"],
        "service_level_base": own["base"],
        "short_abandoned": own["short_abandoned"] if by_day else None,
        "answer_wait_seconds": own["answer_wait"] / 1000,
        "handling_seconds": own["handling"] / 1000,
        "wrap_up_seconds": own["wrap_up"] / 1000,
        "longest_wait_seconds": own["longest_wait"] / 1000,
    }
    if by_day:
        row["still_in_time"] = own["entered"] - own["short_abandoned"] - own["base"]
    return row | _levels(row)


_QUEUE_COLUMNS = {
    *_QUEUE,
    *("offered", "carried_over", "service_level_base", "still_in_time", "short_abandoned"),
    *("answer_wait_seconds", "handling_seconds", "wrap_up_seconds", "longest_wait_seconds"),
}


def _levels(own: Mapping[str, Any]) -> dict[str, Any]:
    """Return the ratios of a queue's row."""
    in_time, accepted, lost = own["accepted_in_time"], own["accepted"], own["abandoned"]
    short, left = own["short_abandoned"], accepted + lost + own["diverted"]
    level = _ratio(in_time, own["service_level_base"])
    return {
        "service_level": level,
        "service_level_industry": _ratio(in_time, accepted + lost - (short or 0)),
        "answered_in_sla": _ratio(in_time, accepted),
        "headline_service_level": level,
        "headline_service_level_base": own["service_level_base"],
        "headline_service_level_name": "service_level",
        "abandonment_rate": _ratio(lost, left),
        "abandonment_rate_without_short": None
        if short is None
        else _ratio(lost - short, left - short),
        "average_speed_of_answer_seconds": _ratio(own["answer_wait_seconds"], accepted),
        "average_handle_time_seconds": _ratio(
            own["handling_seconds"] + own["wrap_up_seconds"], accepted
        ),
    }


def _of_presence(presence: Mapping[str, Any] | None) -> dict[str, Any]:
    names = (*_PRESENCE, "occupancy", "occupancy_without_ringing", "shrinkage")
    if presence is None:
        return dict.fromkeys(names)
    busy, free, ringing = (presence[name] for name in ("busyTime", "availableTime", "offeringTime"))
    away = presence["onBreakTime"] + presence["workingOfflineTime"]
    return {
        **{name: presence[metric] / 1000 for name, metric in _PRESENCE.items()},
        "occupancy": _ratio(busy, busy + free),
        "occupancy_without_ringing": _ratio(busy - ringing, busy + free),
        "shrinkage": _ratio(away, presence["loggedInTime"]),
    }


def _of_work(work: Counter[str]) -> dict[str, Any]:
    return {
        **{name: work[name] for name in _WORK},
        "handling_seconds": work["handling"] / 1000,
        "wrap_up_seconds": work["wrap_up"] / 1000,
        "hold_seconds": work["hold"] / 1000,
        "transfer_rate": _ratio(work["transfers"], work["accepted"]),
        "average_handle_time_seconds": _ratio(
            (work["handling"] + work["wrap_up"]) / 1000, work["accepted"]
        ),
    }


def _of_agents(work: Counter[str], presence: Mapping[str, Any] | None) -> dict[str, Any]:
    return {**_of_work(work), **_of_presence(presence)}
