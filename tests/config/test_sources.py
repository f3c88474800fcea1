"""State files: what is a state, and what only looks like one."""

from __future__ import annotations

from typing import Any

import pytest

from tap_8x8_cc.config.sources import singer_state
from tap_8x8_cc.errors import ConfigError

STATE = {"bookmarks": {"calls": {"replication_key_value": "2026-03-01"}}}


@pytest.mark.parametrize(
    "file",
    [
        STATE,
        {"singer_state": STATE},
        {"completed": {"singer_state": STATE}, "partial": {}},
        {"completed": STATE},
    ],
)
def test_a_state_may_have_meltanos_wrapper(file: dict[str, Any]) -> None:
    assert singer_state(file) == STATE


@pytest.mark.parametrize("file", [{}, {"singer_state": {}}, {"completed": {}, "partial": {}}])
def test_an_empty_state_is_none(file: dict[str, Any]) -> None:
    assert singer_state(file) == {}


@pytest.mark.parametrize(
    "file",
    [
        {"calls": "2026-03-01"},
        {"value": STATE},
        {"singer_state": {"calls": "2026-03-01"}},
        {"singer_state": None},
        {"bookmarks": None},
        {"bookmarks": {"calls": "2026-03-01"}},
        {"bookmarks": {"calls": {"partitions": [{"replication_key_value": "2026-03-01"}]}}},
    ],
    ids=str,
)
def test_anything_else_is_refused_in_one_line(file: dict[str, Any]) -> None:
    """Read as a state, it would have everything read again in silence."""
    with pytest.raises(ConfigError, match="state: not a Singer state") as it:
        singer_state(file)
    assert "\n" not in str(it.value)
