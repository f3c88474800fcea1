"""Texts that a warehouse can't store, through the real loader of PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support import tapcli
from tests.support.cursor_api import CursorApi, served
from tests.support.databases import postgres_rows
from tests.support.loaders import load_postgres
from tests.support.tapcli import config

if TYPE_CHECKING:
    from tests.support.databases import Postgres

TYPE, STREAM = "detailed-reports-interaction-details", "detailed_reports_interaction_details"
KEYS = ["interactionId", "creationTime", "subject", "interactionLabels", "participantId",
        "participantAssignNumber", "participantName"]  # fmt: skip


def test_null_characters_do_not_end_the_load(postgres: Postgres) -> None:
    """In a text, in a list, and in a nested object; with one warning for the run."""
    row: dict[str, Any] = {
        "interactionId": "i\0",
        "creationTime": "2026-03-02T10:00:00-05:00",
        "subject": "a\0b",
        "interactionLabels": ["x\0"],
        "participants": [{"participantId": "p", "participantName": "Ann\0"}],
    }
    api = CursorApi([{"type": TYPE, "metrics": KEYS}], [row])
    streams = [STREAM, f"{STREAM}_participants"]
    with served(api) as url:
        own = config(url, end_date="2026-03-03", date_range_reading="instant")
        done = tapcli.sync(own, streams)
    assert not done.failed, done.lines
    assert len([line for line in done.lines if "U+FFFD" in line]) == 1
    load_postgres(done.stdout, postgres.url, postgres.schema)
    (stored,) = postgres_rows(postgres, STREAM)
    assert (stored["interaction_id"], stored["subject"]) == ("i\ufffd", "a\ufffdb")
    assert stored["interaction_labels"] == ["x\ufffd"]
    (person,) = postgres_rows(postgres, streams[1])
    assert person["participant_name"] == "Ann\ufffd"
