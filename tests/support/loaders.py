"""Real loaders for the tests: the ones that meltano.yml names, each in an environment of its own.

The environments are made once per checkout, loader, pin and Python under `.meltano/`, where Git and
packaging don't look; a lock lets parallel workers wait for the one that is making it. How a loader
is configured comes from meltano.yml too, so that tests run what the README tells people to run.
"""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from filelock import FileLock
from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, loader_python
from uv import find_uv_bin

PROJECT_FILE = CHECKOUT / "meltano.yml"
VENVS = CHECKOUT / ".meltano" / "test-loaders"

Message: TypeAlias = Mapping[str, object]
Messages: TypeAlias = bytes | Path | Iterable[Message]
"""Singer messages: what a tap printed, a file of it, or messages one by one."""


class LoaderError(Exception):
    """A loader ended with another exit code than 0.

    Attributes:
        loaded: What it printed until then.
    """

    def __init__(self, name: str, returncode: int, loaded: Loaded) -> None:
        super().__init__(f"{name} ended with {returncode}: {loaded.log[-2000:]}")
        self.loaded = loaded


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a loader printed.

    Attributes:
        states: The states it emitted, in order: all rows before the last one are stored.
        log: Its log.
    """

    states: list[dict[str, Any]]
    log: str


@dataclass(frozen=True, slots=True)
class Loader:
    """A loader as this project uses it.

    Attributes:
        name: Its name, `target-…`.
        pip_url: Requirements that install it, separated by spaces.
        executable: Name of its command.
        config: Its settings in this project, those left out that name a Meltano variable.
        env: Environment variables that the project gives it.
    """

    name: str
    pip_url: str
    executable: str
    config: Mapping[str, Any]
    env: Mapping[str, str]


def project() -> dict[str, Any]:
    """The content of meltano.yml."""
    return cast("dict[str, Any]", YAML(typ="safe").load(PROJECT_FILE))


def extractor() -> dict[str, Any]:
    """The tap in meltano.yml."""
    (plugin,) = project()["plugins"]["extractors"]
    return cast("dict[str, Any]", plugin)


def definition(kind: str, plugin: Mapping[str, Any]) -> dict[str, Any]:
    """How a plugin of meltano.yml is defined, by its lock file."""
    file = CHECKOUT / "plugins" / kind / f"{plugin['name']}--{plugin['variant']}.lock"
    return cast("dict[str, Any]", json.loads(file.read_text(encoding="utf-8")))


def loader(name: str) -> Loader:
    """A loader as meltano.yml and its lock file define it."""
    (plugin,) = (p for p in project()["plugins"]["loaders"] if p["name"] == name)
    defined = definition("loaders", plugin)
    values = {s["name"]: s["value"] for s in defined["settings"] if "value" in s}
    config = {
        key: value
        for key, value in {**values, **plugin.get("config", {})}.items()
        if "." not in key and "$" not in str(value)
    }
    return Loader(name, plugin["pip_url"], defined["executable"], config, plugin.get("env", {}))


@cache
def executable(name: str) -> Path:
    """The command of a loader, installed first where it isn't yet."""
    wanted = loader(name)
    return environment(name, wanted.pip_url) / "bin" / wanted.executable


@cache
def environment(name: str, requirements: str) -> Path:
    """A virtual environment, made first where there isn't one yet."""
    interpreter = loader_python() or sys.executable
    pin = blake2b(f"{requirements} {interpreter}".encode(), digest_size=6).hexdigest()
    venv = VENVS / f"{name}-{pin}"
    done = venv / "installed"
    VENVS.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{venv}.lock", timeout=600):
        if not done.exists():
            uv = (find_uv_bin(), "--quiet")
            _run(*uv, "venv", "--clear", "--python", interpreter, str(venv))
            python = str(venv / "bin" / "python")
            _run(*uv, "pip", "install", "--python", python, *shlex.split(requirements))
            done.touch()
    return venv


def _run(*command: str) -> None:
    """Run a command; show what it printed if it fails."""
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise RuntimeError(f"{shlex.join(command)}: {ran.stderr}")


def load(
    name: str,
    messages: Messages,
    config: Mapping[str, object],
) -> Loaded:
    """Have a loader store messages; raises LoaderError if it fails."""
    command = executable(name)
    defined = loader(name)
    settings = {**defined.config, **config}
    with tempfile.TemporaryDirectory() as directory:
        config_file = Path(directory, "config.json")
        config_file.write_text(json.dumps(settings), encoding="utf-8")
        with _input(messages) as stdin:
            ran = subprocess.run(
                [command, "--config", config_file],
                stdin=stdin,
                capture_output=True,
                text=True,
                cwd=directory,
                env={**os.environ, **defined.env},
                check=False,
            )
    loaded = Loaded([json.loads(line) for line in ran.stdout.splitlines()], ran.stderr)
    if ran.returncode:
        raise LoaderError(name, ran.returncode, loaded)
    return loaded


def _input(messages: Messages) -> IO[bytes]:
    """The messages as an open file, read from its beginning."""
    if isinstance(messages, Path):
        return messages.open("rb")
    file = cast("IO[bytes]", tempfile.TemporaryFile())  # noqa: SIM115 - the caller closes it
    if isinstance(messages, bytes):
        file.write(messages)
    else:
        file.writelines(json.dumps(message).encode() + b"\n" for message in messages)
    file.seek(0)
    return file


def load_duckdb(messages: Messages, path: Path, schema: str = "main", **config: object) -> Loaded:
    """Load messages into a DuckDB file with `target-duckdb`."""
    where = {"filepath": str(path), "default_target_schema": schema}
    return load("target-duckdb", messages, {**where, **config})


def load_postgres(
    messages: Messages,
    url: str,
    schema: str,
    **config: object,
) -> Loaded:
    """Load messages into PostgreSQL with `target-postgres`."""
    where = {"sqlalchemy_url": url, "default_target_schema": schema}
    return load("target-postgres", messages, {**where, **config})
