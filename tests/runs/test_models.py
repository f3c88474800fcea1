"""The dbt package over two nights, with the change of clocks and late corrections between.

Its marts are the contact center's own figures: all measures of all marts, in DuckDB by the daily
job of the Meltano project, in PostgreSQL by tap, loader and dbt alone.
"""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig
from tap_8x8_cc_sandbox.demo.project import MeltanoProject
from tap_8x8_cc_sandbox.demo.run import HOURLY

from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.loaders import extractor, load_postgres
from tests.support.mart_truth import KEYS, Figures, same_marts, with_repeats
from tests.support.models import STREAMS, ZONE, build_postgres
from tests.support.tapcli import config, sync

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.databases import Postgres, Row
    from tests.support.mart_truth import Mart

START, NIGHTS = date(2026, 3, 6), (date(2026, 3, 10), date(2026, 3, 11))
AGAIN = NIGHTS[0] - timedelta(days=3)
"""The first day that the second night reads again; earlier ones stay as the first found them."""
TYPE, DETAILS = "detailed-reports-interaction-details", "detailed_reports_interaction_details"
LATE = CenterConfig(agents=5, queues=3, late_changes=True)
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
    with SandboxServer(SandboxConfig(default_timezone=ZONE.key, center=LATE)) as running:
        yield running


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory) -> MeltanoProject:
    made = MeltanoProject.create(tmp_path_factory.mktemp("nights"))
    made.meltano("install", "tap-8x8-cc", "target-duckdb", "dbt-duckdb")
    return made


def settings(server: SandboxServer, end: date) -> dict[str, Any]:
    """Return the settings of a run on a day, the first that is not read."""
    days = {"start_date": START.isoformat(), "end_date": end.isoformat()}
    return config(server.url, reports=[HOURLY], detailed_reports=[TYPE], **days)


def two_nights(server: SandboxServer, run: Callable[[dict[str, Any]], object]) -> dict[str, Mart]:
    """Run the job on both nights, with corrections between; return what the marts must hold.

    That is, of the days read again, what the center says now; of earlier ones, what it said then,
    but under today's names.
    """
    first, second = NIGHTS
    server.configure(now=noon(first))
    run(settings(server, first))
    old = Figures(server.center(), ZONE, START, AGAIN, noon(first))
    lost = Figures(server.center(), ZONE, AGAIN, first, noon(first)).marts()

    server.configure(now=noon(second), center=CHANGED)
    run(settings(server, second))
    new = Figures(server.center(), ZONE, AGAIN, second, noon(second))

    now = new.marts()
    for name, rows in now.items():
        # Rows have vanished, where they are not by day or team alone; and some have changed.
        assert name in {"overview_daily", "team_daily"} or lost[name].keys() - rows.keys(), name
        assert any(row != rows[key] for key, row in lost[name].items() if key in rows), name
    marts = {name: {**rows, **now[name]} for name, rows in old.marts().items()}
    marts["interactions"] = with_repeats({**old.interactions(), **new.interactions()})
    repeats = {row["is_repeat_contact"] for row in marts["interactions"].values()}
    assert repeats == {None, True, False}
    for name, rows in marts.items():
        for key, row in rows.items():
            row.update(renamed({**row, **dict(zip(KEYS[name], key, strict=True))}))
    return marts


def renamed(row: Row) -> Row:
    """Return the names in a row that have changed."""
    names = dict(CHANGED["renames"])
    pairs = (("queue_id", "queue_name"), ("team_id", "team_name"))
    return {name: names[row[id_]] for id_, name in pairs if row.get(id_) in names}


def test_marts_in_duckdb_after_late_corrections(
    server: SandboxServer, pipeline: MeltanoProject
) -> None:
    selected = json.dumps([*extractor()["select"], f"{DETAILS}.*"])

    def run(settings: dict[str, Any]) -> None:
        env = {
            f"TAP_8X8_CC_{name.upper()}": value if isinstance(value, str) else json.dumps(value)
            for name, value in settings.items()
        }
        pipeline.meltano("run", "daily", env={**env, "TAP_8X8_CC__SELECT": selected})

    expected = two_nights(server, run)

    same_marts(
        lambda name: duckdb_rows(pipeline.database, f"eight_by_eight__{name}", "analytics"),
        expected,
    )


def test_marts_in_postgres_after_late_corrections(
    server: SandboxServer, postgres: Postgres
) -> None:
    state: dict[str, Any] = {}
    nights: list[dict[str, list[Row]]] = []

    def run(settings: dict[str, Any]) -> None:
        done = sync(settings, STREAMS, state=state)
        assert done.exit_code == 0, done.stderr
        nights.append(done.records)
        state.update(load_postgres(done.stdout, postgres.url, postgres.schema).states[-1])

    expected = two_nights(server, run)

    marts = build_postgres(postgres)
    same_marts(lambda name: postgres_rows(marts, f"eight_by_eight__{name}"), expected)
    check_freshness(postgres_rows(marts, "eight_by_eight__freshness"), nights)


def check_freshness(rows: list[Row], nights: list[dict[str, list[Row]]]) -> None:
    """Check what is said of each stream, of which each night has read one range."""
    first, second = nights
    assert {row["stream"] for row in rows} == set(STREAMS) - {"extractions"}
    for row in rows:
        stream = row["stream"]
        assert row["ranges_read"] == len(nights)
        assert row["rows_read"] == len(first[stream]) + len(second[stream])
        (read_at,) = {record["read_at"] for record in second[stream]}
        assert f"{row['last_read_at'].isoformat(timespec='milliseconds')}Z" == read_at
        assert row["read_until"] == datetime(2026, 3, 11, 4)  # noqa: DTZ001 - in UTC, untold
