"""What streams have in common: fixed columns, columns that come later, rows beside others."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from singer_sdk import Stream
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.catalog import Metadata
from typing_extensions import override

from tap_8x8_cc._sdk import get_selected_schema
from tap_8x8_cc.records.columns import Role, column_schema

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Sequence

    from singer_sdk.helpers.types import Context, Record
    from singer_sdk.singerlib import Catalog, MetadataMapping

    from tap_8x8_cc.records.columns import Column


class AutomaticColumnsStream(Stream):
    """A stream with columns that every record has, whatever a catalog selects."""

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take selection and replication method from a catalog, but not the keys."""
        super().apply_catalog(catalog)
        self._set_keys()
        self._metadata = self._mask = None

    @property
    @override
    def metadata(self) -> MetadataMapping:
        """The metadata of the catalog, or what discovery says, with those columns automatic."""
        is_new = self._metadata is None
        found = super().metadata
        if is_new and found:
            for name in self._automatic:
                automatic = Metadata(inclusion=Metadata.InclusionType.AUTOMATIC)
                found["properties", name] = automatic
        return found

    @abstractmethod
    def _set_keys(self) -> None:
        """Set the keys."""

    @property
    @abstractmethod
    def _automatic(self) -> list[str]:
        """The names of those columns."""

    def _register_schema(self) -> None:
        """Let the stream's maps know of columns that are not in the catalog."""
        selected = self.effective_schema
        if self.selected:  # or it has no columns, and a map without those of its key is refused
            selected = get_selected_schema(self.name, selected, self.mask)
        self._tap.mapper.register_raw_stream_schema(self.name, selected, self.primary_keys)
        self._stream_maps = None


class BesideStream(AutomaticColumnsStream):
    """A stream whose records go out beside those of others; it has no report and no state."""

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


class FixedColumnsStream(AutomaticColumnsStream):
    """A stream of rows; the columns that say what a row is and where it belongs are automatic."""

    _columns: Sequence[Column]

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take everything but the fixed columns from a catalog.

        It may be older than a setting that adds one.
        """
        super().apply_catalog(catalog)
        if self._input_schema is not None:
            own, known = self.schema["properties"], self._input_schema.get("properties", {})
            fixed = {name: own[name] for name in self._automatic}
            self._input_schema["properties"] = fixed | {
                name: form for name, form in known.items() if name not in fixed
            }

    @property
    @override
    def _automatic(self) -> list[str]:
        return [column.name for column in self._columns if column.role is Role.FIXED]

    def _emitted(self) -> list[Column]:
        """Return the columns that records hold: in the catalog, and selected."""
        properties = self.effective_schema["properties"]
        return [
            column
            for column in self._columns
            if column.name in properties and self.mask["properties", column.name]
        ]

    def _is_plain(self) -> bool:
        """Return whether records go out as they are, and all of them."""
        return self.ABORT_AT_RECORD_COUNT is None and all(
            type(stream_map) is SameRecordTransform and not stream_map.flattening_enabled
            for stream_map in self.stream_maps
        )

    def _extend(self, columns: Iterable[Column | None]) -> None:
        """Add columns that were not announced, and send the SCHEMA again before their first row.

        A catalog may know a column that discovery does not, since an earlier run has seen it.
        """
        properties = self.effective_schema["properties"]
        found = [column for column in columns if column]
        known = {column.name for column in self._columns}
        self._columns = (*self._columns, *(each for each in found if each.name not in known))
        fresh = [column for column in found if column.name not in properties]
        if not fresh:
            return
        self.logger.info("New columns in the data: %s", ", ".join(c.name for c in fresh))
        for column in fresh:
            self.schema["properties"][column.name] = column_schema(column)
            properties[column.name] = column_schema(column)
        self._register_schema()
        self._write_schema_message()
