"""Shards: the reports of one run, divided among runs of their own on several machines.

A shard is a product of tenants, streams and one range, so that settings and a selection can say
it. A range is cut only where one run would begin a report of each of the shard's streams anyway:
reports are planned from the begin of a range onwards, so what is planned from such an edge on is
what had been planned from there on. A cut is written as a date where it is the begin of a local
day, and so means that day in the zone of each stream and tenant, as in one run.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from tap_8x8_cc.config.values import instant
from tap_8x8_cc.model.instants import utc_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date, datetime
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.model.reports import ReportRequest


@dataclass(frozen=True, slots=True)
class Lane:
    """The reports of one stream for one tenant, oldest first, without a gap.

    Attributes:
        tenant_id: The tenant, where there are several.
        stream: The stream.
        edges: Where each report begins, and where the last one ends, as settings take it.
        until: Where the stream's last report ends.
        in_one: Whether one run must read them all, since the last report's total takes the place
            of those before.
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

    @property
    def most_parts(self) -> int:
        """Into how many parts it can be cut."""
        return 1 if self.in_one else self.reports

    def cut(self, edge: str) -> tuple[Lane, Lane]:
        """Return the reports before an edge, and those after it."""
        at = self.edges.index(edge)
        return replace(self, edges=self.edges[: at + 1]), replace(self, edges=self.edges[at:])


@dataclass(frozen=True, slots=True)
class Shard:
    """Reports that a run of its own reads.

    Attributes:
        lanes: The reports, by tenant and stream.
    """

    lanes: tuple[Lane, ...]

    @property
    def tenants(self) -> list[str]:
        """The tenants, in order; none where there is only one."""
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
        """Return its `end_date`, likewise; without one, that of the latest report."""
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
    """Write an instant as a setting: as a date, if it is where the date begins in the zone."""
    day = edge.astimezone(zone).date()
    return day.isoformat() if instant(day, zone) == edge else utc_text(edge)


def cut(lanes: Sequence[Lane], most: int, least: int = 1) -> list[Shard]:
    """Divide reports into shards of about as many reports each.

    Args:
        lanes: The reports.
        most: Shards there may be.
        least: Reports that are worth a shard.

    Returns:
        The shards; one at least, if there are any reports.
    """
    # Streams whose ranges are cut at the same edges stand together.
    forms = {edges: n for n, edges in enumerate(dict.fromkeys(lane.edges for lane in lanes))}
    order: dict[str, int] = {}
    for lane in lanes:
        order.setdefault(lane.stream, forms[lane.edges])
    ordered = sorted(lanes, key=lambda lane: order[lane.stream])
    number = min(most, sum(lane.reports for lane in lanes) // least)
    return [Shard(part) for part in _divided(tuple(ordered), max(number, 1))] if lanes else []


@dataclass(frozen=True, slots=True)
class _Cut:
    """A place at which lanes can be divided into two.

    Attributes:
        reports: How many reports are before it.
        most_parts: Into how many parts these can be cut.
        divide: Returns a lane's parts before and after it, either of which may be None.
    """

    reports: int
    most_parts: int
    divide: Callable[[Lane], tuple[Lane | None, Lane | None]]


def _divided(lanes: tuple[Lane, ...], number: int) -> list[tuple[Lane, ...]]:
    """Divide lanes into so many products of about as many reports, or fewer where they can't be."""
    number = min(number, sum(lane.most_parts for lane in lanes))
    if number == 1:
        return [lanes]
    share, place = _best(lanes, number)
    parts = [place.divide(lane) for lane in lanes]
    before = tuple(first for first, _ in parts if first)
    after = tuple(second for _, second in parts if second)
    return [*_divided(before, share), *_divided(after, number - share)]


def _best(lanes: Sequence[Lane], number: int) -> tuple[int, _Cut]:
    """Return the cut that leaves the most even shards, and how many of them are before it.

    Of cuts that are as good, one by tenants goes before one of the range, since a run asks for the
    list of report types once a tenant; and of these the most central.
    """
    total = sum(lane.reports for lane in lanes)
    most_parts = sum(lane.most_parts for lane in lanes)

    def rank(each: tuple[int, int, _Cut]) -> tuple[float, int, int]:
        share, kind, place = each
        largest = max(place.reports / share, (total - place.reports) / (number - share))
        return largest, kind, abs(total - 2 * place.reports)

    def share_of(place: _Cut) -> int:
        fair = round(number * place.reports / total)
        least = max(1, number - (most_parts - place.most_parts))
        return min(max(fair, least), number - 1, place.most_parts)

    kinds = (
        _between(lanes, lambda lane: lane.tenant_id),
        _in_range(lanes),
        _between(lanes, lambda lane: lane.stream),
    )
    found = [(share_of(place), n, place) for n, places in enumerate(kinds) for place in places]
    share, _, place = min(found, key=rank)
    return share, place


def _between(lanes: Iterable[Lane], name: Callable[[Lane], str | None]) -> Iterator[_Cut]:
    """Yield the cuts between tenants, or between streams."""
    reports: Counter[str | None] = Counter()
    parts: Counter[str | None] = Counter()
    for lane in lanes:
        reports[name(lane)] += lane.reports
        parts[name(lane)] += lane.most_parts
    names = list(reports)
    before = after = 0
    for n, each in enumerate(names[:-1], 1):
        before, after = before + reports[each], after + parts[each]
        side = partial(_side, name=name, before=frozenset(names[:n]))
        yield _Cut(before, after, side)


def _side(
    lane: Lane, name: Callable[[Lane], str | None], before: frozenset[str | None]
) -> tuple[Lane | None, Lane | None]:
    """Return a lane before or behind a cut, by its tenant or stream."""
    return (lane, None) if name(lane) in before else (None, lane)


def _in_range(lanes: Sequence[Lane]) -> Iterator[_Cut]:
    """Yield the cuts at edges that all lanes have in common."""
    if any(lane.in_one for lane in lanes):
        return
    forms = Counter(lane.edges for lane in lanes)
    first, *others = (edges[1:-1] for edges in forms)
    common = set(first).intersection(*others)
    for edge in first:
        if edge in common:
            reports = sum(count * edges.index(edge) for edges, count in forms.items())
            yield _Cut(reports, reports, partial(Lane.cut, edge=edge))


def group_of(tenant_id: str, groups: int) -> int:
    """Return the group of a tenant, from 0; it depends on nothing but their number."""
    digest = hashlib.sha256(tenant_id.encode()).digest()
    return int.from_bytes(digest[:8], "big") % groups
