"""The layers hold by themselves: an import that points up fails the contracts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).parents[1]
LINTER = str(Path(sys.executable).with_name("lint-imports"))


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the packages and their contracts."""
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    shutil.copytree(CHECKOUT / "tap_8x8_cc", tmp_path / "tap_8x8_cc")
    shutil.copytree(CHECKOUT / "probe" / "tap_8x8_cc_probe", tmp_path / "tap_8x8_cc_probe")
    shutil.copytree(CHECKOUT / "sandbox" / "tap_8x8_cc_sandbox", tmp_path / "tap_8x8_cc_sandbox")
    return tmp_path


def checked(folder: Path) -> subprocess.CompletedProcess[str]:
    # In the copy, its own packages come before those of the environment.
    return subprocess.run(
        [LINTER, "--no-cache"],
        cwd=folder,
        env={"PYTHONPATH": str(folder), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("records/naming.py", "import tap_8x8_cc.streams.base", "Imports point down only"),
        ("model/calendar.py", "import requests", "Rules know neither HTTP"),
        ("reading/job.py", "import tap_8x8_cc.planning.planner", "Imports point down only"),
        ("errors.py", "import tap_8x8_cc_probe.cli", "The tap does not know the probe"),
        ("errors.py", "import tap_8x8_cc_sandbox.cli", "The sandbox states the API's rules"),
    ],
)
def test_an_import_that_points_up_is_refused(
    copy: Path, module: str, line: str, broken: str
) -> None:
    file = copy / "tap_8x8_cc" / module
    file.write_text(f"{file.read_text('utf-8')}\n{line}\n", encoding="utf-8")
    done = checked(copy)
    assert done.returncode == 1
    verdicts = [row for row in done.stdout.splitlines() if row.endswith("BROKEN")]
    assert any(row.startswith(broken) for row in verdicts)
