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
    from collections.abc import Iterable, Iterator, Sequence
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
    """

    lanes: tuple[Lane, ...]

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
        return sum(lane.reports for lane in self.lanes)

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
    return [_lane(reports) for reports in found.values()]


def _lane(reports: Sequence[ReportRequest]) -> Lane:
    last = reports[-1]
    return Lane(
        last.tenant_id,
        last.stream,
        (
            *(edge_text(report.window.start, report.zone) for report in reports),
            edge_text(last.window.end, last.zone),
        ),
        last.window.end,
        in_one=last.include_grand_total,
    )


def edge_text(edge: datetime, zone: ZoneInfo) -> str:
    """Write an instant as a setting: as a date, if it is the start of that date in the zone."""
    day = edge.astimezone(zone).date()
    return day.isoformat() if instant(day, zone) == edge else utc_text(edge)


def cut(lanes: Sequence[Lane], most: int, least: int = 1) -> list[Shard]:
    """Divide reports into shards of about as many reports each, by tenants and then by range.

    Args:
        lanes: The reports.
        most: Maximum number of shards.
        least: Reports that are worth a shard.

    Returns:
        The shards; one at least, if there are any reports.
    """
    tenants: defaultdict[str | None, list[Lane]] = defaultdict(list)
    for lane in lanes:
        tenants[lane.tenant_id].append(lane)
    number = max(1, min(most, sum(lane.reports for lane in lanes) // least))
    if number <= len(tenants):
        parts: list[list[Lane]] = [[] for _ in range(number)]
        for lanes_of_one in sorted(tenants.values(), key=_reports, reverse=True):
            min(parts, key=_reports).extend(lanes_of_one)
        return [Shard(tuple(part)) for part in parts if part]
    groups = [_groups(each) for each in tenants.values()]
    shares = _shares(groups, [sum(each.places for each in own) for own in groups], number)
    found: list[Shard] = []
    for group_list, share in zip(groups, shares, strict=True):
        own = list(group_list)
        while len(own) > share:  # the smallest stand together, uncut
            own[-2:] = [_Group((*own[-2].lanes, *own[-1].lanes), ())]
        counts = _shares([[each] for each in own], [each.places for each in own], share)
        for group, count in zip(own, counts, strict=True):
            found += group.cut(count)
    return found


@dataclass(frozen=True, slots=True)
class _Group:
    """The lanes of one tenant that are cut together.

    Attributes:
        lanes: The lanes.
        edges: The edges that they have in common; none if they must not be cut.
    """

    lanes: tuple[Lane, ...]
    edges: tuple[str, ...]

    @property
    def reports(self) -> int:
        """How many reports there are."""
        return _reports(self.lanes)

    @property
    def places(self) -> int:
        """Into how many shards it can be cut."""
        return max(1, len(self.edges) - 1)

    def cut(self, count: int) -> Iterator[Shard]:
        """Yield so many shards of about equal ranges."""
        if count == 1:
            yield Shard(self.lanes)
            return
        last = len(self.edges) - 1
        cuts = [self.edges[round(n * last / count)] for n in range(count + 1)]
        for start, end in pairwise(cuts):
            yield Shard(tuple(lane.between(start, end) for lane in self.lanes))


def _groups(lanes: Sequence[Lane]) -> list[_Group]:
    """Return the lanes that share edges as groups, the largest first.

    A lane joins a group if it starts and ends with it, and has all of its edges.
    """
    whole = tuple(lane for lane in lanes if lane.in_one or lane.reports == 1)
    groups = [_Group(whole, ())] if whole else []
    for lane in sorted((each for each in lanes if each not in whole), key=lambda one: one.reports):
        for n, group in enumerate(groups):
            ends = (lane.edges[0], lane.edges[-1])
            if group.edges[:1] + group.edges[-1:] == ends and set(group.edges) <= set(lane.edges):
                groups[n] = replace(group, lanes=(*group.lanes, lane))
                break
        else:
            groups.append(_Group((lane,), lane.edges))
    return sorted(groups, key=lambda group: group.reports, reverse=True)


def _shares(parts: Sequence[Sequence[_Group]], places: Sequence[int], number: int) -> list[int]:
    """Divide a number of shards among parts, by their reports; no part has more than its places."""
    reports = [sum(group.reports for group in part) for part in parts]
    shares = [1] * len(parts)
    while sum(shares) < number:
        open_ = [n for n, share in enumerate(shares) if share < places[n]]
        if not open_:
            break
        shares[max(open_, key=lambda n: reports[n] / shares[n])] += 1
    return shares


def _reports(lanes: Iterable[Lane]) -> int:
    return sum(lane.reports for lane in lanes)


def group_of(tenant_id: str, groups: int) -> int:
    """Return the group of a tenant, from 0; it depends on nothing but their number."""
    digest = hashlib.sha256(tenant_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % groups
