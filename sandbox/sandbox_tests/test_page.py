"""The page about a contact center: its figures, and what a viewer sees of it."""

from __future__ import annotations

import re
from contextlib import closing
from datetime import date, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner
from tap_8x8_cc_sandbox.cli import cli
from tap_8x8_cc_sandbox.demo.page import Options, write_page
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.browser import CHROMIUM, Viewer, visit

pytestmark = pytest.mark.pipeline

PICTURES = CHECKOUT / "output" / "page"
"""Screenshots of the tests; Git ignores the folder."""
FIRST, LAST = date(2026, 3, 2), date(2026, 3, 8)
"""The week shown; its last night loses an hour in New York."""
TABLES = """
CREATE SCHEMA analytics; USE analytics;
CREATE TABLE eight_by_eight__overview_daily (local_date DATE, offered INT, accepted INT,
    accepted_in_time INT, abandoned INT, diverted INT, answer_wait_seconds DOUBLE,
    handling_seconds DOUBLE, wrap_up_seconds DOUBLE, headline_service_level_base INT,
    headline_service_level_name TEXT);
INSERT INTO eight_by_eight__overview_daily
    SELECT DATE '2026-02-23' + n::INT, 10, 8, 4, 2, 0, 80, 800, 160, 10, 'service_level'
    FROM range(7) AS days(n);
INSERT INTO eight_by_eight__overview_daily
    SELECT DATE '2026-03-02' + n::INT, 20, 16, 13, 2, 2, 1200, 4640, 160, 20, 'service_level'
    FROM range(7) AS days(n);
CREATE TABLE eight_by_eight__queue_hourly AS
    SELECT DATE '2026-03-02' AS local_date, 9 + hour AS local_hour, 1000 AS offered,
           1000 AS accepted, level AS accepted_in_time, 0 AS abandoned, 0 AS diverted,
           0 AS answer_wait_seconds,
           0 AS handling_seconds, 0 AS wrap_up_seconds, 1000 AS headline_service_level_base,
           'service_level' AS headline_service_level_name
    FROM (VALUES (0, 800), (1, 796), (2, 690), (3, 499)) AS levels(hour, level)
    UNION ALL SELECT DATE '2026-03-08', 14, 4, 4, 4, 0, 0, 0, 0, 0, 4, 'service_level';
CREATE TABLE eight_by_eight__queue_daily AS
    SELECT day AS local_date, NULL::VARCHAR AS tenant_id, id AS queue_id, name AS queue_name,
           offered, offered AS accepted, in_time AS accepted_in_time, 0 AS abandoned,
           0 AS diverted, offered AS headline_service_level_base,
           'service_level' AS headline_service_level_name,
           wait * offered AS answer_wait_seconds, 0 AS handling_seconds, 0 AS wrap_up_seconds
    FROM (VALUES ('1', 'Help & <b>Advice', 100, 90, 12), ('2', 'E-mail', 50, 20, 183900),
                 ('3', 'E-mail', 10, 9, 59),
                 ('4', 'Donaudampfschifffahrtsgesellschaftsauskunft', 5, 5, 0))
        AS queues(id, name, offered, in_time, wait),
         (VALUES (DATE '2026-02-23'), (DATE '2026-03-08')) AS days(day);
ALTER TABLE eight_by_eight__overview_daily ADD COLUMN carried_over INT DEFAULT 0;
ALTER TABLE eight_by_eight__overview_daily ADD COLUMN short_abandoned INT DEFAULT 0;
ALTER TABLE eight_by_eight__overview_daily ADD COLUMN still_in_time INT DEFAULT 0;
ALTER TABLE eight_by_eight__queue_daily ADD COLUMN carried_over INT DEFAULT 0;
ALTER TABLE eight_by_eight__queue_daily ADD COLUMN short_abandoned INT DEFAULT 0;
ALTER TABLE eight_by_eight__queue_daily ADD COLUMN still_in_time INT DEFAULT 0;
UPDATE eight_by_eight__queue_daily SET accepted_in_time = 60
    WHERE queue_id = '1' AND local_date < '2026-03-02';
CREATE TABLE eight_by_eight__agent_daily AS
    SELECT DATE '2026-03-08' AS local_date, NULL::VARCHAR AS tenant_id, id AS agent_id,
           name AS agent_name, team AS team_name, 7 AS accepted, busy AS busy_seconds,
           100 - busy AS available_seconds, 100 AS logged_in_seconds
    FROM (VALUES ('a', 'Ada', 'Gold', 40), ('b', '李小龍', NULL, 75))
        AS agents(id, name, team, busy);
CREATE TABLE eight_by_eight__freshness AS
    SELECT 'queue_hourly' AS stream, NULL::VARCHAR AS tenant_id, 'America/New_York' AS timezone,
           TIMESTAMP '2026-03-09 04:00:00' AS read_until,
           TIMESTAMP '2026-03-09 05:31:00' AS last_read_at;
"""


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("page") / "warehouse.duckdb"
    with closing(duckdb.connect(str(file))) as connection:
        connection.execute(TABLES)
    return file


def page_of(database: Path, folder: Path, **options: Any) -> Path:
    page = folder / "page.html"
    write_page(database, page, Options(**options))
    return page


def cells(html: str, section: str) -> list[list[str]]:
    """Return the texts of a section's table, without its headings."""
    (found,) = re.findall(f'<section class="{section}">.*?<tbody>(.*?)</tbody>', html, re.DOTALL)
    return [
        [
            unescape(re.sub("<small>", " / ", re.sub("<(?!small)[^>]*>", "", cell))).strip()
            for cell in re.findall("<t[hd].*?</t[hd]>", row)
        ]
        for row in found.split("</tr>")[:-1]
    ]


def test_totals_are_those_of_the_week_and_of_the_week_before(
    database: Path, tmp_path: Path
) -> None:
    html = page_of(database, tmp_path).read_text("utf-8")

    assert re.findall("<b>(.*?)</b>", html)[:5] == ["140", "65.0 %", "10.0 %", "1:15", "5:00"]
    before = ["70", "40.0 %", "20.0 %", "0:10", "2:00"]
    assert re.findall("<dd>before: (.*?)</dd>", html) == before
    assert "15.0 points below the target of 80 %" in html
    assert "Monday 2 March: 16 accepted, 2 diverted, 2 abandoned" in html
    assert "accepted in time, of all" in html
    assert "2 to 8 March 2026; compared with 23 February to 1 March 2026" in html
    assert "dates and hours of America/New_York" in html


def test_period_without_all_days_before_it_is_compared_with_nothing(
    database: Path, tmp_path: Path
) -> None:
    html = page_of(database, tmp_path, days=10, target=50).read_text("utf-8")

    assert "before" not in html
    assert "27 February to 8 March 2026" in html
    assert "above the target of 50 %" in html


def test_hours_have_the_colour_of_their_distance_from_the_target(
    database: Path, tmp_path: Path
) -> None:
    html = page_of(database, tmp_path).read_text("utf-8")

    levels = re.findall(r'<td class="(met|near|far|lost|few)">(\d+)</td>', html)
    assert levels == [("met", "80"), ("near", "79"), ("far", "69"), ("lost", "49"), ("few", "100")]
    assert [row[0] for row in cells(html, "hours")] == [f"{hour}:00" for hour in range(9, 15)]
    assert cells(html, "hours")[0][1:] == ["80", "", "", "", "", "", ""]
    assert cells(html, "hours")[-1][1:] == ["", "", "", "", "", "", "100"]


def test_queues_and_agents_are_listed_with_what_they_did(database: Path, tmp_path: Path) -> None:
    html = page_of(database, tmp_path).read_text("utf-8")

    assert cells(html, "queues") == [
        ["Help & <b>Advice", "90.0 %, before 60.0 %", "0:12", "100"],
        ["E-mail (2)", "40.0 %, before 40.0 %", "51 h 05", "50"],
        ["E-mail (3)", "90.0 %, before 90.0 %", "0:59", "10"],
        ["Donaudampfschifffahrtsgesellschaftsauskunft", "100.0 %, before 100.0 %", "0:00", "5"],
    ]
    assert cells(html, "agents") == [
        ["李小龍Agent 2 / no team", "75.0 %", "7"],
        ["AdaAgent 1 / Gold", "40.0 %", "7"],
    ]
    assert cells(html, "fresh") == [["queue_hourly", "2026-03-09 00:00", "2026-03-09 01:31"]]


def changed(database: Path, folder: Path, statements: str) -> str:
    """Return the page of a changed copy."""
    copy = folder / "changed.duckdb"
    copy.write_bytes(database.read_bytes())
    with closing(duckdb.connect(str(copy))) as connection:
        connection.execute(f"USE analytics; {statements}")
    return page_of(copy, folder).read_text("utf-8")


def test_quiet_center_has_no_levels_and_no_empty_tables(database: Path, tmp_path: Path) -> None:
    tables = ("queue_hourly", "queue_daily", "agent_daily", "freshness")
    html = changed(
        database,
        tmp_path,
        "UPDATE eight_by_eight__overview_daily SET offered = 0, accepted = 0,"
        " abandoned = 0, diverted = 0, headline_service_level_base = 0;"
        + "".join(f"DELETE FROM eight_by_eight__{table};" for table in tables),
    )

    assert re.findall("<b>(.*?)</b>", html) == ["0", "none", "none", "none", "none"]
    assert "the target is 80 %" in html
    assert re.findall('<section class="(.*?)"', html) == ["days"]
    assert "dates and hours" not in html


def test_service_level_counts_once_what_waits_for_days(database: Path, tmp_path: Path) -> None:
    """91 of 140 in time: 140 offered - 7 short + 20 from the week before - 13 still in time."""
    html = changed(
        database,
        tmp_path,
        "UPDATE eight_by_eight__overview_daily"
        " SET short_abandoned = 1, carried_over = 20, still_in_time = 13;",
    )

    assert re.findall("<b>(.*?)</b>", html)[:2] == ["140", "65.0 %"]


def test_times_of_several_zones_name_theirs(database: Path, tmp_path: Path) -> None:
    html = changed(
        database,
        tmp_path,
        "UPDATE eight_by_eight__freshness SET tenant_id = 'acme'; INSERT INTO"
        " eight_by_eight__freshness SELECT * REPLACE ('hooli' AS tenant_id, 'Asia/Kolkata' AS"
        " timezone) FROM eight_by_eight__freshness;",
    )

    assert "dates and hours of America/New_York and Asia/Kolkata" in html
    assert [row[:2] for row in cells(html, "fresh")] == [
        ["queue_hourly acme", "2026-03-09 00:00 America/New_York"],
        ["queue_hourly hooli", "2026-03-09 09:30 Asia/Kolkata"],
    ]


def test_names_of_agents_can_be_left_out_of_the_file(database: Path, tmp_path: Path) -> None:
    page = tmp_path / "numbers.html"
    arguments = ["page", "--duckdb", str(database), "--output", str(page), "--by-number"]

    result = CliRunner().invoke(cli, [*arguments, "--target", "70", "--days", "3"])

    assert result.exit_code == 0, result.output
    html = page.read_text("utf-8")
    assert [row[0] for row in cells(html, "agents")] == ["Agent 2 / no team", "Agent 1 / Gold"]
    assert "Ada" not in html
    assert "target of 70 %" in html
    assert "6 to 8 March 2026" in html


def test_file_without_models_is_refused(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()

    result = CliRunner().invoke(cli, ["page", "--duckdb", str(tmp_path / "empty.duckdb")])

    assert result.exit_code == 1
    assert "meltano run dbt-duckdb:build" in result.output


LOOK = Path(__file__).with_name("look.js").read_text("utf-8")
WEST, EAST = "America/Los_Angeles", "Pacific/Auckland"
VIEWERS = [
    Viewer(390, WEST),
    Viewer(1400, EAST),
    Viewer(390, EAST, dark=True),
    Viewer(1400, WEST, dark=True),
]
needs_browser = pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium on this machine")


@needs_browser
@pytest.mark.parametrize("viewer", VIEWERS, ids=str)
def test_viewers_see_the_same_dates_in_a_layout_that_fits(
    database: Path, tmp_path: Path, viewer: Viewer
) -> None:
    page = page_of(database, tmp_path)
    name = f"{viewer.width}-{viewer.zone.replace('/', '-')}{'-dark' * viewer.dark}.png"

    seen = visit(page, LOOK, viewer, PICTURES / name)

    assert seen.complaints == []
    assert seen.requests == [page.as_uri()]
    days = [FIRST + timedelta(n) for n in range(-7, 7)]
    assert [day[:2] for day in seen.value["days"]] == [[f"{d:%a}", str(d.day)] for d in days]
    assert "2026-03-09 00:00" in seen.value["text"]
    assert seen.value["headings"] == ["H1", "H2", "H2", "H2", "H2", "H2"]
    assert set(seen.value["scopes"]) == {"col", "row"}
    assert all(seen.value["captions"])
    assert not re.search("[a-z]_[a-z]", " ".join(seen.value["captions"]))
    assert seen.value["wide"] == []
    assert seen.value["faint"] == []
    assert seen.value["pale"] == []
    assert (sum(seen.value["paper"]) < 200) is viewer.dark
    assert (PICTURES / name).stat().st_size > 10_000


@needs_browser
def test_switch_shows_agents_by_number(database: Path, tmp_path: Path) -> None:
    look = """new Promise(done => { const look = () => {
      const box = document.querySelector("#by-number");
      if (!box) return setTimeout(look, 20);
      const text = () => document.querySelector("section.agents").innerText;
      const before = text(); box.click(); done([before, text()]);
    }; look(); })"""

    before, after = visit(page_of(database, tmp_path), look).value

    assert "Ada" in before
    assert "Agent 1" not in before
    assert "Ada" not in after
    assert "李" not in after
    assert "Agent 1" in after


@needs_browser
def test_browser_notices_requests_and_complaints(tmp_path: Path) -> None:
    other = tmp_path / "other.html"
    other.write_text(
        "<img src='http://127.0.0.1:9/'><script>console.error('no'); nothing()</script>"
    )

    seen = visit(other, "new Promise(done => setTimeout(() => done(1), 200))")

    assert "http://127.0.0.1:9/" in seen.requests
    assert len(seen.complaints) >= 2
