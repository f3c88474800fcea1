"""Commands beside the Singer one: how they are called, and how they fail."""

from __future__ import annotations

import subprocess

import pytest

from tap_8x8_cc.commands import COMMANDS
from tests.support.tapcli import COMMAND, config, tap

NOWHERE = "http://127.0.0.1:9"
"""The port for what is thrown away: nobody listens."""


def test_the_singer_command_names_the_commands_and_keeps_its_options() -> None:
    done = subprocess.run([COMMAND, "--help"], capture_output=True, check=True, text=True)
    for name in (*COMMANDS, "--discover", "--about", "--version", "--state", "--catalog"):
        assert name in done.stdout
    commands = done.stdout.partition("Commands, ")[2].splitlines()[1:]
    assert [line.split()[0] for line in commands] == list(COMMANDS)
    assert tap({}, "--version").stdout.startswith(b"tap-8x8-cc v")


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_explains_itself_and_refuses_a_typo_in_its_options(name: str) -> None:
    shown = tap({}, name, "--help")
    assert shown.exit_code == 0
    assert b"--config" in shown.stdout
    assert tap({}, name, "--formt", "json").exit_code == 2


@pytest.mark.parametrize("name", COMMANDS)
def test_an_api_that_is_not_there_is_one_line(name: str) -> None:
    settings = config(NOWHERE, retry_seconds=1)
    run = tap(settings, name)
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "retry_seconds" in run.errors[0]
    assert run.stdout == b""
    assert "Traceback" not in run.stderr


@pytest.mark.parametrize("name", COMMANDS)
def test_a_wrong_configuration_is_one_line(name: str) -> None:
    run = tap(config(NOWHERE, granularty="day"), name)
    assert run.exit_code == 1
    assert len(run.errors) == 1
    assert "did you mean granularity?" in run.errors[0]
