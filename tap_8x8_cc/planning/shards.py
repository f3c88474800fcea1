"""Shards: the reports of one run, divided among runs of their own on several machines.

A shard is some tenants, some streams and one range, so that settings and a selection can express
it. Tenants are divided first. Then a tenant's range is cut where one run would start a report of
each of the shard's streams anyway: reports are planned from the start of a range onwards, so a run
from such an edge on plans what one run would plan from there on. A cut is written as a date if it
is the start of a local day, and so means that day in the zone of each stream and tenant.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tap_8x8_cc.config.values import instant
from tap_8x8_cc.model.instants import utc_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.model.reports import ReportRequest


@dataclass(frozen=True, slots=True)
class Lane:
    """The reports of one stream for one tenant, oldest first, without a gap.

    Attributes:
        tenant_id: The tenant, if there are several.
        stream: The stream.
        edges: Where each report starts, and where the last one ends, as settings write it.
        until: Where the stream's last report ends.
        in_one: Whether one run must read them all, since the last report's total replaces those
            before.
    """

    tenant_id: str | None
    stream: str
    edges: tuple[str, ...]
    until: datetime
    in_one: bool = False

    @property
    def reports(self) -> int:
        """How many reports there are."""
        return len(self.edges) - 1

    def between(self, start: str, end: str) -> Lane:
        """Return the reports between two edges."""
        first, last = self.edges.index(start), self.edges.index(end)
        return replace(self, edges=self.edges[first : last + 1])


@dataclass(frozen=True, slots=True)
class Shard:
    """Reports that a run of its own reads.

    Attributes:
        lanes: The reports, by tenant and stream.
        edges: The edges that its lanes have in common; none if it must not be cut.
    """

    lanes: tuple[Lane, ...]
    edges: tuple[str, ...] = ()

    @property
    def tenants(self) -> list[str]:
        """The tenants, in order; none if there is only one."""
        return list(dict.fromkeys(lane.tenant_id for lane in self.lanes if lane.tenant_id))

    @property
    def streams(self) -> list[str]:
        """The streams, in order."""
        return list(dict.fromkeys(lane.stream for lane in self.lanes))

    @property
    def reports(self) -> int:
        """How many reports it reads."""
        return _reports(self.lanes)

    def pieces(self, count: int) -> list[Shard]:
        """Return so many shards of about equal ranges."""
        if count == 1:
            return [self]
        last = len(self.edges) - 1
        cuts = [self.edges[round(n * last / count)] for n in range(count + 1)]
        return [
            Shard(tuple(lane.between(start, end) for lane in self.lanes))
            for start, end in pairwise(cuts)
        ]

    def start(self, start_date: date | datetime) -> str:
        """Return its `start_date`: that of its reports, or that of all, whose buckets differ."""
        found = {lane.edges[0] for lane in self.lanes}
        return found.pop() if len(found) == 1 else start_date.isoformat()

    def end(self, end_date: date | datetime | None) -> str:
        """Return its `end_date`, the same way; without one, that of the latest report."""
        found = {lane.edges[-1] for lane in self.lanes}
        if len(found) == 1:
            return found.pop()
        latest = max(lane.until for lane in self.lanes)
        return end_date.isoformat() if end_date else utc_text(latest)


def lanes_of(requests: Iterable[ReportRequest]) -> list[Lane]:
    """Return the lanes of a run's reports, each stream's and tenant's oldest first."""
    found: defaultdict[tuple[str | None, str], list[ReportRequest]] = defaultdict(list)
    for request in requests:
        found[request.tenant_id, request.stream].append(request)
    return [
        Lane(
            tenant_id,
            stream,
            (*(_edge(r.window.start, r.zone) for r in reports), _edge(last.window.end, last.zone)),
            last.window.end,
            in_one=bool(last.definition.include_grand_total),
        )
        for (tenant_id, stream), reports in found.items()
        for last in reports[-1:]
    ]


def _edge(edge: datetime, zone: ZoneInfo) -> str:
    """Write an instant as a setting: as a date, if it is the start of that date in the zone."""
    day = edge.astimezone(zone).date()
    return day.isoformat() if instant(day, zone) == edge else utc_text(edge)


def cut(lanes: Sequence[Lane], most: int, least: int = 1) -> list[Shard]:
    """Divide reports into shards of about as many reports each, by tenants and then by range.

    There are at most `most`, and one for each `least` reports at most.
    """
    tenants: defaultdict[str | None, list[Lane]] = defaultdict(list)
    for lane in lanes:
        tenants[lane.tenant_id].append(lane)
    number = max(1, min(most, _reports(lanes) // least))
    if number <= len(tenants):
        parts: list[list[Lane]] = [[] for _ in range(number)]
        for own in sorted(tenants.values(), key=_reports, reverse=True):
            min(parts, key=_reports).extend(own)
        return [Shard(tuple(part)) for part in parts if part]
    groups = [_groups(own) for own in tenants.values()]
    while sum(map(len, groups)) > number:  # the smallest of a tenant stand together, uncut
        few = min(
            (own for own in groups if len(own) > 1),
            key=lambda own: own[-2].reports + own[-1].reports,
        )
        few[-2:] = [Shard((*few[-2].lanes, *few[-1].lanes))]
    shards = [shard for own in groups for shard in own]
    shares = [1] * len(shards)
    while sum(shares) < number:
        open_ = [n for n, share in enumerate(shares) if share < len(shards[n].edges) - 1]
        if not open_:
            break
        shares[max(open_, key=lambda n: shards[n].reports / shares[n])] += 1
    return [
        piece for shard, share in zip(shards, shares, strict=True) for piece in shard.pieces(share)
    ]


def _groups(lanes: Sequence[Lane]) -> list[Shard]:
    """Return the lanes that share edges as shards, the largest first.

    A lane joins others if it starts and ends with them, and has all of their edges.
    """
    whole = tuple(lane for lane in lanes if lane.in_one or lane.reports == 1)
    groups = [Shard(whole)] if whole else []
    for lane in sorted((each for each in lanes if each not in whole), key=lambda one: one.reports):
        ends = (lane.edges[0], lane.edges[-1])
        for n, group in enumerate(groups):
            if group.edges[:1] + group.edges[-1:] == ends and set(group.edges) <= set(lane.edges):
                groups[n] = replace(group, lanes=(*group.lanes, lane))
                break
        else:
            groups.append(Shard((lane,), lane.edges))
    return sorted(groups, key=lambda group: group.reports, reverse=True)


def _reports(lanes: Iterable[Lane]) -> int:
    return sum(lane.reports for lane in lanes)


def group_of(tenant_id: str, groups: int) -> int:
    """Return the group of a tenant, from 0; it depends on nothing but their number."""
    digest = hashlib.sha256(tenant_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % groups
