"""The demonstration: a contact center, read by Meltano into a DuckDB file, and what it answers."""

from __future__ import annotations

import json
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.figures import SERVICE_LEVELS
from tap_8x8_cc_sandbox.demo.page import percent, write_page
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, LOG, MeltanoProject, ProjectError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from tap_8x8_cc_sandbox.api.log import LoggedRequest
    from tap_8x8_cc_sandbox.demo.figures import Period

ZONE = ZoneInfo("America/New_York")
FIRST_DAY = date(2026, 2, 2)
DAYS = 14
GENERATION_SECONDS = 0.5
DIRECTORY = CHECKOUT / ".meltano" / "demo"
"""Where the project is made by default: Git ignores it."""

EXTRACTOR, LOADER, MODELS = "tap-8x8-cc", "target-duckdb", "dbt-duckdb"
HOURLY = {
    "name": "queue_hourly",
    "type": "queue-interactions-summary",
    "group_by": "media-and-channel-and-queue",
    "granularity": "hour",
}
"""A custom report: the queues by the hour, beside the daily streams."""
PAGE = "contact_center.html"
_COUNTS = ("offered", "accepted", "diverted", "abandoned")


@dataclass(frozen=True, slots=True)
class Asked:
    """A report that the contact center was asked for."""

    type: str  # its type
    first: date  # first day of its date range, in the contact center's zone
    last: date  # last day of it


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a demonstration left."""

    database: Path  # the DuckDB file
    page: Path  # the page about it
    first: tuple[Asked, ...]  # the reports that the first run asked for
    second: tuple[Asked, ...]  # the reports that the second run asked for


def run_demo(directory: Path | None = None, say: Callable[[str], object] = click.echo) -> Outcome:
    """Show a first run, a second run a simulated day later, and what landed.

    Args:
        directory: Where the Meltano project is made; None: in the checkout, ignored by Git.
        say: Prints a line.

    Returns:
        The file, and what was asked for.

    Raises:
        ProjectError: Something that the demonstration needs is missing, or Meltano failed.
    """
    began = time.monotonic()
    _need_duckdb()
    project = MeltanoProject.create((directory or DIRECTORY).resolve())
    say("An 8x8 contact center, simulated on this machine, read by Meltano into DuckDB.\n")
    say(f"Meltano project: {project.root}")
    plugins = EXTRACTOR, LOADER, MODELS
    _timed(say, f"Installing {', '.join(plugins)}", lambda: project.meltano("install", *plugins))
    end = FIRST_DAY + timedelta(days=DAYS)
    config = SandboxConfig(
        default_timezone=ZONE.key, generation_seconds=GENERATION_SECONDS, now=_noon(end)
    )
    with SandboxServer(config) as server:
        say(f"Contact center: {server.url}\n")
        say(f"First run, on {_day(end)}: everything since {_day(FIRST_DAY)}.")
        first = _run(project, server, end, say)
        end += timedelta(days=1)
        server.configure(now=_noon(end))
        say(f"\nSecond run, on {_day(end)}, from the state that the first one left.")
        second = _run(project, server, end, say)
    say(f"  The new day only, and {_again(first, second)} days again for late corrections.")
    _show_rows(project.database, say)
    say("\nFrom rows to answers: the models in dbt/ with their tests, and a page about them.")
    _timed(say, f"meltano run {MODELS}:build", lambda: project.meltano("run", f"{MODELS}:build"))
    page = project.root / PAGE
    _show_queues(write_page(project.database, page).current, say)
    say(f"\nDone in {time.monotonic() - began:.0f} s. Open {page.as_uri()}")
    say(f"The rows: {project.database}")
    say(f"The log: {project.root / LOG}")
    return Outcome(project.database, page, first, second)


def _need_duckdb() -> None:
    """Make sure that the file can be read before anything is made."""
    try:
        import duckdb  # noqa: F401, PLC0415 - a development dependency
    except ImportError:
        raise ProjectError(
            "The Python package duckdb is missing. It belongs to the development environment: run "
            "this with `uv run` in a clone of the repository, or `pip install duckdb`."
        ) from None


def _run(
    project: MeltanoProject, server: SandboxServer, end: date, say: Callable[[str], object]
) -> tuple[Asked, ...]:
    """Run the pipeline up to the first instant of a date; say and return what it asked for."""
    server.clear_requests()
    env = {
        "TAP_8X8_CC_CLIENT_ID": server.config.client_id,
        "TAP_8X8_CC_CLIENT_SECRET": server.config.client_secret,
        "TAP_8X8_CC_API_URL": server.url,
        "TAP_8X8_CC_TIMEZONE": ZONE.key,
        "TAP_8X8_CC_START_DATE": FIRST_DAY.isoformat(),
        "TAP_8X8_CC_END_DATE": end.isoformat(),
        # As the sandbox takes it; left to itself the tap asks for a day more until it knows.
        "TAP_8X8_CC_DATE_RANGE_READING": "instant",
        "TAP_8X8_CC_REPORTS": json.dumps([HOURLY]),
    }
    command = f"meltano run {EXTRACTOR} {LOADER}"
    _timed(say, command, lambda: project.meltano("run", EXTRACTOR, LOADER, env=env))
    asked = tuple(_asked(request) for request in server.requests() if _is_create(request))
    for report in asked:
        say(f"  asked for {report.type:<32} {_day(report.first)} to {_day(report.last)}")
    return asked


def _is_create(request: LoggedRequest) -> bool:
    return request.operation == "create" and request.status == 200  # noqa: PLR2004 - HTTP's OK


def _asked(request: LoggedRequest) -> Asked:
    """Read the type and the days out of the body of a create."""
    body = request.body
    if not isinstance(body, dict):
        raise TypeError("An accepted create has an object as its body.")
    first, last = (
        datetime.fromisoformat(body["dateRange"][edge]).astimezone(ZONE).date()
        for edge in ("start", "end")
    )
    return Asked(request.report_type, first, last)


def _again(first: Sequence[Asked], second: Sequence[Asked]) -> int:
    """How many days the second run read that the first had read already."""
    seen = max(report.last for report in first)
    return (seen - min(report.first for report in second)).days + 1


def _show_rows(database: Path, say: Callable[[str], object]) -> None:
    """Say how many rows each table has."""
    import duckdb  # noqa: PLC0415 - a development dependency

    with closing(duckdb.connect(str(database), read_only=True)) as connection:
        tables = [row[0] for row in connection.execute("SHOW TABLES").fetchall()]
        counts = [
            (table, *(connection.execute(f'SELECT count(*) FROM "{table}"').fetchone() or ()))  # noqa: S608 - a table's own name
            for table in tables
        ]
    say(f"\nRows in {database.name}")
    _table(("table", "rows"), counts, say)


def _show_queues(shown: Period, say: Callable[[str], object]) -> None:
    """Say how the queues did in the period of the page."""
    level = SERVICE_LEVELS[shown.totals["service_level_name"]]
    say(f"\nQueues from {_day(shown.first)} to {_day(shown.last)}; service level {level}")
    rows = [
        (row["name"], *(row[name] for name in _COUNTS), percent(row["service_level"]))
        for row in shown.queues
    ]
    _table(("queue", *_COUNTS, "service level"), rows, say)


def _table(
    titles: Sequence[str], rows: Sequence[Sequence[object]], say: Callable[[str], object]
) -> None:
    """Say rows as aligned columns: the first to the left, the others to the right."""
    cells = [titles, *([" ".join(str(value).split()) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(titles))]
    for row in cells:
        first, *others = (
            cell.rjust(width) if column else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        say("  " + "  ".join([first, *others]))


def _timed(say: Callable[[str], object], what: str, action: Callable[[], object]) -> None:
    """Do something and say how long it took."""
    began = time.monotonic()
    say(f"  {what} …")
    action()
    say(f"  … {time.monotonic() - began:.1f} s")


def _noon(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZONE)


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
