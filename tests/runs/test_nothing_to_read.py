"""Runs that end well and read nothing: they say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tap_8x8_cc_sandbox import SandboxServer

from tests.support import inprocess, tapcli

if TYPE_CHECKING:
    from collections.abc import Iterator

STREAM = "queue_interactions_summary_by_queue"


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer() as running:
        yield running


def test_a_start_date_in_the_future_is_a_warning(
    server: SandboxServer,
    capfdbinary: pytest.CaptureFixture[bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    config = tapcli.config(server.url, start_date=tomorrow)
    config.pop("end_date", None)
    outcome = inprocess.run(config, [STREAM], capfdbinary, caplog)
    assert not outcome.failed
    (line,) = outcome.lines
    assert tomorrow in line
    assert STREAM in line


def test_a_selection_that_matches_nothing_is_a_warning(
    server: SandboxServer,
    capfdbinary: pytest.CaptureFixture[bytes],
    caplog: pytest.LogCaptureFixture,
) -> None:
    outcome = inprocess.run(tapcli.config(server.url), [], capfdbinary, caplog)
    assert not outcome.failed
    assert outcome.lines == ["No stream is selected: nothing is read."]
