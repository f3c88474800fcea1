"""Which streams a listing and the settings make."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_8x8_cc.api.listing import Listing, parse_entry
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.planning.catalog import define_streams, is_selected

SUMMARY = {
    "type": "queue-summary",
    "groupBy": [{"name": "queue", "filters": ["queue"]}, {"name": "media-and-queue"}],
    "metrics": ["accepted", "waitTime"],
}
DETAILED = {
    "type": "detailed-reports-x",
    "metrics": ["xId", "time", "note"],
    "searchQuery": {"fields": ["note"], "operators": ["in"]},
}


def listing(*entries: dict[str, Any]) -> Listing:
    parsed = [parse_entry(entry) for entry in entries]
    return {entry.type: entry for entry in parsed if entry}


def defined(*entries: dict[str, Any], **more: Any) -> dict[str, Any]:
    config = {"client_id": "k", "client_secret": "s", "start_date": "2026-01-01"}
    found = define_streams(
        listing(*entries), Settings.from_config({**config, "detailed_reports": True, **more})
    )
    names = [definition.name for definition in found]
    assert len(set(names)) == len(names)
    return dict(zip(names, found, strict=True))


def test_personal_data_is_a_stream_only_where_the_setting_allows_it() -> None:
    paths = {"type": "script-paths"}
    assert {d.kind for d in defined(SUMMARY, DETAILED, paths, detailed_reports=False).values()} == {
        ReportKind.SUMMARY
    }
    some = defined(SUMMARY, DETAILED, paths, detailed_reports=["detailed-reports-x"])
    assert set(some) == {
        "queue_summary_by_queue",
        "queue_summary_by_media_queue",
        "detailed_reports_x",
    }
    named = {"name": "mine", "type": "detailed-reports-x"}
    mine = defined(DETAILED, detailed_reports=False, reports=[named])
    assert set(mine) == {"mine"}
    assert is_selected(mine["mine"])


def test_a_detailed_type_that_is_not_listed_is_a_warning(caplog: pytest.LogCaptureFixture) -> None:
    defined(SUMMARY, DETAILED, detailed_reports=["detailed-reports-y"])
    (line,) = caplog.messages
    assert "detailed_reports: type 'detailed-reports-y' is not listed" in line
    assert "detailed-reports-x" in line


@pytest.mark.parametrize("taken", ["queue_summary_by_queue", "detailed_reports_x", "extractions"])
def test_a_custom_report_takes_no_name_of_another_stream(taken: str) -> None:
    report = {"name": taken, "type": "queue-summary", "group_by": "queue"}
    with pytest.raises(ConfigError, match="choose another"):
        defined(SUMMARY, DETAILED, detailed_reports=False, reports=[report])


def test_a_stream_for_each_type_and_grouping() -> None:
    found = defined(SUMMARY, DETAILED, {"type": "script-paths"})
    assert {name: (d.type, getattr(d, "group_by", None), d.kind) for name, d in found.items()} == {
        "queue_summary_by_queue": ("queue-summary", "queue", ReportKind.SUMMARY),
        "queue_summary_by_media_queue": ("queue-summary", "media-and-queue", ReportKind.SUMMARY),
        "detailed_reports_x": ("detailed-reports-x", None, ReportKind.DETAILED),
        "script_paths": ("script-paths", None, ReportKind.SCRIPT_PATHS),
    }


def test_general_settings_hold_for_what_a_report_does_not_set() -> None:
    report = {"name": "mine", "type": "queue-summary", "group_by": "queue"}
    found = defined(
        SUMMARY,
        reports=[
            report,
            {
                **report,
                "name": "own",
                "granularity": "hour",
                "timezone": "UTC",
                "include_subtotals": False,
                "metrics": ["waitTime"],
            },
        ],
        granularity="week",
        timezone="Europe/Helsinki",
        include_subtotals=True,
        include_grand_total=True,
    )
    mine, own = found["mine"], found["own"]
    assert (mine.granularity, mine.zone and mine.zone.key) == (
        Granularity.WEEK,
        "Europe/Helsinki",
    )
    assert (mine.include_subtotals, mine.include_grand_total, mine.custom) == (True, True, True)
    assert mine.metrics == ("accepted", "waitTime")
    assert (own.granularity, own.zone and own.zone.key) == (Granularity.HOUR, "UTC")
    assert (own.include_subtotals, own.include_grand_total) == (False, True)
    assert own.metrics == ("waitTime",)
    assert not found["queue_summary_by_queue"].custom


def test_reports_without_buckets_are_incremental_whatever_the_granularity() -> None:
    found = defined(
        SUMMARY, DETAILED, {"type": "script-paths"}, granularity="none", include_subtotals=True
    )
    assert not found["queue_summary_by_queue"].is_incremental
    for name in ("detailed_reports_x", "script_paths"):
        assert found[name].is_incremental


WORDS = st.sampled_from(["queue", "Queue", "media", "a", "agent-status", "x" * 40])


@settings(deadline=None)
@given(st.lists(st.tuples(WORDS, st.lists(WORDS, min_size=1, max_size=3)), min_size=1, max_size=5))
def test_names_differ_and_do_not_depend_on_the_order(pairs: list[tuple[str, list[str]]]) -> None:
    entries = [
        {
            "type": f"{word}-summary",
            "groupBy": [{"name": "-and-".join(group)}],
            "metrics": ["accepted"],
        }
        for word, group in dict(pairs).items()
    ]
    forward, backward = defined(*entries), defined(*reversed(entries))
    assert {(n, d.type, d.group_by) for n, d in forward.items()} == {
        (n, d.type, d.group_by) for n, d in backward.items()
    }
    assert all(len(name) <= 63 for name in forward)
