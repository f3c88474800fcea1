"""Custom reports: rows by their definition; a wrong definition is one line that names what is."""

from __future__ import annotations

from datetime import time
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.center.model import CenterConfig, Filter, Operator, Search

from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.planning.catalog import define_streams
from tap_8x8_cc.tap import Tap8x8CC
from tests.support.databases import duckdb_rows, postgres_rows
from tests.support.detailed_truth import INTERACTIONS, events
from tests.support.loaders import load_duckdb, load_postgres
from tests.support.tapcli import Run, config, discover, select, sync, tap
from tests.support.truth import same_rows, truth

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tap_8x8_cc.api.listing import Listing
    from tests.support.databases import Postgres

SUMMARY, GROUPING = "queue-interactions-summary", "media-and-channel-and-queue"
START, END = "2026-02-02T05:00:00Z", "2026-03-02T05:00:00Z"
NIGHT = {"start": "20:00:00", "end": "06:00:00"}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    with SandboxServer(SandboxConfig(center=CenterConfig(agents=6, queues=4))) as running:
        yield running


def reports(server: SandboxServer) -> list[dict[str, Any]]:
    queues = [queue.id for queue in server.center().roster.queues[:2]]
    base = {"type": SUMMARY, "group_by": GROUPING}
    few = {**base, "metrics": ["accepted", "avgWaitTime"]}
    return [
        {
            **base,
            "name": "nights",
            "granularity": "week",
            "filters": [
                {"name": "media", "values": ["InboundPhone", "Chat"]},
                {"name": "queue", "values": queues},
            ],
            "intra_day_time_range": NIGHT,
            "include_subtotals": True,
            "include_grand_total": True,
        },
        {**few, "name": "by_day", "granularity": "day"},
        {**few, "name": "by_month", "granularity": "month"},
        {**few, "name": "in_all", "granularity": "none", "timezone": "Europe/Helsinki"},
        {
            "name": "handled_calls",
            "type": INTERACTIONS,
            "metrics": ["outcome", "mediaType", "interactionDuration"],
            "search_query": [
                {"field": "mediaType", "operator": "in", "value": ["phone"]},
                {"field": "outcome", "operator": "contains", "value": "Handled"},
                {"field": "wrapUpCode", "operator": "is-not-empty"},
            ],
        },
    ]


@pytest.fixture(scope="module")
def run(server: SandboxServer) -> Run:
    """All these reports, over four weeks."""
    settings = config(
        server.url, start_date="2026-02-02", end_date="2026-03-02", reports=reports(server)
    )
    catalog = select(discover(settings), [report["name"] for report in reports(server)])
    found = tap(settings, catalog=catalog)
    assert found.exit_code == 0, found.stderr
    return found


def nights(server: SandboxServer) -> list[dict[str, Any]]:
    queues = tuple(queue.id for queue in server.center().roster.queues[:2])
    return truth(
        server.center(),
        SUMMARY,
        GROUPING,
        START,
        END,
        granularity="week",
        filters=(Filter("media", ("InboundPhone", "Chat")), Filter("queue", queues)),
        intra_day=(time(20), time(6)),
        subtotals=True,  # and no grand total: of overnight ranges it is left out, with a warning
    )


def test_weekly_nights_with_filters_and_totals(server: SandboxServer, run: Run) -> None:
    expected = nights(server)
    assert {row["total_type"] for row in expected} == {None, "subtotal"}
    assert "include_grand_total: left out for nights" in run.stderr
    assert len({row["start_time"] for row in expected}) == 4
    same_rows(run.records["nights"], expected)
    assert len({row["row_id"] for row in run.records["nights"]}) == len(expected)


def test_databases_hold_the_weekly_nights(
    server: SandboxServer, run: Run, tmp_path: Path, postgres: Postgres
) -> None:
    path = tmp_path / "rows.duckdb"
    load_duckdb(run.stdout, path)
    load_postgres(run.stdout, postgres.url, postgres.schema)
    expected = nights(server)
    for row in expected:
        del row["end_time"]
        row["start_time"] = row["start_time"][:10]
    for rows in (duckdb_rows(path, "nights"), postgres_rows(postgres, "nights")):
        found = [{**row, "start_time": row["start_time"].date().isoformat()} for row in rows]
        same_rows([{n: _plain(v) for n, v in row.items()} for row in found], expected)


def _plain(value: Any) -> Any:
    return float(value) if type(value).__name__ == "Decimal" else value


def test_granularities_and_zones_side_by_side(server: SandboxServer, run: Run) -> None:
    options: dict[str, Any] = {"metrics": ("accepted", "avgWaitTime")}
    center = server.center()
    same_rows(run.records["by_day"], truth(center, SUMMARY, GROUPING, START, END, **options))
    month_end = "2026-03-01T05:00:00Z"
    by_month = truth(
        center,
        SUMMARY,
        GROUPING,
        "2026-02-01T05:00:00Z",
        month_end,
        granularity="month",
        **options,
    )
    same_rows(run.records["by_month"], by_month)
    assert {row["granularity"] for row in run.records["by_month"]} == {"month"}
    assert {row["timezone"] for row in run.records["in_all"]} == {"Europe/Helsinki"}
    assert {row["start_time"] for row in run.records["in_all"]} == {"2026-02-01T22:00:00Z"}
    assert run.bookmark("in_all") is None
    assert run.bookmark("nights") == END
    assert run.bookmark("by_month") == month_end


def test_search_of_a_custom_detailed_report(server: SandboxServer, run: Run) -> None:
    expected = events(
        server.center(),
        INTERACTIONS,
        START,
        END,
        include_participants=True,
        search=(
            Search("mediaType", Operator.IN, ("phone",)),
            Search("outcome", Operator.CONTAINS, ("Handled",)),
            Search("wrapUpCode", Operator.IS_NOT_EMPTY),
        ),
    )
    assert len(expected) > 100
    own = ("outcome", "media_type", "interaction_duration", "local_date")
    found = run.records["handled_calls"]
    same_rows(found, [{name: row[name] for name in own} for row in expected])
    assert len({row["row_id"] for row in found}) == len(expected)
    # What identifies a row is asked for, but was not wanted.
    assert {"interaction_id", "creation_time"}.isdisjoint(found[0])
    assert len(run.schemas["handled_calls"]) == 1


def test_custom_report_is_selected_by_default(server: SandboxServer) -> None:
    settings = config(server.url, reports=reports(server)[-1:])
    catalog = Tap8x8CC(config=settings).catalog_dict
    (entry,) = [e for e in catalog["streams"] if e["tap_stream_id"] == "handled_calls"]
    (root,) = [item for item in entry["metadata"] if not item["breadcrumb"]]
    assert root["metadata"]["selected-by-default"] is True


SUMMARY_REPORT = {"name": "mine", "type": SUMMARY, "group_by": "queue"}
DETAILED_REPORT = {"name": "mine", "type": INTERACTIONS}
PATHS_REPORT = {"name": "mine", "type": "script-paths"}
RULE = {"field": "outcome", "operator": "in", "value": ["x"]}
WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no grouping": ({"name": "mine", "type": SUMMARY}, ("group_by", "listed are")),
    "filter without values": (
        {**SUMMARY_REPORT, "filters": [{"name": "queue", "values": []}]},
        ("filter 'queue'", "at least one value"),
    ),
    "zone": ({**SUMMARY_REPORT, "timezone": "Mars/Base"}, ("Mars/Base", "America/New_York")),
    "search of a summary": ({**SUMMARY_REPORT, "search_query": [RULE]}, ("use filters",)),
    "name of a stream": (
        {**SUMMARY_REPORT, "name": "queue_interactions_summary_by_queue"},
        ("queue_interactions_summary_by_queue", "choose another"),
    ),
    "name of a detailed stream": (
        {**SUMMARY_REPORT, "name": "script_paths"},
        ("script_paths", "choose another"),
    ),
    "detailed grouping": ({**DETAILED_REPORT, "group_by": "queue"}, ("can't have group_by",)),
    "detailed filters": (
        {**DETAILED_REPORT, "filters": [{"name": "queue", "values": ["1"]}]},
        ("can't have filters", "search_query"),
    ),
    "detailed granularity": (
        {**DETAILED_REPORT, "granularity": "hour"},
        ("can't have granularity",),
    ),
    "detailed totals": ({**DETAILED_REPORT, "include_subtotals": True}, ("can't have totals",)),
    "search without value": (
        {**DETAILED_REPORT, "search_query": [{"field": "outcome", "operator": "in"}]},
        ("outcome in needs a value",),
    ),
    "search with too much": (
        {**DETAILED_REPORT, "search_query": [{**RULE, "operator": "is-empty"}]},
        ("outcome is-empty takes no value",),
    ),
    "paths by metrics": ({**PATHS_REPORT, "metrics": ["Count"]}, ("can't have metrics",)),
    "paths by granularity": ({**PATHS_REPORT, "granularity": "day"}, ("granularity",)),
}
DOUBTFUL: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "type": ({**SUMMARY_REPORT, "type": "no-such"}, ("type 'no-such'", "listed are")),
    "grouping": ({**SUMMARY_REPORT, "group_by": "moon"}, ("group_by 'moon'", "queue")),
    "filter": (
        {**SUMMARY_REPORT, "filters": [{"name": "moon", "values": ["1"]}]},
        ("filter 'moon'", "listed are queue"),
    ),
    "wrap-up code": (
        {
            "name": "mine",
            "type": "agent-interactions-by-wrap-up-code",
            "group_by": "wrap-up-code",
            "filters": [{"name": "wrap-up-code", "values": ["12"]}],
        },
        ("wrap-up-code", "123-4"),
    ),
    "metric": (
        {**SUMMARY_REPORT, "metrics": ["luck"]},
        ("metric 'luck'", "more (--discover lists all)"),
    ),
    "detailed metric": ({**DETAILED_REPORT, "metrics": ["luck"]}, ("metric 'luck'", "listed are")),
    "search field": (
        {**DETAILED_REPORT, "search_query": [{**RULE, "field": "luck"}]},
        ("field 'luck'", "listed are"),
    ),
    "search operator": (
        {**DETAILED_REPORT, "search_query": [{**RULE, "operator": "like"}]},
        ("operator 'like'", "listed are"),
    ),
    "paths by field": (
        {**PATHS_REPORT, "search_query": [RULE]},
        ("field 'outcome'", "queue, channel, agent"),
    ),
    "paths by operator": (
        {
            **PATHS_REPORT,
            "search_query": [{"field": "queue", "operator": "contains", "value": ["1"]}],
        },
        ("operator 'contains'", "listed are in"),
    ),
}


@pytest.fixture(scope="module")
def listing(server: SandboxServer) -> Listing:
    """What the API offers."""
    return Tap8x8CC(config=config(server.url)).current.listings[None]


@pytest.mark.parametrize("case", WRONG)
def test_wrong_definition_is_one_line_that_names_what_is_allowed(
    listing: Listing, case: str
) -> None:
    report, parts = WRONG[case]
    with pytest.raises(ConfigError) as caught:
        define_streams(listing, Settings.from_config(config("https://x", reports=[report])))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"reports, {report['name']}:")
    for part in parts:
        assert part in line


@pytest.mark.parametrize("case", DOUBTFUL)
def test_what_is_not_listed_is_a_warning_that_fits_on_a_screen(
    listing: Listing, case: str, caplog: pytest.LogCaptureFixture
) -> None:
    report, parts = DOUBTFUL[case]
    made = define_streams(listing, Settings.from_config(config("https://x", reports=[report])))
    assert made[-1].name == report["name"]
    (line,) = [record.getMessage() for record in caplog.records]
    assert line.startswith(f"reports, {report['name']}:")
    assert len(line) < 250
    for part in parts:
        assert part in line


def test_shortest_part_of_the_day(server: SandboxServer) -> None:
    span = {"start": "08:00:00", "end": "08:05:00"}
    detailed = {**DETAILED_REPORT, "intra_day_time_range": span}
    streams = Tap8x8CC(config=config(server.url, reports=[detailed])).streams
    assert "mine" in streams
    for report in (SUMMARY_REPORT, PATHS_REPORT):
        wrong = {**report, "intra_day_time_range": span}
        with pytest.raises(ConfigError, match=r"mine: .* at least 15 minutes"):
            Tap8x8CC(config=config(server.url, reports=[wrong]))


def test_same_name_twice(server: SandboxServer) -> None:
    with pytest.raises(ConfigError, match="mine is given twice"):
        Tap8x8CC(config=config(server.url, reports=[SUMMARY_REPORT, DETAILED_REPORT]))


def test_of_what_is_not_listed_the_api_decides(server: SandboxServer) -> None:
    wrong = {**SUMMARY_REPORT, "name": "wrong", "metrics": ["accepted", "luck"]}
    unlisted = {"name": "unlisted", "type": "no-such-summary", "group_by": "queue"}
    reports_ = [wrong, unlisted, {**SUMMARY_REPORT, "metrics": ["accepted"]}]
    found = sync(config(server.url, reports=reports_), ["wrong", "unlisted", "mine"])
    assert found.exit_code == 1
    assert "metric 'luck' is not listed; listed are " in found.stderr
    assert [line.split(" failed: ")[0].split()[-1] for line in found.errors[:-1]] == [
        "unlisted",
        "wrong",
    ]
    assert "HTTP 400" in found.errors[0]
    assert found.records["mine"]
    assert "Traceback" not in found.stderr


def test_zone_that_the_api_refuses_fails_its_stream_with_a_hint(server: SandboxServer) -> None:
    wrong = {**SUMMARY_REPORT, "name": "elsewhere", "timezone": "Europe/Oslo"}
    right = {**SUMMARY_REPORT, "name": "here"}
    settings = config(server.url, reports=[wrong, right])
    found = tap(settings, catalog=select(discover(settings), ["elsewhere", "here"]))
    assert found.exit_code == 1
    failure, summary = found.errors
    assert "timezone Europe/Oslo is not configured for the tenant" in failure
    assert "Set timezone to a zone that is configured" in failure
    assert "elsewhere" in summary
    assert found.bookmark("here") == "2026-03-09T04:00:00Z"
