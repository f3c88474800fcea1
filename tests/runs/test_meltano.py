"""The Meltano project: its definition, and pipelines run as the README says."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from importlib.resources import files
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import jsonschema
import pytest
from click.testing import CliRunner
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import MeltanoProject, ProjectError

from tap_8x8_cc.tap import Tap8x8CC
from tests.support.databases import (
    as_sent,
    duckdb_rows,
    duckdb_tables,
    postgres_rows,
    postgres_tables,
)
from tests.support.loaders import project
from tests.support.readme import own_settings
from tests.support.tapcli import timeless
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Postgres, Row

ZONE = ZoneInfo("America/New_York")
PAIRS = {
    "agent_interactions_summary_by_agent": ("agent-interactions-summary", "agent"),
    "agent_interactions_summary_by_group_agent": ("agent-interactions-summary", "group-and-agent"),
    "agent_status_time_on_status_by_agent": ("agent-status-time-on-status", "agent"),
    "queue_interactions_abandoned_by_queue": ("queue-interactions-abandoned", "queue"),
    "queue_interactions_summary_by_media_channel_queue": (
        "queue-interactions-summary",
        "media-and-channel-and-queue",
    ),
}
"""Report type and grouping of each stream of the default selection."""
STREAMS = list(PAIRS)
START = date(2026, 3, 2)


def extractor() -> dict[str, Any]:
    (plugin,) = project()["plugins"]["extractors"]
    assert isinstance(plugin, dict)
    return plugin


def about() -> dict[str, Any]:
    """What the tap says of itself."""
    ran = CliRunner().invoke(Tap8x8CC.cli, ["--about", "--format=json"])
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


def test_every_setting_of_the_tap_is_defined_with_its_default() -> None:
    defined = {s["name"].partition(".")[0]: s.get("value") for s in extractor()["settings"]}
    properties = about()["settings"]["properties"]

    assert defined == {name: definition.get("default") for name, definition in properties.items()}


def test_capabilities_are_those_that_the_tap_uses() -> None:
    """The tap could obey a request for ACTIVATE_VERSION, but sends no such message of itself."""
    assert set(extractor()["capabilities"]) == set(about()["capabilities"])


def test_kinds_fit_the_types_of_the_settings() -> None:
    fitting = {
        "string": {"string", "options", "date_iso8601"},
        "integer": {"integer"},
        "boolean": {"boolean"},
        "array": {"array"},
        "object": {"object"},
    }
    kinds = {setting["name"]: setting["kind"] for setting in extractor()["settings"]}

    for name, definition in own_settings()["properties"].items():
        types = set(definition["type"]) - {"null"}
        # What may be of several types comes as it is written only where its kind is text.
        assert kinds[name] in fitting["string" if "string" in types else types.pop()]


def test_options_are_the_values_that_the_tap_allows() -> None:
    for setting in extractor()["settings"]:
        if setting["kind"] == "options":
            allowed = own_settings()["properties"][setting["name"]]["enum"]
            assert [option["value"] for option in setting["options"]] == [
                value for value in allowed if value is not None
            ]


def test_required_settings_are_asked_for() -> None:
    assert extractor()["settings_group_validation"] == [own_settings()["required"]]


def test_secrets_are_marked_and_have_no_value() -> None:
    plugins = project()["plugins"]
    settings = [
        setting
        for plugin in (*plugins["extractors"], *plugins["loaders"])
        for setting in plugin["settings"]
        if any(word in setting["name"] for word in ("secret", "password", "token", "passphrase"))
    ]

    assert len(settings) > 5
    assert all(setting.get("sensitive") and "value" not in setting for setting in settings)


@pytest.mark.parametrize("plugin", project()["plugins"]["loaders"], ids=lambda p: p["name"])
def test_loaders_are_pinned(plugin: dict[str, Any]) -> None:
    assert all("==" in part or "~=" in part for part in plugin["pip_url"].split())


def test_definition_follows_the_schema_of_meltano() -> None:
    schema = json.loads((files("meltano") / "schemas" / "meltano.schema.json").read_text("utf-8"))

    jsonschema.Draft202012Validator(schema).validate(project())


def test_missing_checkout_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_8x8_cc_sandbox.demo.project.CHECKOUT", tmp_path / "site-packages")

    with pytest.raises(ProjectError, match="in a clone of the repository"):
        MeltanoProject.create(tmp_path / "project")


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(default_timezone=ZONE.key, now=noon(START))) as running:
        yield running


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> MeltanoProject:
    """A project with the tap and two loaders installed by Meltano."""
    made = MeltanoProject.create(tmp_path_factory.mktemp("meltano"))
    made.meltano("install", "extractor", "tap-8x8-cc")
    made.meltano("install", "loader", "target-duckdb", "target-postgres")
    made.meltano("install", "utility", "dbt-duckdb")
    return made


def noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


def environment(server: SandboxServer, end: date) -> dict[str, str]:
    """The settings of a run on the day `end`, which is the first not read."""
    server.configure(now=noon(end))
    return {
        "TAP_8X8_CC_CLIENT_ID": server.config.client_id,
        "TAP_8X8_CC_CLIENT_SECRET": server.config.client_secret,
        "TAP_8X8_CC_API_URL": server.url,
        "TAP_8X8_CC_START_DATE": START.isoformat(),
        "TAP_8X8_CC_END_DATE": end.isoformat(),
    }


def bookmarks(pipeline: MeltanoProject, state_id: str) -> dict[str, str]:
    state = json.loads(pipeline.meltano("state", "get", state_id))
    marks: dict[str, dict[str, str]] = state["singer_state"]["bookmarks"]
    return {stream: mark["replication_key_value"] for stream, mark in marks.items()}


def days(rows: list[Row]) -> set[date]:
    return {date.fromisoformat(str(row["local_date"])) for row in rows}


def every_day(end: date) -> set[date]:
    return {START + timedelta(days=n) for n in range((end - START).days)}


def created(server: SandboxServer) -> list[tuple[str, date, date]]:
    """Type, first and last local day of each report that rows were asked of."""
    reports = []
    for request in server.requests():
        if request.operation == "create" and isinstance(request.body, dict):
            first, last = (
                datetime.fromisoformat(request.body["dateRange"][edge]).astimezone(ZONE).date()
                for edge in ("start", "end")
            )
            reports.append((request.report_type, first, last))
    return reports


def test_second_run_goes_on_from_the_state_of_the_first(
    server: SandboxServer, pipeline: MeltanoProject
) -> None:
    end = START + timedelta(days=8)  # beyond the spring change of clocks on 8 March
    pipeline.meltano("run", "tap-8x8-cc", "target-duckdb", env=environment(server, end))

    state_id = "dev:tap-8x8-cc-to-target-duckdb"
    assert duckdb_tables(pipeline.database) == [*STREAMS[:3], "extractions", *STREAMS[3:]]
    first = {stream: duckdb_rows(pipeline.database, stream) for stream in STREAMS}
    assert {stream: days(rows) for stream, rows in first.items()} == dict.fromkeys(
        STREAMS, every_day(end)
    )
    assert bookmarks(pipeline, state_id) == dict.fromkeys(STREAMS, "2026-03-10T04:00:00Z")

    server.clear_requests()
    later = end + timedelta(days=1)
    env = environment(server, later) | {"TAP_8X8_CC_TIMEZONE": ZONE.key}
    pipeline.meltano("run", "daily", env=env)

    assert "eight_by_eight__queue_daily" in duckdb_tables(pipeline.database, "analytics")
    asked = created(server)
    assert len(asked) == len(STREAMS)
    assert {(first, last) for _, first, last in asked} == {(date(2026, 3, 7), end)}
    assert bookmarks(pipeline, state_id) == dict.fromkeys(STREAMS, "2026-03-11T04:00:00Z")
    for stream in STREAMS:
        rows = duckdb_rows(pipeline.database, stream)
        assert days(rows) == every_day(later)
        assert len({row["row_id"] for row in rows}) == len(rows)
        read_before = [row for row in rows if days([row]) <= every_day(end)]
        assert timeless(read_before) == timeless(first[stream])


def as_in_duckdb(row: Row) -> Row:
    """A row of PostgreSQL in DuckDB's types: dates are text there, and numbers are doubles."""
    numbers = {name: float(value) for name, value in row.items() if isinstance(value, Decimal)}
    return {**row, **numbers, "local_date": row["local_date"].isoformat()}


def test_postgres_holds_what_duckdb_holds(
    server: SandboxServer, pipeline: MeltanoProject, postgres: Postgres, tmp_path: Path
) -> None:
    elsewhere = postgres.in_zone("Asia/Kolkata")
    env = environment(server, START + timedelta(days=3)) | {
        "TARGET_POSTGRES_SQLALCHEMY_URL": elsewhere.url,
        "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": elsewhere.schema,
        "TARGET_DUCKDB_FILEPATH": str(tmp_path / "same.duckdb"),
    }
    pipeline.meltano("run", "tap-8x8-cc", "target-postgres", env=env)
    pipeline.meltano("run", "--state-id-suffix", "same", "tap-8x8-cc", "target-duckdb", env=env)

    assert postgres_tables(elsewhere) == [*STREAMS[:3], "extractions", *STREAMS[3:]]
    for stream in STREAMS:
        in_postgres = postgres_rows(elsewhere, stream)
        in_duckdb = duckdb_rows(tmp_path / "same.duckdb", stream)
        assert timeless(map(as_in_duckdb, in_postgres)) == timeless(in_duckdb)
        own = truth(server.center(), *PAIRS[stream], "2026-03-02T05:00:00Z", "2026-03-05T05:00:00Z")
        assert own
        same_rows(as_sent(in_postgres), own)
        same_rows(as_sent(in_duckdb), own)


def test_failed_run_says_why_and_leaves_the_state(
    server: SandboxServer, pipeline: MeltanoProject
) -> None:
    env = environment(server, START + timedelta(days=3)) | {"TAP_8X8_CC_CLIENT_SECRET": "wrong"}

    with pytest.raises(ProjectError, match="8x8 refused the API key"):
        pipeline.meltano("run", "--state-id-suffix", "bad", "tap-8x8-cc", "target-duckdb", env=env)

    assert "dev:tap-8x8-cc-to-target-duckdb:bad" not in pipeline.meltano("state", "list")
