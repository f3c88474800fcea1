"""The findings: true of each sandbox, by the documentation of its quirks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from tap_8x8_cc_probe.cli import judge

from probe_tests.probing import PLAIN, findings, probe_of, sandbox, seen_at, verdict_at
from tap_8x8_cc.errors import ConfigError


@dataclass(frozen=True)
class Setup:
    """A sandbox, and what differs from the plain one in what the probe must find.

    Args:
        zone: The tenant's default zone.
        quirks: How it answers.
        differences: The findings that differ.
        fails: The findings with which the tap does not cope.
        settings: Settings of the tap.
    """

    zone: str
    quirks: dict[str, Any]
    differences: dict[str, Any]
    fails: tuple[str, ...] = ()
    settings: dict[str, Any] = field(default_factory=dict)


NO_CSV = {"csv_durations", "csv_percentages", "csv_nothing", "csv_rows"}
SETUPS = {
    "forms": Setup(
        "Asia/Kolkata",
        {
            "range": "local", "end_inclusive": False, "items": "mixed", "ids": "text",
            "durations": "clock", "percentages": "sign", "nothing": "na",
            "seconds_in_times": True, "none_times": False, "details_timezone": "absent",
            "error_body": "problem", "first_status": "QUEUED", "csv_header": "key",
            "csv_bom": True, "csv_durations": "ms", "csv_totals": "marked",
            "detailed_create": "list", "detailed_values": "plain",
            "script_paths_listing": "fields", "rate_limit_headers": True,
            "total_key": "totals", "unasked_total": "absent", "empty_total_pages": 0,
        },
        {
            "date_range": "local", "end": "excluded", "row_form": "mixed", "ids": "text",
            "durations": "clock", "percentages": "sign", "nothing": "na", "csv_nothing": "na",
            "csv_percentages": "sign", "seconds": "seconds", "none_times": False,
            "default_zone": "absent", "error_body": "problem", "first_status": "QUEUED",
            "statuses": ["DONE", "QUEUED"], "csv_header": "key", "csv_mark": True,
            "csv_totals": "marked", "csv": "doubted", "detailed_creation": "list",
            "detailed_values": "plain", "script_paths": "fields", "total_key": "totals",
            "empty_pages": 0,
            "rate_limits": ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
        },
        settings={"timezone": "Asia/Kolkata"},
    ),
    "values": Setup(
        "America/St_Johns",
        {
            "value_types": "native", "durations": "ms_decimal", "nothing": "dash",
            "csv_nothing": "empty", "csv_durations": "clock", "error_body": "json",
            "details_timezone": "null", "script_paths_listing": "absent", "items": "object",
            "csv_header": "key",
        },
        {
            "numbers": "native", "durations": "decimal", "nothing": "dash",
            "csv_nothing": "empty", "csv_durations": "clock", "csv": "doubted",
            "error_body": "json", "default_zone": "null", "script_paths": "absent",
            "row_form": "object", "csv_header": "key",
        },
        settings={"timezone": "America/St_Johns"},
    ),
    "order": Setup(
        "Asia/Tokyo",
        {"range": "local", "csv_disagrees": "order", "empty_report": "204"},
        {"date_range": "local", "csv_rows": "other", "empty": "no body", "empty_pages": None},
    ),
    "calls": Setup(
        "Asia/Tokyo",
        {
            "create_answer": "location", "create_code": 201, "done_status": "COMPLETED",
            "unknown_polls": 2, "post_slash": "needed", "redirect_gets": 307, "json_bom": True,
            "bucket_times": "epoch", "labels": "object", "data_wrapper": "data",
            "count_headers": "first", "total_pages": "by_default",
            "detailed_status": "ordinary",
        },
        {
            "creation": "201 headers slash", "ids": "elsewhere", "first_status": "none",
            "statuses": ["COMPLETED"], "done_status": "COMPLETED", "unknown": 2,
            "redirects": ["GET 307", "download 307"], "offset": "none",
            "seconds": "epoch", "envelope": "data",
            "detailed_status": "ordinary",
            "csv": "doubted", "csv_header": "other",             **dict.fromkeys(NO_CSV),
        },
    ),
    "clocks of no zone": Setup(
        "Europe/Helsinki",
        {
            "bucket_times": "local", "days_cut": "utc", "items": "flat", "empty_report": "null",
            "count_headers": "none", "redirect_posts": 308, "detailed_status": "detailed",
            "error_body": "fault", "csv_disagrees": "values", "past_end": "400",
        },
        {
            # Z may be UTC, and the times of the buckets too: which, nothing shows.
            "date_range": None, "days": None, "offset": "none", "row_form": "flat",
            "empty": "null", "empty_pages": None, "redirects": ["POST 308"],
            "detailed_status": "detailed",
            "error_body": "fault", "csv": "doubted", "csv_header": "other",
            **dict.fromkeys(NO_CSV),
        },
        fails=("empty",),
    ),
    "dates": Setup(
        "America/Chicago",
        {
            "bucket_times": "date", "downloads": "elsewhere", "empty_report": "object",
            "csv_disagrees": "duplicate_labels", "error_body": "message",
        },
        {
            "days": None, "offset": "none", "redirects": ["download 302"], "empty": "{}",
            "empty_pages": None, "csv": "doubted", "error_body": "message",
        },
        fails=("empty",),
    ),
    "universal time": Setup(
        "UTC",
        {
            "bucket_times": "milliseconds", "utc": "+00:00", "unasked_total": "false",
            "redirect_gets": 302, "labels": "number", "csv_guard": True,
        },
        {
            "date_range": "same", "offset": "zero", "seconds": "milliseconds",
            "redirects": ["GET 302", "download 302"],
            "csv": "doubted", "csv_header": "other",
            **dict.fromkeys(NO_CSV),
        },
    ),
    "days of UTC": Setup(
        "America/Los_Angeles",
        {"days_cut": "utc", "empty_report": "404", "csv_disagrees": "values", "future": "refused"},
        {
            "days": "utc", "offset": "zulu", "empty": None, "empty_pages": None,
            "csv": "doubted", "csv_nothing": None,  # it has other values everywhere
        },
    ),
}  # fmt: skip


def test_the_plain_sandbox_is_described_as_it_is() -> None:
    verdict = probe_of()
    assert findings(verdict) == PLAIN
    assert verdict.copes
    assert verdict.settings == {"date_range_reading": "instant", "timezone": "America/New_York"}


@pytest.mark.parametrize("name", SETUPS)
def test_each_quirk_is_named(name: str) -> None:
    setup = SETUPS[name]
    with sandbox(setup.quirks, default_timezone=setup.zone) as server:
        verdict = verdict_at(server.url, **setup.settings)
        assert server.state()["reports_created"] == verdict.reports <= 10
    assert findings(verdict) == PLAIN | setup.differences
    failing = {question.name for question, found in verdict.findings if found.copes == "no"}
    assert failing == set(setup.fails)
    assert verdict.copes is not bool(setup.fails)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("quirks", "differences"),
    [
        ({}, {"count": "true"}),
        ({"total_elements": "capped"}, {"count": "capped"}),
        ({"large_reports": "refused"}, {"reading": "in parts"}),
        ({"csv_disagrees": "values"}, {"count": "true", "csv": "doubted", "csv_nothing": None}),
    ],
)
def test_a_large_tenant_is_read_as_a_sync_would(
    quirks: dict[str, Any], differences: dict[str, Any]
) -> None:
    """More than 10,000 rows a week, fewer than 10,000 a day: a sync reads them in each case."""
    center = {"queues": 250, "agents": 220, "channels_per_media": 8}
    with sandbox(quirks, center=center) as server:
        # The sandbox takes its time over so many rows: at the tests' pace it would be too late.
        verdict = verdict_at(server.url, pace=0.3)
    assert findings(verdict) == PLAIN | differences
    assert verdict.text == "The tap copes with everything that was seen of this tenant's API."


@pytest.mark.parametrize(
    ("granularity", "copes"),
    [("day", "with a setting"), ("week", "with a setting"), ("hour", "yes")],
)
def test_a_day_that_neither_json_nor_csv_holds_needs_a_finer_granularity(
    granularity: str, copes: str
) -> None:
    with sandbox({"csv_disagrees": "values"}) as server:
        seen = seen_at(server.url, granularity=granularity)
    for exchange in seen.sight("totals").pages:
        exchange.headers["X-Total-Elements"] = "12000"
    found = next(found for question, found in judge(seen).findings if question.name == "csv")
    assert (found.value, found.copes) == ("doubted", copes)


@pytest.mark.parametrize("reading", ["instant", "local"])
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland", "Europe/Helsinki"])
def test_both_readings_are_told_apart_east_and_west(zone: str, reading: str) -> None:
    found = findings(probe_of({"range": reading, "future": "refused"}, default_timezone=zone))
    assert found["date_range"] == reading
    assert found["end"] == "included"


def test_an_empty_report_that_is_never_found_is_trouble() -> None:
    """Neither on data nor on download: the tap could not tell it from a lost one."""
    gone = {"on": "download", "action": "status", "status": 404, "body": "Gone.", "times": 1}
    verdict = probe_of({"empty_report": "404"}, faults=[gone])
    assert verdict.text == "The tap does not cope with: empty."


def test_a_setting_that_contradicts_the_api_is_named() -> None:
    with sandbox({"range": "local"}) as server:
        verdict = verdict_at(server.url, date_range_reading="instant")
    assert "date_range" in verdict.text
    assert verdict.settings["date_range_reading"] == "local"


def test_without_rows_in_the_newest_days_it_looks_further_back() -> None:
    verdict = probe_of(now="2026-02-20T00:00:00Z")
    found = findings(verdict)
    assert found["date_range"] == "instant"
    assert found["columns"] == PLAIN["columns"]
    assert verdict.copes


def test_without_any_rows_the_verdict_is_that_too_little_was_learned() -> None:
    verdict = probe_of(now="2025-02-20T00:00:00Z")
    assert not verdict.copes
    assert "no report had rows" in verdict.text
    found = findings(verdict)
    assert found["default_zone"] == "told"
    assert found["date_range"] is found["columns"] is found["csv"] is None
    assert verdict.reports <= 5


def test_without_a_time_zone_it_asks_for_one() -> None:
    verdict = probe_of({"details_timezone": "null"})
    assert not verdict.copes
    assert "Set timezone" in verdict.text
    assert findings(verdict)["default_zone"] == "null"


def test_a_refusal_is_quoted_and_the_rest_goes_on() -> None:
    """No detailed report, no download: the other questions are answered as ever."""
    faults = [
        {"on": "detailed_create", "action": "status", "status": 403, "body": "Not yours."},
        {"on": "download", "action": "status", "status": 406, "body": "No files today."},
    ]
    verdict = probe_of(faults=faults)
    found = findings(verdict)
    unanswered = {name for name in PLAIN if name.startswith(("csv", "detailed"))}
    assert {name for name in PLAIN if found[name] is None} == unanswered | {"count"}
    texts = {question.name: found.text for question, found in verdict.findings}
    assert "Not yours." in texts["detailed_creation"]
    assert "No files today." in texts["csv"]
    assert verdict.copes


def test_throttling_of_creations_is_seen_with_the_number_in_flight() -> None:
    """The first four are created one after another, then two at the same time."""
    throttled = {"on": "create", "action": "status", "status": 429, "skip": 5, "times": 1}
    with sandbox(faults=[{**throttled, "headers": {"Retry-After": "1"}}]) as server:
        verdict = verdict_at(server.url, detailed_reports=False)
    found = findings(verdict)
    # How many were answered before the one that was refused is a matter of chance.
    assert found["throttling"] in {0, 1, 2}
    assert verdict.settings["max_concurrent_reports"] == max(1, found["throttling"])
    assert found["rate_limits"] == ["retry-after"]
    assert found["subtotals"] == 1


def test_the_tenant_can_be_chosen_and_a_typo_in_it_is_refused() -> None:
    with sandbox(tenants=["first", "second"]) as server:
        tenants = ["first", "second"]
        assert verdict_at(server.url, "second", tenant_ids=tenants).copes
        asked = {request.tenant for request in server.requests()}
        assert asked <= {"second", None}
        with pytest.raises(ConfigError, match="--tenant seconds: it is not among tenant_ids"):
            verdict_at(server.url, "seconds", tenant_ids=tenants)


def test_rows_that_the_tap_cannot_read_are_trouble() -> None:
    """A gateway answers with a page of its own instead of rows."""
    html = {"on": "data", "action": "html", "report_type": "queue"}
    with sandbox(faults=[html]) as server:
        verdict = verdict_at(server.url, retry_seconds=1)
    assert not verdict.copes
    assert "Too little was learned" in verdict.text
