"""Dagster in an environment of its own, running the example as its page says."""

from __future__ import annotations

import json
import os
import subprocess
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.loaders import environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

EXAMPLE = CHECKOUT / "examples" / "dagster"
DEFINITIONS = EXAMPLE / "definitions.py"
# -P: or this module, which lies beside it, would go for Dagster.
DRIVER = ("-P", str(CHECKOUT / "tests" / "support" / "dagster_driver.py"))
_BEGINNING = 120
"""Seconds in which a run begins, or ends."""
_LIMITS = ("default_limit", "max_concurrent_runs")


def command(name: str) -> str:
    """Return the path of a command in Dagster's environment, made first where there is none."""
    lines = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = " ".join(line for line in lines if not line.startswith("#"))
    return str(environment("dagster", pins) / "bin" / name)


def instance(home: Path, *, pool: int, runs: int) -> None:
    """Make an instance of Dagster with the example's settings, but for the two limits."""
    text = (EXAMPLE / "dagster.yaml").read_text(encoding="utf-8")
    for name, value in zip(_LIMITS, (pool, runs), strict=True):
        assert text.count(f"{name}: 4") == 1
        text = text.replace(f"{name}: 4", f"{name}: {value}")
    home.mkdir(parents=True, exist_ok=True)
    (home / "dagster.yaml").write_text(text, encoding="utf-8")


def run_once(partition: str, env: Mapping[str, str]) -> dict[str, Any]:
    """Run a partition by itself, and return what became of it."""
    said = _run(command("python"), *DRIVER, "once", str(DEFINITIONS), partition, env=env)
    return dict(json.loads(said))


def run_ended(partition: str, env: Mapping[str, str], begun: Path) -> dict[str, Any]:
    """Run a partition by itself and end it as Dagster does, when it has made a file."""
    arguments = (command("python"), *DRIVER, "once", str(DEFINITIONS), partition)
    with subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment(env)
    ) as process:
        until = time.monotonic() + _BEGINNING
        while not begun.exists() and time.monotonic() < until:
            time.sleep(0.05)
        process.terminate()
        said, _ = process.communicate(timeout=_BEGINNING)
    return dict(json.loads(said))


def backfill(
    home: Path, partitions: Sequence[str], env: Mapping[str, str], seconds: float
) -> list[dict[str, Any]]:
    """Let Dagster's daemon run partitions, and wait for them.

    Args:
        home: Folder of the instance.
        partitions: Keys of the partitions.
        env: The example's settings.
        seconds: How long to wait.

    Returns:
        What became of each.
    """
    own = {**env, "DAGSTER_HOME": str(home)}
    keys = ("--partitions", ",".join(partitions), "--noprompt")
    job = ("-f", str(DEFINITIONS), "-j", "history")
    # Before the daemon starts: two that make the instance's databases at once fail.
    _run(command("dagster"), "job", "backfill", *job, *keys, env=own)
    with _daemon(home, own):
        waiting = (*DRIVER, "wait", str(len(partitions)), str(seconds))
        said = _run(command("python"), *waiting, env=own)
    return list(json.loads(said))


@contextmanager
def _daemon(home: Path, env: Mapping[str, str]) -> Iterator[None]:
    with (home / "daemon.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [command("dagster-daemon"), "run", "-f", str(DEFINITIONS)],
            stdout=log,
            stderr=subprocess.STDOUT,
            cwd=home,
            env=_environment(env),
        )
        try:
            yield
        finally:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _run(*arguments: str, env: Mapping[str, str]) -> str:
    ran = subprocess.run(
        arguments, capture_output=True, text=True, check=False, env=_environment(env)
    )
    assert ran.returncode == 0, ran.stdout[-2000:] + ran.stderr[-4000:]
    return ran.stdout


def _environment(env: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without what would change the project, and these settings."""
    own = ("MELTANO", "TAP_8X8_CC_", "TARGET_", "DAGSTER_", "VIRTUAL_ENV", "PYTHONPATH")
    return {**{k: v for k, v in os.environ.items() if not k.startswith(own)}, **env}
