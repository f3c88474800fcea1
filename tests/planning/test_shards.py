"""Shards: together they read what one run reads, and none of it twice."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from hypothesis import example, given
from hypothesis import strategies as st

from tap_8x8_cc.api.listing import Listing, parse_entry
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.reports import ReportRequest
from tap_8x8_cc.planning.catalog import define_streams
from tap_8x8_cc.planning.planner import ExactRange, Planner, exact_range
from tap_8x8_cc.planning.shards import cut, group_of, lanes_of

if TYPE_CHECKING:
    from collections.abc import Collection

    from tap_8x8_cc.planning.shards import Shard

ENTRIES: list[dict[str, Any]] = [
    {"type": "s", "groupBy": [{"name": "queue"}, {"name": "agent"}], "metrics": ["m"]},
    {"type": "detailed-reports-other", "metrics": ["otherId", "time"]},
    {"type": "script-paths"},
]
LISTING: Listing = {entry.type: entry for entry in map(parse_entry, ENTRIES) if entry}
BUCKETS = [granularity.value for granularity in Granularity]
ZONES = [
    "UTC", "America/New_York", "America/St_Johns", "America/Havana", "Africa/Cairo",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo", "Asia/Tehran",
]  # fmt: skip
NOW = datetime(2026, 3, 10, 12, 10, tzinfo=UTC)
INSTANT = DateRangeReading.INSTANT

Told = tuple[str | None, str, bytes]
"""A report as the API is asked for it: tenant, stream and body."""


def settings(**more: Any) -> Settings:
    config = {"client_id": "k", "client_secret": "s", "start_date": "2026-01-01"}
    return Settings.from_config({**config, "detailed_reports": True, "timezone": "UTC", **more})


def planned(
    config: Settings, reading: DateRangeReading | None, streams: Collection[str] | None = None
) -> list[ReportRequest]:
    """Plan the reports of one run: of all streams, or some."""
    found: list[ReportRequest] = []
    for definition in define_streams(LISTING, config):
        if streams is not None and definition.name not in streams:
            continue
        known = reading or (INSTANT if exact_range(definition) is ExactRange.NEEDED else None)
        for tenant_id in config.tenants:
            assert definition.zone
            windows = Planner(definition, config, definition.zone).windows(NOW, reading=known)
            found += [
                ReportRequest(
                    definition=definition,
                    window=window,
                    zone=definition.zone,
                    tenant_id=tenant_id,
                    metrics=("m",),
                )
                for window in windows
            ]
    return found


def told(requests: list[ReportRequest]) -> list[Told]:
    return [(request.tenant_id, request.stream, request.body()) for request in requests]


def together(
    shards: list[Shard], config: dict[str, Any], reading: DateRangeReading | None
) -> list[Told]:
    """Plan each shard as a run of its own, from nothing but its settings and selection."""
    found: list[Told] = []
    whole = settings(**config)
    for shard in shards:
        own: dict[str, Any] = {
            **config,
            "start_date": shard.start(whole.start_date),
            "end_date": shard.end(whole.end_date),
            **({"tenant_ids": shard.tenants} if shard.tenants else {}),
        }
        requests = planned(settings(**own), reading, shard.streams)
        assert len(requests) == shard.reports
        found += told(requests)
    return found


@st.composite
def configs(draw: st.DrawFn) -> dict[str, Any]:
    open_ended = draw(st.booleans())
    start = draw(st.dates(date(2026, 1, 1) if open_ended else date(2009, 11, 1), NOW.date()))
    end = start + timedelta(days=draw(st.integers(0, 70)))
    reports = [
        {
            "name": f"custom_{n}",
            "type": "s",
            "group_by": "queue",
            "granularity": draw(st.sampled_from(BUCKETS)),
            "include_grand_total": draw(st.booleans()),
            **draw(st.sampled_from([{}, {"timezone": "Asia/Tokyo"}])),
        }
        for n in range(draw(st.integers(0, 2)))
    ]
    begin = draw(st.sampled_from([f"{start}", f"{start}T05:00:00", f"{start}T05:00:00Z"]))
    return {
        "start_date": begin,
        **({} if open_ended else {"end_date": f"{end}T20:00:00Z"}),
        "timezone": draw(st.sampled_from(ZONES)),
        "granularity": draw(st.sampled_from(BUCKETS)),
        "tenant_ids": [f"t{n}" for n in range(draw(st.integers(0, 3)))],
        "max_window_days": draw(st.sampled_from([None, None, 3, 10])),
        "week_start": draw(st.sampled_from(["monday", "sunday"])),
        "reports": reports,
    }


@example(  # days go on after the last whole week
    {"start_date": "2026-01-05", "timezone": "UTC", "granularity": "week"}, INSTANT, 2, 1
)
@given(
    configs(),
    st.sampled_from([*DateRangeReading, None]),
    st.integers(1, 60),
    st.integers(1, 9),
)
def test_shards_read_together_what_one_run_reads(
    config: dict[str, Any], reading: DateRangeReading | None, most: int, least: int
) -> None:
    of_one_run = planned(settings(**config), reading)
    shards = cut(lanes_of(of_one_run), most, least)
    assert len(shards) <= most
    assert Counter(together(shards, config, reading)) == Counter(told(of_one_run))


@given(
    st.integers(1, 30),
    st.integers(1, 400),
    st.integers(1, 64),
)
def test_shards_are_of_about_equal_work(tenants: int, days: int, most: int) -> None:
    first = date(2024, 1, 1)
    config = settings(
        start_date=f"{first}",
        end_date=f"{first + timedelta(days=days)}",
        tenant_ids=[f"t{n}" for n in range(tenants)],
        detailed_reports=False,
    )
    requests = planned(config, INSTANT)
    shards = cut(lanes_of(requests), most)
    ranges = len({request.window for request in requests})  # which both streams have in common
    assert len(shards) == min(most, tenants * ranges)
    sizes = [shard.reports for shard in shards]
    assert max(sizes) <= max(2 * len(requests) / len(shards), min(sizes) + 2)


def test_work_that_divides_evenly_is_divided_evenly_by_tenant_and_range() -> None:
    config = settings(
        start_date="2026-01-01",
        end_date="2026-02-26",  # 56 days: two reports
        tenant_ids=[f"t{n}" for n in range(6)],
        detailed_reports=False,
    )
    shards = cut(lanes_of(planned(config, INSTANT)), 12)
    assert {(len(s.tenants), len(s.streams), s.reports) for s in shards} == {(1, 2, 2)}
    ranges = Counter((s.start(config.start_date), s.end(config.end_date)) for s in shards)
    assert ranges == {("2026-01-01", "2026-01-29"): 6, ("2026-01-29", "2026-02-26"): 6}


def test_a_few_reports_are_worth_no_shards() -> None:
    requests = planned(settings(end_date="2026-03-01"), INSTANT)
    assert len(cut(lanes_of(requests), 1000, len(requests) // 3)) == 3
    assert len(cut(lanes_of(requests), 1000, len(requests) + 1)) == 1
    assert cut([], 10) == []


def test_a_stream_with_one_grand_total_is_not_cut_by_range() -> None:
    config = settings(
        end_date="2026-03-01",
        tenant_ids=["a", "b"],
        include_grand_total=True,
        detailed_reports=False,
        max_window_days=1,
    )
    shards = cut(lanes_of(planned(config, INSTANT)), 1000)
    assert [(s.tenants, s.streams, s.reports) for s in shards] == [
        ([tenant], ["s_by_queue", "s_by_agent"], 2 * 59) for tenant in ("a", "b")
    ]


def test_cuts_are_dates_that_mean_their_day_in_each_zone() -> None:
    config = settings(
        start_date="2026-02-01",
        end_date="2026-04-01",
        timezone="America/New_York",
        detailed_reports=False,
        reports=[
            {"name": "tokyo", "type": "s", "group_by": "queue", "timezone": "Asia/Tokyo"},
            {"name": "utc", "type": "s", "group_by": "queue", "timezone": "UTC"},
        ],
    )
    zoned = [r for r in planned(config, INSTANT) if r.stream in {"tokyo", "utc"}]
    shards = cut(lanes_of(zoned), 2)
    assert [s.streams for s in shards] == [["tokyo", "utc"]] * 2
    assert shards[0].end(None) == shards[1].start(config.start_date) == "2026-03-01"


def test_tenants_spread_over_the_groups_and_are_in_the_same_on_every_machine() -> None:
    first_digits = 0x822B33AD87C148A0  # as `printf acme | sha256sum` prints them
    assert [group_of("acme", groups) for groups in (1, 7, 32)] == [
        first_digits % groups for groups in (1, 7, 32)
    ]
    sizes = Counter(group_of(f"tenant-{n}", 8) for n in range(200))
    assert len(sizes) == 8
    assert max(sizes.values()) <= 40
