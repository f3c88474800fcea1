"""The stream of participants: a row each, from the reports of their interactions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import asdict
from typing_extensions import override

from tap_8x8_cc.messages import MessageWriter
from tap_8x8_cc.records.columns import READ_AT, ROW_ID, Rows, fixed_names, named, stream_schema
from tap_8x8_cc.records.events import participant_records
from tap_8x8_cc.streams.beside import BesideStream
from tap_8x8_cc.streams.fixed import FixedColumnsStream

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from singer_sdk import Tap

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.events import Event


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

    def write(self, events: Sequence[Event], request: ReportRequest, read_at: str) -> int:
        """Write the participants of some interactions; return how many there are.

        Args:
            events: The interactions.
            request: The request of their report.
            read_at: When the tap began to write the report's rows.
        """
        if not self.selected:
            return 0
        self._take_up({name: m for event in events for name, m in event.members.items()})
        self._write_schema_message()
        columns = self._emitted()
        records = list(participant_records(events, columns, self._sources, request, read_at))
        if self._is_plain():
            MessageWriter.write_records(self.name, records)
        else:
            for record in records:
                self.emit(asdict(record))
        return len(records)

    def _take_up(self, members: Mapping[str, Column]) -> None:
        """Give members of participants that were not announced a column each."""
        fresh = {name: m for name, m in members.items() if m.key not in self._unannounced}
        if not fresh:
            return
        taken = [*fixed_names(Rows.PARTICIPANT), *(column.name for column in self._columns)]
        for name, column in zip(fresh, named(list(fresh.values()), taken), strict=True):
            self._unannounced[column.key] = column
            self._sources[column.name] = name
        self._is_announced = False
        self._extend(self._unannounced.values())

    @override
    def _set_keys(self) -> None:
        # A replication key, so that no loader takes it for a table to be replaced each time.
        self.primary_keys = (ROW_ID,)
        self.replication_key = READ_AT
