"""The SDK's own suite, run as it would be for any tap, in a process of its own.

It asks the API while tests are collected, so it can't stand beside the other modules.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tests.support.tapcli import PACE

OPTIONS = (
    *("-n0", "-q", "-p", "no:cacheprovider"),
    # A column such as unparsed_values holds nothing where nothing is amiss.
    *("-W", "ignore:No records were available"),
    # Keys that no listing names become columns when the data comes; the SDK's check knows only the
    # catalog of before.
    *("-k", "not (matches_transformed_catalog and wrap_up_code)"),
)
SUITE = Path(__file__).parents[1] / "support" / "sdk_suite.py"


def test_the_suite_of_the_sdk_passes() -> None:
    with SandboxServer(SandboxConfig(center=CenterConfig(agents=3, queues=4))) as server:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *OPTIONS, str(SUITE)],
            capture_output=True,
            text=True,
            check=False,
            cwd=SUITE.parents[2],
            env={**os.environ, "SANDBOX_URL": server.url, "TAP_8X8_CC_TEST_PACE": PACE},
        )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    # A few for the tap, six for each stream, and one at least for each of its columns.
    assert int(passed[1]) > 150, done.stdout[-500:]
