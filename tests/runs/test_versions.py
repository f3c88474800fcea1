"""API versions: each offers its own streams and metrics, and what it lacks is refused clearly."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.tap import Tap8x8CC
from tests.support.databases import as_sent, duckdb_rows, postgres_rows
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.tapcli import config, sync
from tests.support.truth import same_rows, snake, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.databases import Postgres

SINCE = {
    "detailed_reports_interaction_details": 3,
    "detailed_reports_agent_status_change": 4,
    "detailed_reports_survey": 7,
    "surveys_summary_by_survey": 7,
    "survey_questions_summary_by_survey_question": 7,
    "script_paths": 8,
}
"""Versions from which streams exist, by the vendor's tables of metrics."""


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=CenterConfig(agents=3, queues=2))) as running:
        yield running


def schemas(server: SandboxServer, version: int, **settings: Any) -> dict[str, set[str]]:
    """Return the columns of each stream of a version."""
    tap = Tap8x8CC(config=config(server.url, api_version=f"v{version}", **settings))
    return {name: set(stream.schema["properties"]) for name, stream in tap.streams.items()}


@pytest.mark.parametrize("version", range(1, 9))
def test_streams_and_metrics_are_those_of_the_version(server: SandboxServer, version: int) -> None:
    found = schemas(server, version)
    for name, since in SINCE.items():
        assert (name in found) == (version >= since), name
    offered = {
        entry.type: entry
        for entry in server.center().report_types(version)
        if entry.group_by is not None
    }
    columns = found["queue_interactions_summary_by_queue"]
    metrics = set(map(snake, offered["queue-interactions-summary"].metrics))
    fixed = {"row_id", "start_time", "end_time", "local_date", "local_time", "read_at"}
    fixed |= {"granularity", "timezone"}
    assert columns - fixed - {"unparsed_values", "queue", "queue_id"} == metrics
    pairs = sum(len(entry.group_by or ()) for entry in offered.values())
    # They are read by no report of their own.
    for beside in ("extractions", "detailed_reports_interaction_details_participants"):
        found.pop(beside, None)
    assert len(found) == pairs + sum(version >= since for since in SINCE.values()) - sum(
        version >= since for name, since in SINCE.items() if "_by_" in name
    )


def test_columns_of_detailed_reports_grow_with_the_version(server: SandboxServer) -> None:
    name = "detailed_reports_interaction_details"
    older, newer = (
        schemas(server, version, include_participants=False)[name] for version in (5, 8)
    )
    assert {"subject", "participant_comments", "journey_id"} <= newer - older
    assert older <= newer


def test_older_version_gives_its_own_rows(server: SandboxServer) -> None:
    stream = "queue_interactions_summary_by_queue"
    run = sync(config(server.url, api_version="v5"), [stream])
    assert run.exit_code == 0, run.stderr
    expected = truth(
        server.center(),
        "queue-interactions-summary",
        "queue",
        "2026-03-02T05:00:00Z",
        "2026-03-09T04:00:00Z",
        version=5,
    )
    same_rows(run.records[stream], expected)
    paths = {entry.path for entry in server.requests() if entry.operation == "create"}
    assert {path.split("/")[3] for path in paths} == {"v5"}


NIGHT = {"start": "22:00:00", "end": "06:00:00"}
MINE = {"name": "mine", "type": "queue-interactions-summary", "group_by": "queue"}
OUTBOUND = [{"name": "media", "values": ["OutboundEmail"]}]


@pytest.mark.parametrize(
    "settings",
    [{"intra_day_time_range": NIGHT}, {"reports": [{**MINE, "intra_day_time_range": NIGHT}]}],
)
def test_a_night_is_refused_where_the_version_knows_no_nights(
    server: SandboxServer, settings: dict[str, Any]
) -> None:
    with pytest.raises(ConfigError, match=r"overnight.*v6 or later"):
        schemas(server, 5, **settings)


@pytest.mark.parametrize(
    ("version", "report", "parts"),
    [
        (
            2,
            {"name": "mine", "type": "detailed-reports-interaction-details"},
            ("'detailed-reports-interaction-details' is not listed", "v3 or later"),
        ),
        (7, {"name": "mine", "type": "script-paths"}, ("'script-paths'", "v8 or later")),
        (
            6,
            {"name": "mine", "type": "surveys-summary", "group_by": "survey"},
            ("'surveys-summary'", "v7 or later"),
        ),
        (
            7,
            {**MINE, "group_by": "media-and-queue", "filters": OUTBOUND},
            ("'OutboundEmail'", "v8 or later"),
        ),
        (1, {**MINE, "metrics": ["voicemailsLeft"]}, ("'voicemailsLeft' is not listed",)),
    ],
)
def test_what_a_version_lacks_is_a_warning_and_the_api_decides(
    server: SandboxServer,
    caplog: pytest.LogCaptureFixture,
    version: int,
    report: dict[str, Any],
    parts: tuple[str, ...],
) -> None:
    assert "mine" in schemas(server, version, reports=[report])
    (line,) = {r.getMessage() for r in caplog.records if "reports, mine: " in r.getMessage()}
    for part in parts:
        assert part in line


def test_newer_version_takes_what_an_older_lacks(server: SandboxServer) -> None:
    reports = [
        {**MINE, "intra_day_time_range": NIGHT},
        {**MINE, "name": "mails", "group_by": "media-and-queue", "filters": OUTBOUND},
    ]
    assert {"mine", "mails"} <= schemas(server, 8, reports=reports).keys()


def test_survey_metrics_are_typed(server: SandboxServer) -> None:
    tap = Tap8x8CC(config=config(server.url))
    types = {
        name: schema["type"][0]
        for name, schema in tap.streams["surveys_summary_by_survey"].schema["properties"].items()
    }
    counts = ("offered", "opted_in", "started", "completed", "answered", "skipped", "hung_up")
    assert {types[name] for name in counts} == {"integer"}
    assert {types[name] for name in ("score", "actual_score", "achievable_score")} == {"number"}


def test_survey_rows_are_the_contact_centers_own(
    server: SandboxServer, tmp_path: Path, postgres: Postgres
) -> None:
    streams = {
        "surveys_summary_by_survey_queue": ("surveys-summary", "survey-and-queue"),
        "survey_questions_summary_by_survey_question": (
            "survey-questions-summary",
            "survey-and-question",
        ),
    }
    run = sync(config(server.url), streams)
    path = tmp_path / "rows.duckdb"
    load_duckdb(run.stdout, path)
    load_postgres(run.stdout, postgres.url, postgres.schema)
    for stream, pair in streams.items():
        expected = truth(server.center(), *pair, "2026-03-02T05:00:00Z", "2026-03-09T04:00:00Z")
        assert expected
        same_rows(run.records[stream], expected)
        same_rows(as_sent(duckdb_rows(path, stream)), expected)
        same_rows(as_sent(postgres_rows(postgres, stream)), expected)
