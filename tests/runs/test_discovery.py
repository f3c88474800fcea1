"""Discovery: what the API lists, and nothing else, becomes streams."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tests.support.tapcli import config, discover, select, tap

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc_sandbox.center.model import ReportType

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer() as server:
        yield server


def listed(server: SandboxServer, version: int) -> list[ReportType]:
    return server.center().report_types(version)


def entries(catalog: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {entry["tap_stream_id"]: entry for entry in catalog["streams"]}


def plain_name(report_type: str, grouping: str) -> str:
    """Return the name by the contract's first rule; longer ones are cut and hashed."""
    words = f"{report_type}_by_{grouping.replace('-and-', '_')}".replace("-", "_")
    return words if len(words) <= 63 else words[:54]


@pytest.mark.parametrize("version", [1, 4, 8])
def test_each_listed_type_and_grouping_is_a_stream(sandbox: SandboxServer, version: int) -> None:
    found = entries(discover(config(sandbox.url, api_version=f"v{version}")))
    expected = [
        plain_name(entry.type, grouping.name)
        for entry in listed(sandbox, version)
        for grouping in entry.group_by or ()
    ]
    assert len(expected) > 40
    for name in expected:
        assert name in found or any(other.startswith(f"{name}_") for other in found), name
    unlike = ("detailed_reports_", "script_paths", "extractions")
    others = [name for name in found if name.startswith(unlike)]
    assert len(found) - len(others) == len(expected)
    for name, entry in found.items():
        assert NAME.fullmatch(name)
        assert entry["key_properties"] == ["row_id"]
        for column, schema in entry["schema"]["properties"].items():
            assert NAME.fullmatch(column)
            assert schema.get("description"), (name, column)
            assert schema["type"]


def test_a_few_summaries_are_selected_by_default_and_nothing_personal_is_a_stream(
    sandbox: SandboxServer,
) -> None:
    found = entries(discover(config(sandbox.url, detailed_reports=False)))
    assert not [name for name in found if name.startswith(("detailed_", "script_"))]
    selected = {
        name
        for name, entry in found.items()
        for item in entry["metadata"]
        if not item["breadcrumb"] and item["metadata"]["selected-by-default"]
    }
    assert selected == {
        "extractions",
        "queue_interactions_summary_by_media_channel_queue",
        "queue_interactions_abandoned_by_queue",
        "agent_interactions_summary_by_agent",
        "agent_interactions_summary_by_group_agent",
        "agent_interactions_by_wrap_up_code_by_queue_wrap_up_code",
        "agent_status_time_on_status_by_agent",
        "agent_status_by_status_code_by_agent_status_code",
        "digital_channels_summary_by_media_channel_queue",
        "surveys_summary_by_survey_queue",
        "survey_questions_summary_by_survey_question",
    }
    (some,) = (
        name
        for name in entries(discover(config(sandbox.url, detailed_reports=["script-paths"])))
        if name not in found
    )
    assert some == "script_paths"


def test_a_selected_stream_of_personal_data_names_the_setting(sandbox: SandboxServer) -> None:
    allowed = config(sandbox.url, end_date="2026-03-03")
    catalog = select(discover(allowed), ["detailed_reports_survey"])
    run = tap({**allowed, "detailed_reports": False}, catalog=catalog)
    assert (run.exit_code, run.records) == (1, {})
    assert "detailed_reports_survey" in run.errors[0]
    assert "which detailed_reports does not allow" in run.errors[0]


@pytest.mark.parametrize(
    ("region", "version", "prefix"),
    [
        ("us", "v8", "/analytics/cc/v8/historical-metrics"),
        ("eu", "v7", "/eu/analytics/cc/v7/historical-metrics"),
        ("au", "v1", "/au/analytics/cc/v1/historical-metrics"),
        ("ca", "v3", "/ca/analytics/cc/v3/historical-metrics"),
    ],
)
def test_region_and_version_stand_in_each_path(
    sandbox: SandboxServer, region: str, version: str, prefix: str
) -> None:
    sandbox.clear_requests()
    discover(config(sandbox.url, region=region, api_version=version))
    paths = [entry.path for entry in sandbox.requests()]
    assert paths == ["/oauth/v2/token", f"{prefix}/report-types"]


GOOD = {"name": "calls", "type": "queue-interactions-summary", "group_by": "queue"}


def test_a_custom_report_that_cannot_be_is_left_out_in_one_line(sandbox: SandboxServer) -> None:
    """It names what is listed; the other streams are there, and a run ends with exit code 1."""
    sandbox.clear_requests()
    for change, expected in (
        ({"group_by": None}, "group_by is missing; listed are "),
        ({"name": "queue_interactions_summary_by_queue"}, "a discovered stream has this name;"),
        ({"search_query": [{"field": "x", "operator": "in"}]}, "search_query is for detailed"),
    ):
        run = tap(config(sandbox.url, reports=[{**GOOD, **change}]), "--discover")
        (line,) = run.errors
        assert expected in line
        assert "Traceback" not in run.stderr
        names = [entry["tap_stream_id"] for entry in json.loads(run.stdout)["streams"]]
        assert "calls" not in names
        assert names.count("queue_interactions_summary_by_queue") == 1
    assert {entry.operation for entry in sandbox.requests()} == {"token", "types"}


def test_a_custom_report_of_what_is_not_listed_is_a_warning(sandbox: SandboxServer) -> None:
    """Each names what is similar; the tap asks for it anyway."""
    changes: dict[str, tuple[dict[str, Any], str]] = {
        "a": (
            {"type": "queue-interaction-summary"},
            "type 'queue-interaction-summary' is not listed; listed are queue-interactions-summary",
        ),
        "b": ({"group_by": "agent"}, "group_by 'agent' is not listed; listed are "),
        "c": (
            {"metrics": ["accepted", "acepted"]},
            "metric 'acepted' is not listed; listed are accepted, ",
        ),
        "d": (
            {"filters": [{"name": "agent", "values": ["1"]}]},
            "filter 'agent' is not listed; listed are ",
        ),
    }
    reports = [{**GOOD, **change, "name": name} for name, (change, _) in changes.items()]
    run = tap(config(sandbox.url, reports=reports), "--discover")
    assert (run.exit_code, run.errors) == (0, [])
    assert changes.keys() <= entries(json.loads(run.stdout)).keys()
    for name, (_, expected) in changes.items():
        (line,) = (line for line in run.stderr.splitlines() if f"reports, {name}: " in line)
        assert " | WARNING " in line
        assert expected in line
        assert line.endswith("The tap asks for it anyway.")


def test_about_tells_all_settings(sandbox: SandboxServer) -> None:
    run = tap({}, "--about", "--format=json")
    about = json.loads(run.stdout)
    assert set(config(sandbox.url)) <= set(about["settings"]["properties"])
    for name, setting in about["settings"]["properties"].items():
        assert setting.get("description") or setting.get("title"), name
    text = tap({}, "--about").stdout.decode()
    for name, setting in about["settings"]["properties"].items():
        assert f"  - Name: {name}\n    Description: {setting.get('description')}" in text
    markdown = tap({}, "--about", "--format=markdown").stdout.decode()
    own = [name for name in about["settings"]["properties"] if not name.startswith("batch")]
    assert [name for name in own if name not in markdown] == []
