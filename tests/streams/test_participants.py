"""The stream of participants: whatever the catalog, the maps and the members of the objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tap_8x8_cc.planning.catalog import participants_name
from tap_8x8_cc.tap import Tap8x8CC
from tests.support import tapcli
from tests.support.cursor_api import CursorApi, served
from tests.support.tapcli import config

if TYPE_CHECKING:
    from collections.abc import Callable


TYPE = "detailed-reports-interaction-details"
STREAM = "detailed_reports_interaction_details"
PEOPLE = participants_name(STREAM)
KEYS = ["interactionId", "creationTime", "participantId", "participantAssignNumber"]
LISTING = [{"type": TYPE, "metrics": [*KEYS, "participantName"]}]


def interaction(number: int, **members: Any) -> dict[str, Any]:
    people = [
        {"participantId": f"ag{n}", "participantAssignNumber": n, "participantName": f"Agent {n}"}
        for n in (1, 2)
    ]
    return {
        "interactionId": f"i{number}",
        "creationTime": f"2026-03-02T{10 + number}:00:00-05:00",
        "participants": [person | members for person in people],
    }


@pytest.fixture
def api() -> CursorApi:
    return CursorApi(LISTING, [interaction(n) for n in range(4)])


@pytest.fixture
def read(api: CursorApi) -> Callable[..., tapcli.Run]:
    """Run the tap over a day."""

    def run(*streams: str, **more: Any) -> tapcli.Run:
        own = {name: more.pop(name) for name in ("state", "columns", "change") if name in more}
        with served(api) as url:
            settings = {"end_date": "2026-03-03", "date_range_reading": "instant", **more}
            return tapcli.sync(config(url, **settings), streams or [STREAM, PEOPLE], **own)

    return run


def test_members_that_nobody_announced_are_columns(
    api: CursorApi, read: Callable[..., tapcli.Run]
) -> None:
    """Also one that is called like a fixed column, and one that only later rows have."""
    late = interaction(4, mood="calm", rowId="mine", restDuration={"value": 5, "ongoing": True})
    api.rows = [*api.rows, late]
    done = read()
    assert not done.failed, done.lines
    announced: dict[str, Any] = {}
    for message in done.messages:
        if message.get("stream") == PEOPLE and message["type"] == "SCHEMA":
            announced = message["schema"]["properties"]
        elif message.get("stream") == PEOPLE:
            assert message["record"].keys() == announced.keys()
    assert announced["rest_duration"]["type"] == ["number", "null"]
    (own,) = {name for name in announced if name.startswith("row_id_")}
    last = [row for row in done.records[PEOPLE] if row["mood"]]
    assert [(row["mood"], row[own], row["rest_duration"]) for row in last] == [
        ("calm", "mine", 5)
    ] * 2
    assert [row["rest_duration_ongoing"] for row in last] == [True, True]
    assert len({row["row_id"] for row in done.records[PEOPLE]}) == 10


def test_stream_maps_are_obeyed(read: Callable[..., tapcli.Run]) -> None:
    plain = read()
    maps = {PEOPLE: {"participant_name": None, "who": "participant_id.upper()", "__alias__": "p"}}
    mapped = read(stream_maps=maps)
    assert not mapped.failed, mapped.lines
    assert mapped.schemas["p"][0]["schema"]["properties"].keys() >= {"row_id", "who"}
    assert [row["who"] for row in mapped.records["p"]] == ["AG1", "AG2"] * 4
    assert not [row for row in mapped.records["p"] if "participant_name" in row]
    assert [row["row_id"] for row in mapped.records["p"]] == [
        row["row_id"] for row in plain.records[PEOPLE]
    ]


@pytest.mark.parametrize("mapped", [STREAM, PEOPLE])
def test_maps_of_a_stream_that_is_not_selected_do_no_harm(
    read: Callable[..., tapcli.Run], mapped: str
) -> None:
    (other,) = {STREAM, PEOPLE} - {mapped}
    done = read(other, stream_maps={mapped: {"who": "'x'", "__alias__": "p"}})
    assert not done.failed, done.lines
    assert done.records.keys() == {other}


def test_maps_of_the_log_are_obeyed_too(read: Callable[..., tapcli.Run]) -> None:
    maps = {"extractions": {"report_id": None, "name": "stream.upper()", "__alias__": "log"}}
    done = read(STREAM, PEOPLE, "extractions", stream_maps=maps, tenant_ids=["north", "south"])
    assert not done.failed, done.lines
    (schema,) = done.schemas["log"]
    assert {"name", "tenant_id"} <= schema["schema"]["properties"].keys()
    assert "report_id" not in schema["schema"]["properties"]
    rows = [(row["tenant_id"], row["name"], row["row_count"]) for row in done.records["log"]]
    assert sorted(rows) == [
        (tenant, name.upper(), count)
        for tenant in ("north", "south")
        for name, count in ((STREAM, 4), (PEOPLE, 8))
    ]
    assert not [row for row in done.records["log"] if "report_id" in row]


def test_a_catalog_from_before_tenants_loses_no_tenant(api: CursorApi) -> None:
    with served(api) as url:
        settings = config(url, end_date="2026-03-03", date_range_reading="instant")
        catalog = tapcli.select(Tap8x8CC(config=settings).catalog_dict, [PEOPLE])
        run = tapcli.tap({**settings, "tenant_ids": ["north", "south"]}, catalog=catalog)
    assert [row["tenant_id"] for row in run.records[PEOPLE]] == ["north"] * 8 + ["south"] * 8
    assert len({row["row_id"] for row in run.records[PEOPLE]}) == 16
    for message in run.schemas[PEOPLE]:
        assert message["schema"]["properties"].keys() == run.records[PEOPLE][0].keys()


def test_participants_alone_plan_the_reports_of_their_interactions(api: CursorApi) -> None:
    with served(api) as url:
        settings = config(url, end_date="2026-03-03", date_range_reading="instant")
        catalog = tapcli.select(Tap8x8CC(config=settings).catalog_dict, [PEOPLE])
        planned = Tap8x8CC(config=settings, catalog=catalog).plan_reports()
    assert [report.request.stream for report in planned] == [STREAM]


def test_a_custom_report_has_participants_of_its_own(
    api: CursorApi, read: Callable[..., tapcli.Run]
) -> None:
    """One that is called like them takes no name away: it is refused, and the others are read."""
    mine = {"name": "mine", "type": TYPE, "metrics": ["interactionId"]}
    clash = {"name": PEOPLE, "type": TYPE}
    done = read("mine", "mine_participants", reports=[mine, clash])
    assert done.failed
    assert [line for line in done.lines if PEOPLE in line and "choose another" in line]
    assert len(done.records["mine_participants"]) == 8
    (body,) = api.bodies
    assert {"participantId", "participantAssignNumber", "interactionId"} <= set(body["metrics"])
