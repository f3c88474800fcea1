"""The demonstration that the README begins with."""

from __future__ import annotations

import json
import re
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import duckdb
import pytest
from click.testing import CliRunner
from tap_8x8_cc_sandbox.cli import cli
from tap_8x8_cc_sandbox.demo.project import CHECKOUT
from tap_8x8_cc_sandbox.demo.run import DIRECTORY, Asked, Outcome, run_demo

from tests.support.browser import CHROMIUM, visit
from tests.support.readme import README

if TYPE_CHECKING:
    from pathlib import Path

TYPES = [
    "agent-interactions-summary",
    "agent-interactions-summary",
    "agent-status-time-on-status",
    "queue-interactions-abandoned",
    "queue-interactions-summary",
    "queue-interactions-summary",
]


@dataclass(frozen=True, slots=True)
class Demo:
    """What a demonstration did, and the lines that it printed."""

    outcome: Outcome
    lines: list[str]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Demo:
    lines: list[str] = []
    outcome = run_demo(tmp_path_factory.mktemp("demo"), lines.append)
    return Demo(outcome, "\n".join(lines).splitlines())


def by_type(asked: tuple[Asked, ...]) -> list[tuple[str, date, date]]:
    return sorted((report.type, report.first, report.last) for report in asked)


def test_first_run_asks_for_everything_and_the_second_for_the_new_day(demo: Demo) -> None:
    whole = (date(2026, 2, 2), date(2026, 2, 15))
    newest = (date(2026, 2, 13), date(2026, 2, 16))

    assert by_type(demo.outcome.first) == [(type_, *whole) for type_ in TYPES]
    assert by_type(demo.outcome.second) == [(type_, *newest) for type_ in TYPES]
    assert "  The new day only, and 3 days again for late corrections." in demo.lines


def test_rows_per_table_are_those_of_the_file(demo: Demo) -> None:
    printed = dict(re.findall(r"^  (\w+) +(\d+)$", "\n".join(demo.lines), re.MULTILINE))

    with closing(duckdb.connect(str(demo.outcome.database), read_only=True)) as connection:
        tables = [name for (name,) in connection.execute("SHOW TABLES").fetchall()]
        assert list(printed) == tables
        assert len(tables) >= 6
        for name, count in printed.items():
            assert connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (int(count),)


def test_service_level_is_what_the_query_of_the_readme_gives(demo: Demo) -> None:
    titles = next(
        n for n, line in enumerate(demo.lines) if line.split()[:2] == ["queue", "entered"]
    )
    printed = [line.split()[-5:] for line in demo.lines[titles + 1 : demo.lines.index("", titles)]]

    queries = re.findall(r"```sql\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    (query,) = (query for query in queries if "service_level" in query)
    whole = query.replace("2026-02-08", "2026-02-16")
    with closing(duckdb.connect(str(demo.outcome.database), read_only=True)) as connection:
        levels = [level for _, level in connection.execute(whole).fetchall()]
        assert all(connection.execute(query).fetchall() for query in queries)

    assert len(printed) > 1
    assert sorted(row[-1] for row in printed) == sorted(
        "None" if level is None else str(round(level, 1)) for level in levels
    )
    assert all(int(row[-2]) <= int(row[-4]) <= int(row[-5]) for row in printed)


def headline(demo: Demo) -> list[str]:
    """The figures above the pictures, from the tables that the loader stored."""
    with closing(duckdb.connect(str(demo.outcome.database), read_only=True)) as connection:
        (offered, in_time, lost, seconds) = connection.execute("""
            SELECT sum(entered), sum(accepted_in_sla), sum(total_abandoned),
                   sum(handling_time + wrap_up_time) / 1000 / sum(accepted)
            FROM queue_interactions_summary_by_media_channel_queue
        """).fetchall()[0]
    return [
        f"{offered:,}",
        f"{100 * in_time / offered:.1f} %",
        f"{100 * lost / offered:.1f} %",
        f"{round(seconds) // 60}:{round(seconds) % 60:02}",
    ]


def test_page_shows_the_figures_of_the_file(demo: Demo) -> None:
    page = demo.outcome.page.read_text("utf-8")

    assert any(line.endswith(demo.outcome.page.as_uri()) for line in demo.lines)
    assert re.findall("<b>(.*?)</b>", page) == headline(demo)
    assert json.dumps("李小龍") in page


LOOK = """
new Promise(done => {
  const texts = found => [...document.querySelectorAll(found)].map(each => each.textContent);
  const look = () => document.querySelectorAll(".charts svg").length < 4 ? setTimeout(look, 50)
    : done({figures: texts(".key b"), words: texts(".charts text"), rows: texts("td")});
  look();
})
"""


@pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine")
def test_page_in_a_browser_is_drawn_complains_of_nothing_and_asks_for_nothing(
    demo: Demo, tmp_path: Path
) -> None:
    seen = visit(demo.outcome.page, LOOK)

    assert seen.complaints == []
    assert seen.requests == [demo.outcome.page.as_uri()]
    assert seen.value["figures"] == headline(demo)
    assert {"李小龍", "Web Chat", "When do customers wait?"} <= set(seen.value["words"])
    assert "extractions" not in seen.value["rows"]
    assert "queue_hourly" in seen.value["rows"]

    other = tmp_path / "other.html"
    other.write_text(
        "<img src='http://127.0.0.1:9/'><script>console.error('no'); nothing()</script>"
    )
    seen = visit(other, "new Promise(done => setTimeout(() => done(1), 200))")
    assert "http://127.0.0.1:9/" in seen.requests
    assert len(seen.complaints) >= 2


def test_file_without_models_is_told(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()

    result = CliRunner().invoke(cli, ["page", "--duckdb", str(tmp_path / "empty.duckdb")])

    assert result.exit_code == 1
    assert "meltano run dbt-duckdb:build" in result.output


def test_directory_is_ignored_by_git() -> None:
    ignored = (CHECKOUT / ".gitignore").read_text("utf-8").splitlines()

    assert f"{DIRECTORY.relative_to(CHECKOUT).parts[0]}/" in ignored


def test_missing_duckdb_is_said_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)

    result = CliRunner().invoke(cli, ["demo", "--directory", str(tmp_path / "demo")])

    assert result.exit_code == 1
    assert "pip install duckdb" in result.output
    assert not (tmp_path / "demo").exists()
