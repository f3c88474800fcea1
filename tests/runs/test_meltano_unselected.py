"""A Meltano project that selects nothing, which to Meltano means everything."""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, MeltanoProject

from tap_8x8_cc.clock import PACE_VARIABLE
from tests.support.hub import LOCK
from tests.support.loaders import executable, project
from tests.support.tapcli import COMMAND, PACE

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.pipeline

PERSONAL = re.compile(r"customer|participant|phone|notes|comment|interaction_id")
"""What columns of single events are called, by the documents of their reports."""
TABLES = re.compile(r"detailed|script_paths|participants")


def unselected(root: Path) -> MeltanoProject:
    """Return a project with the tap and a loader as meltano.yml has them, without a `select`."""
    defined: dict[str, Any] = project()
    (extractor,) = defined["plugins"]["extractors"]
    del extractor["select"], extractor["pip_url"]
    extractor["config"]["reports"] = []
    (loader,) = (p for p in defined["plugins"]["loaders"] if p["name"] == "target-jsonl")
    del loader["pip_url"]
    # Commands that are there already, so that nothing has to be installed.
    extractor["executable"] = COMMAND
    loader["executable"] = str(executable("target-jsonl"))
    defined["plugins"] = {"extractors": [extractor], "loaders": [loader]}
    defined = {name: part for name, part in defined.items() if name not in {"jobs", "schedules"}}
    shutil.copytree(CHECKOUT / "plugins", root / "plugins")
    lock = root / "plugins" / LOCK.relative_to(CHECKOUT / "plugins")
    definition = json.loads(lock.read_text(encoding="utf-8"))
    del definition["select"]
    lock.write_text(json.dumps(definition), encoding="utf-8")
    YAML(typ="safe").dump(defined, root / "meltano.yml")
    return MeltanoProject(root)


def test_no_personal_column_is_in_the_catalog_and_none_is_loaded(tmp_path: Path) -> None:
    made = unselected(tmp_path / "project")
    out = tmp_path / "loaded"
    out.mkdir()
    center = CenterConfig(agents=3, queues=2, groups=1)
    with SandboxServer(SandboxConfig(center=center)) as server:
        env = {
            "TAP_8X8_CC_CLIENT_ID": server.config.client_id,
            "TAP_8X8_CC_CLIENT_SECRET": server.config.client_secret,
            "TAP_8X8_CC_API_URL": server.url,
            "TAP_8X8_CC_START_DATE": "2026-03-02",
            "TAP_8X8_CC_END_DATE": "2026-03-03",
            "TAP_8X8_CC_TIMEZONE": "America/New_York",
            "TARGET_JSONL_DESTINATION_PATH": str(out),
            PACE_VARIABLE: PACE,
        }
        made.meltano("run", "tap-8x8-cc", "target-jsonl", env=env)
        created = {e.report_type for e in server.requests() if "create" in (e.operation or "")}

    (given,) = made.root.glob(".meltano/run/**/tap.properties.json")
    catalog = json.loads(given.read_text(encoding="utf-8"))
    selected = {
        entry["tap_stream_id"]
        for entry in catalog["streams"]
        for item in entry["metadata"]
        if not item["breadcrumb"] and item["metadata"].get("selected")
    }
    assert len(selected) == len(catalog["streams"]) > 80  # everything, as Meltano has it
    assert not [name for name in selected if TABLES.search(name)]
    columns = {name for e in catalog["streams"] for name in e["schema"]["properties"]}
    assert not [name for name in columns if PERSONAL.search(name)]
    files = list(out.glob("*.jsonl"))
    assert {file.stem for file in files} <= selected  # those of streams that have rows
    assert len(files) > 50
    firsts = [json.loads(file.read_text(encoding="utf-8").partition("\n")[0]) for file in files]
    loaded = {name for first in firsts for name in first}
    assert {first.get("local_time", "00:00:00") for first in firsts} == {"00:00:00"}
    assert len(loaded) > 100
    assert not [name for name in loaded if PERSONAL.search(name)]
    assert not [kind for kind in created if TABLES.search(str(kind))]
