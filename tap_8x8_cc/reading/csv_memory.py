"""What a run has seen of CSV downloads: whether they can be used, and how their cells are written.

It is remembered for a stream and its kin: what has the same report type and grouping is written the
same way, whichever tenant or custom report it is for.
"""

from __future__ import annotations

import threading
from collections import Counter
from typing import TYPE_CHECKING

from tap_8x8_cc.reading.csv_formats import CellFormats

if TYPE_CHECKING:
    from tap_8x8_cc.model.reports import SummaryRequest

Kin = tuple[str, str | None]
"""Report type and grouping."""

USELESS = 2
"""A CSV that contradicts the JSON is not downloaded again; one in doubt, once more."""
TRUSTED = 2
"""Reports that must have agreed before later ones are held against small pages."""
SMALL_PAGE = 100
"""Rows of a small page: enough to show that what has been agreed on still holds."""


class CsvMemory:
    """Remembers what became of the CSVs of a run; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: Counter[Kin] = Counter()
        self._agreed: Counter[Kin] = Counter()
        self._formats: dict[Kin, CellFormats] = {}

    def is_useless(self, request: SummaryRequest) -> bool:
        """Tell whether the CSV of such a report is not worth downloading."""
        with self._lock:
            return self._faults[_kin(request)] >= USELESS

    def is_trusted(self, request: SummaryRequest) -> bool:
        """Tell whether the CSVs of such reports have agreed with the JSON so far."""
        with self._lock:
            return self._agreed[_kin(request)] >= TRUSTED

    def formats(self, request: SummaryRequest) -> CellFormats:
        """Return the forms of cells that JSON has confirmed in such reports."""
        with self._lock:
            return CellFormats.joined(self._formats.get(_kin(request)))

    def agree(self, request: SummaryRequest, confirmed: CellFormats) -> None:
        """Take note of a CSV that agrees with the JSON.

        Args:
            request: The report.
            confirmed: The forms of its cells that the JSON confirms.
        """
        kin = _kin(request)
        with self._lock:
            self._agreed[kin] += 1
            self._faults[kin] = 0
            self._formats[kin] = CellFormats.joined(self._formats.get(kin), confirmed)

    def mistrust(self, request: SummaryRequest, *, surely: bool) -> None:
        """Take note of a CSV that could not be used.

        Args:
            request: The report.
            surely: Whether another one will not be any better.
        """
        kin = _kin(request)
        with self._lock:
            self._faults[kin] += USELESS if surely else 1
            self._agreed[kin] = 0


def _kin(request: SummaryRequest) -> Kin:
    return request.type, request.group_by
