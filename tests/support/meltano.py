"""Meltano projects for tests: of their own, with plugins that are installed once per checkout."""

from __future__ import annotations

import sys
from hashlib import blake2b
from typing import TYPE_CHECKING

from filelock import FileLock
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, MeltanoProject

if TYPE_CHECKING:
    from pathlib import Path

_KINDS = {"tap": "extractors", "target": "loaders", "dbt": "utilities"}


def installed(root: Path, *plugins: str) -> MeltanoProject:
    """Return a project with these plugins, which Meltano installs if they aren't yet.

    Args:
        root: Its directory.
        *plugins: Names of plugins in meltano.yml.
    """
    pins = [(CHECKOUT / name).read_bytes() for name in ("meltano.yml", "pyproject.toml")]
    pin = blake2b(b"".join([*pins, sys.version.encode()]), digest_size=6).hexdigest()
    shared = CHECKOUT / ".meltano" / "test-projects" / pin
    shared.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{shared}.lock", timeout=600):
        missing = [name for name in plugins if not (shared / f"{name}.installed").exists()]
        if missing:
            MeltanoProject.create(shared).meltano("install", *missing)
        for name in missing:
            (shared / f"{name}.installed").touch()
    project = MeltanoProject.create(root)
    (root / ".meltano").mkdir(exist_ok=True)
    for kind in {_KINDS[name.partition("-")[0]] for name in plugins}:
        (root / ".meltano" / kind).symlink_to(shared / ".meltano" / kind)
    return project
