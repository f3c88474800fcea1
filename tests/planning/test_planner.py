"""Which reports a stream asks for."""

from __future__ import annotations

from dataclasses import replace
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
from tap_8x8_cc.planning.catalog import define_streams
from tap_8x8_cc.planning.planner import Asked, Planner, whole_days, zone_probes

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


def planner(stream: str, **more: Any) -> Planner:
    parsed = settings(**more)
    found: dict[str, ReportDefinition] = {d.name: d for d in define_streams(LISTING, parsed)}
    return Planner(found[stream], parsed)


def bodies(plan: Planner, covered: Coverage | None = None, days: int = 7) -> list[dict[str, Any]]:
    requests = plan.requests(Asked(None, NEW_YORK, ("m",), covered, NOW, days), INSTANT)
    return [msgspec.json.decode(request.body()) for request in requests]


def new_york(day: int, month: int = 3) -> datetime:
    """Return the begin of a day."""
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
    first, second = bodies(plan)
    assert first == {
        "type": "detailed-reports-interaction-details",
        "title": "detailed_reports_interaction_details",
        "dateRange": {"start": "2026-03-01T05:00:00.000Z", "end": "2026-03-08T04:59:59.999Z"},
        "metrics": ["m"],
        "timezone": "America/New_York",
        "intraDayTimeRange": {"start": "08:00:00", "end": "18:00:00"},
        "includeParticipants": True,
        "reportSettings": {"showOngoingInteractions": True},
    }
    assert second["dateRange"] == {
        "start": "2026-03-08T05:00:00.000Z",
        "end": "2026-03-10T03:59:59.999Z",
    }


def test_only_interactions_have_participants_and_an_end() -> None:
    body = bodies(planner("detailed_reports_other"))[0]
    assert {"includeParticipants", "reportSettings"}.isdisjoint(body)


def test_script_paths_are_asked_for_day_by_day() -> None:
    found = bodies(planner("script_paths"), days=1)
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
    (body,) = bodies(plan, Coverage(new_york(1), new_york(9)))
    assert body["dateRange"] == {
        "start": "2026-03-07T05:00:00.000Z",
        "end": "2026-03-10T03:59:59.999Z",
    }


def test_halves_hold_the_same_days_down_to_one() -> None:
    plan = planner("detailed_reports_other")
    (whole, _) = plan.requests(Asked(None, NEW_YORK, ("m",), None, NOW, 7), INSTANT)
    parts, single = [whole], []
    while parts:
        part = parts.pop(0)
        halves = plan.halves(part)
        single += [] if halves else [part]
        parts += halves
    single.sort(key=lambda part: part.window.start)
    assert len(single) == 7
    assert single[0].window.start == whole.window.start
    assert single[-1].window.end == whole.window.end
    for one, two in pairwise(single):
        assert one.window.end == two.window.start


def ranges(plan: Planner, covered: Coverage, days: int = 7) -> list[tuple[datetime, datetime]]:
    found = plan.requests(Asked(None, NEW_YORK, ("m",), covered, NOW, days), INSTANT)
    return [(request.window.start, request.window.end) for request in found]


@pytest.mark.parametrize("stream", ["s_by_queue", "detailed_reports_other"])
def test_the_past_is_filled_in_newest_first_and_then_comes_the_night(stream: str) -> None:
    plan = planner(stream, start_date="2025-12-30", max_window_days=7)
    *past, night = ranges(plan, Coverage(new_york(1), new_york(8)))
    assert night == (new_york(5), new_york(10))
    assert past[0][1] == new_york(1)
    for newer, older in pairwise(past):
        assert newer[0] == older[1]
    assert past[-1][0] == datetime(2025, 12, 30, 5, tzinfo=UTC)


def test_the_lookback_does_not_read_again_what_was_just_filled_in() -> None:
    plan = planner("s_by_queue", start_date="2026-02-20", lookback_days=30)
    covered = Coverage(new_york(7), new_york(9))
    assert ranges(plan, covered) == [
        (new_york(20, 2), new_york(7)),
        (new_york(7), new_york(10)),
    ]


def test_the_past_is_left_alone_where_end_date_would_leave_a_hole() -> None:
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


ZONES = st.sampled_from(["America/New_York", "Australia/Lord_Howe", "America/Havana", "UTC"])
DAYS = st.integers(0, 20_000).map(lambda number: datetime(1990, 1, 1, 12) + timedelta(number))  # noqa: DTZ001


@trial(deadline=None)
@given(DAYS, st.integers(0, 40), st.integers(1, 28), ZONES)
def test_windows_are_so_many_local_days_and_the_last_the_rest(
    first: datetime, length: int, days: int, name: str
) -> None:
    zone = ZoneInfo(name)
    edges = [following(first.replace(tzinfo=zone), Granularity.DAY, zone)]
    for _ in range(length):
        edges.append(following(edges[-1], Granularity.DAY, zone))
    windows = whole_days(edges[0], edges[-1], days, zone)
    # A window begins at every so many days.
    assert [window.start for window in windows] == edges[:-1:days]
    assert [window.end for window in windows] == [*edges[:-1:days], edges[-1]][1:]
    assert all(window.request_start == window.start for window in windows)


def test_probe_is_the_smallest_report_and_names_no_zone() -> None:
    wanted = settings(timezone="UTC", include_subtotals=True)
    request = zone_probes(LISTING, "t1", wanted, NOW)[0]
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
    assert not zone_probes({"script-paths": LISTING["script-paths"]}, None, settings(), NOW)


def test_definition_with_a_zone_of_its_own_is_planned_in_the_zone_given() -> None:
    plan = planner("script_paths", timezone="UTC")
    own = Planner(replace(plan.definition, zone=ZoneInfo("UTC")), plan.settings)
    (*_, last) = own.requests(Asked(None, ZoneInfo("UTC"), (), None, NOW), INSTANT)
    assert last.window.end == datetime(2026, 3, 10, tzinfo=UTC)
