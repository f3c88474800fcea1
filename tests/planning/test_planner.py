"""Which reports a stream asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import settings as trial
from hypothesis import strategies as st

from tap_8x8_cc.api.listing import Listing, parse_entry
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.model.calendar import Granularity, following
from tap_8x8_cc.model.coverage import Coverage
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.reports import ReportRequest
from tap_8x8_cc.planning.catalog import define_streams
from tap_8x8_cc.planning.planner import Planner
from tap_8x8_cc.reading.probes import zone_probes

if TYPE_CHECKING:
    from tap_8x8_cc.model.reports import ReportDefinition

LISTING: Listing = {
    entry.type: entry
    for entry in map(
        parse_entry,
        (
            {"type": "s", "groupBy": [{"name": "queue", "filters": ["queue"]}], "metrics": ["m"]},
            {"type": "detailed-reports-interaction-details", "metrics": ["interactionId"]},
            {"type": "detailed-reports-other", "metrics": ["otherId", "time"]},
            {"type": "script-paths"},
        ),
    )
    if entry
}
NEW_YORK = ZoneInfo("America/New_York")
INSTANT = DateRangeReading.INSTANT
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


def settings(**more: Any) -> Settings:
    config = {"client_id": "k", "client_secret": "s", "start_date": "2026-03-01"}
    return Settings.from_config({**config, "detailed_reports": True, **more})


def planner(stream: str, zone: ZoneInfo = NEW_YORK, **more: Any) -> Planner:
    parsed = settings(**more)
    found: dict[str, ReportDefinition] = {d.name: d for d in define_streams(LISTING, parsed)}
    return Planner(found[stream], parsed, zone)


def bodies(plan: Planner, covered: Coverage | None = None) -> list[dict[str, Any]]:
    metrics = () if plan.definition.type == "script-paths" else ("m",)
    requests = [
        ReportRequest(definition=plan.definition, window=window, zone=NEW_YORK, metrics=metrics)
        for window in plan.windows(NOW, covered, (), INSTANT)
    ]
    return [msgspec.json.decode(request.body()) for request in requests]


def new_york(day: int, month: int = 3) -> datetime:
    """Return the start of a day."""
    return datetime(2026, month, day, tzinfo=NEW_YORK).astimezone(UTC)


def test_summary_report() -> None:
    (body,) = bodies(planner("s_by_queue", include_subtotals=True))
    assert body == {
        "type": "s",
        "title": "s_by_queue",
        "dateRange": {"start": "2026-03-01T05:00:00.000Z", "end": "2026-03-10T03:59:59.999Z"},
        "granularity": "day",
        "groupBy": {"name": "queue"},
        "metrics": ["m"],
        "timezone": "America/New_York",
        "includeSubTotal": True,
    }


def test_detailed_report() -> None:
    plan = planner(
        "detailed_reports_interaction_details",
        show_ongoing_interactions=True,
        intra_day_time_range={"start": "08:00:00", "end": "18:00:00"},
    )
    first, second, *_ = bodies(plan)
    assert first == {
        "type": "detailed-reports-interaction-details",
        "title": "detailed_reports_interaction_details",
        "dateRange": {"start": "2026-03-01T05:00:00.000Z", "end": "2026-03-02T04:59:59.999Z"},
        "metrics": ["m"],
        "timezone": "America/New_York",
        "intraDayTimeRange": {"start": "08:00:00", "end": "18:00:00"},
        "includeParticipants": True,
        "reportSettings": {"showOngoingInteractions": True},
    }
    assert second["dateRange"] == {
        "start": "2026-03-02T05:00:00.000Z",
        "end": "2026-03-03T04:59:59.999Z",
    }


def test_only_interactions_have_participants_and_an_end() -> None:
    body = bodies(planner("detailed_reports_other"))[0]
    assert {"includeParticipants", "reportSettings"}.isdisjoint(body)


def test_script_paths_are_asked_for_day_by_day() -> None:
    found = bodies(planner("script_paths"))
    assert len(found) == 9
    assert found[7] == {
        "type": "script-paths",
        "title": "script_paths",
        "dateRange": {"start": "2026-03-08T05:00:00.000Z", "end": "2026-03-09T03:59:59.999Z"},
        "timezone": "America/New_York",
    }


@pytest.mark.parametrize("stream", ["detailed_reports_other", "script_paths"])
def test_lookback_is_read_again_and_granularity_does_not_matter(stream: str) -> None:
    plan = planner(stream, granularity="month", lookback_days=2)
    found = [body["dateRange"] for body in bodies(plan, Coverage(new_york(1), new_york(9)))]
    assert found == [
        {"start": "2026-03-07T05:00:00.000Z", "end": "2026-03-08T04:59:59.999Z"},
        {"start": "2026-03-08T05:00:00.000Z", "end": "2026-03-09T03:59:59.999Z"},
        {"start": "2026-03-09T04:00:00.000Z", "end": "2026-03-10T03:59:59.999Z"},
    ]


def test_halves_hold_the_same_days_down_to_one() -> None:
    plan = planner("s_by_queue")
    (whole,) = plan.windows(NOW, None, (), INSTANT)
    parts, single = [whole], []
    while parts:
        part = parts.pop(0)
        halves = plan.halves(part)
        single += [] if halves else [part]
        parts += halves
    single.sort(key=lambda part: part.start)
    assert len(single) == 9
    assert single[0].start == whole.start
    assert single[-1].end == whole.end
    for one, two in pairwise(single):
        assert one.end == two.start


def ranges(plan: Planner, covered: Coverage) -> list[tuple[datetime, datetime]]:
    return [(window.start, window.end) for window in plan.windows(NOW, covered, (), INSTANT)]


def test_the_night_comes_first_and_then_the_past_newest_first() -> None:
    plan = planner("s_by_queue", start_date="2025-12-30", max_window_days=7)
    night, *past = ranges(plan, Coverage(new_york(1), new_york(8)))
    assert night == (new_york(5), new_york(10))
    assert past[0][1] == new_york(1)
    for newer, older in pairwise(past):
        assert newer[0] == older[1]
    assert past[-1][0] == datetime(2025, 12, 30, 5, tzinfo=UTC)


def test_the_lookback_does_not_reach_into_history_that_is_missing() -> None:
    plan = planner("s_by_queue", start_date="2026-02-20", lookback_days=30)
    covered = Coverage(new_york(7), new_york(9))
    assert ranges(plan, covered) == [
        (new_york(7), new_york(10)),
        (new_york(20, 2), new_york(7)),
    ]


def test_the_past_is_left_alone_if_end_date_would_leave_a_hole() -> None:
    covered = Coverage(new_york(1), new_york(8))
    for end_date, expected in (("2026-02-25", []), ("2026-03-01", [new_york(10, 2)])):
        plan = planner("s_by_queue", start_date="2026-02-10", end_date=end_date)
        assert [start for start, _ in ranges(plan, covered)] == expected


def test_a_later_start_leaves_things_as_they_are_until_it_is_beyond_the_bookmark() -> None:
    covered = Coverage(new_york(1), new_york(8))
    assert ranges(planner("s_by_queue", start_date="2026-03-04"), covered) == [
        (new_york(5), new_york(10))
    ]
    assert ranges(planner("s_by_queue", start_date="2026-03-09"), covered) == [
        (new_york(9), new_york(10))
    ]


@pytest.mark.parametrize(("zone", "hours"), [("America/New_York", 6), ("Asia/Kolkata", 6)])
def test_an_overnight_range_runs_on_to_the_end_of_the_last_night(zone: str, hours: int) -> None:
    overnight = {"start": "22:00:00", "end": "06:00:00"}
    plan = planner("s_by_queue", ZoneInfo(zone), intra_day_time_range=overnight)
    for window in plan.windows(NOW, None, (), INSTANT):
        asked = window.asked(plan.zone)
        end = asked.end.replace(tzinfo=UTC) + timedelta(milliseconds=1)
        assert end == window.end + timedelta(hours=hours)
        assert end <= NOW - plan.settings.settle


def test_an_overnight_range_is_kept_within_the_limits_of_the_api() -> None:
    overnight = {"start": "22:00:00", "end": "06:00:00"}
    plan = planner("s_by_queue", start_date="2025-10-01", intra_day_time_range=overnight)
    for reading in (INSTANT, None):
        for window in plan.windows(NOW, None, (), reading):
            asked = window.asked(NEW_YORK)
            assert asked.end - asked.start <= timedelta(days=28)


ZONES = st.sampled_from(["America/New_York", "Australia/Lord_Howe", "America/Havana", "UTC"])
DAYS = st.integers(0, 20_000).map(lambda number: datetime(1990, 1, 1, 12) + timedelta(number))  # noqa: DTZ001


@trial(deadline=None)
@given(DAYS, st.integers(0, 40), ZONES)
def test_events_are_a_local_day_a_report_whatever_the_clock_does(
    first: datetime, length: int, name: str
) -> None:
    zone = ZoneInfo(name)
    edges = [following(first.replace(tzinfo=zone), Granularity.DAY, zone)]
    for _ in range(length):
        edges.append(following(edges[-1], Granularity.DAY, zone))
    start, end = edges[0].isoformat(), edges[-1].isoformat()
    plan = planner("script_paths", zone, start_date=start, end_date=end)
    later = edges[-1] + timedelta(days=30)
    windows = plan.windows(later, None, (), INSTANT)
    assert [(window.start, window.end) for window in windows] == list(pairwise(edges))
    assert all(window.request_start == window.start for window in windows)


def test_probe_is_the_smallest_report_and_names_no_zone() -> None:
    request = zone_probes(LISTING, "t1", timedelta(minutes=30), NOW)[0]
    body = msgspec.json.decode(request.body())
    assert body == {
        "type": "s",
        "title": "time zone",
        "dateRange": {"start": "2026-03-10T11:15:00.000Z", "end": "2026-03-10T11:29:59.999Z"},
        "granularity": "15m",
        "groupBy": {"name": "queue"},
        "metrics": ["m"],
    }
    assert request.tenant_id == "t1"


def test_without_summary_reports_there_is_no_zone_probe() -> None:
    assert not zone_probes({"script-paths": LISTING["script-paths"]}, None, timedelta(0), NOW)
