"""Running the tap in this process, where a process of its own would cost more than it shows."""

from __future__ import annotations

import logging
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.errors import TapError
from tap_8x8_cc.tap import Tap8x8CC
from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pytest


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended.

    Args:
        run: What it wrote.
        lines: What it said at level WARNING or above, the error that ended it last.
        failed: Whether it would exit with 1.
    """

    run: tapcli.Run
    lines: list[str]
    failed: bool

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """Return a stream's records without what differs from run to run, in order."""
        kept = self.run.lasting.get(stream, [])
        return sorted(kept, key=lambda record: str(record["row_id"]))


def run(
    config: Mapping[str, Any],
    streams: Iterable[str],
    capture: pytest.CaptureFixture[bytes],
    log: pytest.LogCaptureFixture,
    *,
    state: Mapping[str, Any] | None = None,
    columns: Iterable[str] | None = None,
) -> Outcome:
    """Discover, select these streams and sync them, as two runs would.

    Args:
        config: The settings.
        streams: The streams to select.
        capture: Takes what is printed.
        log: Takes what is logged.
        state: The state to go on from.
        columns: The columns to select; None: all.
    """
    capture.readouterr()
    log.clear()
    failed = False
    try:
        catalog = tapcli.select(Tap8x8CC(config=dict(config)).catalog_dict, streams, columns)
        capture.readouterr()
        Tap8x8CC(config=dict(config), catalog=catalog, state=deepcopy(dict(state or {}))).run()
    except TapError as error:
        failed = True
        logging.getLogger("tap-8x8-cc").error("%s", error)  # noqa: TRY400 - as the command does
    said = [r.getMessage() for r in log.records if r.levelno >= logging.WARNING]
    return Outcome(tapcli.Run(int(failed), capture.readouterr().out, ""), said, failed)
