"""Streams whose fixed columns are there whatever a catalog says."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING

from singer_sdk import Stream
from singer_sdk.singerlib.catalog import Metadata
from typing_extensions import override

from tap_8x8_cc.records.columns import OWN_ROLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from singer_sdk.singerlib import Catalog, MetadataMapping

    from tap_8x8_cc.records.columns import Column


class FixedColumnsStream(Stream):
    """A stream with columns that tell what a row is and where it belongs: none goes without."""

    _columns: Sequence[Column]

    @override
    def apply_catalog(self, catalog: Catalog) -> None:
        """Take selection and replication method from a catalog; keys are not up to it.

        Nor are the fixed columns: a catalog may be older than a setting that adds one.
        """
        super().apply_catalog(catalog)
        self._set_keys()
        self._metadata = self._mask = None
        if self._input_schema is not None:
            own, known = self.schema["properties"], self._input_schema.get("properties", {})
            fixed = {name: own[name] for name in self._automatic}
            self._input_schema["properties"] = fixed | {
                name: form for name, form in known.items() if name not in fixed
            }

    @property
    @override
    def metadata(self) -> MetadataMapping:
        """The metadata of the catalog, or what discovery says; fixed columns are automatic."""
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
    def _automatic(self) -> list[str]:
        return [column.name for column in self._columns if column.role not in OWN_ROLES]

    def _emitted(self) -> list[Column]:
        """Return the columns that records hold: in the catalog, and selected."""
        properties = self.effective_schema["properties"]
        return [
            column
            for column in self._columns
            if column.name in properties and self.mask["properties", column.name]
        ]
