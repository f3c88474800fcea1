"""What streams have in common: columns that every row has, and columns that come later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from singer_sdk import Stream
from singer_sdk.mapper import SameRecordTransform
from singer_sdk.singerlib.catalog import Metadata
from typing_extensions import override

from tap_8x8_cc._sdk import get_selected_schema
from tap_8x8_cc.records.columns import READ_AT, ROW_ID, Role, column_schema, stream_schema

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from singer_sdk import Tap
    from singer_sdk.singerlib import Catalog, MetadataMapping

    from tap_8x8_cc.records.columns import Column


class TableStream(Stream):
    """A stream of rows; the columns that say what a row is and where it belongs are automatic.

    Args:
        tap: The tap.
        name: The stream's name.
        columns: The columns that are announced.
        newest: The column that says which of two rows is newer, if rows are not replaced each time.
    """

    def __init__(
        self, tap: Tap, name: str, columns: Sequence[Column], newest: str | None = READ_AT
    ) -> None:
        self._columns = tuple(columns)
        self._newest = newest
        super().__init__(tap, schema=stream_schema(columns), name=name)
        self._set_keys()

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take everything but keys and fixed columns from a catalog.

        It may be older than a setting that adds a column.
        """
        super().apply_catalog(catalog)
        self._set_keys()
        self._metadata = self._mask = None
        if self._input_schema is not None:
            own, known = self.schema["properties"], self._input_schema.get("properties", {})
            fixed = {name: own[name] for name in self._fixed}
            self._input_schema["properties"] = fixed | {
                name: form for name, form in known.items() if name not in fixed
            }

    @property
    @override
    def metadata(self) -> MetadataMapping:
        """The metadata of the catalog, or what discovery says, with fixed columns automatic."""
        is_new = self._metadata is None
        found = super().metadata
        for name in self._fixed if is_new and found else ():
            automatic = Metadata(inclusion=Metadata.InclusionType.AUTOMATIC)
            found["properties", name] = automatic
        return found

    def _set_keys(self) -> None:
        self.primary_keys = (ROW_ID,)
        self.replication_key = self._newest

    @property
    def _fixed(self) -> list[str]:
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

    def _register_schema(self) -> None:
        """Let the stream's maps know of columns that are not in the catalog."""
        selected = self.effective_schema
        if self.selected:  # or it has no columns, and a map without those of its key is refused
            selected = get_selected_schema(self.name, selected, self.mask)
        self._tap.mapper.register_raw_stream_schema(self.name, selected, self.primary_keys)
        self._stream_maps = None

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
