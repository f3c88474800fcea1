"""The tap as it is published: its wheel alone, in an environment of its own."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from tap_8x8_cc_sandbox import SandboxServer

from tests.support import tapcli

pytestmark = pytest.mark.pipeline

CHECKOUT = Path(__file__).parents[2]
STREAM = "queue_interactions_summary_by_queue"
UV = [sys.executable, "-m", "uv"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    command = [*UV, "build", "--quiet", "--wheel", "--out-dir", str(folder)]
    subprocess.run(command, cwd=CHECKOUT, check=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def command(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    environment = tmp_path_factory.mktemp("alone") / "venv"
    subprocess.run([*UV, "venv", "--quiet", "--python", sys.executable, environment], check=True)
    python = environment / "bin" / "python"
    subprocess.run([*UV, "pip", "install", "--quiet", "--python", python, wheel], check=True)
    return str(environment / "bin" / "tap-8x8-cc")


def test_the_wheel_holds_the_tap_and_nothing_else(wheel: Path) -> None:
    names = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {name for name in names if not name.endswith(".dist-info")} == {"tap_8x8_cc"}


def test_links_of_the_package_page_lead_to_the_repository(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith("/METADATA"))
        metadata = archive.read(name).decode()

    links = re.findall(r"\]\(([^)\s]+)\)", metadata)
    assert len(links) > 20
    assert [link for link in links if not link.startswith(("https://", "#"))] == []
    assert "Project-URL: Changelog, https://" in metadata


def test_the_wheel_alone_reads_the_contact_center(
    command: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = subprocess.run([command, "--version"], capture_output=True, text=True, check=True)
    assert "tap-8x8-cc" in shown.stdout
    about = [command, "--about", "--format", "json"]
    found = json.loads(subprocess.run(about, capture_output=True, check=True).stdout)
    assert "client_secret" in found["settings"]["properties"]
    with SandboxServer() as server:
        settings = tapcli.config(server.url)
        own = tapcli.sync(settings, [STREAM])
        monkeypatch.setattr(tapcli, "COMMAND", command)
        installed = tapcli.sync(settings, [STREAM])
    assert installed.exit_code == 0, installed.stderr
    rows = [tapcli.timeless(run.records[STREAM]) for run in (installed, own)]
    assert rows[0] == rows[1] != []
