"""The probe: it names what each sandbox was told to do, whichever way that is."""

from __future__ import annotations

from typing import Any

import pytest
from tap_8x8_cc_probe.verdict import judge

from probe_tests.probing import findings, probe_of, sandbox, seen_at
from tap_8x8_cc.errors import ConfigError

PLAIN: dict[str, Any] = {
    "date_range": "instant",
    "end": "included",
    "default_zone": "told",
    "days": "zone",
    "offset": "offset",
    "seconds": "minutes",
    "none_times": True,
    "reading": "all",
    "columns": {
        "media-and-channel-and-queue": ["media", "channel", "queue", "queueId"],
        "channel": ["channel"],
        "group-and-agent-and-status-code": [
            "group", "groupId", "agent", "agentId", "statusCode", "statusCodeId",
        ],
    },
    "row_form": "list",
    "envelope": "nothing",
    "total_key": "total",
    "unasked_total": "null",
    "labels": "text",
    "subtotals": 1,
    "numbers": "text",
    "durations": "integer",
    "percentages": "decimal",
    "nothing": "null",
    "count": None,
    "counted_pages": "all",
    "page_count": "size",
    "empty": "array",
    "empty_pages": 1,
    "csv": "agrees",
    "csv_header": "label",
    "csv_columns": "same",
    "csv_rows": "same",
    "csv_mark": False,
    "csv_durations": "integer",
    "csv_percentages": "decimal",
    "csv_nothing": "empty",
    "csv_totals": "unmarked",
    "listing": "all",
    "script_paths": "bare",
    "creation": "200 object id status",
    "ids": "number",
    "first_status": "IN_PROGRESS",
    "statuses": ["DONE", "IN_PROGRESS"],
    "done_status": "DONE",
    "unknown": 0,
    "redirects": [],
    "json_mark": False,
    "throttling": "no",
    "rate_limits": [],
    "error_body": "text",
    "detailed_creation": "object",
    "detailed_status": "done",
    "detailed_values": "ongoing",
}  # fmt: skip
"""What the plain sandbox does, by its own documentation and that of its quirks."""
FORMS = (
    {
        "range": "local", "end_inclusive": False, "items": "mixed", "ids": "text",
        "durations": "clock", "percentages": "sign", "nothing": "na", "seconds_in_times": True,
        "none_times": False, "details_timezone": "absent", "error_body": "problem",
        "first_status": "QUEUED", "csv_header": "key", "csv_bom": True, "csv_durations": "ms",
        "csv_totals": "marked", "detailed_create": "list", "detailed_values": "plain",
        "script_paths_listing": "fields", "rate_limit_headers": True, "total_key": "totals",
        "unasked_total": "absent", "empty_total_pages": 0,
    },
    {
        "date_range": "local", "end": "excluded", "row_form": "mixed", "ids": "text",
        "durations": "clock", "percentages": "sign", "nothing": "na", "csv_nothing": "na",
        "csv_percentages": "sign", "seconds": "seconds", "none_times": False,
        "default_zone": "absent", "error_body": "problem", "first_status": "QUEUED",
        "statuses": ["DONE", "QUEUED"], "csv_header": "key", "csv_mark": True,
        "csv_totals": "marked", "csv": "doubted", "detailed_creation": "list",
        "detailed_values": "plain", "script_paths": "fields", "total_key": "totals",
        "unasked_total": "absent", "empty_pages": 0, "labels": "none",
        "rate_limits": ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"],
    },
)  # fmt: skip
VALUES = (
    {
        "value_types": "native", "durations": "ms_decimal", "nothing": "dash",
        "csv_nothing": "empty", "csv_durations": "clock", "error_body": "json",
        "details_timezone": "null", "script_paths_listing": "absent", "items": "object",
        "csv_header": "key",
    },
    {
        "numbers": "native", "durations": "decimal", "nothing": "dash", "csv_nothing": "empty",
        "csv_durations": "clock", "csv": "doubted", "error_body": "json", "default_zone": "null",
        "script_paths": "absent", "labels": "none", "row_form": "object", "csv_header": "key",
    },
)  # fmt: skip
ORDER = (
    {"range": "local", "csv_disagrees": "order", "utc": "+00:00"},
    {"date_range": "local", "csv_rows": "other"},
)


def test_the_plain_sandbox_is_described_as_it_is() -> None:
    verdict = probe_of()
    assert findings(verdict) == PLAIN
    assert verdict.copes
    assert not verdict.troubles
    assert verdict.settings == {"date_range_reading": "instant", "timezone": "America/New_York"}


@pytest.mark.parametrize(
    ("zone", "quirks", "differences"),
    [("Asia/Kolkata", *FORMS), ("America/St_Johns", *VALUES), ("Asia/Tokyo", *ORDER)],
)
def test_each_quirk_is_named(
    zone: str, quirks: dict[str, Any], differences: dict[str, Any]
) -> None:
    verdict = probe_of(quirks, default_timezone=zone)
    assert findings(verdict) == PLAIN | differences
    assert verdict.copes
    assert verdict.settings["date_range_reading"] == differences.get("date_range", "instant")


@pytest.mark.parametrize("reading", ["instant", "local"])
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "Pacific/Auckland", "Europe/Helsinki"])
def test_both_readings_are_told_apart_east_and_west(zone: str, reading: str) -> None:
    found = findings(probe_of({"range": reading, "future": "refused"}, default_timezone=zone))
    assert found["date_range"] == reading
    assert found["end"] == "included"


def test_without_rows_in_the_newest_days_it_looks_further_back() -> None:
    verdict = probe_of(now="2026-02-20T00:00:00Z")
    found = findings(verdict)
    assert found["date_range"] == "instant"
    assert found["columns"] == PLAIN["columns"]
    assert verdict.copes


def test_without_any_rows_nothing_is_learned_of_them_and_that_is_said() -> None:
    verdict = probe_of(now="2025-02-20T00:00:00Z")
    assert not verdict.copes
    assert "no report had rows" in verdict.text
    found = findings(verdict)
    assert found["default_zone"] == "told"
    assert found["date_range"] is found["columns"] is found["csv"] is None
    assert verdict.reports <= 5


def test_what_is_refused_is_said_and_the_rest_goes_on() -> None:
    """No detailed report, no download: the other questions are answered as ever."""
    faults = [
        {
            "on": "detailed_create",
            "action": "status",
            "status": 403,
            "body": "Not yours.",
        },
        {"on": "download", "action": "status", "status": 406, "body": "No files today."},
    ]
    verdict = probe_of(faults=faults)
    found = findings(verdict)
    unanswered = {name for name in PLAIN if name.startswith(("csv_", "detailed"))}
    assert {name for name in PLAIN if found[name] is None} == unanswered | {"count"}
    texts = {finding.question.name: finding.found.text for finding in verdict.findings}
    assert "Not yours." in texts["detailed_creation"]
    assert "No files today." in texts["csv"]
    assert verdict.copes


def test_throttling_of_creations_is_seen_with_the_number_in_flight() -> None:
    """The three that come first are created one after another, then two side by side."""
    throttled = {"on": "create", "action": "status", "status": 429, "skip": 5, "times": 1}
    with sandbox(faults=[{**throttled, "headers": {"Retry-After": "1"}}]) as server:
        verdict = judge(seen_at(server.url, detailed_reports=False))
    found = findings(verdict)
    # Side by side: how many were answered before the one that was refused is a matter of chance.
    assert found["throttling"] in {0, 1, 2}
    assert verdict.settings["max_concurrent_reports"] == max(1, found["throttling"])
    assert found["rate_limits"] == ["retry-after"]
    assert found["subtotals"] == 1
    assert found["end"] == "included"


def test_the_tenant_can_be_chosen_and_a_typo_in_it_is_told() -> None:
    with sandbox(tenants=["first", "second"]) as server:
        tenants = ["first", "second"]
        assert judge(seen_at(server.url, "second", tenant_ids=tenants)).copes
        asked = {request.tenant for request in server.requests()}
        assert asked <= {"second", None}
        with pytest.raises(ConfigError, match="--tenant seconds: it is not among tenant_ids"):
            seen_at(server.url, "seconds", tenant_ids=tenants)


def test_rows_that_the_tap_cannot_read_are_trouble() -> None:
    """A gateway answers with a page of its own in place of rows."""
    html = {"on": "data", "action": "html", "report_type": "queue"}
    with sandbox(faults=[html]) as server:
        verdict = judge(seen_at(server.url, retry_seconds=1))
    assert not verdict.copes
    assert "Too little was learned" in verdict.text
    assert "Please sign in." in verdict.text
