"""The stream that says what was read: its records go out while the other streams are synced."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from typing_extensions import override

from tap_8x8_cc.planning.catalog import EXTRACTIONS
from tap_8x8_cc.records.extractions import KEY, REPLICATION_KEY, SCHEMA

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from singer_sdk import Tap
    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog


class ExtractionsStream(Stream):
    """A row for each range that was read whole; see `records.extractions`.

    There is nothing to ask the API for it, and nothing to keep in the state: a record is written
    behind the rows of its range and before the state that covers them.

    Args:
        tap: The tap.
    """

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap, schema=SCHEMA, name=EXTRACTIONS)
        self._is_announced = False
        self._set_keys()

    def emit(self, record: Record) -> None:
        """Write a record, if the stream is selected; its SCHEMA comes before the first."""
        if not self.selected:
            return
        self._write_schema_message()
        for message in self._generate_record_messages(record):
            self._tap.write_message(message)

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take selection from a catalog; keys are not up to it."""
        super().apply_catalog(catalog)
        self._set_keys()

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
        if not self._is_announced:
            self._is_announced = True
            super()._write_schema_message()

    def _set_keys(self) -> None:
        # A replication key, so that no loader takes it for a table to be replaced each time.
        self.primary_keys = (KEY,)
        self.replication_key = REPLICATION_KEY
