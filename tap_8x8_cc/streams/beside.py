"""Streams without a report of their own: their records go out beside those of other streams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from tap_8x8_cc.streams.fixed import AutomaticColumnsStream

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from singer_sdk.helpers.types import Context, Record


class BesideStream(AutomaticColumnsStream):
    """A stream with nothing to ask the API for, and nothing to keep in the state."""

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
