"""From the API into a table: the tap and the loader, apart and together, and dlt beside them."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import uuid4

import duckdb
import psycopg

from benchmarks.figures import Figure
from benchmarks.measure import TAP, BenchmarkError, serving, tap_files
from benchmarks.server import Workload
from tests.support.databases import postgres_server
from tests.support.loaders import environment, executable, loader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

WORKLOAD = Workload(windows=5, rows=8000)
"""40,000 rows of 36 cells, as JSON."""
QUICK = Workload(windows=1, rows=8000)
REPEATS = 3
DLT = "dlt[postgres]==1.18.2"
_DLT_PIPELINE = Path(__file__).with_name("dlt_pipeline.py")
_STREAM = "agent_interactions_summary_by_media_channel_queue"


@dataclass(frozen=True, slots=True)
class Took:
    """What a pipeline took.

    Args:
        wall: Seconds from its start to its end.
        cpu: Seconds of CPU time of its processes, without the database's server.
    """

    wall: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Warehouse:
    """A loader and where it writes.

    Args:
        name: What it is called in the table.
        loader: The loader, `target-…`.
        place: Makes the settings that name an empty place to write to.
        count: Counts the rows that are there, by the same settings.
    """

    name: str
    loader: str
    place: Callable[[], dict[str, Any]]
    count: Callable[[Mapping[str, Any]], int]


def figures(*, quick: bool) -> Iterator[Figure]:
    """Measure both warehouses, and dlt into the same PostgreSQL."""
    workload, repeats = (QUICK, 1) if quick else (WORKLOAD, REPEATS)
    with (
        serving(workload) as origin,
        postgres_server() as dsn,
        tempfile.TemporaryDirectory() as folder,
    ):
        for warehouse in (_postgres(dsn), _duckdb(Path(folder))):
            yield from _figures(warehouse, workload, origin, dsn, repeats)


def _figures(
    warehouse: Warehouse, workload: Workload, origin: str, dsn: str, repeats: int
) -> Iterator[Figure]:
    rows = workload.rows * workload.windows
    chosen = loader(warehouse.loader).config
    settings = {"default": {}, "chosen": chosen}
    with tap_files(origin, workload) as files, tempfile.TemporaryDirectory() as folder:
        tap, written = [TAP, *files], Path(folder, "messages")
        runs: dict[str, list[Took]] = {}
        # By turns, so that what else the machine does falls on all of them alike.
        for _ in range(repeats):
            runs.setdefault("tap alone", []).append(_run([tap], written))
            for name, values in settings.items():
                for case, commands in (
                    (f"loader alone, {name} settings", [["cat", str(written)]]),
                    (f"tap and loader, {name} settings", [tap]),
                ):
                    runs.setdefault(case, []).append(_load(warehouse, commands, values, rows))
            if warehouse.name == "PostgreSQL":
                runs.setdefault("dlt, append", []).append(_dlt(origin, workload, dsn))
    best = {case: min(took, key=lambda each: each.wall) for case, took in runs.items()}
    for case, took in best.items():
        name = f"{warehouse.name}, {case}"
        yield Figure("warehouse", name, "rows/s", f"{rows / took.wall:.0f}")
        yield Figure("warehouse", name, "CPU, us a row", f"{took.cpu / rows * 1e6:.0f}")
    ours, name = best["tap and loader, chosen settings"], warehouse.name
    yield from _compared(name, "default", best["tap and loader, default settings"], ours, "2.8")
    yield from _compared(name, "loader alone", best["loader alone, chosen settings"], ours)
    if "dlt, append" in best:
        yield from _compared(name, "dlt", best["dlt, append"], ours, "1.3")


def _compared(name: str, other: str, its: Took, ours: Took, aim: str = "") -> Iterator[Figure]:
    """How many times as many rows tap and loader bring with our settings."""
    wanted = f"at least {aim}" if aim and name == "PostgreSQL" else ""
    yield Figure("warehouse", name, f"rows/s / {other}", f"{its.wall / ours.wall:.2f}", wanted)
    yield Figure("warehouse", name, f"CPU of {other} / ours", f"{its.cpu / ours.cpu:.2f}")


def _load(
    warehouse: Warehouse, commands: Sequence[Sequence[str]], settings: Mapping[str, Any], rows: int
) -> Took:
    """Load what commands write into an empty place.

    Raises:
        BenchmarkError: Not all rows arrived.
    """
    place = warehouse.place()
    with tempfile.TemporaryDirectory() as folder:
        config = Path(folder, "config.json")
        config.write_text(json.dumps({**settings, **place}), encoding="utf-8")
        command = [str(executable(warehouse.loader)), "--config", str(config)]
        took = _run([*commands, command], Path(folder, "states"))
    if (found := warehouse.count(place)) != rows:
        raise BenchmarkError(f"{warehouse.name}: {found} rows arrived, expected {rows}.")
    return took


def _run(commands: Sequence[Sequence[str]], output: Path) -> Took:
    """Run commands as a pipeline whose last one writes to a file.

    Raises:
        BenchmarkError: One of them failed; the message is the end of the log.
    """
    env = {**os.environ, "PGTZ": "UTC"}
    with output.open("wb") as sink, tempfile.TemporaryFile() as log:
        began = time.perf_counter()
        running: list[subprocess.Popen[bytes]] = []
        for number, command in enumerate(commands):
            stdout = sink if number + 1 == len(commands) else subprocess.PIPE
            stdin = running[-1].stdout if running else None
            running.append(
                subprocess.Popen(command, stdin=stdin, stdout=stdout, stderr=log, env=env)  # noqa: S603 - our own commands
            )
            if stdin:
                stdin.close()
        ends = [os.wait4(process.pid, 0) for process in running]
        wall = time.perf_counter() - began
        for process, (_, status, _) in zip(running, ends, strict=True):
            process.returncode = os.waitstatus_to_exitcode(status)
        if any(process.returncode for process in running):
            log.seek(0)
            raise BenchmarkError(log.read().decode(errors="replace")[-3000:])
    return Took(wall, sum(usage.ru_utime + usage.ru_stime for _, _, usage in ends))


def _dlt(origin: str, workload: Workload, dsn: str) -> Took:
    python = str(environment("dlt", DLT) / "bin" / "python")
    with psycopg.connect(dsn) as connection:
        info = connection.info
        # dlt takes the folder of a Unix socket only as the host.
        url = f"postgresql://{info.user}:{'unused'}@{quote(info.host, safe='')}/{info.dbname}"
    arguments = [origin, str(workload.windows), url, f"dlt_{uuid4().hex[:12]}"]
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder, "printed")
        took = _run([[python, str(_DLT_PIPELINE), *arguments]], printed)
        found = int(printed.read_text().split()[-1])
    if found != workload.rows * workload.windows:
        raise BenchmarkError(f"dlt: {found} rows arrived.")
    return took


def _postgres(dsn: str) -> Warehouse:
    url = dsn.replace("postgresql://", "postgresql+psycopg://", 1)

    def place() -> dict[str, Any]:
        schema = f"loaded_{uuid4().hex[:12]}"
        return {"sqlalchemy_url": url, "default_target_schema": schema}

    def count(settings: Mapping[str, Any]) -> int:
        with psycopg.connect(dsn) as connection:
            query = f"SELECT count(*) FROM {settings['default_target_schema']}.{_STREAM}"  # noqa: S608 - names of ours
            (found,) = connection.execute(query.encode()).fetchone() or (0,)
        return int(found)

    return Warehouse("PostgreSQL", "target-postgres", place, count)


def _duckdb(folder: Path) -> Warehouse:
    def place() -> dict[str, Any]:
        path = str(folder / f"{uuid4().hex[:12]}.duckdb")
        return {"filepath": path, "default_target_schema": "main"}

    def count(settings: Mapping[str, Any]) -> int:
        with duckdb.connect(settings["filepath"], read_only=True) as connection:
            (found,) = connection.execute(f"SELECT count(*) FROM {_STREAM}").fetchone() or (0,)  # noqa: S608 - a name of ours
        return int(found)

    return Warehouse("DuckDB", "target-duckdb", place, count)
