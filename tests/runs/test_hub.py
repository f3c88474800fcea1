"""The definition for `meltano add --from-ref`: current, and what it selects in an empty project."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tests.support.hub import DEFINITION, LOCK, locked, written
from tests.support.loaders import extractor
from tests.support.tapcli import COMMAND

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.pipeline

MELTANO = str(Path(sys.executable).with_name("meltano"))
EMPTY = """\
version: 1
project_id: empty
default_environment: dev
environments:
- name: dev
send_anonymous_usage_stats: false
"""


def meltano(root: Path, *arguments: str, env: Mapping[str, str] | None = None) -> str:
    ran = subprocess.run(
        [MELTANO, *arguments],
        cwd=root,
        env={**os.environ, "MELTANO_PROJECT_ROOT": str(root), "NO_COLOR": "1", **(env or {})},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


def is_selected(entry: dict[str, Any]) -> bool:
    whole = next(item["metadata"] for item in entry["metadata"] if not item["breadcrumb"])
    return bool(whole.get("selected"))


def test_definition_is_current() -> None:
    """If not: `python -m tests.support.hub`."""
    assert DEFINITION.read_text(encoding="utf-8") == written()
    assert LOCK.read_text(encoding="utf-8") == locked()


def test_empty_project_has_the_default_streams(tmp_path: Path) -> None:
    (tmp_path / "meltano.yml").write_text(EMPTY)
    reference = ("--from-ref", str(DEFINITION), "--no-install")
    meltano(tmp_path, "add", "--plugin-type", "extractor", "tap-8x8-cc", *reference)
    yaml = YAML(typ="safe")
    added = yaml.load(tmp_path / "meltano.yml")
    (plugin,) = added["plugins"]["extractors"]
    # This checkout's command, so that nothing has to be installed.
    plugin["executable"] = COMMAND
    del plugin["pip_url"]
    yaml.dump(added, tmp_path / "meltano.yml")

    with SandboxServer(SandboxConfig()) as server:
        env = {
            "TAP_8X8_CC_CLIENT_ID": server.config.client_id,
            "TAP_8X8_CC_CLIENT_SECRET": server.config.client_secret,
            "TAP_8X8_CC_API_URL": server.url,
            "TAP_8X8_CC_START_DATE": "2026-03-02",
            "TAP_8X8_CC_TIMEZONE": "America/New_York",
        }
        catalog = json.loads(meltano(tmp_path, "invoke", "--dump=catalog", "tap-8x8-cc", env=env))

    names = {entry["tap_stream_id"] for entry in catalog["streams"]}
    selected = {entry["tap_stream_id"] for entry in catalog["streams"] if is_selected(entry)}
    assert selected == {pattern.removesuffix(".*") for pattern in extractor()["select"]} <= names
    assert len(selected) == 7
    assert len(names) > 50
