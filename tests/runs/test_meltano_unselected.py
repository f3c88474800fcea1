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

from tests.support.hub import LOCK
from tests.support.loaders import project
from tests.support.tapcli import COMMAND, config, tap

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.pipeline

PERSONAL = re.compile(r"customer|participant|phone|notes|comment|interaction_id")
"""What columns of single events are called, by the documents of their reports."""
TABLES = re.compile(r"detailed|script_paths|participants")


def unselected(root: Path) -> MeltanoProject:
    """Return a project with the tap as meltano.yml has it, without a `select`."""
    defined: dict[str, Any] = project()
    (extractor,) = defined["plugins"]["extractors"]
    del extractor["select"], extractor["pip_url"]
    extractor["config"]["reports"] = []
    # A command that is there already, so that nothing has to be installed.
    extractor["executable"] = COMMAND
    defined["plugins"] = {"extractors": [extractor]}
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
    center = CenterConfig(agents=3, queues=2, groups=1)
    with SandboxServer(SandboxConfig(center=center)) as server:
        given = config(server.url, end_date="2026-03-03")
        del given["detailed_reports"]
        env = {f"TAP_8X8_CC_{name.upper()}": str(value) for name, value in given.items()}
        catalog = json.loads(made.meltano("invoke", "--dump=catalog", "tap-8x8-cc", env=env))
        run = tap(given, catalog=catalog)
        created = {e.report_type for e in server.requests() if "create" in (e.operation or "")}

    assert run.exit_code == 0, run.stderr
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
    assert run.records.keys() <= selected  # those of streams that have rows
    assert len(run.records) > 50
    firsts = [rows[0] for rows in run.records.values()]
    loaded = {name for first in firsts for name in first}
    assert {first.get("local_time", "00:00:00") for first in firsts} == {"00:00:00"}
    assert len(loaded) > 100
    assert not [name for name in loaded if PERSONAL.search(name)]
    assert not [kind for kind in created if TABLES.search(str(kind))]
