"""The command: how it is called, how it fails, what it saves."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tap_8x8_cc_probe.questions import QUESTIONS
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tests.support.hub import variant
from tests.support.tapcli import Run, config

NOWHERE = "http://127.0.0.1:9"
"""The port for what is thrown away: nobody listens."""
BIN = Path(sys.executable).parent


def probe(settings: dict[str, Any], *options: str, **environment: str) -> Run:
    """Run the probe with settings in a file, or in the environment if there are none."""
    command = [str(BIN / "tap-8x8-cc-probe"), "--config", "ENV" if environment else "/dev/stdin"]
    done = subprocess.run(
        [*command, *options],
        input=json.dumps(settings).encode(),
        capture_output=True,
        check=False,
        env={**os.environ, "TAP_8X8_CC_TEST_PACE": "0.02", **environment},
        timeout=120,
    )
    return Run(done.returncode, done.stdout, done.stderr.decode())


def test_it_explains_itself_and_refuses_a_typo_in_its_options() -> None:
    shown = probe({}, "--help")
    assert shown.exit_code == 0
    assert b"--config" in shown.stdout
    assert probe({}, "--formt", "json").exit_code == 2


def test_the_guide_explains_questions_that_it_asks() -> None:
    guide = (Path(__file__).parents[2] / "docs" / "first-contact.md").read_text(encoding="utf-8")
    table = guide.partition("| question |")[2].partition("\n\n")[0]
    asked = {question.text for question in QUESTIONS}
    explained = [
        row.split(" | ")[0].lstrip("| ").replace("`", "") for row in table.splitlines()[2:]
    ]
    assert explained
    assert set(explained) <= asked


def test_an_api_that_is_not_there_is_one_line() -> None:
    run = probe(config(NOWHERE, retry_seconds=1))
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert run.stdout == b""
    assert "Traceback" not in run.stderr


def test_a_wrong_configuration_is_one_line() -> None:
    run = probe(config(NOWHERE, granularty="day"))
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "did you mean granularity?" in run.errors[0]


def test_settings_can_come_from_the_environment() -> None:
    settings = {"client_id": "k", "start_date": "2026-03-02", "api_url": NOWHERE}
    variables = {f"TAP_8X8_CC_{name.upper()}": value for name, value in settings.items()}
    run = probe({}, **variables)
    assert run.exit_code == 1
    assert "client_secret" in run.errors[0]


def test_a_probe_saves_evidence_that_a_sandbox_serves(tmp_path: Path) -> None:
    saved = tmp_path / "evidence.json"
    with SandboxServer(SandboxConfig.from_dict({"quirks": {"range": "local", "ids": "text"}})) as s:
        settings = config(s.url)
        first = probe(settings, "--format", "json", "--save", str(saved))
    assert first.exit_code == 0, first.stderr
    found = json.loads(first.stdout)
    assert found["copes"] is True
    assert found["settings"] == {"date_range_reading": "local"}
    assert "Probing: " in first.stderr
    serve = [str(BIN / "tap-8x8-cc-sandbox"), "serve", "--like", str(saved)]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        url = server.stdout.readline().split()[2].rstrip(".")
        again = probe({**settings, "api_url": url})
        server.terminate()
    assert again.exit_code == 0, again.stderr
    shown = again.stdout.decode()
    assert "what the clock of the report's time zone shows" in shown
    assert "Verdict: The tap copes" in shown
    for finding in found["findings"]:
        if finding["question"] == "throttling":
            continue  # how many reports were in flight at once is a matter of chance
        assert finding["text"][:30] in shown


@pytest.mark.parametrize("format_", ["text", "json"])
def test_a_refused_key_ends_a_probe_in_one_line(format_: str) -> None:
    with SandboxServer() as server:
        settings = config(server.url, client_secret="not the one it has")
        run = probe(settings, "--format", format_)
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "check client_id and client_secret" in run.errors[0]
    assert run.stdout == b""


def test_what_cannot_be_read_is_saved_all_the_same(tmp_path: Path) -> None:
    saved = tmp_path / "evidence.json"
    listing = {"on": "types", "action": "status", "status": 200, "body": '{"acme": ["Anna Lee"]}'}
    with SandboxServer(SandboxConfig.from_dict({"faults": [listing]})) as server:
        run = probe(config(server.url, retry_seconds=1), "--save", str(saved))
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "list of report types" in run.errors[0]
    exchanges = json.loads(saved.read_text())["exchanges"]
    assert {(e["call"], e["status"]) for e in exchanges} == {("types", 200)}
    assert exchanges[0]["body"] == {"xxxx": ["Xxxx Xxx"]}


def test_meltano_runs_it_with_the_settings_of_the_tap(tmp_path: Path) -> None:
    defined = variant()
    command = {**defined["commands"]["probe"], "executable": str(BIN / "tap-8x8-cc-probe")}
    with SandboxServer() as server:
        plugin = {
            "name": "tap-8x8-cc",
            "namespace": "tap_8x8_cc",
            "executable": str(BIN / "tap-8x8-cc"),
            "capabilities": defined["capabilities"],
            "settings": defined["settings"],
            "commands": {"probe": command},
            "config": {**config(server.url), "reports": [], "tenant_ids": ["acme"]},
        }
        project = {
            "version": 1,
            "project_id": "probed",
            "send_anonymous_usage_stats": False,
            "plugins": {"extractors": [plugin]},
        }
        (tmp_path / "meltano.yml").write_text(json.dumps(project))
        done = subprocess.run(
            [str(BIN / "meltano"), "invoke", "tap-8x8-cc:probe", "--format", "json"],
            cwd=tmp_path,
            env={**os.environ, "TAP_8X8_CC_TEST_PACE": "0.02", "NO_COLOR": "1"},
            capture_output=True,
            check=False,
            timeout=240,
        )
        tenants = {request.tenant for request in server.requests()}
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert found["copes"] is True
    assert found["settings"] == {"date_range_reading": "instant"}
    assert tenants <= {"acme", None}
    assert "acme" in tenants
