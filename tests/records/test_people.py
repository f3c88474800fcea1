"""Participants as rows: what makes one the same row, and that no member is lost."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.records.detailed.columns import PARTICIPANTS, value_columns
from tap_8x8_cc.records.detailed.people import (
    Interactions,
    participant_batch,
    participant_columns,
    participant_ids,
    unannounced_members,
)
from tap_8x8_cc.records.detailed.values import typed_column
from tests.support.requests import detailed_request

MEMBERS = ("participantId", "participantAssignNumber", "participantName")


def person(number: int | None, assigned: int | None = 1, name: str = "Ann") -> dict[str, Any]:
    return {
        "participant_id": number and f"ag{number}",
        "participant_assign_number": assigned,
        "participant_name": name,
    }


def test_a_participant_is_known_by_interaction_id_and_assignment() -> None:
    base = participant_ids("r1", [person(1)])
    assert base == participant_ids("r1", [person(1, name="Renamed")])
    for other in (
        participant_ids("r2", [person(1)]),
        participant_ids("r1", [person(2)]),
        participant_ids("r1", [person(1, 2)]),
        participant_ids("r1", [person(None)]),
    ):
        assert other != base


def test_row_ids_stay_what_they_are() -> None:
    """Tables in warehouses are kept by them: they may never change."""
    assert participant_ids("r1", [person(1), person(1)]) == [
        "40a9c239ffdc008f34ec8db2780b3546",
        "1c0860de076a55192622635f9e59042a",
    ]


PEOPLE = st.lists(
    st.builds(person, st.sampled_from([1, 2, None]), st.sampled_from([1, 2, None])), max_size=6
)


@given(PEOPLE, st.randoms())
def test_ids_never_collapse_and_do_not_depend_on_the_order(
    people: list[dict[str, Any]], chance: Any
) -> None:
    found = participant_ids("r", people)
    assert len(set(found)) == len(people)
    chance.shuffle(people)
    assert set(participant_ids("r", people)) == set(found)


def test_records_hold_what_their_interaction_says_and_no_member_is_lost() -> None:
    (column,) = value_columns(PARTICIPANTS, members=MEMBERS)
    raw = [
        [
            {"participantId": "ag1", "mood": "calm", "rowId": "x"},
            {"participantId": "ag2", "restDuration": {"value": 5, "ongoing": True}},
        ],
        None,
        [],
        [{"participantId": "ag1", "participantAssignNumber": "some"}],
    ]
    noted: dict[tuple[int, str], object] = {}
    typed, _ = typed_column(
        column, raw, lambda at, where, value: noted.__setitem__((at, where), value)
    )
    fresh = unannounced_members(column, typed, raw)
    assert {member.name for member in fresh} == {
        "mood",
        "row_id",
        "rest_duration",
        "rest_duration_ongoing",
    }
    assert {member.key for member in fresh} >= {"mood", "rowId", "restDuration"}
    columns = [*participant_columns(MEMBERS, with_tenant=False), *fresh[:1]]
    found = Interactions(
        row_ids=["r1", "r2", "r3", "r4"],
        dates=["2026-03-02", "2026-03-02", None, "2026-03-04"],
        participants=typed,
    )
    found.unparsed[3, 0]["participant_assign_number"] = "some"
    facts = detailed_request("detailed-reports-interaction-details", zone=ZoneInfo("UTC"))
    records = participant_batch(found, columns, {}, facts, "2026-03-05T00:00:00Z").records()
    assert noted == {(3, ".0.participant_assign_number"): "some"}
    wanted = [
        ("r1", "2026-03-02", "ag1", "calm", None),
        ("r1", "2026-03-02", "ag2", None, None),
        ("r4", "2026-03-04", "ag1", None, {"participant_assign_number": "some"}),
    ]
    names = ("interaction_row_id", "local_date", "participant_id", "mood", "unparsed_values")
    assert [tuple(record[name] for name in names) for record in records] == wanted
    assert len({record["row_id"] for record in records}) == 3
    assert {record["timezone"] for record in records} == {"UTC"}


def test_members_that_are_all_known_need_no_look_at_the_rows() -> None:
    (column,) = value_columns(PARTICIPANTS, members=MEMBERS)
    typed, _ = typed_column(column, [[{"participantId": "ag1"}]], lambda *_: None)
    assert unannounced_members(column, typed, ()) == []
    assert unannounced_members(column, [None, []], ()) == []
