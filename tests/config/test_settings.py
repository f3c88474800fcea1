"""Wrong settings: one clear line each, before any request, and never with a secret in it."""

from __future__ import annotations

import json
import random
import string
from copy import deepcopy
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tap_8x8_cc.config.schema import CONFIG_JSONSCHEMA
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.config.values import instant
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.tap import Tap8x8CC
from tests.support.tapcli import config, tap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SECRET = "hunter2-hunter2-hunter2"
GOOD: dict[str, Any] = {
    "client_id": "key",
    "client_secret": SECRET,
    "start_date": "2026-03-02",
    "timezone": "America/New_York",
}
REPORT: dict[str, Any] = {
    "name": "calls",
    "type": "queue-interactions-summary",
    "group_by": "queue",
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


def refusal(**changes: Any) -> str:
    """Return the line that refuses these settings; a change to None takes a setting away."""
    given = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    with pytest.raises(ConfigError) as refused:
        Tap8x8CC(config=deepcopy(given), validate_config=True, setup_mapper=False)
    return str(refused.value)


def parsed(**changes: Any) -> Settings:
    return Settings.from_config({**GOOD, **changes})


WRONG = [
    ({"client_id": None}, "required setting missing: client_id."),
    ({"client_id": None, "client_secret": None}, "missing: client_id, client_secret."),
    ({"client_id": ""}, "client_id: must not be empty."),
    ({"client_id": "   "}, "client_id: must be printable ASCII text."),
    ({"client_secret": ""}, "client_secret: must not be empty."),
    ({"client_secret": 1234567}, "client_secret: must be of type string."),
    ({"client_secret": [SECRET]}, "client_secret: must be of type string."),
    ({"client_secret": SECRET + "\n"}, "client_secret: must be printable text"),
    ({"client_secret": "\ud800" + SECRET}, "client_secret: must be printable text"),
    ({"clientsecret": SECRET}, "unknown setting clientsecret; did you mean client_secret?"),
    ({"lookback": 3}, "unknown setting lookback; did you mean lookback_days?"),
    ({"grain": "day"}, "nearest are region, granularity, user_agent (--about lists all)."),
    ({"start_date": "2026-02-30"}, "start_date: must be a date (2026-01-31) or a date-time"),
    ({"start_date": "yesterday"}, "start_date: must be a date"),
    ({"start_date": 20260302}, "start_date: must be of type string."),
    ({"start_date": "0001-01-01T00:00:00+14:00"}, "start_date: the year must be from 1970"),
    ({"end_date": "9999-12-31"}, "end_date: the year must be from 1970 to 2200."),
    ({"end_date": ""}, "end_date: must be a date"),
    ({"end_date": "2026-03-01"}, "end_date 2026-03-01 is before start_date 2026-03-02."),
    ({"end_date": "2026-03-02T04:59:59Z"}, "end_date 2026-03-02T04:59:59+00:00 is before"),
    ({"region": "US"}, "region: must have the form a word in small letters, such as eu."),
    ({"region": "../x"}, "region: must have the form a word in small letters, such as eu."),
    ({"api_version": "8"}, "api_version: must have the form v and a number, such as v8."),
    ({"api_version": "v8\n"}, "api_version: must have the form v and a number, such as v8."),
    ({"api_version": "v0"}, "api_version: must have the form"),
    ({"api_url": "http://api.8x8.com"}, "api_url: must be https; plain http is for a loopback"),
    ({"api_url": "http://127.0.0.1.example.com"}, "api_url: must be https"),
    ({"api_url": "http://0.0.0.0:80"}, "api_url: must be https"),
    ({"api_url": "api.8x8.com"}, "api_url: must be scheme and host"),
    ({"api_url": "ftp://api.8x8.com"}, "api_url: must be scheme and host"),
    ({"api_url": "https://api.8x8.com/eu?x=1"}, "api_url: must be scheme and host"),
    ({"api_url": "https://api.8x8.com/a b"}, "api_url: must be scheme and host"),
    ({"api_url": "https://key@api.8x8.com"}, "api_url: must be scheme and host"),
    ({"api_url": "https://:word@api.8x8.com"}, "api_url: must be scheme and host"),
    ({"api_url": "https://api 8x8.com"}, "api_url: must be scheme and host"),
    ({"api_url": "https://api..8x8.com"}, "api_url: must be scheme and host"),
    ({"api_url": "https://api.8x8.com:99999"}, "api_url: must be a URL"),
    ({"api_url": "https://[::1"}, "api_url: must be a URL"),
    ({"tenant_ids": "one"}, "tenant_ids: must be of type array."),
    ({"tenant_ids": ["a", ""]}, "tenant_ids.1: must not be empty."),
    ({"tenant_ids": ["a", "a "]}, "tenant_ids: each tenant may be named only once."),
    ({"tenant_ids": ["a\r\nX-Evil: 1"]}, "tenant_ids: must be printable ASCII text."),
    ({"timezone": "Mars/Olympus"}, "timezone: 'Mars/Olympus' is not an IANA time zone;"),
    ({"timezone": "EDT"}, "timezone: 'EDT' is not an IANA time zone;"),
    ({"timezone": "America"}, "timezone: 'America' is not an IANA time zone;"),
    ({"timezone": "../../etc/passwd"}, "timezone: '../../etc/passwd' is not an IANA time zone;"),
    ({"timezone": "America/New_York\0"}, "is not an IANA time zone;"),
    ({"granularity": "daily"}, "granularity: must be one of 15m, 30m, hour, day, week, month,"),
    ({"lookback_days": -1}, "lookback_days: must be at least 0."),
    ({"lookback_days": "3"}, "lookback_days: must be of type integer."),
    ({"lookback_days": True}, "lookback_days: must be of type integer."),
    ({"lookback_days": 10**30}, "lookback_days: must be at most"),
    ({"settle_minutes": 0.5}, "settle_minutes: must be of type integer."),
    ({"page_size": 0}, "page_size: must be at least 1."),
    ({"page_size": 1001}, "page_size: must be at most 1000."),
    ({"max_concurrent_reports": 0}, "max_concurrent_reports: must be at least 1."),
    ({"max_concurrent_reports": 10**12}, "max_concurrent_reports: must be at most"),
    ({"report_timeout": 0}, "report_timeout: must be at least 1."),
    ({"data_format": "xlsx"}, "data_format: must be one of auto, json, csv."),
    ({"include_subtotals": "yes"}, "include_subtotals: must be of type boolean."),
    ({"detailed_reports": 1}, "detailed_reports: must be of type boolean or array or string."),
    ({"detailed_reports": "script-paths"}, "detailed_reports: must be true, false or a list"),
    ({"report_reuse_minutes": -1}, "report_reuse_minutes: must be at least 0."),
    ({"user_agent": "tap\nX: y"}, "user_agent: must be printable ASCII text."),
    (
        {"intra_day_time_range": {"start": "09:00:00"}},
        "intra_day_time_range: required setting missing: end.",
    ),
    (
        {"intra_day_time_range": {"start": "9:00", "end": "17:00:00"}},
        "intra_day_time_range.start: must have the form HH:MM:SS, such as 08:30:00.",
    ),
    (
        {"intra_day_time_range": {"start": "09:00:00", "end": "24:00:00"}},
        "intra_day_time_range.end: must have the form HH:MM:SS",
    ),
    (
        {"intra_day_time_range": {"start": "09:00:00", "end": "17:00:00\n"}},
        "intra_day_time_range.end: must have the form HH:MM:SS",
    ),
    (
        {"intra_day_time_range": {"start": "09:00:00", "end": "09:14:59"}},
        "intra_day_time_range: must be at least 15 minutes long.",
    ),
    (
        {"intra_day_time_range": {"start": "09:00:00", "end": "09:00:00"}},
        "intra_day_time_range: must be at least 15 minutes long.",
    ),
    (
        {
            "intra_day_time_range": {"start": "22:00:00", "end": "06:00:00"},
            "api_version": "v5",
        },
        "needs api_version v6 or later.",
    ),
    ({"reports": [None]}, "reports.0: must be of type object."),
    ({"reports": [{"type": "a"}]}, "reports.0: required setting missing: name."),
    ({"reports": [{**REPORT, "name": "My Calls"}]}, "reports.0.name: must have the form lower"),
    ({"reports": [{**REPORT, "name": "a" * 64}]}, "reports.0.name: must be at most 63"),
    ({"reports": [REPORT, REPORT]}, "reports: the name calls is given twice."),
    ({"reports": [{**REPORT, "groupBy": "queue"}]}, "reports.0: unknown setting groupBy; did"),
    (
        {"reports": [{**REPORT, "timezone": "EDT"}]},
        "reports, calls: timezone: 'EDT' is not an IANA",
    ),
    (
        {"reports": [{**REPORT, "granularity": "minute"}]},
        "reports.0.granularity: must be one of 15m",
    ),
    (
        {"reports": [{**REPORT, "filters": [{"name": "queue", "values": "7"}]}]},
        "reports.0.filters.0.values: must be of type array.",
    ),
    (
        {"reports": [{**REPORT, "intra_day_time_range": {"start": "09:00:00", "end": "09:01:00"}}]},
        "reports, calls: intra_day_time_range: must be at least 15 minutes long.",
    ),
]


@pytest.mark.parametrize(("changes", "expected"), WRONG, ids=[str(c)[:60] for c, _ in WRONG])
def test_a_wrong_setting_is_refused_in_one_line(changes: dict[str, Any], expected: str) -> None:
    line = refusal(**changes)
    assert expected in line
    assert "\n" not in line
    assert SECRET not in line


def test_all_wrong_settings_are_named_at_once() -> None:
    line = refusal(region="UK", page_size=0, client_secret=7)
    assert "region" in line
    assert "page_size" in line
    assert "client_secret" in line


# --- what is accepted ---


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://api.8x8.com/", "https://api.8x8.com"),
        ("HTTPS://API.8x8.com:8443", "https://api.8x8.com:8443"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("http://127.1.2.3", "http://127.1.2.3"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_origin_is_accepted(url: str, origin: str) -> None:
    assert parsed(api_url=url).api_url == origin


@pytest.mark.parametrize(
    ("value", "zone", "expected"),
    [
        ("2026-03-08", "America/New_York", "2026-03-08T05:00:00Z"),
        ("2026-03-09", "America/New_York", "2026-03-09T04:00:00Z"),
        ("2026-03-09T00:00:00", "America/New_York", "2026-03-09T04:00:00Z"),
        ("2026-03-09T00:00:00+05:30", "America/New_York", "2026-03-08T18:30:00Z"),
        # Midnight does not exist in Cairo on the day of the spring change.
        ("2026-04-24", "Africa/Cairo", "2026-04-23T22:00:00Z"),
    ],
)
def test_a_date_is_its_first_instant_in_the_zone(value: str, zone: str, expected: str) -> None:
    moment = parsed(start_date=value).start_date
    assert instant(moment, ZoneInfo(zone)) == datetime.fromisoformat(expected)


@pytest.mark.parametrize("zone", [None, "America/New_York"])
def test_an_end_on_the_start_is_an_empty_range_not_a_fault(zone: str | None) -> None:
    found = Settings.from_config({**GOOD, "timezone": zone, "end_date": "2026-03-02"})
    assert found.end_date == date(2026, 3, 2)


def test_an_end_is_not_refused_where_only_the_unknown_zone_can_tell() -> None:
    """03:00 UTC is on 1 March in New York, where 2 March has not begun; but not in Helsinki."""
    found = Settings.from_config(
        {**GOOD, "timezone": None, "start_date": "2026-03-02T03:00:00Z", "end_date": "2026-03-02"}
    )
    assert found.start_date == datetime(2026, 3, 2, 3, tzinfo=UTC)
    with pytest.raises(ConfigError):
        Settings.from_config(
            {
                **GOOD,
                "timezone": None,
                "start_date": "2026-03-02T03:00:00Z",
                "end_date": "2026-02-28",
            }
        )


def test_whole_numbers_may_be_written_with_a_point() -> None:
    assert repr(parsed(page_size=500.0).page_size) == "500"


def test_values_that_are_null_are_defaults() -> None:
    nothing = {name: None for name in CONFIG_JSONSCHEMA["properties"] if name not in GOOD}
    assert Settings.from_config({**GOOD, **nothing}) == Settings.from_config(GOOD)


def test_a_metric_named_twice_is_asked_for_once() -> None:
    (report,) = parsed(reports=[{**REPORT, "metrics": ["accepted", "entered", "accepted"]}]).reports
    assert report.metrics == ("accepted", "entered")


def test_a_secret_is_not_in_the_representation() -> None:
    assert SECRET not in repr(parsed())


def test_overnight_is_accepted_from_v6() -> None:
    overnight = {"start": "22:00:00", "end": "06:00:00"}
    found = parsed(intra_day_time_range=overnight, api_version="v6").intra_day
    assert found is not None
    assert found.overnight


@pytest.mark.parametrize(
    ("given_", "allowed"),
    [
        (True, {"detailed-reports-survey", "script-paths"}),
        ("true", {"detailed-reports-survey", "script-paths"}),
        (False, set()),
        ("", set()),
        (["script-paths"], {"script-paths"}),
        (["script_paths"], {"script-paths"}),
        ('["detailed-reports-survey"]', {"detailed-reports-survey"}),
        ([], set()),
    ],
)
def test_detailed_reports_are_allowed_altogether_or_by_type(given_: Any, allowed: set[str]) -> None:
    found = parsed(detailed_reports=given_)
    types = ("detailed-reports-survey", "script-paths")
    assert {name for name in types if found.allows(name)} == allowed


# --- anything at all ---

scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(allow_nan=True),
    st.text(max_size=20),
    st.sampled_from(["day", "2026-01-01", "UTC", "v8", "us", "09:00:00", "https://a.b"]),
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["start", "end", "name", "type", "group_by", "filters", "values", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from([*CONFIG_JSONSCHEMA["properties"], "grain"]), anything, min_size=1
    )
)
def test_any_configuration_is_taken_or_refused_in_one_line(changes: dict[str, Any]) -> None:
    wanted = {**GOOD, **changes}
    try:
        made = Tap8x8CC(config=wanted, validate_config=True, setup_mapper=False)
    except ConfigError as error:
        line = str(error)
        assert "\n" not in line
        assert SECRET not in line
        assert 0 < len(line) < 20_000
    else:
        assert made.settings.granularity in {"15m", "30m", "hour", "day", "week", "month"} | {
            "year",
            "none",
        }


# --- as a process ---


def test_a_refused_configuration_ends_the_process_before_any_request(
    sandbox: SandboxServer,
) -> None:
    sandbox.clear_requests()
    for changes in (
        {"client_secret": [SECRET]},
        {"timezone": "Mars/Olympus"},
        {"start_date": "2026-03-10"},  # after the end
        {"lookbackdays": 3},
    ):
        run = tap(config(sandbox.url, **changes), "--discover")
        assert (run.exit_code, run.stdout, len(run.errors)) == (1, b"", 1)
        assert "Traceback" not in run.stderr
        assert SECRET not in run.stderr
    assert sandbox.requests() == []


def test_an_unreadable_config_is_one_line_without_its_content(tmp_path: Path) -> None:
    broken = tmp_path / "broken.json"
    for content in (f'{{"client_secret": {SECRET}}}', f'["{SECRET}"]', f'"{SECRET}"', ""):
        broken.write_text(content)
        run = tap({}, "--config", str(broken), "--discover")
        assert run.exit_code == 1
        (line,) = run.errors
        assert line.endswith(f"config, {broken}: the file does not hold a JSON object.")
        assert SECRET not in run.stderr
    missing = tap({}, "--config", str(tmp_path / "nowhere.json"))
    assert missing.errors[0].endswith("nowhere.json: there is no such file.")


def variables(**settings_: str) -> dict[str, str]:
    return {f"TAP_8X8_CC_{name.upper()}": value for name, value in settings_.items()}


def test_settings_come_from_the_environment(sandbox: SandboxServer) -> None:
    given_ = variables(
        client_id="sandbox-key",
        client_secret="sandbox-secret",
        api_url=sandbox.url,
        start_date="2026-03-02",
        timezone="UTC",
        page_size="500",
        include_subtotals="true",
        tenant_ids='["a", "b"]',
        reports=json.dumps([REPORT]),
        detailed_reports='["script-paths"]',
        intra_day_time_range='{"start": "09:00:00", "end": "17:00:00"}',
    )
    run = tap({}, "--config=ENV", "--discover", environment=given_)
    assert run.exit_code == 0, run.stderr
    streams = {entry["tap_stream_id"]: entry for entry in json.loads(run.stdout)["streams"]}
    assert {"tenant_id", "total_type"} <= set(streams["calls"]["schema"]["properties"])
    assert "script_paths" in streams
    assert "detailed_reports_survey" not in streams
    for wrong, expected in (
        ({"detailed_reports": "perhaps"}, "detailed_reports: must be true, false or a list of"),
        ({"page_size": "many"}, "page_size: TAP_8X8_CC_PAGE_SIZE must be an integer."),
        ({"reports": "[{"}, "reports: TAP_8X8_CC_REPORTS must be JSON."),
        ({"include_subtotals": "perhaps"}, "TAP_8X8_CC_INCLUDE_SUBTOTALS must be true or false."),
    ):
        refused = tap({}, "--config=ENV", environment={**given_, **variables(**wrong)})
        (line,) = refused.errors
        assert expected in line
        assert refused.exit_code == 1


def test_a_letter_more_is_always_an_unknown_setting() -> None:
    chance = random.Random(8)
    for name in CONFIG_JSONSCHEMA["properties"]:
        at = chance.randrange(len(name))
        typo = name[:at] + chance.choice(string.ascii_lowercase) + name[at:]
        if typo not in CONFIG_JSONSCHEMA["properties"]:
            assert f"unknown setting {typo}" in refusal(**{typo: "x"})
