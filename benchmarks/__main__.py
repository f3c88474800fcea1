"""`python -m benchmarks`: print a table of what the tap costs."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from benchmarks import growth, rows, waiting, warehouse
from benchmarks.figures import table
from benchmarks.measure import BenchmarkError

if TYPE_CHECKING:
    from collections.abc import Sequence

PARTS = {
    "waiting": waiting.figures,
    "rows": rows.figures,
    "growth": growth.figures,
    "warehouse": warehouse.figures,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; gives the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="each once, and fewer cases")
    parser.add_argument("--only", choices=PARTS, help="one part")
    options = parser.parse_args(arguments)
    header = True
    for name, figures in PARTS.items():
        if options.only in {None, name}:
            try:
                lines = table(figures(quick=options.quick), header=header)
            except BenchmarkError as error:
                sys.stderr.write(f"{name}: {error}\n")
                return 1
            sys.stdout.write(lines)
            sys.stdout.flush()
            header = False
    return 0


if __name__ == "__main__":
    sys.exit(main())
