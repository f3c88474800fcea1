"""Tests of what several threads do: a test that is stuck fails instead of waiting."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

PATIENCE = 20.0
"""Seconds after which a test is taken to be stuck; none needs a fraction of it."""


def in_time(work: Callable[[], Any]) -> None:
    """Do the work in a thread, so that a deadlock fails the test rather than stopping it."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            work()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(PATIENCE)
    assert not thread.is_alive(), "stuck"
    if failures:
        raise failures[0]
