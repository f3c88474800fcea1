"""Runs that read nothing: they say why."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tap_8x8_cc_sandbox import SandboxServer

from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAM = "queue_interactions_summary_by_queue"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


TOMORROW = datetime.now(UTC).date() + timedelta(days=1)


def test_a_first_run_that_can_read_nothing_fails_with_the_reason(
    server: SandboxServer,
) -> None:
    """`meltano config test` shows the last line of a run that fails, and none of a success."""
    config = tapcli.config(server.url, start_date=TOMORROW.isoformat())
    config.pop("end_date", None)
    outcome = tapcli.sync(config, [STREAM])
    assert outcome.failed
    (line,) = outcome.lines
    assert f"No complete bucket since start_date ({TOMORROW})" in line
    assert "Set an earlier start_date" in line


def test_an_empty_range_that_was_asked_for_is_a_warning(
    server: SandboxServer,
) -> None:
    edges = dict.fromkeys(("start_date", "end_date"), TOMORROW.isoformat())
    outcome = tapcli.sync(tapcli.config(server.url, **edges), [STREAM])
    assert not outcome.failed
    (line,) = outcome.lines
    assert str(TOMORROW) in line
    assert STREAM in line


def test_a_selection_that_matches_nothing_is_a_warning(
    server: SandboxServer,
) -> None:
    outcome = tapcli.sync(tapcli.config(server.url), [])
    assert not outcome.failed
    assert outcome.lines == ["No stream is selected: nothing is read."]
