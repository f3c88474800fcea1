"""Airflow as `examples/airflow` sets it up, really run: its processes, its runs, its tasks."""

from __future__ import annotations

import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.request import urlopen
from uuid import uuid4

import psycopg
from psycopg.rows import dict_row
from psycopg.sql import SQL, Identifier
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, MeltanoProject

from tests.support.loaders import environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

EXAMPLE = CHECKOUT / "examples" / "airflow"
POOL = "contact_center_api"
_STARTED = 120.0


def airflow_environment() -> Path:
    """Return a virtual environment of Airflow with the example's own pins; made where missing."""
    pins = (EXAMPLE / "requirements.txt").read_text("utf-8").splitlines()
    wanted = [pin for pin in pins if not pin.startswith((" ", "#"))]
    return environment("airflow", shlex.join(wanted))


def new_database(dsn: str) -> str:
    """Return the connection string of a new database of the same server."""
    name = f"db_{uuid4().hex[:12]}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
    return dsn.replace("/postgres?", f"/{name}?", 1)


def sqlalchemy(dsn: str, driver: str) -> str:
    """Return a connection string as an SQLAlchemy URL."""
    return dsn.replace("postgresql://postgres:@/", f"postgresql+{driver}://postgres@/", 1)


def family(pid: int) -> list[int]:
    """Return a process and all that it started, and these, parents first."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(stat.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(stat.parent.name))
    found = [pid]
    for one in found:
        found += children.get(one, [])
    return found


def command_line(pid: int) -> str:
    """Return the command of a process; empty where there is none any more."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode().strip()
    except OSError:
        return ""


def kill(pids: list[int]) -> None:
    """End processes without giving them a chance to say anything."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def wait_for(happened: Callable[[], Any], seconds: float, what: str, pause: float = 0.25) -> Any:
    """Return what a look returns as soon as that is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := happened():
            return found
        time.sleep(pause)
    raise TimeoutError(f"{what}: not within {seconds:.0f} s")


def free_port() -> int:
    """Return a port on the loopback address that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def meltano_project(root: Path) -> MeltanoProject:
    """Return a Meltano project with the tap of this checkout and the loader, installed once."""
    project = MeltanoProject.create(root)
    if not (root / ".meltano/loaders/target-postgres").exists():
        project.meltano("install", "extractor", "tap-8x8-cc")
        project.meltano("install", "loader", "target-postgres")
    return project


@dataclass
class Airflow:
    """An installation of Airflow with the example's DAGs and a database of its own.

    Args:
        home: Its directory.
        project: The Meltano project that its tasks run in.
        dsn: Connection string of a PostgreSQL server.
        settings: Environment variables of the tap, the loader, Meltano and the example.
        executor: Its executor.
        pool_slots: Slots of the pool.
    """

    home: Path
    project: Path
    dsn: str
    settings: Mapping[str, str]
    executor: str = "LocalExecutor"
    pool_slots: int = 4
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)
        self.bin = airflow_environment() / "bin"
        self.database = new_database(self.dsn)
        self._port = free_port()
        self._meltano = self.home / "bin"
        self._meltano.mkdir(exist_ok=True)
        beside = Path(sys.executable).with_name("meltano")
        (self._meltano / "meltano").symlink_to(beside)
        self.env = self._environment()

    def _environment(self) -> dict[str, str]:
        own = ("MELTANO_", "TAP_8X8_CC_", "TARGET_", "AIRFLOW_", "VIRTUAL_ENV")
        inherited = {k: v for k, v in os.environ.items() if not k.startswith(own)}
        address = f"http://127.0.0.1:{self._port}"
        return {
            **inherited,
            "PATH": f"{self._meltano}:{inherited['PATH']}",
            "NO_PROXY": "127.0.0.1",
            "MELTANO_PROJECT_ROOT": str(self.project),
            "AIRFLOW_HOME": str(self.home),
            "AIRFLOW__CORE__DAGS_FOLDER": str(EXAMPLE / "dags"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__EXECUTOR": self.executor,
            "AIRFLOW__CORE__PARALLELISM": "4",
            "AIRFLOW__CORE__EXECUTION_API_SERVER_URL": f"{address}/execution/",
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": sqlalchemy(self.database, "psycopg2"),
            "AIRFLOW__API__HOST": "127.0.0.1",
            "AIRFLOW__API__PORT": str(self._port),
            "AIRFLOW__API__WORKERS": "1",
            "AIRFLOW__API_AUTH__JWT_SECRET": secrets.token_hex(32),
            # A task whose worker died is taken for lost after seconds here, not minutes.
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "20",
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": "40",
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
            "PYTHONWARNINGS": "ignore",
            **self.settings,
        }

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run a command of Airflow to its end."""
        done = subprocess.run(
            [self.bin / "airflow", *arguments],
            env=self.env,
            cwd=self.home,
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )
        if check and done.returncode:
            raise RuntimeError(
                f"airflow {' '.join(arguments)}: {(done.stdout + done.stderr)[-3000:]}"
            )
        return done

    def prepare(self) -> None:
        """Make its tables, read its DAGs and make the pool."""
        self.run("db", "migrate")
        self.run("dags", "reserialize")
        self.run("pools", "set", POOL, str(self.pool_slots), "Reports in flight")

    def spawn(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """Start one of its processes; its log is in its directory."""
        with (self.home / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [self.bin / "airflow", *arguments],
                env=self.env,
                cwd=self.home,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes[name] = process
        return process

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the API server, the scheduler and the processor of DAGs until the block ends."""
        try:
            self.spawn("api-server", "api-server")
            wait_for(self._answers, _STARTED, "Airflow's API server")
            self.spawn("dag-processor", "dag-processor")
            self.spawn("scheduler", "scheduler")
            yield
        finally:
            for process in reversed(self.processes.values()):
                started = family(process.pid)
                process.terminate()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=10)
                kill(started)
                process.wait()

    def _answers(self) -> bool:
        try:
            with urlopen(f"http://127.0.0.1:{self._port}/api/v2/version", timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False

    def trigger(self, dag: str, conf: Mapping[str, str]) -> str:
        """Begin a run of a DAG; return its id."""
        run_id = f"test_{uuid4().hex[:8]}"
        self.run("dags", "unpause", dag)
        self.run("dags", "trigger", dag, "--run-id", run_id, "--conf", json.dumps(dict(conf)))
        return run_id

    def query(self, statement: str, *values: object) -> list[dict[str, Any]]:
        """Return rows of Airflow's own tables."""
        with psycopg.connect(self.database, row_factory=dict_row) as connection:
            return connection.execute(statement.encode(), values).fetchall()

    def tasks(self, run_id: str, task_id: str = "load") -> list[dict[str, Any]]:
        """Return the mapped tasks of a run, by their number."""
        return self.query(
            "SELECT map_index, rendered_map_index AS name, state, try_number, pool_slots, pid,"
            " hostname FROM task_instance WHERE run_id = %s AND task_id = %s ORDER BY 1",
            run_id,
            task_id,
        )

    def state(self, run_id: str) -> str:
        """Return the state of a run."""
        (row,) = self.query("SELECT state FROM dag_run WHERE run_id = %s", run_id)
        return str(row["state"])


@contextmanager
def redis_server(directory: Path) -> Iterator[str]:
    """Run Redis on a loopback port until the end of the block; yield its URL."""
    command = shutil.which("redis-server")
    if command is None:
        raise RuntimeError("CeleryExecutor needs Redis: apt-get install redis-server")
    port = free_port()
    options = ["--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(directory)]
    with subprocess.Popen([command, *options], stdout=subprocess.DEVNULL) as process:
        try:
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            process.terminate()
