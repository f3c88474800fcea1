"""The stream of participants: a row each, from the reports of their interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_8x8_cc.records.columns import READ_AT, ROW_ID, stream_schema
from tap_8x8_cc.records.detailed.people import participant_records
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
        written = 0
        for record in participant_records(found, self._emitted(), facts, read_at):
            self.emit(record)
            written += 1
        return written

    @override
    def _set_keys(self) -> None:
        # A replication key, so that no loader takes it for a table to be replaced each time.
        self.primary_keys = (ROW_ID,)
        self.replication_key = READ_AT
