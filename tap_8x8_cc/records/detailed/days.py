"""The date of the local day that holds an event."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from tap_8x8_cc.model.calendar import Granularity, floor, following

if TYPE_CHECKING:
    from collections.abc import Iterable
    from zoneinfo import ZoneInfo

    from tap_8x8_cc.model.windows import Window


class Days:
    """The local day of each row, remembered from one row to the next.

    Args:
        window: The report's date range.
        zone: Its zone.
    """

    def __init__(self, window: Window, zone: ZoneInfo) -> None:
        self._zone = zone
        self._begin = self._end = window.start
        self.first = self._date = self._shown(window.start)

    def of(self, times: Iterable[object]) -> str | None:
        """Return the local date of the first of these texts; None where there is none."""
        text = next((time for time in times if isinstance(time, str)), None)
        if text is None:
            return None
        moment = datetime.fromisoformat(text)
        if not self._begin <= moment < self._end:
            try:
                begin = floor(moment, Granularity.DAY, self._zone)
                end = following(moment, Granularity.DAY, self._zone)
                self._date = self._shown(begin)
            except (OverflowError, ValueError):  # the first or the last day that there is
                return None
            self._begin, self._end = begin, end
        return self._date

    def _shown(self, begin: datetime) -> str:
        return begin.astimezone(self._zone).date().isoformat()
