"""The API's list of report types, in any form, and discovery made from nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.listing import ReportType, merged, parse_entry, read_listing
from tap_8x8_cc.api.patience import TransientError
from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.model.reports import ReportKind

SUMMARY = {
    "type": "queue-interactions-summary",
    "groupBy": [{"name": "queue", "filters": ["queue"]}, {"name": "media", "filters": []}],
    "metrics": ["accepted", "entered"],
}
DETAILED = {
    "type": "detailed-reports-interaction-details",
    "metrics": ["interactionId"],
    "searchQuery": {"fields": ["queueId"], "operators": ["in"]},
}


def answer(value: object) -> Response:
    return Response(json.dumps(value).encode(), {"Content-Type": "application/json"})


def test_a_summary_type_has_groupings_with_filters_and_metrics() -> None:
    entry = parse_entry(SUMMARY)
    assert entry == ReportType(
        "queue-interactions-summary",
        ReportKind.SUMMARY,
        {"queue": ("queue",), "media": ()},
        ("accepted", "entered"),
    )


@pytest.mark.parametrize(
    ("entry", "form"),
    [
        (DETAILED, ReportKind.DETAILED),
        ({"type": "detailed-reports-survey", "metrics": ["surveyId"]}, ReportKind.DETAILED),
        ({"type": "something-new", "searchQuery": {"fields": ["a"]}}, ReportKind.DETAILED),
        ({"type": "script-paths"}, ReportKind.SCRIPT_PATHS),
        ({"type": "script-paths", "searchQuery": {"fields": ["queue"]}}, ReportKind.SCRIPT_PATHS),
        ({"type": "script-paths", "groupBy": [], "metrics": None}, ReportKind.SCRIPT_PATHS),
    ],
)
def test_other_forms_are_told_apart(entry: dict[str, Any], form: ReportKind) -> None:
    found = parse_entry(entry)
    assert found is not None
    assert found.kind is form
    assert found.groupings == {}


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [],
        "queue-interactions-summary",
        {},
        {"type": ""},
        {"type": 7, "groupBy": [], "metrics": []},
        {"type": "a", "groupBy": [{"name": "queue"}], "metrics": []},
    ],
)
def test_an_entry_nobody_can_ask_for_is_left_out(entry: object) -> None:
    assert parse_entry(entry) is None


@pytest.mark.parametrize(
    "entry",
    [
        {**SUMMARY, "metrics": [{"name": "accepted", "unit": "count"}, {"name": "entered"}]},
        {**SUMMARY, "searchQuery": {"fields": ["queue"], "operators": ["in"]}, "version": 9},
        {**SUMMARY, "groupBy": [{"name": "queue", "filters": [{"name": "queue"}]}, "media"]},
    ],
)
def test_other_spellings_of_an_entry_are_the_same(entry: dict[str, Any]) -> None:
    assert parse_entry(entry) == parse_entry(SUMMARY)


@pytest.mark.parametrize("groupings", [None, [], [{"filters": []}, 3, None]])
def test_a_summary_type_may_have_no_grouping(groupings: Any) -> None:
    entry = {"type": "surveys-summary", "groupBy": groupings, "metrics": ["offered"]}
    found = parse_entry({**entry, "searchQuery": {"fields": ["survey"], "operators": ["in"]}})
    assert found == ReportType("surveys-summary", ReportKind.SUMMARY, {}, ("offered",))


def test_what_is_left_out_is_told(caplog: pytest.LogCaptureFixture) -> None:
    assert read_listing(answer([SUMMARY, {"type": "riddle", "groupBy": ["queue"]}])).keys() == {
        SUMMARY["type"]
    }
    (warning,) = [record.getMessage() for record in caplog.records]
    assert "riddle" in warning


def test_names_twice_are_taken_once() -> None:
    twice = {**SUMMARY, "metrics": ["accepted", "entered", "accepted", "", None]}
    found = parse_entry({**twice, "groupBy": [*SUMMARY["groupBy"], {"name": "queue"}]})
    assert found is not None
    assert found.metrics == ("accepted", "entered")
    assert list(found.groupings) == ["queue", "media"]


@pytest.mark.parametrize("value", [{}, {"items": [SUMMARY]}, "none", 3, None])
def test_an_answer_that_is_no_list_is_asked_for_again(value: object) -> None:
    with pytest.raises(TransientError):
        read_listing(answer(value))


def test_tenants_lists_are_joined() -> None:
    first = read_listing(answer([SUMMARY]))
    other = {**SUMMARY, "groupBy": [{"name": "channel"}], "metrics": ["entered", "diverted"]}
    second = read_listing(answer([other, DETAILED]))
    joined = merged([first, second])
    entry = joined["queue-interactions-summary"]
    assert set(entry.groupings) == {"queue", "media", "channel"}
    assert entry.metrics == ("accepted", "entered", "diverted")
    assert "detailed-reports-interaction-details" in joined


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "type",
                    "groupBy",
                    "name",
                    "filters",
                    "metrics",
                    "searchQuery",
                    "fields",
                    "operators",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


@given(st.lists(json_values, max_size=4))
def test_no_list_makes_it_stumble(entries: list[Any]) -> None:
    found = read_listing(answer([SUMMARY, *entries]))
    assert "queue-interactions-summary" in found
    for name, entry in found.items():
        assert entry.type == name != ""
        assert entry.kind is not ReportKind.SUMMARY or entry.metrics
        assert len(set(entry.metrics)) == len(entry.metrics)
