"""Commands beside the Singer one: how they are called, and how they fail."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tap_8x8_cc.commands import COMMANDS
from tests.support.tapcli import COMMAND, command, config, tap

if TYPE_CHECKING:
    from pathlib import Path

NOWHERE = "http://127.0.0.1:9"
"""The port for what is thrown away: nobody listens."""


def test_the_singer_command_names_the_commands_and_keeps_its_options() -> None:
    done = subprocess.run([COMMAND, "--help"], capture_output=True, check=True, text=True)
    for name in (*COMMANDS, "--discover", "--about", "--version", "--state", "--catalog"):
        assert name in done.stdout
    assert tap({}, "--version").stdout.startswith(b"tap-8x8-cc v")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself_and_refuses_a_typo_in_its_options(name: str) -> None:
    shown = command(name, {}, "--help")
    assert shown.exit_code == 0
    assert b"--config" in shown.stdout
    assert command(name, {}, "--formt", "json").exit_code == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_an_api_that_is_not_there_is_one_line(name: str) -> None:
    settings = config(NOWHERE, retry_seconds=1)
    run = command(name, settings)
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "retry_seconds" in run.errors[0]
    assert run.stdout == b""
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_configuration_is_one_line(name: str) -> None:
    run = command(name, config(NOWHERE, granularty="day"))
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "did you mean granularity?" in run.errors[0]


def test_a_probe_saves_evidence_that_a_sandbox_serves(tmp_path: Path) -> None:
    saved = tmp_path / "evidence.json"
    with SandboxServer(SandboxConfig.from_dict({"quirks": {"range": "local", "ids": "text"}})) as s:
        settings = config(s.url)
        first = command("probe", settings, "--format", "json", "--save", str(saved))
    assert first.exit_code == 0, first.stderr
    found = json.loads(first.stdout)
    assert found["copes"] is True
    assert found["settings"] == {"date_range_reading": "local"}
    assert "Probing: " in first.stderr
    serve = [COMMAND.replace("tap-8x8-cc", "tap-8x8-cc-sandbox"), "serve", "--like", str(saved)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[2].rstrip(".")
        again = command("probe", {**settings, "api_url": url})
        server.terminate()
    assert again.exit_code == 0, again.stderr
    shown = again.stdout.decode()
    assert "what the clock of the report's time zone shows" in shown
    assert "Verdict: The tap copes" in shown
    for finding in found["findings"]:
        assert finding["text"][:30] in shown


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_refused_key_ends_a_probe_in_one_line(format_: str) -> None:
    with SandboxServer() as server:
        settings = config(server.url, client_secret="not the one it has")
        run = command("probe", settings, "--format", format_)
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "check client_id and client_secret" in run.errors[0]
    assert run.stdout == b""


def test_what_cannot_be_read_is_saved_all_the_same(tmp_path: Path) -> None:
    saved = tmp_path / "evidence.json"
    listing = {"on": "types", "action": "status", "status": 200, "body": '{"acme": ["Anna Lee"]}'}
    with SandboxServer(SandboxConfig.from_dict({"faults": [listing]})) as server:
        run = command("probe", config(server.url, retry_seconds=1), "--save", str(saved))
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "list of report types" in run.errors[0]
    (exchange,) = json.loads(saved.read_text())["exchanges"]
    assert (exchange["call"], exchange["status"]) == ("types", 200)
    assert exchange["body"] == {"xxxx": ["Xxxx Xxx"]}
