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

from tap_8x8_cc.model.instants import NOTHING
from tap_8x8_cc.reading.csv_blocks import split_tails

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.records.metrics import Kind

_WORDS = (*NOTHING, "none")
UNCLEAR = frozenset({*_WORDS, *map(str.upper, _WORDS), *map(str.title, _WORDS)})
"""What a dimension's cell may hold in place of null, or as its text: only the JSON tells which."""
GUARDED = frozenset({"'+", "'=", "'@", "'-"})
"""What some writers make of texts that spreadsheets would take for formulas."""
MOST_SHAPES = 4096
"""Shapes of rows that are remembered; bounded, since rows are not."""
_WITHOUT_DIGITS = str.maketrans("", "", string.digits)
_NONZERO = re.compile("[1-9]")


class CellFormats:
    """The forms of the metrics' cells, by kind.

    A form is what remains without the digits: nothing of `32281`, `::` of `0:00:41`. What is true
    of one column is taken to be true of those of its kind.
    """

    def __init__(self) -> None:
        self._forms: defaultdict[Kind, set[str]] = defaultdict(set)
        self._nonzero: set[Kind] = set()
        self._shapes: set[str] = set()

    @classmethod
    def joined(cls, *parts: CellFormats | None) -> CellFormats:
        """Return the forms that any of these holds."""
        joined = cls()
        for part in filter(None, parts):
            joined._nonzero |= part._nonzero  # noqa: SLF001 - its own
            for kind, forms in part._forms.items():  # noqa: SLF001
                joined._forms[kind] |= forms
        return joined

    def add(self, kind: Kind, cells: Sequence[str]) -> None:
        """Note the forms of a column's cells."""
        joined = "".join(cells)
        if not (joined.isascii() and joined.isdigit()):
            self._forms[kind].update("\n".join(cells).translate(_WITHOUT_DIGITS).split("\n"))
        if kind not in self._nonzero and _NONZERO.search(joined):
            self._nonzero.add(kind)

    def add_tails(self, kinds: Sequence[Kind], tails: Sequence[str]) -> None:
        """Note the forms of the cells in rows of metrics that have not been split.

        Args:
            kinds: The kind of each column.
            tails: The text of each row.

        Raises:
            CsvBrokenError: A row has more or fewer cells.
        """
        if not self._nonzero.issuperset(kinds):
            for kind, cells in zip(kinds, split_tails(tails, len(kinds)), strict=True):
                self.add(kind, cells)
            return
        # All rows but a few differ in their digits alone.
        shapes = set("\n".join(tails).translate(_WITHOUT_DIGITS).split("\n")) - self._shapes
        if not shapes:
            return
        for kind, forms in zip(kinds, split_tails(list(shapes), len(kinds)), strict=True):
            self._forms[kind].update(forms)
        if len(self._shapes) < MOST_SHAPES:
            self._shapes |= shapes

    def surprise(self, shown: CellFormats) -> str | None:
        """Say what these forms hold that `shown` do not; None where that is nothing."""
        for kind, forms in sorted(self._forms.items()):
            for form in sorted(forms - shown._forms[kind]):
                # Ways to write nothing need no proof, nor does a sign.
                if form.strip().lower() not in NOTHING:
                    return f"a {kind} is written in a form, {form[:20]!r}, that no JSON confirms"
        for kind in sorted(self._nonzero - shown._nonzero):
            return f"no JSON confirms how a {kind} is written"
        return None
