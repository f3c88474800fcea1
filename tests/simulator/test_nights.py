"""A thousand nights in simulated worlds: the tables are right after each.

A failure names its seed; `python -m tests.simulator --seeds <seed> --verbose` replays it.
"""

from __future__ import annotations

import gc
import logging
import warnings
from typing import TYPE_CHECKING

import pytest

from tests.simulator.play import play
from tests.simulator.world import SCENARIOS

if TYPE_CHECKING:
    from collections.abc import Iterator

WORLDS_OF_A_TEST = 21
"""A world has some six nights."""
LEFT_OUT = frozenset({"dimension", "reading", "failed", "history", "rereads", "states"})


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Keep what the tap says of each call out of the way."""
    logging.disable(logging.INFO)
    yield
    logging.disable(logging.NOTSET)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


# A killed process leaves files open; here the process lives on.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("part", range(8))
def test_tables_are_right_after_each_night(part: int) -> None:
    nights = 0
    for seed in range(part * WORLDS_OF_A_TEST, (part + 1) * WORLDS_OF_A_TEST):
        nights += play(seed, SCENARIOS - LEFT_OUT).nights
    assert nights > 5 * WORLDS_OF_A_TEST
