"""A real sync through the real target-snowflake and dbt, on a stand-in for Snowflake."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import pytest
import sqlglot
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support.dictionary import HOURLY
from tests.support.mart_truth import Figures, derived, same_marts
from tests.support.models import STREAMS, ZONE
from tests.support.snowflake import dbt_snowflake, load_snowflake
from tests.support.tapcli import config, sync
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.databases import Row

pytestmark = pytest.mark.pipeline
STREAM, EVENTS = (
    "agent_interactions_summary_by_group_agent",
    "detailed_reports_interaction_details",
)
FIRST, END = date(2026, 3, 6), date(2026, 3, 10)
"""Four days over the spring change of clocks."""
WHERE = SandboxConfig(
    default_timezone=ZONE.key,
    now=datetime(2026, 3, 20, tzinfo=UTC),
    center=CenterConfig(agents=5, queues=3),
)
TYPES = {
    "row_id": "TEXT",
    "start_time": "TIMESTAMP_NTZ",
    "local_date": "DATE",
    "group": "TEXT",
    "accepted": "NUMBER",
    "handling_time": "FLOAT",
    "accepted_percentage": "FLOAT",
    "unparsed_values": "VARIANT",
}


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the stand-in is kept."""
    return tmp_path_factory.mktemp("snowflake")


@pytest.fixture(scope="module")
def figures() -> Figures:
    """What the contact center says of the days."""
    return Figures(SandboxServer(WHERE).center(), ZONE, FIRST, END)


@pytest.fixture(scope="module")
def loaded(directory: Path) -> dict[str, Any]:
    """All rows, and the events again: so that the second time each meets itself in the MERGE."""
    with SandboxServer(WHERE) as server:
        days = {"start_date": FIRST.isoformat(), "end_date": END.isoformat()}
        run = sync(config(server.url, reports=HOURLY, **days), STREAMS)
    assert run.exit_code == 0, run.stderr
    again = b"".join(
        line for line in run.stdout.splitlines(keepends=True) if f'"{EVENTS}"'.encode() in line
    )
    messages = run.stdout + again
    return load_snowflake(messages, directory, batch_size_rows=len(run.records[EVENTS]))


def test_rows_in_snowflake_are_those_of_the_contact_center(
    loaded: dict[str, Any], figures: Figures
) -> None:
    table = loaded[STREAM]

    assert {name: table["types"][name] for name in TYPES} == TYPES
    for row in table["rows"]:
        for name in ("start_time", "end_time"):
            row[name] = datetime.fromisoformat(row[name]).strftime("%Y-%m-%dT%H:%M:%SZ")
    source = ("agent-interactions-summary", "group-and-agent")
    days = ("2026-03-06T05:00:00Z", "2026-03-10T04:00:00Z")
    same_rows(table["rows"], truth(figures.center, *source, *days))
    ids = [row["row_id"] for row in loaded[EVENTS]["rows"]]
    assert len(ids) == len(set(ids)) == len(figures.interactions())


@pytest.mark.usefixtures("loaded")
def test_marts_in_snowflake_are_the_contact_centers_own_figures(
    directory: Path, figures: Figures
) -> None:
    """Built by dbt; without its unit tests, whose tables the stand-in doesn't know."""
    built = dbt_snowflake(directory, "build", "--exclude-resource-type", "unit_test")

    same_marts(
        lambda name: [typed(row) for row in built[f"eight_by_eight__{name}"]["rows"]],
        derived(figures.marts()),
    )
    compiled = directory / "target" / "compiled"
    layers = ("eight_by_eight__*", "int_*", "stg_*")
    models = [file for layer in layers for file in compiled.rglob(f"models/**/{layer}.sql")]
    assert {model.stem for model in models} == built.keys()
    for model in models:
        sqlglot.parse_one(
            model.read_text("utf-8"), dialect="snowflake", error_level=sqlglot.ErrorLevel.RAISE
        )


def typed(row: Row) -> Row:
    """Return a row with dates and times that came as text."""
    days = ("local_date", "valid_from", "valid_to", "first_seen", "last_seen")
    moments = ("created_at", "previous_contact_at", "next_contact_at", "start_time", "end_time")
    kinds: dict[str, type[date]] = {**dict.fromkeys(days, date), **dict.fromkeys(moments, datetime)}
    return {
        name: kinds[name].fromisoformat(value) if name in kinds and value else value
        for name, value in row.items()
    }
