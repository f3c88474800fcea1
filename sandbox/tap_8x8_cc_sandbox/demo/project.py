"""A Meltano project made from the checkout's meltano.yml, for the demonstration and for tests."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

CHECKOUT = Path(__file__).parents[3]
PROJECT_FILE = "meltano.yml"
DEFINITIONS = "plugins"
"""How Meltano keeps what it knows of each plugin: lock files."""
DATABASE = "contact_center.duckdb"
LOG = "meltano.log"
_LOG_TAIL = 3000
_EDITABLE = "    pip_url: -e .\n"
_DUCKDB = re.compile(r"^    pip_url: .*\bduckdb~=.*\n", re.MULTILINE)
_FIRST_WITHOUT_DUCKDB = (3, 14)
"""The DuckDB 1.2 that target-duckdb needs is not built for this Python and later."""
_OWN_SETTINGS = ("MELTANO_", "TAP_8X8_CC_", "TARGET_")
"""What the names of environment variables begin with that would change the project."""


class ProjectError(Exception):
    """The project can't be made, or a command of Meltano failed; the message says what to do."""


@dataclass(frozen=True, slots=True)
class MeltanoProject:
    """A Meltano project apart from the checkout, with state, plugins and database of its own."""

    root: Path  # its directory

    @classmethod
    def create(cls, root: Path) -> MeltanoProject:
        """Make a project whose extractor is this checkout.

        Plugins that an earlier project installed in the directory stay; its state and its database
        are removed.

        Args:
            root: Its directory; made if it isn't there.

        Raises:
            ProjectError: There is no checkout, or no Meltano.
        """
        definition = CHECKOUT / PROJECT_FILE
        if not definition.is_file():
            raise ProjectError(
                f"This needs {PROJECT_FILE}, which an installed package doesn't have: run it in a "
                "clone of the repository."
            )
        _meltano()
        root.mkdir(parents=True, exist_ok=True)
        text = definition.read_text(encoding="utf-8")
        (root / PROJECT_FILE).write_text(_relocated(text), encoding="utf-8")
        shutil.copytree(CHECKOUT / DEFINITIONS, root / DEFINITIONS, dirs_exist_ok=True)
        for name in (DATABASE, f"{DATABASE}.wal", LOG, ".meltano/meltano.db"):
            (root / name).unlink(missing_ok=True)
        shutil.rmtree(root / ".meltano" / "run", ignore_errors=True)
        return cls(root)

    @property
    def database(self) -> Path:
        """The DuckDB file that the project's loader writes."""
        return self.root / DATABASE

    def meltano(self, *arguments: str, env: Mapping[str, str] | None = None) -> str:
        """Run a command of Meltano in the project. What it logs is added to a file in it.

        Args:
            *arguments: The command and its arguments, such as `run` and the plugins' names.
            env: Settings of the plugins, as environment variables.

        Returns:
            What it printed to standard output.

        Raises:
            ProjectError: It ended with another exit code than 0; with the end of its log.
        """
        ran = subprocess.run(  # noqa: S603 - no shell, and a command of ours
            [_meltano(), *arguments],
            cwd=self.root,
            env={**self._environment(), **(env or {})},
            capture_output=True,
            text=True,
            check=False,
        )
        with (self.root / LOG).open("a", encoding="utf-8") as log:
            log.write(f"$ meltano {shlex.join(arguments)}\n{ran.stdout}{ran.stderr}\n")
        if ran.returncode:
            raise ProjectError(
                f"`meltano {shlex.join(arguments)}` ended with {ran.returncode}:\n"
                f"{(ran.stdout + ran.stderr)[-_LOG_TAIL:]}\nThe whole log: {self.root / LOG}"
            )
        return ran.stdout

    def _environment(self) -> dict[str, str]:
        """This process's environment, without what would change the project."""
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(_OWN_SETTINGS)}
        direct = [inherited.get("NO_PROXY", ""), "127.0.0.1"]
        return {
            **inherited,
            "MELTANO_PROJECT_ROOT": str(self.root),
            "NO_COLOR": "1",
            "NO_PROXY": ",".join(filter(None, direct)),
        }


def _meltano() -> str:
    """Meltano's command, in the environment of this Python."""
    command = shutil.which("meltano", path=str(Path(sys.executable).parent))
    if command is None:
        raise ProjectError(
            "Meltano is not installed beside this Python. It belongs to the development "
            "environment: run this with `uv run` in a clone of the repository."
        )
    return command


def _relocated(text: str) -> str:
    """The project's definition for another directory: the extractor by its absolute path."""
    editable = json.dumps(f"-e {shlex.quote(str(CHECKOUT))}")
    if text.count(_EDITABLE) != 1 or not _DUCKDB.search(text):
        raise ProjectError(f"{PROJECT_FILE} does not define tap-8x8-cc and target-duckdb.")
    if (python := loader_python()) is not None:
        text = _DUCKDB.sub(lambda found: f"{found[0]}    python: {json.dumps(python)}\n", text)
    return text.replace(_EDITABLE, f"    pip_url: {editable}\n").replace(
        "$MELTANO_PROJECT_ROOT/dbt", str(CHECKOUT / "dbt")
    )


def loader_python() -> str | None:
    """Return an interpreter for target-duckdb if this one is too new for it.

    Returns:
        Its path; None if this interpreter will do.

    Raises:
        ProjectError: This one is too new, and no older one can be found or installed.
    """
    if sys.version_info < _FIRST_WITHOUT_DUCKDB:
        return None
    from uv import find_uv_bin  # noqa: PLC0415 - comes with Meltano, not with this package

    uv, wanted = find_uv_bin(), ">=3.11,<3.14"
    subprocess.run([uv, "python", "install", "--quiet", "3.13"], check=False)  # noqa: S603
    found = subprocess.run(  # noqa: S603
        [uv, "python", "find", "--no-project", "--system", wanted],
        capture_output=True,
        text=True,
        check=False,
    )
    if found.returncode:
        raise ProjectError("target-duckdb needs Python 3.11 to 3.13 beside this one: install it.")
    return found.stdout.strip()
