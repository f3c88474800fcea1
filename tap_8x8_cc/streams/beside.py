"""Streams whose records go out beside those of others: what was read, and participants."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict
from typing_extensions import override

from tap_8x8_cc.messages import MessageWriter
from tap_8x8_cc.planning.catalog import EXTRACTIONS
from tap_8x8_cc.records.columns import Rows, fixed_names, named
from tap_8x8_cc.records.events import participant_records
from tap_8x8_cc.records.extractions import COLUMNS
from tap_8x8_cc.streams.table import TableStream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Mapping, Sequence

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.columns import Column
    from tap_8x8_cc.records.events import Event


class BesideStream(TableStream):
    """A stream that has no report and no state."""

    _is_announced = False

    def emit(self, record: Record) -> None:
        """Write a record, if the stream is selected; its SCHEMA comes before the first."""
        if not self.selected:
            return
        self._write_schema_message()
        for message in self._generate_record_messages(record):
            self._tap.write_message(message)

    @override
    def get_records(self, context: Context | None) -> Iterable[Record]:
        """Return none: they come with those of the other streams."""
        return ()

    @override
    def get_replication_key_signpost(self, context: Context | None = None) -> None:
        """Return none: there is no bookmark."""
        return

    @override
    def finalize_state_progress_markers(self, state: dict[str, Any] | None = None) -> None:
        """Leave the state alone."""

    @override
    def _sync_records(
        self, context: Context | None = None, *, write_messages: bool = True
    ) -> Generator[Record, Any, Any]:
        """Write nothing, no state either."""
        yield from ()

    @override
    def _write_schema_message(self) -> None:
        """Write it once, however often it is asked for, its maps rebuilt as in `streams.base`."""
        if not self._is_announced:
            self._is_announced = True
            self._register_schema()
            super()._write_schema_message()


class ExtractionsStream(BesideStream):
    """A row for each range that was read whole, behind its rows and before its state.

    All of its columns are automatic, since tables are corrected by them.
    """

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap, EXTRACTIONS, COLUMNS)


class ParticipantsStream(BesideStream):
    """A row a participant; the stream of interactions reads them and has their bookmark."""

    def __init__(self, tap: Tap, name: str, columns: Sequence[Column]) -> None:
        self.selected_by_default = False
        self._unannounced: dict[str | None, Column] = {}
        self._sources: dict[str, str] = {}
        super().__init__(tap, name, columns)

    @property
    def wanted(self) -> set[str]:
        """The keys of the selected columns, if the stream is selected."""
        return {column.key for column in self._emitted() if column.key} if self.selected else set()

    def write(self, events: Sequence[Event], request: ReportRequest, read_at: str) -> int:
        """Write the participants of some interactions; return how many there are."""
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
