"""The SDK's own tests of a tap, against the sandbox named by SANDBOX_URL; see test_sdk_suite."""

from __future__ import annotations

import os

from singer_sdk.testing import get_tap_test_class

from tap_8x8_cc.tap import Tap8x8CC
from tests.support.tapcli import config, select

# The oldest version offers the fewest types; each stream is tested with each of its columns.
SETTINGS = config(os.environ["SANDBOX_URL"], api_version="v1", start_date="2025-03-03")

CONFIG = {**SETTINGS, "end_date": "2025-03-08"}
LISTED = Tap8x8CC(config=CONFIG).catalog_dict
# Some of each room of the catalog: every stream takes the SDK a second.
SOME = select(LISTED, [entry["tap_stream_id"] for entry in LISTED["streams"]][::4])

TestTap = get_tap_test_class(Tap8x8CC, config=CONFIG, catalog=SOME)
