"""How the cells of a CSV are written, and whether rows that JSON pages confirm show all of it.

Only some rows of a download are compared with JSON. What those do not show, a duration that is
first written `1 d 2 h` in row 20,000, or a kind of metric that was zero until then, so that nobody
knows its unit, is not taken on trust.
"""

from __future__ import annotations

import re
import string
from collections import defaultdict
from typing import TYPE_CHECKING

from tap_8x8_cc.values import NOTHING

if TYPE_CHECKING:
    from tap_8x8_cc.layout import Layout
    from tap_8x8_cc.metrics import Kind

_WORDS = (*NOTHING, "none")
UNCLEAR = frozenset({*_WORDS, *map(str.upper, _WORDS), *map(str.title, _WORDS)})
"""What a dimension's cell may hold in place of null, or as its text: only the JSON tells which."""
Columns = list[tuple[str, ...]]
"""Cells of a CSV, column by column."""
_WITHOUT_DIGITS = str.maketrans("", "", string.digits)
_NONZERO = re.compile("[1-9]")


class Forms:
    """The forms of the metrics' cells, by kind.

    A form is what remains without the digits: nothing of `32281`, `::` of `0:00:41`. What is true
    of one column is taken to be true of those of its kind.

    Args:
        layout: The report's columns.
    """

    def __init__(self, layout: Layout) -> None:
        self._metrics = [(index, c.kind) for index, c in layout.metrics if c.kind]
        self._forms: defaultdict[Kind, set[str]] = defaultdict(set)
        self._nonzero: set[Kind] = set()

    def add(self, columns: Columns) -> None:
        """Note the forms of some rows, given column by column."""
        for index, kind in self._metrics:
            cells = columns[index]
            joined = "".join(cells)
            if joined.isascii() and joined.isdigit():
                if joined.strip("0"):
                    self._nonzero.add(kind)
                continue
            self._forms[kind].update("\n".join(cells).translate(_WITHOUT_DIGITS).split("\n"))
            if _NONZERO.search(joined):
                self._nonzero.add(kind)

    def surprise(self, shown: Forms) -> str | None:
        """Say what these forms hold that `shown` do not; None where that is nothing."""
        for kind, forms in self._forms.items():
            for form in sorted(forms - shown._forms[kind]):
                # Ways to write nothing need no proof, nor does a sign.
                if form.strip().lower() not in NOTHING:
                    return f"a {kind} is written in a form, {form[:20]!r}, that no JSON confirms"
        for kind in sorted(self._nonzero - shown._nonzero):
            return f"no JSON confirms how a {kind} is written"
        return None
