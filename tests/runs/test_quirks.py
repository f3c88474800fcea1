"""How the API may deviate from its documents, over real HTTP: the table is the plain one."""

from __future__ import annotations

import random
from datetime import time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import CenterConfig, FaultRule, Quirks, SandboxConfig, SandboxServer

from tap_8x8_cc.tap import Tap8x8CC
from tests.support import tapcli
from tests.support.plain_api import STREAM, PlainApi, serve
from tests.support.truth import same_rows, truth, utc

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

QUEUES = "queue_interactions_summary_by_queue"
SURVEYS = "surveys_summary_by_survey"
INTERACTIONS = "detailed_reports_interaction_details"
PATHS = "script_paths"
TYPE = ("queue-interactions-summary", "queue")
START, END = "2026-03-02T05:00:00Z", "2026-03-05T05:00:00Z"
PLAIN: dict[str, Any] = {name: getattr(Quirks(), name) for name in Quirks.__dataclass_fields__}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    center = CenterConfig(agents=6, queues=6, null_dimensions=False)
    with SandboxServer(SandboxConfig(center=center)) as running:
        yield running


@pytest.fixture
def read(
    server: SandboxServer,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., tapcli.Run]:
    """Return what runs the tap against a sandbox with some quirks."""
    monkeypatch.setenv("TAP_8X8_CC_TEST_PACE", "0.002")
    monkeypatch.setenv("TAP_8X8_CC_LOGLEVEL", "WARNING")

    def run(quirks: dict[str, Any], *streams: str, **settings: Any) -> tapcli.Run:
        server.configure(quirks={**PLAIN, **quirks}, generation_seconds=settings.pop("takes", 0.0))
        config = tapcli.config(
            server.url,
            **{"end_date": "2026-03-05", "page_size": 10, "detailed_reports": True, **settings},
        )
        return tapcli.sync(config, streams or (QUEUES,))

    return run


SUMMARY: dict[str, dict[str, Any]] = {
    "pending": {"first_status": "PENDING", "waiting_status": "PENDING"},
    "running": {"first_status": "RUNNING", "waiting_status": "RUNNING"},
    "in progress": {"first_status": "In Progress", "waiting_status": "In Progress"},
    "lower case": {"waiting_status": "in_progress", "done_status": "done"},
    "completed": {"done_status": "COMPLETED"},
    "complete": {"done_status": "COMPLETE"},
    "success": {"done_status": "SUCCESS"},
    "ready": {"done_status": "READY"},
    "id alone": {"create_answer": "id"},
    "201": {"create_code": 201},
    "202 and a location": {"create_answer": "location", "create_code": 202},
    "unknown for a while": {"unknown_polls": 3},
    "milliseconds": {"bucket_times": "milliseconds"},
    "no offset": {"bucket_times": "local"},
    "no offset, seconds": {"bucket_times": "local", "seconds_in_times": True},
    "date only": {"bucket_times": "date"},
    "epoch": {"bucket_times": "epoch"},
    "counts on page 0": {"count_headers": "first"},
    "no counts": {"count_headers": "none"},
    "no counts, no page after": {"count_headers": "none", "past_end": "400"},
    "pages by the default size": {"total_pages": "by_default"},
    "no page past the end": {"past_end": "404"},
    "pages of ten": {"least_page_size": 10},
    "in items": {"data_wrapper": "items"},
    "in data": {"data_wrapper": "data"},
    "in content": {"data_wrapper": "content"},
    "flat": {"items": "flat"},
    "flat, no total": {"items": "flat", "unasked_total": "absent"},
    "no total": {"unasked_total": "absent"},
    "total false": {"unasked_total": "false"},
    "labels are numbers": {"labels": "number"},
    "labels are objects": {"labels": "object"},
    "metrics as objects": {"listing_metrics": "objects"},
    "groupings as names": {"listing_group_by": "names"},
    "searched summaries": {"listing_search": True},
    "unknown fields": {"listing_extra": "fields"},
    "byte-order mark": {"json_bom": True},
    "slash needed": {"post_slash": "needed"},
    "slash refused": {"post_slash": "refused"},
    "redirected": {"redirect_gets": 302, "redirect_posts": 307},
    "redirected for good": {"redirect_gets": 301, "redirect_posts": 308},
    "rows twice": {"live_rows": "repeated"},
    "rows shifted": {"live_rows": "shifted"},
}
CSV: dict[str, dict[str, Any]] = {
    "elsewhere": {"downloads": "elsewhere"},
    "other order": {"csv_disagrees": "order"},
    "clocks": {"csv_durations": "clock"},
    "guarded": {"csv_guard": True, "nothing": "dash"},
    "mark": {"csv_bom": True},
}
DETAILED: dict[str, dict[str, Any]] = {
    "in progress": {"detailed_status": "ordinary", "waiting_status": "RUNNING"},
    "in progress there": {"detailed_status": "detailed"},
    "echo": {"last_cursor": "echo"},
    "wrapped": {"data_wrapper": "items"},
    "bare": {"participants": "bare"},
    "rows twice": {"live_rows": "repeated"},
    "slash": {"post_slash": "needed"},
    "list": {"detailed_create": "list", "create_code": 201},
}
ROOTS: dict[str, dict[str, Any]] = {
    root: {"script_root": root} for root in ("0", "-", "null", "itself")
}


def assert_plain(server: SandboxServer, outcome: tapcli.Run) -> None:
    """Assert that a run ended well, with the contact center's own figures."""
    assert not outcome.failed, outcome.lines
    expected = truth(server.center(), *TYPE, START, END)
    assert len(expected) > 10
    same_rows(outcome.records[QUEUES], expected)
    assert outcome.bookmark(QUEUES) == END


def _without_flags(value: Any) -> Any:
    """Return rows, and what they hold, without what says that a value may still grow."""
    if isinstance(value, list):
        return [_without_flags(entry) for entry in value]
    if isinstance(value, dict):
        return {k: _without_flags(v) for k, v in value.items() if not k.endswith("_ongoing")}
    return value


def differences(
    found: list[dict[str, Any]], expected: list[dict[str, Any]]
) -> list[tuple[str, Any, Any]]:
    """Return the first columns of two tables that differ, with their values."""
    if len(found) != len(expected):
        return [("rows", len(found), len(expected))]
    return [
        (name, one.get(name), other.get(name))
        for one, other in zip(found, expected, strict=True)
        for name in one.keys() | other.keys()
        if one.get(name) != other.get(name)
    ][:3]


@pytest.mark.parametrize("name", SUMMARY)
def test_summaries(server: SandboxServer, read: Callable[..., tapcli.Run], name: str) -> None:
    outcome = read(SUMMARY[name], data_format="json", takes=0.01)
    assert_plain(server, outcome)
    if SUMMARY[name].get("live_rows", "still") == "still":
        created = [r for r in server.requests() if r.operation == "create" and r.status]
        assert len({r.report_id for r in created}) == len(created)


@pytest.mark.parametrize("name", CSV)
def test_downloads(server: SandboxServer, read: Callable[..., tapcli.Run], name: str) -> None:
    assert_plain(server, read(CSV[name], data_format="csv"))
    downloads = [r for r in server.requests() if r.operation == "download"]
    assert downloads  # whether or not it was trusted


@pytest.mark.parametrize("name", DETAILED)
def test_details(read: Callable[..., tapcli.Run], name: str) -> None:
    settings = {"end_date": "2026-03-03", "page_size": 50}
    plain = read({}, INTERACTIONS, **settings)
    assert not plain.failed, plain.lines
    found = read(DETAILED[name], INTERACTIONS, **settings, takes=0.01)
    assert not found.failed, found.lines
    expected, rows = plain.rows(INTERACTIONS), found.rows(INTERACTIONS)
    assert len(expected) > 100
    if name == "bare":  # a bare 0 does not say whether it may still grow
        expected, rows = _without_flags(expected), _without_flags(rows)
    assert differences(rows, expected) == []


@pytest.mark.parametrize("name", ROOTS)
def test_script_paths(read: Callable[..., tapcli.Run], name: str) -> None:
    settings = {"end_date": "2026-03-04"}
    plain = read({}, PATHS, **settings)
    found = read({**ROOTS[name], "downloads": "elsewhere"}, PATHS, **settings)
    assert not found.failed, found.lines
    assert plain.rows(PATHS)
    assert found.rows(PATHS) == plain.rows(PATHS)


NOBODY = {"name": "nobody", "type": TYPE[0], "group_by": TYPE[1],
          "filters": [{"name": "queue", "values": ["no-such-queue"]}]}  # fmt: skip


@pytest.mark.parametrize("form", ["list", "204", "404"])
def test_nothing_is_nothing_if_data_or_download_prove_it(
    server: SandboxServer, read: Callable[..., tapcli.Run], form: str
) -> None:
    outcome = read({"empty_report": form}, "nobody", QUEUES, reports=[NOBODY])
    assert_plain(server, outcome)
    assert not outcome.rows("nobody")
    assert outcome.bookmark("nobody") == END


@pytest.mark.parametrize("form", ["null", "object"])
def test_an_answer_that_says_nothing_is_not_taken_for_no_rows(
    read: Callable[..., tapcli.Run], form: str
) -> None:
    outcome = read({"empty_report": form}, "nobody", QUEUES, reports=[NOBODY], retry_seconds=60)
    assert outcome.failed
    assert "not the JSON it should be" in outcome.lines[-2]
    assert outcome.bookmark("nobody") is None
    assert outcome.bookmark(QUEUES) == END


def test_types_without_groupings(read: Callable[..., tapcli.Run]) -> None:
    plain = read({}, SURVEYS)
    found = read({"listing_surveys": "ungrouped"}, "surveys_summary")
    assert not found.failed, found.lines
    named = {"row_id"}
    expected = [{k: v for k, v in row.items() if k not in named} for row in plain.rows(SURVEYS)]
    same_rows(found.records["surveys_summary"], expected)


@pytest.mark.parametrize("body", ["json", "problem", "message", "fault"])
def test_what_an_error_says_is_passed_on(read: Callable[..., tapcli.Run], body: str) -> None:
    outcome = read({"error_body": body}, timezone="Asia/Tashkent")
    assert outcome.failed
    assert "Asia/Tashkent is not configured for the tenant" in outcome.lines[0]
    assert "Set timezone" in outcome.lines[0]


@pytest.mark.parametrize("word", ["failed", "ERROR", "CANCELLED", "EXPIRED"])
def test_words_for_failed(
    server: SandboxServer, read: Callable[..., tapcli.Run], word: str
) -> None:
    server.configure(faults=(FaultRule("create", "failed", times=1),))
    try:
        assert_plain(server, read({"failed_status": word}))
    finally:
        server.configure(faults=())


def test_gateways_regions_and_names_of_tenants(
    server: SandboxServer, read: Callable[..., tapcli.Run]
) -> None:
    quirks = {"gateway_path": "/gateway/cc", "regions": "any"}
    server.configure(tenants=["myTenantName01"])
    try:
        outcome = read(
            quirks, api_url=f"{server.url}/gateway/cc", region="jp", tenant_ids=["myTenantName01"]
        )
        assert not outcome.failed, outcome.lines
        expected = truth(server.center("myTenantName01"), *TYPE, START, END)
        same_rows(outcome.records[QUEUES], expected)
    finally:
        server.configure(tenants=[])


STOPS: dict[str, tuple[dict[str, Any], tuple[str, ...], dict[str, Any], str]] = {
    "weeks of Sundays": (
        {"week_start": "sunday"},
        (QUEUES,),
        {"granularity": "week", "end_date": "2026-03-23"},
        "week_start",
    ),
    "days of UTC": ({"days_cut": "utc"}, (QUEUES,), {}, "timezone"),
    "hours that come twice": (
        {"bucket_times": "local"},
        (QUEUES,),
        {
            "granularity": "hour",
            "timezone": "Pacific/Auckland",
            "start_date": "2026-04-05",
            "end_date": "2026-04-06",
        },
        "timezone to UTC",
    ),
    "participants unknown": ({"settings_since": 9}, (INTERACTIONS,), {}, "include_participants"),
    "nothing listed": ({"listing": "empty"}, (), {}, "api_version"),
    "no list": ({"listing": "object"}, (), {"retry_seconds": 1}, "retry_seconds"),
}


@pytest.mark.parametrize("name", STOPS)
def test_stops_name_a_setting(read: Callable[..., tapcli.Run], name: str) -> None:
    quirks, streams, settings, setting = STOPS[name]
    outcome = read(quirks, *streams, **settings)
    assert outcome.failed
    errors = [line for line in outcome.lines if setting in line]
    assert errors, outcome.lines
    assert all(line.isprintable() for line in outcome.lines)
    assert not any(outcome.records.values())


@pytest.mark.parametrize(
    ("quirks", "settings", "span"),
    [
        (
            {"week_start": "sunday"},
            {"granularity": "week", "week_start": "sunday", "start_date": "2026-03-01",
             "end_date": "2026-03-22"},
            ("2026-03-01T05:00:00Z", "2026-03-22T04:00:00Z"),
        ),
        (
            {"days_cut": "utc"},
            {"timezone": "UTC"},
            ("2026-03-02T00:00:00Z", "2026-03-05T00:00:00Z"),
        ),
        (
            {"bucket_times": "local"},
            {"granularity": "hour", "timezone": "UTC", "start_date": "2025-11-02",
             "end_date": "2025-11-03"},
            ("2025-11-02T00:00:00Z", "2025-11-03T00:00:00Z"),
        ),
    ],
)  # fmt: skip
def test_the_setting_that_is_named_helps(
    server: SandboxServer,
    read: Callable[..., tapcli.Run],
    quirks: dict[str, Any],
    settings: dict[str, Any],
    span: tuple[str, str],
) -> None:
    outcome = read(quirks, **settings)
    assert not outcome.failed, outcome.lines
    zone, granularity = settings.get("timezone", "America/New_York"), settings.get("granularity")
    options: dict[str, Any] = {"week_start": 6} if "week_start" in settings else {}
    expected = truth(
        server.center(), *TYPE, *span, granularity=granularity or "day", timezone=zone,
        **options,
    )  # fmt: skip
    assert expected
    same_rows(outcome.records[QUEUES], expected)


@pytest.mark.parametrize("quirk", ["day", "morning"])
def test_nights_are_whole_whichever_day_their_morning_counts_for(
    server: SandboxServer, read: Callable[..., tapcli.Run], quirk: str
) -> None:
    night = {"start": "22:00:00", "end": "06:00:00"}
    found = read(
        {"overnight_end": quirk},
        intra_day_time_range=night,
        date_range_reading="instant",
        max_window_days=2,  # so that several windows end with a night
    )
    assert not found.failed, found.lines
    days = sorted({row["start_time"] for row in found.rows(QUEUES)})
    span = (days[0], str(utc(days[-1]) + timedelta(days=2)))
    expected = truth(
        server.center(), *TYPE, *span,
        intra_day=tuple(time.fromisoformat(text) for text in night.values()),
        whole_nights=quirk == "morning",
    )  # fmt: skip
    figures = {
        (row["start_time"], row["queue"]): row["entered"]
        for row in expected
        if days[0] <= row["start_time"] <= days[-1]
    }
    assert {(r["start_time"], r["queue"]): r["entered"] for r in found.rows(QUEUES)} == figures


def test_a_report_refused_for_its_length_is_read_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TAP_8X8_CC_TEST_PACE", "0.002")
    monkeypatch.setenv("TAP_8X8_CC_LOGLEVEL", "WARNING")
    api = PlainApi(12_000, refuses=True)
    with serve(api) as url:
        config = tapcli.config(
            url, timezone="UTC", start_date="2026-03-01", end_date="2026-03-13", data_format="json"
        )
        outcome = tapcli.sync(config, [STREAM])
    assert not outcome.failed, outcome.lines
    assert len({row["row_id"] for row in outcome.rows(STREAM)}) == 12_000
    assert any("in two parts" in line for line in outcome.lines)


def test_an_entry_left_out_is_a_warning(
    server: SandboxServer, read: Callable[..., tapcli.Run]
) -> None:
    outcome = read({"listing_extra": "entry"})
    assert_plain(server, outcome)
    assert any("left out" in line and "accepted" in line for line in outcome.lines)


def test_a_dozen_at_once(server: SandboxServer, read: Callable[..., tapcli.Run]) -> None:
    quirks: dict[str, Any] = {
        "first_status": "PENDING",
        "waiting_status": "RUNNING",
        "done_status": "SUCCESS",
        "create_answer": "location",
        "create_code": 202,
        "unknown_polls": 2,
        "bucket_times": "local",
        "count_headers": "first",
        "past_end": "404",
        "data_wrapper": "content",
        "unasked_total": "false",
        "labels": "object",
        "listing_metrics": "objects",
        "listing_group_by": "names",
        "json_bom": True,
        "post_slash": "needed",
        "redirect_gets": 307,
        "redirect_posts": 308,
        "error_body": "fault",
        "range": "local",
    }
    assert len(quirks) >= 12
    assert_plain(server, read(quirks, takes=0.01))


SEEDS = 12
COMBINED: dict[str, list[Any]] = {
    "range": ["instant", "local"],
    "future": ["accepted", "refused"],
    "end_inclusive": [True, False],
    "total_elements": ["true", "capped"],
    "items": ["list", "object", "mixed", "flat"],
    "total_key": ["total", "totals"],
    "unasked_total": ["null", "absent", "false"],
    "ids": ["number", "text"],
    "value_types": ["text", "native"],
    "percentages": ["decimal", "sign"],
    "nothing": ["null", "empty", "dash", "na"],
    "utc": ["Z", "+00:00"],
    "seconds_in_times": [True, False],
    "bucket_times": ["offset", "milliseconds", "local", "date", "epoch"],
    "labels": ["text", "number", "object"],
    "first_status": ["IN_PROGRESS", "QUEUED", "PENDING", "In Progress"],
    "waiting_status": ["IN_PROGRESS", "RUNNING", "in_progress"],
    "done_status": ["DONE", "done", "COMPLETED", "READY"],
    "create_answer": ["full", "id", "location"],
    "create_code": [200, 201, 202],
    "unknown_polls": [0, 1, 3],
    "post_slash": ["either", "needed", "refused"],
    "redirect_gets": [0, 301, 302, 307],
    "redirect_posts": [0, 307, 308],
    "downloads": ["here", "elsewhere"],
    "json_bom": [True, False],
    "count_headers": ["all", "first", "none"],
    "total_pages": ["by_size", "by_default"],
    "past_end": ["empty", "400", "404"],
    "least_page_size": [1, 10],
    "live_rows": ["still", "still", "repeated", "shifted"],
    "empty_report": ["list", "204", "null", "object", "404"],
    "data_wrapper": ["none", "items", "data", "content"],
    "listing_metrics": ["names", "objects"],
    "listing_group_by": ["objects", "names"],
    "listing_extra": ["nothing", "fields", "entry"],
    "listing": ["all"] * 9 + ["empty"],
    "days_cut": ["zone"] * 9 + ["utc"],
    "csv_header": ["label", "key"],
    "csv_bom": [True, False],
    "csv_disagrees": ["no", "order", "values", "duplicate_labels"],
    "csv_guard": [True, False],
    "error_body": ["text", "json", "problem", "message", "fault"],
}


def test_any_combination_ends_in_the_right_table_or_in_a_line_that_names_a_setting(
    server: SandboxServer, read: Callable[..., tapcli.Run]
) -> None:
    names = set(Tap8x8CC.config_jsonschema["properties"])
    expected = truth(server.center(), *TYPE, START, END)
    right = 0
    for seed in range(SEEDS):
        chance = random.Random(seed)
        quirks = {
            name: chance.choice(options)
            for name, options in COMBINED.items()
            if chance.random() < chance.choice((0.1, 0.3, 0.6))
        }
        if quirks.get("days_cut") == "utc":  # days without an offset do not tell whose they are
            quirks["bucket_times"] = "offset"
        outcome = read(quirks, data_format=chance.choice(["auto", "json", "csv"]),
                       takes=chance.choice([0.0, 0.01]), retry_seconds=5)  # fmt: skip
        if outcome.failed:
            assert any(name in line for line in outcome.lines for name in names), quirks
            assert all(line.isprintable() for line in outcome.lines), quirks
            assert outcome.bookmark(QUEUES) is None, quirks
            continue
        right += 1
        try:
            same_rows(outcome.records.get(QUEUES, []), expected)
        except AssertionError as error:
            raise AssertionError(f"seed {seed}: {quirks}") from error
        assert outcome.bookmark(QUEUES) == END, quirks
    assert right > SEEDS / 2
