"""Rows of detailed reports: what each form of value becomes, and what makes a row the same row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tap_8x8_cc.model.blocks import RowBlock
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.records.columns import Column, Role, column_schema
from tap_8x8_cc.records.decoder import DecodeIssues
from tap_8x8_cc.records.detailed.columns import INTERACTIONS, STATUS_CHANGES, detailed_columns
from tap_8x8_cc.records.detailed.days import Days
from tap_8x8_cc.records.detailed.decoder import DetailedDecoder
from tap_8x8_cc.records.detailed.layout import detailed_layout
from tap_8x8_cc.records.detailed.row_ids import DetailedIds, identity_of
from tap_8x8_cc.records.detailed.values import typed_column
from tap_8x8_cc.records.metrics import Kind
from tests.support.requests import detailed_request

ZONE = ZoneInfo("America/New_York")
START, END = datetime(2026, 3, 2, 5, tzinfo=UTC), datetime(2026, 3, 9, 4, tzinfo=UTC)
METRICS = (
    "interactionId",
    "creationTime",
    "finishedTime",
    "interactionDuration",
    "interactionLabels",
    "outcome",
    "participantAssignNumber",
    "participantComments",
    "participantHandlingDuration",
    "participantId",
    "participantName",
    "participantOfferTime",
)
PEOPLE = tuple(key for key in METRICS if key.startswith("participant"))


def decoded(
    *rows: dict[str, Any],
    report_type: str = INTERACTIONS,
    metrics: tuple[str, ...] = METRICS,
    together: bool = True,
    start: datetime = START,
    issues: DecodeIssues | None = None,
) -> list[dict[str, Any]]:
    """Decode rows that have the same keys, as one report of a week."""
    people = PEOPLE if together and report_type == INTERACTIONS else None
    columns = detailed_columns(metrics, people, with_tenant=False)
    identity = identity_of(report_type, metrics, with_participants=people is not None)
    window = Window(start, END, start)
    facts = detailed_request(report_type, zone=ZONE, window=window)
    ids = DetailedIds(facts, identity)
    chunk = RowBlock.of_rows([[row[key] for key in rows[0]] for row in rows])
    layout = detailed_layout(list(rows[0]), chunk, columns)
    emitted = (*columns, *layout.fresh)
    return (
        DetailedDecoder(facts, layout, ids, emitted, issues or DecodeIssues())
        .decode(chunk)
        .records()
    )


def ids(*rows: dict[str, Any], **options: Any) -> list[str]:
    return [row["row_id"] for row in decoded(*rows, **options)]


@pytest.mark.parametrize(
    ("kind", "value", "typed", "ongoing"),
    [
        (Kind.DURATION, {"value": 32281, "ongoing": False}, 32281, False),
        (Kind.DURATION, {"value": "32281.5", "ongoing": True}, 32281.5, True),
        (Kind.DURATION, {"value": None, "ongoing": "true"}, None, True),
        (Kind.DURATION, {"value": 5}, 5, None),
        (Kind.DURATION, "0:00:41", 41_000, None),
        (Kind.DURATION, "29947.4", 29947.4, None),
        (Kind.DURATION, 17, 17, None),
        (Kind.DURATION, "", None, None),
        (
            Kind.TIMESTAMP,
            {"value": "2026-03-02T23:59:59.250-05:00", "ongoing": False},
            "2026-03-03T04:59:59.250Z",
            False,
        ),
        (Kind.TIMESTAMP, "2026-03-02T10:00:00.000+00:00", "2026-03-02T10:00:00Z", None),
        (Kind.TIMESTAMP, {"value": None, "ongoing": True}, None, True),
        (Kind.COUNT, "3", 3, None),
        (Kind.COUNT, 3, 3, None),
        (Kind.TEXT, "Handled", "Handled", None),
        (Kind.TEXT, "", "", None),
        (Kind.TEXT, ["a", "b"], '["a","b"]', None),
        (Kind.TEXT, {"value": "x", "ongoing": True}, "x", True),
        (Kind.LIST, ["a", None, "b"], ["a", None, "b"], None),
        (Kind.LIST, [], [], None),
        (Kind.LIST, "a", ["a"], None),
        (Kind.LIST, None, None, None),
        (Kind.LIST, "", None, None),
        (Kind.LIST, [{"id": 1}], ['{"id":1}'], None),
        (Kind.LIST, {"value": ["a"], "ongoing": True}, ["a"], True),
    ],
)
def test_form_of_value(kind: Kind, value: object, typed: object, ongoing: object) -> None:
    column = Column("x", Role.METRIC, "", "x", kind)
    noted: list[object] = []
    found, flags = typed_column(column, [value], lambda *what: noted.append(what))
    assert (found, flags, noted) == ([typed], [ongoing], [])


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (Kind.DURATION, {"seconds": 3}),
        (Kind.DURATION, {"value": {"deep": 1}, "ongoing": False}),
        (Kind.DURATION, ["1", "2"]),
        (Kind.DURATION, True),
        (Kind.COUNT, 2**63),
        (Kind.COUNT, "many"),
        (Kind.TIMESTAMP, "2026-03-02T10:00:00"),
        (Kind.TIMESTAMP, 17),
        (Kind.TEXT, {"name": "x"}),
        (Kind.LIST, {"name": "x"}),
    ],
)
def test_value_of_no_known_form_is_noted_and_never_dropped(kind: Kind, value: object) -> None:
    column = Column("x", Role.METRIC, "", "x", kind)
    noted: list[tuple[int, str, object]] = []
    found, _ = typed_column(column, ["", value], lambda *what: noted.append(what))
    assert found[1] is None
    inner = value["value"] if isinstance(value, dict) and "value" in value else value
    assert noted == [(1, "", inner)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("value"), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(st.sampled_from([k for k in Kind if k is not Kind.PERCENTAGE]), st.lists(JSON, max_size=4))
def test_no_value_at_all_stops_the_decoding(kind: Kind, values: list[object]) -> None:
    members = (Column("y", Role.METRIC, "", "y", Kind.DURATION),) if kind is Kind.LIST else ()
    for column in (
        Column("x", Role.METRIC, "", "x", kind),
        Column("x", Role.METRIC, "", "x", kind, members),
    ):
        found, flags = typed_column(column, values, lambda *_: None)
        assert len(found) == len(flags) == len(values)


def test_what_a_column_cannot_hold_is_kept_as_text() -> None:
    issues = DecodeIssues()
    row = {"interactionId": "i", "interactionDuration": {"weird": 1}, "outcome": ["x"]}
    (found,) = decoded(row, issues=issues)
    assert found["interaction_duration"] is None
    assert found["unparsed_values"] == {"interaction_duration": '{"weird":1}'}
    assert found["outcome"] == '["x"]'
    assert issues.unparsed == {"interaction_duration": '{"weird":1}'}


def test_participants_become_objects_with_typed_members() -> None:
    people = [
        {
            "participantId": "ag1",
            "participantHandlingDuration": {"value": 1500, "ongoing": True},
            "participantOfferTime": "2026-03-02T10:00:00.000-05:00",
            "participantAssignNumber": "1",
            "mood": "calm",
        },
        {"participantId": "ag2", "participantHandlingDuration": "soon"},
    ]
    (found,) = decoded({"interactionId": "i", "participants": people})
    first, second = found["participants"]
    assert first["participant_handling_duration"] == 1500
    assert first["participant_handling_duration_ongoing"] is True
    assert first["participant_offer_time"] == "2026-03-02T15:00:00Z"
    assert first["participant_assign_number"] == 1
    assert first["mood"] == "calm"
    assert second["participant_id"] == "ag2"
    assert second["participant_handling_duration"] is None
    assert found["unparsed_values"] == {"participants.1.participant_handling_duration": "soon"}


def test_comments_are_objects_wherever_they_come() -> None:
    comment = {"timestamp": "2026-03-02T10:00:00Z", "participantId": "ag1", "comment": "Hm"}
    typed = {
        "timestamp": "2026-03-02T10:00:00Z",
        "participant_id": "ag1",
        "participant_name": None,
        "comment": "Hm",
    }
    (beside,) = decoded({"interactionId": "i", "participantComments": [comment]})
    assert beside["participant_comments"] == [typed]
    (within,) = decoded(
        {"interactionId": "i", "participants": [{"participantComments": [comment, comment]}]}
    )
    assert within["participants"][0]["participant_comments"] == [typed, typed]


def test_key_or_form_that_nobody_announced_gets_a_column() -> None:
    rows = (
        {"interactionId": "i", "brandNew": "x", "newDuration": "5", "newTags": ["a"], "outcome": 1},
        {
            "interactionId": "j",
            "brandNew": {"value": "y", "ongoing": True},
            "newDuration": {"value": 7, "ongoing": False},
            "newTags": [],
            "outcome": {"value": "Handled", "ongoing": False},
        },
    )
    first, second = decoded(*rows)
    assert (first["brand_new"], first["brand_new_ongoing"]) == ("x", None)
    assert (second["brand_new"], second["brand_new_ongoing"]) == ("y", True)
    assert (second["new_duration"], second["new_duration_ongoing"]) == (7, False)
    assert (first["new_tags"], second["new_tags"]) == ('["a"]', "[]")
    assert (first["outcome"], second["outcome"]) == ("1", "Handled")
    assert (first["outcome_ongoing"], second["outcome_ongoing"]) == (None, False)


def test_key_spelt_otherwise_fills_the_known_column() -> None:
    (found,) = decoded({"interactionID": "i", "outcome": "Handled"})
    assert found["interaction_id"] == "i"
    assert not [name for name in found if name.startswith("interaction_id_")]


def test_unknown_kind_follows_the_name_whatever_comes() -> None:
    """A column's type must not flip between runs: null, then 17, then A7."""
    row = {"interactionId": "i", "holdDuration": "long", "holdTime": "soon", "holdCount": "3"}
    (found,) = decoded(row)
    assert (found["hold_duration"], found["hold_time"], found["hold_count"]) == (None, None, 3)
    assert found["unparsed_values"] == {"hold_duration": "long", "hold_time": "soon"}
    schemas = []
    for value in (None, "17", "A7", 17, ["A7"], 1.5):
        layout = detailed_layout(("ticket",), RowBlock.of_rows([[value]]), ())
        schemas.append([column_schema(column) for column in layout.columns])
    assert schemas == [schemas[0]] * 6
    assert schemas[0][0]["type"] == ["string", "null"]


@pytest.mark.parametrize(
    "time",
    [
        "2026-03-02T23:30:00",
        "2026-03-03T04:30:00Z",
        "2026-03-02 23:30",
        1772512200000,
        "1772512200000",
    ],
)
def test_times_are_read_in_the_zone_of_the_report(time: object) -> None:
    (found,) = decoded({"interactionId": "i", "creationTime": time})
    assert found["creation_time"] == "2026-03-03T04:30:00Z"
    assert found["local_date"] == "2026-03-02"


def test_a_date_alone_is_its_local_midnight() -> None:
    (found,) = decoded({"interactionId": "i", "creationTime": "2026-03-02"})
    assert found["creation_time"] == "2026-03-02T05:00:00Z"
    assert found["local_date"] == "2026-03-02"


def test_schema_announces_durations_lists_and_objects() -> None:
    columns = {
        column.name: column_schema(column)
        for column in detailed_columns(METRICS, PEOPLE, with_tenant=True)
    }
    assert columns["interaction_duration"]["type"] == ["number", "null"]
    assert columns["interaction_duration_ongoing"]["type"] == ["boolean", "null"]
    assert columns["finished_time"]["format"] == "date-time"
    assert columns["finished_time_ongoing"]["type"] == ["boolean", "null"]
    assert "creation_time_ongoing" not in columns
    assert columns["interaction_labels"]["items"] == {"type": ["string", "null"]}
    members = columns["participants"]["items"]["properties"]
    assert members["participant_handling_duration"]["type"] == ["number", "null"]
    assert members["participant_offer_time"]["format"] == "date-time"
    assert members["participant_comments"]["items"]["properties"]["timestamp"]["format"]
    assert "participant_id" not in columns
    assert "total_type" not in columns
    assert "tenant_id" in columns
    json.dumps(columns)


def test_a_metric_that_is_called_like_a_mark_leaves_the_mark_its_name() -> None:
    keys = ("interactionDurationOngoing", "interactionDuration")
    columns = {c.key: c.name for c in detailed_columns(keys, None, with_tenant=False)}
    assert columns["interactionDuration.ongoing"] == "interaction_duration_ongoing"
    assert columns["interactionDurationOngoing"] != "interaction_duration_ongoing"


# -- the local day -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("time", "day"),
    [
        ("2026-03-03T04:59:59.999Z", "2026-03-02"),
        ("2026-03-03T05:00:00.000Z", "2026-03-03"),
        ("2026-03-08T12:00:00.000Z", "2026-03-08"),
        ("2026-02-27T12:00:00.000Z", "2026-02-27"),
    ],
)
def test_row_belongs_to_the_local_day_of_its_creation(time: str, day: str) -> None:
    (found,) = decoded({"interactionId": "i", "creationTime": time})
    assert found["local_date"] == day


@pytest.mark.parametrize("time", [None, "", "soon", "2026-11-01T01:30:00"])
def test_row_whose_time_is_not_known_belongs_to_no_day(time: str | None) -> None:
    (found,) = decoded({"interactionId": "i", "creationTime": time})
    assert found["local_date"] is None


@settings(deadline=None)
@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_day_holds_its_moment(moment: datetime) -> None:
    zone = ZoneInfo("Australia/Lord_Howe")
    days = Days(Window(START, END, START), zone)
    text = f"{moment.isoformat(timespec='milliseconds')}Z"
    day = days.of([None, text])
    assert day == datetime.fromisoformat(text).astimezone(zone).date().isoformat()
    assert days.of([text]) is day


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z"])
def test_day_at_the_end_of_time_is_none(text: str) -> None:
    assert Days(Window(START, END, START), ZONE).of([text]) is None


# -- row ids -------------------------------------------------------------------------------------

BASE: dict[str, Any] = {
    "interactionId": "int-1",
    "creationTime": "2026-03-02T10:00:00.000-05:00",
    "finishedTime": {"value": None, "ongoing": True},
    "interactionDuration": {"value": 10, "ongoing": True},
    "outcome": None,
    "participantId": "ag1",
    "participantAssignNumber": "1",
}
FINAL = BASE | {
    "finishedTime": {"value": "2026-03-03T01:00:00.000-05:00", "ongoing": False},
    "interactionDuration": {"value": 99, "ongoing": False},
    "outcome": "Handled",
}


@pytest.mark.parametrize("together", [True, False])
def test_row_that_finishes_stays_the_same_row(*, together: bool) -> None:
    assert ids(BASE, together=together) == ids(FINAL, together=together)


def test_row_id_does_not_depend_on_report_zone_form_or_other_columns() -> None:
    elsewhere = FINAL | {"creationTime": "2026-03-02T15:00:00Z"}
    fewer = {key: FINAL[key] for key in ("creationTime", "interactionId")}
    assert ids(FINAL) == ids(elsewhere) == ids(fewer) == ids(FINAL, start=START + timedelta(days=3))


def test_participants_have_rows_of_their_own() -> None:
    second = FINAL | {"participantId": "ag2", "participantAssignNumber": "2"}
    again = FINAL | {"participantAssignNumber": "3"}
    found = ids(FINAL, second, again, together=False)
    assert len(set(found)) == 3
    assert found == ids(FINAL, second, again, together=False)
    assert ids(second, again, FINAL, together=False) == [found[1], found[2], found[0]]


def test_waiting_interaction_becomes_the_row_of_its_first_participant() -> None:
    waiting = BASE | {"participantId": None, "participantAssignNumber": None}
    assert ids(waiting, together=False) == ids(FINAL, together=False)


def test_participants_that_share_a_number_are_two_rows() -> None:
    other = FINAL | {"participantId": "ag2"}
    assert len(set(ids(FINAL, other, together=False))) == 2


def test_equal_rows_are_numbered() -> None:
    found = ids(FINAL, FINAL, FINAL)
    assert len(set(found)) == 3
    assert found == ids(FINAL, FINAL, FINAL)
    assert found[:1] == ids(FINAL)


STATUS_METRICS = ("agent", "agentId", "interactionId", "status", "statusCode", "time")
STATUS = {
    "agent": "Ann",
    "agentId": "ag1",
    "interactionId": None,
    "status": "onBreak",
    "statusCode": "Lunch",
    "time": "2026-03-02T10:00:00.001-05:00",
}


def status_ids(*rows: dict[str, Any]) -> list[str]:
    return ids(*rows, report_type=STATUS_CHANGES, metrics=STATUS_METRICS)


def test_status_change_is_known_by_agent_time_status_and_interaction() -> None:
    base = status_ids(STATUS)
    assert base == status_ids(STATUS | {"agent": "Anna", "statusCode": "Dinner"})
    for change in (
        {"agentId": "ag2"},
        {"status": "available"},
        {"time": "2026-03-02T10:00:00.002-05:00"},
        {"interactionId": "int-1"},
    ):
        assert base != status_ids(STATUS | change), change


def test_unknown_type_is_known_by_its_identifiers_and_time() -> None:
    metrics = ("surveyId", "responseID", "surveyName", "startTime", "endTime", "score")
    row = {
        "surveyId": "1",
        "responseID": "r1",
        "surveyName": "Post-call",
        "startTime": "2026-03-02T10:00:00Z",
        "endTime": None,
        "score": None,
    }
    options: dict[str, Any] = {"report_type": "detailed-reports-new", "metrics": metrics}
    later = row | {"surveyName": "Renamed", "endTime": "2026-03-02T10:01:00Z", "score": "0.5"}
    assert ids(row, **options) == ids(later, **options)
    for change in ({"surveyId": "2"}, {"responseID": "r2"}, {"startTime": "2026-03-02T10:00:01Z"}):
        assert ids(row, **options) != ids(row | change, **options)
    (found,) = decoded(row, **options)
    assert found["local_date"] == "2026-03-02"
    assert (found["start_time"], found["end_time"]) == ("2026-03-02T10:00:00Z", None)


def test_rows_without_time_differ_between_reports() -> None:
    options: dict[str, Any] = {"report_type": "detailed-reports-new", "metrics": ("agentId", "n")}
    row = {"agentId": "1", "n": "5"}
    assert ids(row, **options) != ids(row, start=START + timedelta(days=1), **options)
    nameless = {"agentId": None, "n": "5"}
    assert ids(nameless, **options) != ids(nameless | {"n": "6"}, **options)


IDENTITIES = st.fixed_dictionaries(
    {
        "interactionId": st.sampled_from(["a", "b", "c"]),
        "creationTime": st.sampled_from(["2026-03-02T10:00:00Z", "2026-03-03T10:00:00Z", None]),
        "participantId": st.sampled_from(["x", "y", None]),
        "participantAssignNumber": st.sampled_from(["1", "2", None]),
        "outcome": st.sampled_from(["Handled", "Abandoned"]),
    }
)


@settings(deadline=None)
@given(st.lists(IDENTITIES, min_size=1, max_size=12), st.booleans())
def test_rows_never_collapse_and_come_back_the_same(
    rows: list[dict[str, Any]],
    together: bool,  # noqa: FBT001
) -> None:
    found = ids(*rows, together=together)
    assert len(set(found)) == len(rows)
    changed = [row | {"outcome": "Finished"} for row in rows]
    assert ids(*changed, together=together) == found


def test_row_ids_stay_what_they_are() -> None:
    """Tables in warehouses are kept by them: they may never change."""
    assert ids(FINAL, FINAL) == [
        "3dd9513bb9618e5a1a9ec21981164ea1",
        "5b20f001c2041e638e9b2917c2fc6d6f",
    ]
    assert status_ids(STATUS) == ["ec2e34cea5792b72d5f1604223b4fe2e"]
