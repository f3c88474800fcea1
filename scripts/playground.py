"""What the examples need: a simulated contact center, a PostgreSQL server, a Meltano project.

In a clone of the repository, from its top::

    uv run python -m scripts.playground

serves them until it is interrupted, on this machine only, and writes the settings to use into the
file `.meltano/playground/env`, which `uv run --env-file` reads.
"""

from __future__ import annotations

import json
import os
import shlex
import signal
import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, MeltanoProject

from tests.support.databases import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FOLDER = CHECKOUT / ".meltano" / "playground"
SCHEMA = "contact_center"
TENANTS = ("acme", "globex", "hooli", "initech", "soylent", "umbrella")
STREAMS = (
    "agent_status_time_on_status_by_agent",
    "queue_interactions_abandoned_by_queue",
    "queue_interactions_summary_by_media_channel_queue",
)
LOG_OF_RANGES = "extractions"


@dataclass(frozen=True, slots=True)
class Playground:
    """What is being served.

    Attributes:
        server: The simulated contact center.
        postgres: The warehouse.
        project: The Meltano project, its plugins installed.
        env: The settings, as environment variables.
    """

    server: SandboxServer
    postgres: Postgres
    project: MeltanoProject
    env: dict[str, str]


@contextmanager
def playground(
    folder: Path, config: SandboxConfig, streams: Sequence[str] = STREAMS, start: str = "2026-01-01"
) -> Iterator[Playground]:
    """Serve what an example needs until the end of the block.

    Args:
        folder: Folder of the Meltano project; plugins installed there before are used again.
        config: Settings of the contact center.
        streams: Streams that are selected.
        start: First data wanted.

    Yields:
        What is being served.
    """
    with SandboxServer(config) as server, postgres_server() as dsn:
        postgres = Postgres(dsn, SCHEMA)
        env = _settings(server, postgres, streams, start)
        # Not where the tables are: Meltano's own are in the schema public.
        project = MeltanoProject.create(folder)
        for kind, name in (("extractor", "tap-8x8-cc"), ("loader", "target-postgres")):
            project.meltano("install", kind, name, env=env)
        env["MELTANO_PROJECT_ROOT"] = str(project.root)
        yield Playground(server, postgres, project, env)


def _settings(
    server: SandboxServer, postgres: Postgres, streams: Sequence[str], start: str
) -> dict[str, str]:
    config = server.config
    return {
        "TAP_8X8_CC_CLIENT_ID": config.client_id,
        "TAP_8X8_CC_CLIENT_SECRET": config.client_secret,
        "TAP_8X8_CC_API_URL": server.url,
        "TAP_8X8_CC_TENANT_IDS": json.dumps(config.tenants),
        "TAP_8X8_CC_TIMEZONE": config.default_timezone,
        "TAP_8X8_CC_START_DATE": start,
        "TAP_8X8_CC__SELECT": json.dumps([f"{name}.*" for name in (*streams, LOG_OF_RANGES)]),
        "TARGET_POSTGRES_SQLALCHEMY_URL": postgres.url,
        "TARGET_POSTGRES_DEFAULT_TARGET_SCHEMA": postgres.schema,
        # Runs side by side share Meltano's own tables: SQLite would guard them on one machine only.
        "MELTANO_DATABASE_URI": postgres.url,
        "MELTANO": str(Path(sys.executable).with_name("meltano")),
        "NO_PROXY": ",".join(filter(None, [os.environ.get("NO_PROXY"), "127.0.0.1"])),
    }


def main() -> None:
    """Serve until interrupted."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    config = SandboxConfig(tenants=TENANTS, default_timezone="Asia/Kolkata", generation_seconds=2)
    with playground(FOLDER, config) as served:
        file = FOLDER / "env"
        # As a shell and as `uv run --env-file` read it.
        lines = [f"{name}={shlex.quote(value)}" for name, value in served.env.items()]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        print(f"Settings: {file}\nTables:   psql {shlex.quote(served.postgres.dsn)}")
        stop.wait()


if __name__ == "__main__":
    main()
