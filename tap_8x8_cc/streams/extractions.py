"""The stream that says what was read: its records go out while the other streams are synced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from typing_extensions import override

from tap_8x8_cc.planning.catalog import EXTRACTIONS
from tap_8x8_cc.records.columns import READ_AT, ROW_ID
from tap_8x8_cc.records.extractions import SCHEMA
from tap_8x8_cc.streams.fixed import BesideStream

if TYPE_CHECKING:
    from singer_sdk import Tap


class ExtractionsStream(BesideStream):
    """A row for each range that was read whole, behind its rows and before its state.

    All of its columns are automatic, since tables are corrected by them.

    Args:
        tap: The tap.
    """

    def __init__(self, tap: Tap) -> None:
        super().__init__(tap, schema=SCHEMA, name=EXTRACTIONS)
        self._set_keys()

    @override
    def _set_keys(self) -> None:
        # A replication key, so that no loader takes it for a table to be replaced each time.
        self.primary_keys = (ROW_ID,)
        self.replication_key = READ_AT

    @property
    @override
    def _automatic(self) -> list[str]:
        return list(self.schema["properties"])
