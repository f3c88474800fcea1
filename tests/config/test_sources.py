"""Files that a run reads: settings, and what is a state or only looks like one."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from tap_8x8_cc.config.sources import read_config_file, singer_state
from tap_8x8_cc.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

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


def test_a_pattern_stands_for_the_newest_file(tmp_path: Path) -> None:
    """Meltano names the file differently in each run, and a killed run leaves its own behind."""
    for age, region in ((20, "us"), (10, "eu"), (30, "au")):
        file = tmp_path / f"tap.{region}.config.json"
        file.write_text(f'{{"region": "{region}"}}')
        os.utime(file, (1_000_000 - age, 1_000_000 - age))

    assert read_config_file(str(tmp_path / "tap.*.config.json")) == {"region": "eu"}


def test_a_pattern_without_a_file_is_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file"):
        read_config_file(str(tmp_path / "tap.*.config.json"))
