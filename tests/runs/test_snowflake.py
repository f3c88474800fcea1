"""Rows of a real sync through the real target-snowflake, on a stand-in for Snowflake in memory."""

from __future__ import annotations

import json
import subprocess
from datetime import datetime
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.loaders import environment, loader
from tests.support.tapcli import config, sync
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from pathlib import Path

STREAM = "agent_interactions_summary_by_group_agent"
SETTINGS = {
    "account": "account",
    "user": "user",
    "password": "password",
    "database": "DB1",
    "warehouse": "warehouse",
    "default_target_schema": "S1",
    "add_record_metadata": False,
}
TYPES = {
    "row_id": "TEXT",
    "start_time": "TIMESTAMP_NTZ",
    "local_date": "DATE",
    "group": "TEXT",
    "accepted": "NUMBER",
    "handling_time": "FLOAT",
    "accepted_percentage": "FLOAT",
    "unparsed_values": "VARIANT",
}


def test_rows_in_snowflake_are_those_of_the_contact_center(tmp_path: Path) -> None:
    """Read twice, so that the second time each row meets itself in the MERGE."""
    with SandboxServer(SandboxConfig(default_timezone="America/New_York")) as server:
        run = sync(config(server.url, end_date="2026-03-04"), [STREAM])
        expected = truth(
            server.center(),
            "agent-interactions-summary",
            "group-and-agent",
            "2026-03-02T05:00:00Z",
            "2026-03-04T05:00:00Z",
        )
    file = tmp_path / "config.json"
    file.write_text(json.dumps({**SETTINGS, "batch_size_rows": len(expected)}), encoding="utf-8")
    requirements = f"{loader('target-snowflake').pip_url} fakesnow==0.12.1"
    python = environment("fake-snowflake", requirements) / "bin" / "python"

    ran = subprocess.run(
        [python, "-P", CHECKOUT / "tests" / "support" / "fake_snowflake.py", file, STREAM],
        input=run.stdout * 2,
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )

    assert ran.returncode == 0, ran.stderr.decode()[-3000:]
    (said,) = (line for line in ran.stdout.splitlines() if line.startswith(b"STORED "))
    stored = json.loads(said.removeprefix(b"STORED "))
    assert {name: stored["types"][name] for name in TYPES} == TYPES
    for row in stored["rows"]:
        for name in ("start_time", "end_time"):
            row[name] = datetime.fromisoformat(row[name]).strftime("%Y-%m-%dT%H:%M:%SZ")
    same_rows(stored["rows"], expected)
