"""A real sync through the real target-snowflake, on a stand-in for Snowflake."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support.dictionary import HOURLY
from tests.support.mart_truth import Figures
from tests.support.models import ZONE
from tests.support.snowflake import load_snowflake
from tests.support.tapcli import config, sync
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from pathlib import Path

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


def test_rows_in_snowflake_are_those_of_the_contact_center(tmp_path: Path) -> None:
    """And the events again: so that the second time each meets itself in the MERGE."""
    figures = Figures(SandboxServer(WHERE).center(), ZONE, FIRST, END)
    with SandboxServer(WHERE) as server:
        days = {"start_date": FIRST.isoformat(), "end_date": END.isoformat()}
        run = sync(config(server.url, reports=HOURLY, **days), [STREAM, EVENTS])
    assert run.exit_code == 0, run.stderr
    again = b"".join(
        line for line in run.stdout.splitlines(keepends=True) if f'"{EVENTS}"'.encode() in line
    )
    loaded = load_snowflake(run.stdout + again, tmp_path, batch_size_rows=len(run.records[EVENTS]))
    table = loaded[STREAM]

    assert {name: table["types"][name] for name in TYPES} == TYPES
    for row in table["rows"]:
        for name in ("start_time", "end_time"):
            row[name] = datetime.fromisoformat(row[name]).strftime("%Y-%m-%dT%H:%M:%SZ")
    source = ("agent-interactions-summary", "group-and-agent")
    between = ("2026-03-06T05:00:00Z", "2026-03-10T04:00:00Z")
    same_rows(table["rows"], truth(figures.center, *source, *between))
    ids = [row["row_id"] for row in loaded[EVENTS]["rows"]]
    assert len(ids) == len(set(ids)) == len(figures.interactions())
