"""The SDK's own tests of a tap, against the sandbox named by SANDBOX_URL; see test_sdk_suite."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from singer_sdk.testing import get_tap_test_class

from tap_8x8_cc.tap import Tap8x8CC
from tests.support.tapcli import config, select

if TYPE_CHECKING:
    from singer_sdk.streams import Stream


class SomeStreams(Tap8x8CC):
    """The tap with every sixth stream: each takes the suite a second."""

    def discover_streams(self) -> list[Stream]:
        """Return some of the streams, and the log of extractions."""
        *found, extractions = super().discover_streams()
        return [*found[::6], extractions]


# The oldest version offers the fewest types; each stream is tested with each of its columns.
SETTINGS = config(os.environ["SANDBOX_URL"], api_version="v1", start_date="2025-03-03")

CONFIG = {**SETTINGS, "end_date": "2025-03-08"}
LISTED = SomeStreams(config=CONFIG).catalog_dict
# All of them are selected: by default a few are.
ALL = select(LISTED, [entry["tap_stream_id"] for entry in LISTED["streams"]])

TestTap = get_tap_test_class(SomeStreams, config=CONFIG, catalog=ALL)
