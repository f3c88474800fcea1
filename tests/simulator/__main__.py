"""Play worlds by hand: `python -m tests.simulator --seeds 0..99999`."""

from __future__ import annotations

import argparse
import logging
import sys
import time
import traceback
from collections import Counter

from tests.simulator.model import WrongError
from tests.simulator.play import play
from tests.simulator.world import SCENARIOS


def main() -> None:
    """Play worlds and say which went wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulator", description=__doc__)
    parser.add_argument("--seeds", default="0..99", help="one, or the first and the last")
    parser.add_argument("--with", dest="added", help="scenarios, with commas; all by default")
    parser.add_argument("--without", default="", help="scenarios to leave out")
    parser.add_argument("--keep-going", action="store_true", help="do not stop at a failure")
    parser.add_argument("--nights", type=int, default=0, help="stop after so many")
    parser.add_argument("--seconds", type=int, default=0, help="stop after so much CPU time")
    parser.add_argument("--verbose", action="store_true", help="show each night")
    options = parser.parse_args()
    logging.disable(logging.INFO)
    logging.getLogger().addHandler(logging.NullHandler())
    first, _, last = options.seeds.partition("..")
    scenarios = frozenset(options.added.split(",")) if options.added else SCENARIOS
    scenarios -= set(options.without.split(","))
    began, nights, ends, wrong = time.process_time(), 0, Counter[str](), 0
    for seed in range(int(first), int(last or first) + 1):
        try:
            figures = play(seed, scenarios, _say if options.verbose else lambda _: None)
        except WrongError as error:
            wrong += 1
            _say(str(error))
            if not options.keep_going:
                break
        except Exception:  # noqa: BLE001 - the seed of any failure is worth having
            wrong += 1
            _say(f"seed {seed}: {traceback.format_exc()}")
            if not options.keep_going:
                break
        else:
            nights += figures.nights
            ends += figures.ends
        if options.seconds and time.process_time() - began > options.seconds:
            break
        if options.nights and nights >= options.nights:
            break
    seconds = time.process_time() - began
    _say(f"{nights} nights up to seed {seed} in {seconds:.0f} CPU s; {dict(ends)}; {wrong} wrong")


def _say(line: str) -> None:
    sys.__stdout__.write(f"{line}\n")  # type: ignore[union-attr]  # a script has one


if __name__ == "__main__":
    main()
