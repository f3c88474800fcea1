"""The README's quick start, block by block as it is written, in an empty folder."""

from __future__ import annotations

import os
import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.readme import README

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.pipeline, pytest.mark.timeout(900)]
SECTION = README.read_text("utf-8").partition("## Quick start\n")[2].partition("**PostgreSQL**")[0]
OF_THE_PLUGINS = ("MELTANO_", "TAP_8X8_CC_", "TARGET_", "VIRTUAL_ENV")

FIRST_RUN = "No state was found, complete import."


@dataclass(frozen=True, slots=True)
class Shell:
    """Runs blocks, each in the folder in which the one before it ended."""

    folder: Path
    env: dict[str, str]

    def run(self, block: str) -> subprocess.CompletedProcess[str]:
        """Run a block in the folder, or in the project once there is one."""
        project = self.folder / "contact-center"
        return subprocess.run(
            ["bash", "-euc", block],
            cwd=project if project.exists() else self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
        )


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("quick-start")
    (folder / "tap-8x8-cc").symlink_to(CHECKOUT)
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(OF_THE_PLUGINS)}
    with SandboxServer(SandboxConfig()) as server:
        yield Shell(
            folder,
            {
                **inherited,
                "UV_TOOL_DIR": str(folder / "tools"),
                "UV_TOOL_BIN_DIR": str(folder / "bin"),
                "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
                "NO_COLOR": "1",
                # Goes before what the block writes into .env.
                "TAP_8X8_CC_CLIENT_ID": server.config.client_id,
                "TAP_8X8_CC_CLIENT_SECRET": server.config.client_secret,
                "TAP_8X8_CC_API_URL": server.url,
                "TAP_8X8_CC_START_DATE": "2026-03-02",
                "TAP_8X8_CC_END_DATE": "2026-03-10",
            },
        )


def test_blocks_end_in_a_table_without_a_warning(shell: Shell) -> None:
    said = ""
    for block in [*blocks("sh"), "meltano select tap-8x8-cc --list"]:
        done = shell.run(block)
        assert done.returncode == 0, f"{block}\n{done.stdout[-3000:]}{done.stderr[-6000:]}"
        said += done.stdout + done.stderr

    assert "Plugin configuration is valid" in said
    assert "6 reports of 6 streams" in said  # the plan keeps to the selection
    warnings = [line for line in said.splitlines() if "[warning" in line]
    assert [line.partition("meltano ")[2].strip() for line in warnings] == [FIRST_RUN]
    (promised,) = blocks("text")
    table = said[said.index("┌") :]
    assert promised.splitlines()[1].split() == table.splitlines()[1].split()
    assert len(re.findall(r"^│ \w", said, re.MULTILINE)) > 5
