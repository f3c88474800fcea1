"""What is printed: a line for each figure, beside what it is meant to be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WIDTHS = (9, 46, 30, 10)


@dataclass(frozen=True, slots=True)
class Figure:
    """A line of the table.

    Args:
        part: The part of the benchmark.
        case: What was run.
        what: What was measured.
        measured: The figure.
        aim: What it is meant to be; empty where it stands for scale.
    """

    part: str
    case: str
    what: str
    measured: str
    aim: str = ""


def table(figures: Iterable[Figure], *, header: bool = True) -> str:
    """Lay the figures out, a line each, below a header if wanted."""
    rows = [("part", "case", "what", "measured", "aim")] if header else []
    rows += [(f.part, f.case, f.what, f.measured, f.aim) for f in figures]
    return "\n".join(map(_line, rows)) + "\n"


def _line(cells: tuple[str, ...]) -> str:
    part, case, what, measured, aim = cells
    padded = (
        part.ljust(_WIDTHS[0]), case.ljust(_WIDTHS[1]), what.ljust(_WIDTHS[2]),
        measured.rjust(_WIDTHS[3]), aim,
    )  # fmt: skip
    return "  ".join(padded).rstrip()
