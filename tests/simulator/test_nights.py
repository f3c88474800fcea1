"""A thousand nights in simulated worlds: the tables are right after each.

A failure names its seed; `python -m tests.simulator --seeds <seed> --verbose` replays it, and
`--seeds 0..1000` plays more of them.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import pytest

from tests.simulator.play import play

if TYPE_CHECKING:
    from collections.abc import Iterator

WORLDS_OF_A_TEST = 6
"""A world has some six nights."""


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Keep what the tap says of each call out of the way."""
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)


@pytest.mark.parametrize("part", [pytest.param(0, marks=pytest.mark.fast), *range(1, 28)])
def test_tables_are_right_after_each_night(part: int) -> None:
    nights = 0
    for seed in range(part * WORLDS_OF_A_TEST, (part + 1) * WORLDS_OF_A_TEST):
        nights += play(seed).nights
    assert nights > 4 * WORLDS_OF_A_TEST
