"""The demonstration that the README begins with."""

from __future__ import annotations

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
from tap_8x8_cc_sandbox.demo.project import CHECKOUT, MeltanoProject, ProjectError
from tap_8x8_cc_sandbox.demo.run import DIRECTORY, Asked, Outcome, run_demo

from sandbox_tests.test_page import LOOK, PICTURES, needs_browser
from tests.support.browser import Viewer, visit

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.pipeline

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


def test_queues_are_printed_as_on_the_page(demo: Demo) -> None:
    title = next(n for n, line in enumerate(demo.lines) if line.startswith("Queues from 10 Feb"))
    printed = demo.lines[title + 2 : demo.lines.index("", title)]
    page = demo.outcome.page.read_text("utf-8")

    levels = [line.split()[-2] for line in printed]
    assert len(levels) > 1
    assert levels == re.findall(r"<b>([\d.]+) %<span", page)


BASE = """
WITH short AS (
    SELECT local_date, queue_id, sum(short_abandoned) AS short
    FROM queue_interactions_abandoned_by_queue GROUP BY ALL
), days AS (
    SELECT local_date, queue_id, sum(new_in_queue) AS new, sum(entered) AS entered,
           sum(CASE WHEN accepted_in_sla > 0
               THEN round(100 * accepted_in_sla / sla_percentage) ELSE entered END) AS base
    FROM queue_interactions_summary_by_media_channel_queue
    WHERE local_date BETWEEN '2026-02-10' AND '2026-02-16' GROUP BY ALL
)
SELECT sum(new - short)
    + sum(CASE WHEN local_date = '2026-02-10' THEN entered - new ELSE 0 END)
    - sum(CASE WHEN local_date = '2026-02-16' THEN greatest(entered - short - base, 0) ELSE 0 END)
FROM days JOIN short USING (local_date, queue_id)
"""
"""What 8x8 divides by: of the week, what entered, less short abandons and who is still in time."""


def test_page_shows_the_last_week_of_the_file(demo: Demo) -> None:
    with closing(duckdb.connect(str(demo.outcome.database), read_only=True)) as connection:
        (offered, accepted, in_time, lost, elsewhere, waited, handled) = connection.execute("""
            SELECT sum(new_in_queue), sum(accepted), sum(accepted_in_sla), sum(total_abandoned),
                   sum(diverted),
                   sum(avg_wait_before_accepted_time * accepted) / 1000 / sum(accepted),
                   sum(handling_time + wrap_up_time) / 1000 / sum(accepted)
            FROM queue_interactions_summary_by_media_channel_queue
            WHERE local_date BETWEEN '2026-02-10' AND '2026-02-16'
        """).fetchall()[0]
        (base,) = connection.execute(BASE).fetchall()[0]
    page = demo.outcome.page.read_text("utf-8")

    assert any(line.endswith(demo.outcome.page.as_uri()) for line in demo.lines)
    assert re.findall("<b>(.*?)</b>", page)[:5] == [
        f"{offered:,}",
        f"{100 * in_time / base:.1f} %",
        f"{100 * lost / (accepted + lost + elsewhere):.1f} %",
        f"{round(waited) // 3600} h {round(waited) // 60 % 60:02}",
        f"{round(handled) // 60}:{round(handled) % 60:02}",
    ]
    assert "李小龍" in page
    assert "dates and hours of America/New_York" in page
    assert "queue_<wbr>hourly" in page
    assert len(re.findall("<section", page)) == 5


@needs_browser
def test_page_is_the_picture_in_the_docs(demo: Demo) -> None:
    """Make it: after a change of the page, copy it to `docs/contact-center.png`."""
    picture = PICTURES / "contact-center.png"

    seen = visit(demo.outcome.page, LOOK, Viewer(height=1030), picture)

    assert seen.complaints == []
    assert seen.requests == [demo.outcome.page.as_uri()]
    assert picture.stat().st_size > 100_000


def test_missing_checkout_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tap_8x8_cc_sandbox.demo.project.CHECKOUT", tmp_path / "site-packages")

    with pytest.raises(ProjectError, match="in a clone of the repository"):
        MeltanoProject.create(tmp_path / "project")


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
