"""A loader that merges by key, and the rule of the docs for rows that have vanished."""

from __future__ import annotations

import json
from collections import defaultdict
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from tests.simulator.world import EVENTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from random import Random

EXTRACTIONS = "extractions"
Row = dict[str, Any]


class Target:
    """Tables in a warehouse, filled by a loader that can be cut off."""

    def __init__(self) -> None:
        self.tables: defaultdict[str, dict[str, Row]] = defaultdict(dict)

    def load(
        self,
        lines: Sequence[bytes],
        chance: Random,
        on_state: Callable[[dict[str, Any]], None],
        *,
        cut: bool,
    ) -> None:
        """Take the messages of a run.

        A loader writes its tables now and then, always before it passes a state on, each table in
        one piece. When it is cut off, some of its tables may be written, and no state is passed on.

        Args:
            lines: The messages.
            chance: Draws when it writes, and where it is cut off.
            on_state: Called with each state that it passes on.
            cut: Whether it is cut off.
        """
        waiting: defaultdict[str, list[Row]] = defaultdict(list)
        state = None
        last = chance.randrange(len(lines) + 1) if cut and lines else len(lines)
        for line in lines[:last]:
            message = json.loads(line)
            if message["type"] == "RECORD":
                waiting[message["stream"]].append(message["record"])
            elif message["type"] == "STATE":
                state = message["value"]
                if chance.random() < 0.5:
                    self._write(waiting)
                    on_state(deepcopy(state))
                    state = None
        if cut:
            some = {stream: rows for stream, rows in waiting.items() if chance.random() < 0.5}
            self._write(some)
            return
        self._write(waiting)
        if state is not None:
            on_state(deepcopy(state))

    def rows(self, stream: str) -> list[Row]:
        """Return the rows of a stream that have not vanished."""
        vanished = self._vanished(stream)
        return [row for key, row in self.tables[stream].items() if key not in vanished]

    def delete_vanished(self, streams: Sequence[str]) -> None:
        """Run the statement of the docs."""
        for stream in streams:
            for key in self._vanished(stream):
                del self.tables[stream][key]

    def _vanished(self, stream: str) -> set[str]:
        table = self.tables[stream]
        written = {row["read_at"] for row in table.values()}
        start, end, at = "start_time", "end_time", "start_time"
        if stream == EVENTS:
            start, end, at = "local_date", "local_end_date", "report_date"
        later = [
            (each[start], each[end], each["read_at"])
            for each in self.tables[EXTRACTIONS].values()
            if each["stream"] == stream
            and (
                not each["row_count"]
                or each["read_at"] in written
                # Later runs may have written all of its rows again.
                or each["row_count"]
                <= sum(
                    each[start] <= row[at] < each[end] and row["read_at"] > each["read_at"]
                    for row in table.values()
                )
            )
        ]
        return {
            key
            for key, row in table.items()
            for first, last, read_at in later
            if first <= row[at] < last and row["read_at"] < read_at
        }

    def _write(self, waiting: dict[str, list[Row]]) -> None:
        for stream, rows in waiting.items():
            for row in rows:
                self.tables[stream][row["row_id"]] = row
        waiting.clear()
