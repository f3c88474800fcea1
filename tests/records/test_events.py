"""Events: what each form of value becomes, and what makes a row the same row."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict

from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.model.date_ranges import DateRangeReading
from tap_8x8_cc.model.reports import INTERACTIONS
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.records.columns import Column, Role, column_schema
from tap_8x8_cc.records.event_columns import (
    PARTICIPANTS,
    detailed_columns,
    event_layout,
    participant_columns,
    value_columns,
)
from tap_8x8_cc.records.event_values import typed_value
from tap_8x8_cc.records.events import (
    STATUS_CHANGES,
    Event,
    EventDecoder,
    growing_keys,
    identity_of,
    participant_records,
)
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.row_ids import Occurrences
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


def events(
    *rows: dict[str, Any],
    report_type: str = INTERACTIONS,
    metrics: tuple[str, ...] = METRICS,
    together: bool = True,
    start: datetime = START,
    reading: DateRangeReading | None = DateRangeReading.INSTANT,
) -> list[Event]:
    """Decode rows as one report."""
    people = PEOPLE if together and report_type == INTERACTIONS else None
    columns = detailed_columns(metrics, people, with_tenant=False)
    identity = identity_of(report_type, metrics, with_participants=people is not None)
    request = detailed_request(
        report_type, zone=ZONE, window=Window(start, END, start, reading=reading)
    )
    occurrences = Occurrences()
    found = []
    for row in rows:
        cells = [None, *row.values()]
        layout = event_layout(tuple(row), growing_keys(tuple(row), cells), columns)
        columns = (*columns, *layout.fresh)
        decoder = EventDecoder(request, layout, columns, identity, occurrences)
        found.append(decoder.decode(cells))
    return found


def decoded(*rows: dict[str, Any], **options: Any) -> list[dict[str, Any]]:
    return [asdict(event.record) for event in events(*rows, **options)]


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
    found = typed_value(column, value)
    assert (found.value, found.ongoing, found.unparsed) == (typed, ongoing, {})


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
    found = typed_value(column, value)
    assert found.value is None
    inner = value["value"] if isinstance(value, dict) and "value" in value else value
    raw = found.unparsed[""]
    assert raw == inner or json.loads(raw) == inner


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("value"), inner),
    max_leaves=8,
)


@settings(deadline=None)
@given(
    st.sampled_from(
        [Kind.COUNT, Kind.DURATION, Kind.NUMBER, Kind.TIMESTAMP, Kind.TEXT, Kind.LIST, Kind.BOOLEAN]
    ),
    JSON,
)
def test_no_value_at_all_stops_the_decoding(kind: Kind, value: object) -> None:
    members = (Column("y", Role.METRIC, "", "y", Kind.DURATION),) if kind is Kind.LIST else ()
    for column in (
        Column("x", Role.METRIC, "", "x", kind),
        Column("x", Role.METRIC, "", "x", kind, members),
    ):
        json.dumps(typed_value(column, value).value, allow_nan=False)


def test_what_a_column_cannot_hold_is_kept_as_text() -> None:
    row = {"interactionId": "i", "interactionDuration": {"weird": 1}, "outcome": ["x"]}
    (found,) = decoded(row)
    assert found["interaction_duration"] is None
    assert found["unparsed_values"] == {"interaction_duration": '{"weird":1}'}
    assert found["outcome"] == '["x"]'


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
    assert first["brand_new"] == "x"
    assert "brand_new_ongoing" not in first  # the column is new with the second row
    assert (second["brand_new"], second["brand_new_ongoing"]) == ("y", True)
    assert (second["new_duration"], second["new_duration_ongoing"]) == (7, False)
    assert (first["new_tags"], second["new_tags"]) == ('["a"]', "[]")
    assert (first["outcome"], second["outcome"]) == ("1", "Handled")
    assert second["outcome_ongoing"] is False


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
    (column,) = event_layout(("ticket",), (), ()).columns
    assert column is not None
    assert column_schema(column)["type"] == ["string", "null"]


@pytest.mark.parametrize(
    ("time", "read"),
    [
        ("2026-03-02T23:30:00", "2026-03-03T04:30:00Z"),
        ("2026-03-03T04:30:00Z", "2026-03-03T04:30:00Z"),
        ("2026-03-02 23:30", "2026-03-03T04:30:00Z"),
        (1772512200000, "2026-03-03T04:30:00Z"),
        ("1772512200000", "2026-03-03T04:30:00Z"),
        ("2026-03-02", "2026-03-02T05:00:00Z"),
    ],
)
def test_times_are_read_in_the_zone_of_the_report(time: object, read: str) -> None:
    (found,) = decoded({"interactionId": "i", "creationTime": time})
    assert (found["creation_time"], found["local_date"]) == (read, "2026-03-02")


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
        # The time is not known; the last is shown twice by the clock.
        *((time, "2026-03-02") for time in (None, "", "soon", "2026-11-01T01:30:00")),
        # The ends of the calendar.
        ("0001-01-01T00:00:00Z", "2026-03-02"),
        ("9999-12-31T23:59:59Z", "9999-12-31"),
    ],
)
def test_row_belongs_to_the_local_day_of_its_creation_or_else_of_its_report(
    time: str | None, day: str
) -> None:
    (found,) = decoded({"interactionId": "i", "creationTime": time})
    assert (found["local_date"], found["report_date"]) == (day, "2026-03-02")


@settings(deadline=None)
@given(st.datetimes(datetime(1970, 1, 2), datetime(2200, 1, 1)))  # noqa: DTZ001
def test_day_holds_its_moment(moment: datetime) -> None:
    text = f"{moment.isoformat(timespec='milliseconds')}Z"
    (found,) = decoded({"interactionId": "i", "creationTime": text})
    day = datetime.fromisoformat(text).astimezone(ZONE).date().isoformat()
    assert (found["local_date"], found["report_date"]) == (day, "2026-03-02")


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
    sharing_the_number = FINAL | {"participantId": "ag2"}
    assert len(set(ids(FINAL, sharing_the_number, together=False))) == 2
    waiting = BASE | {"participantId": None, "participantAssignNumber": None}
    assert ids(waiting, together=False) == found[:1]  # it becomes the row of the first


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


# -- participants --------------------------------------------------------------------------------

PERSON = {"participantId": "ag1", "participantAssignNumber": 1, "participantName": "Ann"}


def people(*participants: dict[str, Any] | None, interaction: str = "i") -> list[dict[str, Any]]:
    """Return the records of the participants of an interaction."""
    request = detailed_request(INTERACTIONS, zone=ZONE, window=Window(START, END, START))
    found = events({"interactionId": interaction, "participants": [*participants]})
    columns = participant_columns(PEOPLE, with_tenant=False)
    return [asdict(r) for r in participant_records(found, columns, {}, request, "2026-03-05")]


def people_ids(*participants: dict[str, Any], **options: Any) -> list[str]:
    return [record["row_id"] for record in people(*participants, **options)]


def test_a_participant_is_known_by_interaction_id_and_assignment() -> None:
    base = people_ids(PERSON)
    assert base == people_ids(PERSON | {"participantName": "Renamed"})
    for other in (
        people_ids(PERSON, interaction="j"),
        people_ids(PERSON | {"participantId": "ag2"}),
        people_ids(PERSON | {"participantAssignNumber": 2}),
        people_ids(PERSON | {"participantId": None}),
    ):
        assert other != base
    assert len(set(people_ids(PERSON, PERSON))) == 2


def test_participants_hold_what_their_interaction_says_and_no_member_is_lost() -> None:
    strange = {"participantId": "ag2", "restDuration": {"value": 5, "ongoing": True}, "rowId": "x"}
    odd = PERSON | {"participantAssignNumber": "some"}
    (event,) = events({"interactionId": "i", "participants": [PERSON, strange, odd]})
    assert set(event.members) == {"rest_duration", "rest_duration_ongoing", "row_id"}
    assert event.participants[1]["rest_duration"] == 5
    assert event.participants[1]["rest_duration_ongoing"] is True
    records = people(PERSON, strange, odd)
    assert [r["participant_id"] for r in records] == ["ag1", "ag2", "ag1"]
    assert {r["interaction_row_id"] for r in records} == {event.row_id}
    assert {(r["local_date"], r["report_date"], r["timezone"]) for r in records} == {
        ("2026-03-02", "2026-03-02", "America/New_York")
    }
    wanted = [None, None, {"participant_assign_number": "some"}]
    assert [r["unparsed_values"] for r in records] == wanted
    assert people() == []


def test_members_of_participants_have_typed_columns() -> None:
    (column,) = value_columns(PARTICIPANTS, members=PEOPLE)
    assert {m.name: m.kind for m in column.members}["participant_assign_number"] is Kind.COUNT
    assert typed_value(column, [{"participantId": "ag1"}]).fresh == {}


def test_an_event_in_a_wider_report_needs_a_time() -> None:
    timed = {"interactionId": "1", "creationTime": "2026-03-02T10:00:00Z"}
    assert ids(timed, reading=None) == ids(timed)
    with pytest.raises(ReportError, match="date_range_reading"):
        decoded(timed | {"creationTime": None}, reading=None)
