"""The layers hold by themselves: an import that points up fails the contracts."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]
LINTER = str(Path(sys.executable).with_name("lint-imports"))
WRONG = {
    "records.naming": ("tap_8x8_cc.streams.base", "Imports point down only"),
    "reading.job": ("tap_8x8_cc.planning.planner", "Imports point down only"),
    "model.calendar": ("requests", "Rules know neither HTTP"),
    "redaction": ("tap_8x8_cc_probe.cli", "The tap does not know the probe"),
    "errors": ("tap_8x8_cc_sandbox.cli", "The sandbox states the API's rules"),
}
"""Modules, what each of them imports that it must not, and the contract that says so."""


def test_imports_that_point_up_are_refused(tmp_path: Path) -> None:
    shutil.copy(CHECKOUT / "pyproject.toml", tmp_path)
    for folder in ("", "probe", "sandbox"):
        name = f"tap_8x8_cc_{folder}".rstrip("_")
        shutil.copytree(CHECKOUT / folder / name, tmp_path / name)
    for module, (imported, _) in WRONG.items():
        file = tmp_path / "tap_8x8_cc" / f"{module.replace('.', '/')}.py"
        file.write_text(f"{file.read_text('utf-8')}\nimport {imported}\n", encoding="utf-8")

    done = subprocess.run(
        [LINTER, "--no-cache"],
        cwd=tmp_path,
        # In the copy, its own packages come before those of the environment.
        env={"PYTHONPATH": str(tmp_path), "PATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    verdicts = [row for row in done.stdout.splitlines() if row.endswith("BROKEN")]
    for module, (imported, contract) in WRONG.items():
        assert any(row.startswith(contract) for row in verdicts), contract
        assert f"tap_8x8_cc.{module} -> {imported}" in done.stdout, module
