"""What shapes a stream's rows, and what does not."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tap_8x8_cc.api.listing import parse_entry
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.planning.catalog import define_streams
from tap_8x8_cc.planning.shape import advice, changes, shape_of

INTERACTIONS = "detailed-reports-interaction-details"
LISTING = {
    entry.type: entry
    for entry in map(
        parse_entry,
        (
            {
                "type": "s",
                "groupBy": [{"name": "queue", "filters": ["queue"]}],
                "metrics": ["m", "n"],
            },
            {"type": INTERACTIONS, "metrics": ["interactionId"]},
            {"type": "script-paths"},
        ),
    )
    if entry
}
CUSTOM = {"name": "mine", "type": "s", "group_by": "queue"}
FILTERS = [{"name": "queue", "values": ["1", "2"]}, {"name": "media", "values": ["Phone"]}]
SEARCH: list[dict[str, Any]] = [
    {"field": "a", "operator": "in", "value": ["1", "2"]},
    {"field": "b", "operator": "=", "value": "7"},
]


def shape(stream: str = "s_by_queue", **more: Any) -> dict[str, Any]:
    given = {"client_id": "k", "client_secret": "s", "start_date": "2026-03-01"}
    settings = Settings.from_config({**given, "detailed_reports": True, **more})
    (definition,) = [d for d in define_streams(LISTING, settings) if d.name == stream]
    zone = settings.timezone or ZoneInfo("America/New_York")
    found = shape_of(definition, zone, with_tenants=bool(settings.tenant_ids))
    assert found == msgspec.json.decode(msgspec.json.encode(found))  # as it comes from a state
    return found


def test_it_reads_as_the_settings_do() -> None:
    assert shape() == {
        "type": "s",
        "group_by": "queue",
        "granularity": "day",
        "timezone": "America/New_York",
    }
    custom: dict[str, Any] = {**CUSTOM, "filters": FILTERS, "granularity": "week"}
    custom["intra_day_time_range"] = {"start": "08:00:00", "end": "17:00:00"}
    assert shape("mine", reports=[custom], tenant_ids=["a"]) == {
        "type": "s",
        "group_by": "queue",
        "granularity": "week",
        "week_start": "monday",
        "timezone": "America/New_York",
        "filters": [["media", ["Phone"]], ["queue", ["1", "2"]]],
        "intra_day_time_range": {"start": "08:00:00", "end": "17:00:00"},
        "tenant_ids": "set",
    }


@pytest.mark.parametrize(
    "harmless",
    [
        {"lookback_days": 30},
        {"page_size": 10},
        {"max_concurrent_reports": 1},
        {"start_date": "2020-01-01", "end_date": "2027-01-01"},
        {"include_subtotals": True, "include_grand_total": True},
        {"data_format": "csv", "max_window_days": 3, "settle_minutes": 0},
        {"date_range_reading": "local", "api_version": "v7", "region": "eu"},
        {"week_start": "sunday"},  # of days
        {"include_participants": False, "show_ongoing_interactions": True},  # of a summary
    ],
    ids=str,
)
def test_what_leaves_keys_and_figures_is_not_in_it(harmless: dict[str, Any]) -> None:
    assert shape(**harmless) == shape()


def test_the_order_of_filters_and_rules_is_not_in_it() -> None:
    turned = [{**f, "values": f["values"][::-1]} for f in FILTERS[::-1]]
    one, other = (shape("mine", reports=[{**CUSTOM, "filters": f}]) for f in (FILTERS, turned))
    assert one == other
    detailed = {"name": "mine", "type": INTERACTIONS}
    searches = [SEARCH, [{**SEARCH[1]}, {**SEARCH[0], "value": ["2", "1"]}]]
    one, other = (shape("mine", reports=[{**detailed, "search_query": s}]) for s in searches)
    assert one == other
    assert one["search_query"]


@pytest.mark.parametrize(
    ("stream", "change", "name"),
    [
        ("s_by_queue", {"granularity": "hour"}, "granularity"),
        ("s_by_queue", {"timezone": "UTC"}, "timezone"),
        ("s_by_queue", {"tenant_ids": ["a"]}, "tenant_ids"),
        (
            "s_by_queue",
            {"intra_day_time_range": {"start": "08:00:00", "end": "17:00:00"}},
            "intra_day_time_range",
        ),
        (INTERACTIONS.replace("-", "_"), {"include_participants": False}, "include_participants"),
        ("script_paths", {"timezone": "UTC"}, "timezone"),
    ],
    ids=str,
)
def test_what_would_count_twice_is_said_with_both_ways_on(
    stream: str, change: dict[str, Any], name: str
) -> None:
    before, now = shape(stream), shape(stream, **change)
    assert changes(before, now) == changes(now, before) == [name]
    line = advice(stream, [name], before, now)
    assert "\n" not in line
    assert line.startswith(f"{stream}: {name} was ")
    assert f"Put {name} back" in line
    assert "--full-refresh" in line


def test_the_line_says_from_what_to_what() -> None:
    line = advice("s", ["granularity"], shape(), shape(granularity="hour"))
    assert "granularity was day and is hour now" in line
    line = advice("s", ["tenant_ids"], shape(), shape(tenant_ids=["a"]))
    assert "tenant_ids was not set and is set now" in line


def test_weeks_are_cut_by_their_first_day() -> None:
    weekly = [shape(granularity="week", week_start=day) for day in ("monday", "sunday")]
    assert changes(*weekly) == ["week_start"]
