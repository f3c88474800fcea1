"""The stream of participants: a row each, from the reports of their interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_8x8_cc.messages import MessageWriter
from tap_8x8_cc.records.columns import EVENT_FIXED, READ_AT, ROW_ID, named, stream_schema
from tap_8x8_cc.records.detailed.people import participant_batch
from tap_8x8_cc.streams.beside import BesideStream
from tap_8x8_cc.streams.fixed import FixedColumnsStream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk import Tap

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.detailed.people import Interactions


class ParticipantsStream(BesideStream, FixedColumnsStream):
    """A row a participant; the stream of interactions reads them and has their bookmark.

    Args:
        tap: The tap.
        name: The stream's name.
        columns: The columns that are announced.
    """

    def __init__(self, tap: Tap, name: str, columns: Sequence[Column]) -> None:
        self.selected_by_default = False
        self._columns = tuple(columns)
        self._unannounced: dict[str | None, Column] = {}
        self._sources: dict[str, str] = {}
        super().__init__(tap, schema=stream_schema(columns), name=name)
        self._set_keys()

    @property
    def wanted(self) -> set[str]:
        """The keys of the selected columns, where the stream is selected."""
        return {column.key for column in self._emitted() if column.key} if self.selected else set()

    def write(self, found: Interactions, facts: ReportRequest, read_at: str) -> int:
        """Write the participants of some interactions; return how many there are.

        Args:
            found: The interactions.
            facts: What they share.
            read_at: When their report was created.
        """
        if not self.selected:
            return 0
        self._take_up(found.unannounced)
        self._write_schema_message()
        batch = participant_batch(found, self._emitted(), self._sources, facts, read_at)
        if self._is_plain():
            MessageWriter.write_batch(self.name, batch)
        else:
            for record in batch.records():
                self.emit(record)
        return batch.count

    def _take_up(self, members: Sequence[Column]) -> None:
        """Give members of participants that nobody announced a column each."""
        fresh = [member for member in members if member.key not in self._unannounced]
        if not fresh:
            return
        taken = [*EVENT_FIXED, *(column.name for column in self._columns)]
        for member, column in zip(fresh, named(fresh, taken), strict=True):
            self._unannounced[member.key] = column
            self._sources[column.name] = member.name
        self._is_announced = False
        self._extend(self._unannounced.values())

    @override
    def _set_keys(self) -> None:
        # A replication key, so that no loader takes it for a table to be replaced each time.
        self.primary_keys = (ROW_ID,)
        self.replication_key = READ_AT
