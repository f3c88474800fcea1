"""Dagster in an environment of its own, running the example as its page says."""

from __future__ import annotations

import json
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.loaders import environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

EXAMPLE = CHECKOUT / "examples" / "dagster"
_BEGINNING = 120
"""Seconds in which a run begins, or ends."""


def command(name: str) -> str:
    """Return the path of a command in Dagster's environment, made first where there is none."""
    lines = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = " ".join(line for line in lines if not line.startswith("#"))
    return str(environment("dagster", pins) / "bin" / name)


def run(
    *partitions: str, env: Mapping[str, str], stop_after: Path | None = None
) -> list[dict[str, Any]]:
    """Run partitions, and return what became of each.

    Args:
        *partitions: Their keys.
        env: The example's settings.
        stop_after: File at whose appearance the run is ended, as Dagster does it.
    """
    own = ("MELTANO_", "TAP_8X8_CC_", "TARGET_", "DAGSTER_", "VIRTUAL_ENV", "PYTHONPATH")
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(own)}
    # -P: or this module, which lies beside it, would go for Dagster.
    driver = ("-P", CHECKOUT / "tests" / "support" / "dagster_driver.py")
    with subprocess.Popen(
        (command("python"), *driver, EXAMPLE / "definitions.py", *partitions),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**inherited, **env},
        text=True,
    ) as process:
        if stop_after:
            until = time.monotonic() + _BEGINNING
            while not stop_after.exists() and time.monotonic() < until:
                time.sleep(0.05)
            process.terminate()
        said, log = process.communicate(timeout=_BEGINNING)
    assert process.returncode == 0, said[-2000:] + log[-4000:]
    return list(json.loads(said))
