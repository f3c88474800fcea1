"""The dbt package over two nights, with the change of clocks and late corrections between.

Its marts are the contact center's own figures: all measures of all marts, in DuckDB by the daily
job of the Meltano project, whose state and failures are looked at too; in PostgreSQL and a stand-in
for Snowflake by tap, loader and dbt alone.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter, defaultdict
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import duckdb
import pytest
import sqlglot
from ruamel.yaml import YAML
from sqlglot import exp
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, MeltanoProject, ProjectError

from tap_8x8_cc.clock import PACE_VARIABLE
from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.dictionary import HOURLY, SOURCES, sources
from tests.support.loaders import load_postgres
from tests.support.mart_truth import (
    ADDITIVE,
    KEYS,
    Figures,
    derived,
    same_marts,
    with_repeats,
)
from tests.support.meltano import installed
from tests.support.models import DBT, STREAMS, ZONE, build_postgres, dbt
from tests.support.snowflake import dbt_snowflake, load_snowflake
from tests.support.tapcli import PACE, config, sync, timeless

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.support.databases import Postgres, Row
    from tests.support.mart_truth import Mart

pytestmark = pytest.mark.pipeline

START, NIGHTS = date(2026, 3, 6), (date(2026, 3, 10), date(2026, 3, 11))
AGAIN = NIGHTS[0] - timedelta(days=3)
"""The first day that the second night reads again; earlier ones stay as the first found them."""
TYPE, DETAILS = "detailed-reports-interaction-details", "detailed_reports_interaction_details"
LATE = CenterConfig(agents=5, queues=3, late_changes=True)
WHERE = SandboxConfig(default_timezone=ZONE.key, center=LATE)
STATE_ID = "dev:tap-8x8-cc-to-target-duckdb"
SUMMARIES = [name for name in STREAMS if name not in {DETAILS, "extractions"}]
CHANGED: dict[str, Any] = {
    "queues": 2,
    "agents": 4,
    "renames": [["103", "Technical Support, Tier 2"], ["902", "Sales, Americas"]],
}
"""What the contact center corrects before the second night: a queue and an agent never were."""


def noon(day: date) -> datetime:
    return datetime.combine(day, time(12), ZONE)


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    with SandboxServer(WHERE) as running:
        yield running


def settings(server: SandboxServer, end: date) -> dict[str, Any]:
    """Return the settings of a run on a day, the first that is not read."""
    days = {"start_date": START.isoformat(), "end_date": end.isoformat()}
    return config(server.url, reports=HOURLY, detailed_reports=[TYPE], **days)


def two_nights(server: SandboxServer, run: Callable[[dict[str, Any]], object]) -> None:
    """Run the job on both nights, with corrections between."""
    first, second = NIGHTS
    server.configure(now=noon(first))
    run(settings(server, first))
    server.configure(now=noon(second), center=CHANGED)
    run(settings(server, second))


@pytest.fixture(scope="module")
def expected() -> dict[str, Mart]:
    """What the marts must hold after both nights.

    That is, of the days read again, what the center says now; of earlier ones, what it said then,
    but under today's names.
    """
    server = SandboxServer(WHERE)
    first, second = NIGHTS
    old = Figures(server.center(), ZONE, START, AGAIN, noon(first))
    lost = Figures(server.center(), ZONE, AGAIN, first, noon(first)).marts()
    server.configure(center=CHANGED)
    new = Figures(server.center(), ZONE, AGAIN, second, noon(second))

    now = new.marts()
    for name, rows in now.items():
        # Rows have vanished, where they are not by day or team alone; and some have changed.
        by_day = {"overview_daily", "team_daily", "csat_daily"}
        assert name in by_day or lost[name].keys() - rows.keys(), name
        # No digital channel is left, and no status code is corrected.
        is_final = name in {"agent_status_daily", "digital_daily"}
        is_changed = any(row != rows[key] for key, row in lost[name].items() if key in rows)
        assert is_changed or is_final, name
    marts = {name: {**rows, **now[name]} for name, rows in old.marts().items()}
    marts["interactions"] = with_repeats({**old.interactions(), **new.interactions()})
    repeats = {row["is_repeat_contact"] for row in marts["interactions"].values()}
    assert repeats == {None, True, False}
    for name, rows in marts.items():
        for key, row in rows.items():
            row.update(renamed({**row, **dict(zip(KEYS[name], key, strict=True))}))
    return derived(marts)


def renamed(row: Row) -> Row:
    """Return the names in a row that have changed."""
    names = dict(CHANGED["renames"])
    pairs = (("queue_id", "queue_name"), ("team_id", "team_name"))
    return {name: names[row[id_]] for id_, name in pairs if row.get(id_) in names}


@dataclass(frozen=True, slots=True)
class Nights:
    """Both nights of the Meltano project.

    Attributes:
        project: The project.
        run: Runs a command of Meltano, up to a day.
        bookmarks: Bookmarks of the job's streams after the first night.
    """

    project: MeltanoProject
    server: SandboxServer
    run: Callable[..., None]
    bookmarks: dict[str, str]


def states(project: MeltanoProject) -> dict[str, Any]:
    """Return the states that Meltano keeps: reading its table is faster than asking it."""
    with closing(sqlite3.connect(project.root / ".meltano" / "meltano.db")) as connection:
        rows = connection.execute("SELECT state_id, completed_state FROM state").fetchall()
    found = {id_: json.loads(state) for id_, state in rows}
    return {id_: state["singer_state"] for id_, state in found.items() if "singer_state" in state}


def bookmarks(project: MeltanoProject) -> dict[str, str]:
    marks = states(project)[STATE_ID]["bookmarks"]
    return {stream: mark["replication_key_value"] for stream, mark in marks.items()}


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nights]:
    root = tmp_path_factory.mktemp("nights")
    project = installed(root, "tap-8x8-cc", "target-duckdb", "dbt-duckdb")
    selected = json.dumps([f"{stream}.*" for stream in STREAMS])
    reached: dict[str, str] = {}

    with SandboxServer(WHERE) as server:

        def run(settings: dict[str, Any], *command: str) -> None:
            env = {
                f"TAP_8X8_CC_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
                for name, value in settings.items()
            }
            env |= {"TAP_8X8_CC__SELECT": selected, PACE_VARIABLE: PACE}
            project.meltano(*command, env=env)

        def job(settings: dict[str, Any]) -> None:
            if settings["end_date"] == NIGHTS[0].isoformat():
                run(settings, "run", "tap-8x8-cc", "target-duckdb", "dbt-duckdb:run")
                reached.update(bookmarks(project))
                server.clear_requests()
            else:
                run(settings, "run", "daily")

        two_nights(server, job)
        yield Nights(project, server, run, reached)


def test_second_night_goes_on_from_the_state_of_the_first(nights: Nights) -> None:
    ends = [noon(day).replace(hour=0).astimezone(UTC) for day in NIGHTS]
    before, after = (f"{end:%Y-%m-%dT%H:%M:%SZ}" for end in ends)
    assert nights.bookmarks == dict.fromkeys([*SUMMARIES, DETAILS], before)
    assert bookmarks(nights.project) == dict.fromkeys([*SUMMARIES, DETAILS], after)
    asked = [
        tuple(
            datetime.fromisoformat(request.body["dateRange"][edge]).astimezone(ZONE).date()
            for edge in ("start", "end")
        )
        for request in nights.server.requests()
        if request.operation == "create" and isinstance(request.body, dict)
    ]
    assert asked == [(AGAIN, NIGHTS[0])] * len(SUMMARIES)


def test_marts_in_duckdb_after_late_corrections(nights: Nights, expected: dict[str, Mart]) -> None:
    same_marts(
        lambda name: duckdb_rows(nights.project.database, f"eight_by_eight__{name}", "analytics"),
        expected,
    )


def test_hours_add_up_to_days(nights: Nights) -> None:
    """Each additive measure, over days of 23 and 24 hours; `entered` adds up to more."""
    pipeline = nights.project
    days, hours = (
        duckdb_rows(pipeline.database, f"eight_by_eight__{name}", "analytics")
        for name in ("queue_daily", "queue_hourly")
    )
    entered = Counter[str]()
    for day in days:
        own = [row for row in hours if all(row[n] == day[n] for n in ("local_date", "queue_id"))]
        for name in ADDITIVE:
            rounding = 0.001 * day["accepted"] if name == "answer_wait_seconds" else 1e-6
            assert sum(row[name] for row in own) == pytest.approx(day[name], abs=rounding), name
        assert max(row["longest_wait_seconds"] for row in own) == day["longest_wait_seconds"]
        entered["day"] += day["entered"]
        entered["hours"] += sum(row["entered"] for row in own)
    assert entered["hours"] > entered["day"]


def test_every_column_is_documented(nights: Nights) -> None:
    target = nights.project.root / ".meltano" / "dbt" / "target"
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))
    known, described = {}, True
    for each in [*manifest["nodes"].values(), *manifest["sources"].values()]:
        if each["resource_type"] in {"model", "source"}:
            table = each["schema"], each.get("alias") or each["identifier"]
            known[table] = {n for n, column in each["columns"].items() if column["description"]}
            described = described and bool(each["description"])
    built = defaultdict(set)
    with closing(duckdb.connect(str(nights.project.database), read_only=True)) as connection:
        query = "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        for schema, table, column in connection.execute(query).fetchall():
            if not column.startswith("_sdc_"):
                built[schema, table].add(column)
    assert described
    assert len(built) > len(list((DBT / "models").rglob("*.sql")))
    assert not {t: columns - known[t] for t, columns in built.items() if columns - known[t]}
    marts = [n for n in manifest["nodes"].values() if n["resource_type"] == "model"
             and n["name"].startswith("eight_by_eight__")]  # fmt: skip
    assert len(marts) > 15
    assert all(node["contract"]["enforced"] for node in marts)
    assert {"service_level", "service_level_industry", "answered_in_sla"} <= {
        metric["name"] for metric in manifest["metrics"].values()
    }


def test_reading_a_range_again_as_the_docs_say(nights: Nights) -> None:
    """Rows that were damaged are mended; the daily job's state and all other days stay."""
    database = nights.project.database
    before = {stream: duckdb_rows(database, stream) for stream in SUMMARIES}
    reached = bookmarks(nights.project)
    # Read by the second night alone: nothing has vanished from it.
    day = NIGHTS[0]
    with closing(duckdb.connect(str(database))) as connection:
        for stream in SUMMARIES:
            damage = f"UPDATE {stream} SET timezone = 'damaged' WHERE CAST(local_date AS DATE) = ?"
            connection.execute(damage, [day])
    assert duckdb_rows(database, SUMMARIES[0]) != before[SUMMARIES[0]]

    reference = (CHECKOUT / "docs" / "reference.md").read_text("utf-8")
    (advice,) = re.findall(r"^  meltano (el .*)$", reference, re.MULTILINE)
    again = {**settings(nights.server, NIGHTS[1]), "start_date": day.isoformat()}
    nights.run(again, *advice.split())

    assert {stream: timeless(rows) for stream, rows in before.items()} == {
        stream: timeless(duckdb_rows(database, stream)) for stream in SUMMARIES
    }
    assert bookmarks(nights.project) == reached


def test_failed_run_says_why_and_leaves_the_state(nights: Nights) -> None:
    wrong = {**settings(nights.server, NIGHTS[1]), "client_secret": "wrong"}
    command = ("run", "--state-id-suffix", "bad", "tap-8x8-cc", "target-duckdb")

    with pytest.raises(ProjectError, match="8x8 refused the API key"):
        nights.run(wrong, *command)

    assert f"{STATE_ID}:bad" not in states(nights.project)


def test_models_without_tables_say_so_and_are_empty(tmp_path: Path) -> None:
    """Nothing is loaded; the headline is another one."""
    file = tmp_path / "empty.duckdb"
    duckdb.connect(str(file)).close()
    headline = json.dumps({"eight_by_eight__headline": "answered_in_sla"})
    selected = ("staging", "+eight_by_eight__queue_hourly", "eight_by_eight__dim_date")
    arguments = ("--vars", headline, "--select", *selected)

    said = dbt("duckdb", "run", *arguments, env={"DBT_DUCKDB_PATH": str(file)})

    lines = [line for line in said.splitlines() if "is not loaded" in line]
    assert len(lines) == len(STREAMS) - 1
    assert any("the table queue_hourly is not loaded, so stg_" in line for line in lines)
    assert duckdb_rows(file, "eight_by_eight__queue_hourly", "analytics") == []
    assert len(duckdb_rows(file, "eight_by_eight__dim_date", "analytics")) == 10_000


def test_sources_are_the_catalogs_columns() -> None:
    """If not: `python -m tests.support.dictionary`."""
    assert SOURCES.read_text(encoding="utf-8") == sources()


def test_models_sum_nothing_that_cannot_be_summed(nights: Nights) -> None:
    """But for groups of one bucket, whose rows all have the same start."""
    compiled = nights.project.root / ".meltano" / "dbt" / "target" / "compiled"
    of_one_day = {"eight_by_eight__overview_daily", "eight_by_eight__team_daily"}
    never = {column for column, form in warned().items() if form}
    assert {"entered", "presented", "longest_wait_time", "sla_percentage"} <= never
    never |= {"carried_over", "service_level_base", "still_in_time", "longest_wait_seconds"}
    never |= {"headline_service_level_base", "average_answer_wait_seconds"}
    sums = 0
    for file in compiled.rglob("models/**/*.sql"):
        for found in sqlglot.parse_one(file.read_text("utf-8"), dialect="duckdb").find_all(exp.Sum):
            columns = {column.name for column in found.find_all(exp.Column)}
            in_one_bucket = found.find_ancestor(exp.Case) is not None
            sums += 1
            assert in_one_bucket or file.stem in of_one_day or not columns & never, file
    assert sums > 100


def warned() -> dict[str, bool]:
    """Return whether the tap warns of summing a column, of all that the models read."""
    tables = YAML(typ="safe").load(SOURCES)["sources"][0]["tables"]
    return {
        column["name"]: "Don't sum" in column["description"] or "don't sum" in column["description"]
        for table in tables
        for column in table["columns"]
    }


def test_marts_in_postgres_after_late_corrections(
    server: SandboxServer, postgres: Postgres, expected: dict[str, Mart]
) -> None:
    state: dict[str, Any] = {}
    nights: list[dict[str, list[Row]]] = []

    def run(settings: dict[str, Any]) -> None:
        done = sync(settings, STREAMS, state=state)
        assert done.exit_code == 0, done.stderr
        nights.append(done.records)
        state.update(load_postgres(done.stdout, postgres.url, postgres.schema).states[-1])

    two_nights(server, run)

    # Its unit tests know no database: they ran in the other one.
    marts = build_postgres(postgres, "--exclude-resource-type", "unit_test")
    same_marts(lambda name: postgres_rows(marts, f"eight_by_eight__{name}"), expected)
    check_freshness(postgres_rows(marts, "eight_by_eight__freshness"), nights)


def test_marts_in_snowflake_after_late_corrections(
    server: SandboxServer, tmp_path: Path, expected: dict[str, Mart]
) -> None:
    """Without dbt's unit tests, whose tables the stand-in doesn't know."""
    state: dict[str, Any] = {}

    def run(settings: dict[str, Any]) -> None:
        done = sync(settings, STREAMS, state=state)
        assert done.exit_code == 0, done.stderr
        state.update(done.state)
        load_snowflake(done.stdout, tmp_path)

    two_nights(server, run)

    built = dbt_snowflake(tmp_path, "build", "--exclude-resource-type", "unit_test")
    same_marts(
        lambda name: [typed(row) for row in built[f"eight_by_eight__{name}"]["rows"]], expected
    )
    compiled = tmp_path / "target" / "compiled"
    layers = ("eight_by_eight__*", "int_*", "stg_*")
    models = [file for layer in layers for file in compiled.rglob(f"models/**/{layer}.sql")]
    assert {model.stem for model in models} == built.keys()
    for model in models:
        sqlglot.parse_one(
            model.read_text("utf-8"), dialect="snowflake", error_level=sqlglot.ErrorLevel.RAISE
        )


def typed(row: Row) -> Row:
    """Return a row with dates and times that came as text."""
    days = ("local_date", "valid_from", "valid_to", "first_seen", "last_seen")
    moments = ("created_at", "previous_contact_at", "next_contact_at", "start_time", "end_time")
    kinds: dict[str, type[date]] = {**dict.fromkeys(days, date), **dict.fromkeys(moments, datetime)}
    return {
        name: kinds[name].fromisoformat(value) if name in kinds and value else value
        for name, value in row.items()
    }


def check_freshness(rows: list[Row], nights: list[dict[str, list[Row]]]) -> None:
    """Check what is said of each stream, of which each night has read one range."""
    first, second = nights
    assert {row["stream"] for row in rows} == set(STREAMS) - {"extractions"}
    for row in rows:
        stream = row["stream"]
        if stream.startswith("detailed_reports_"):  # a report a day
            assert row["ranges_read"] > len(nights)
            continue
        assert row["ranges_read"] == len(nights)
        found = [*first.get(stream, []), *second.get(stream, [])]
        assert row["rows_read"] == len(found)
        if stream in second:
            (read_at,) = {record["read_at"] for record in second[stream]}
            assert f"{row['last_read_at'].isoformat(timespec='milliseconds')}Z" == read_at
        assert row["read_until"] == datetime(2026, 3, 11, 4)  # noqa: DTZ001 - in UTC, untold
