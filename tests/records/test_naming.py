"""Names: what they look like, how long they are, and that they never meet."""

from __future__ import annotations

import re
import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.model.reports import report_title
from tap_8x8_cc.records.naming import (
    column_name,
    dimension_keys,
    dimension_words,
    resolve,
    shorten,
    snake_case,
    stream_name,
)

NAME = re.compile(r"[a-z][a-z0-9_]*")
LONG = "agent_interactions_handling_and_wrap_up_by_group_agent_media_channel_queue"

# Built of the pieces real keys are made of, so that their rules meet each other.
api_keys = st.lists(
    st.sampled_from(
        [
            "accepted",
            "Percentage",
            "IVR",
            "Id",
            "IDs",
            "Than",
            "5s",
            "1h30m",
            "45",
            "S",
            "h",
            ".",
            "-",
            "é",
        ]
    ),
    min_size=1,
    max_size=8,
).map("".join)
keys = st.text(max_size=90) | api_keys


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("accepted", "accepted"),
        ("acceptedInSla", "accepted_in_sla"),
        ("queueId", "queue_id"),
        ("wrapUpCodeListId", "wrap_up_code_list_id"),
        ("accepted.30m-1h", "accepted_30m_1h"),
        ("accepted.1h30m-2h", "accepted_1h30m_2h"),
        ("acceptedPercentage.1h-1h30m", "accepted_percentage_1h_1h30m"),
        ("abandon.lowerThan5s", "abandon_lower_than_5s"),
        ("accepted.lowerThan500ms", "accepted_lower_than_500ms"),
        ("acceptedPercentage.greaterThan10m", "accepted_percentage_greater_than_10m"),
        ("IVRTreatmentTime", "ivr_treatment_time"),
        ("agentIDs", "agent_ids"),
        ("customerURL", "customer_url"),
        ("sha256", "sha256"),
        ("Path ID", "path_id"),
        ("status-code", "status_code"),
        ("  SLA % (target) ", "sla_target"),
        ("a__b..c", "a_b_c"),
        ("30m", "n_30m"),
        ("Durée d'appel", "duree_d_appel"),
    ],
)
def test_snake_case(key: str, expected: str) -> None:
    assert snake_case(key) == expected


def test_keys_without_a_usable_character_still_have_names_of_their_own() -> None:
    names = {snake_case(key) for key in ("", "%", "日本", "中国", "\ud800")}
    assert len(names) == 5
    assert all(re.fullmatch(r"n_[0-9a-f]{8}", name) for name in names)


@given(keys)
def test_snake_case_is_a_plain_name_and_settles_at_once(key: str) -> None:
    name = snake_case(key)
    assert NAME.fullmatch(name)
    assert "__" not in name
    assert not name.endswith("_")
    assert snake_case(name) == name


@given(keys)
def test_a_column_name_fits_every_warehouse(key: str) -> None:
    name = column_name(key)
    assert NAME.fullmatch(name)
    assert len(name) <= 63
    assert shorten(name) == name


def test_a_name_of_63_characters_is_kept_and_one_of_64_is_not() -> None:
    assert shorten("x" * 63) == "x" * 63
    assert re.fullmatch(r"x{54}_[0-9a-f]{8}", shorten("x" * 64))


def test_long_names_that_begin_alike_stay_distinct() -> None:
    assert shorten("x" * 70 + "a") != shorten("x" * 70 + "b")


@pytest.mark.parametrize(
    ("report_type", "group_by", "expected"),
    [
        (
            "queue-interactions-summary",
            "media-and-channel-and-queue",
            "queue_interactions_summary_by_media_channel_queue",
        ),
        (
            "agent-status-by-status-code",
            "status-code",
            "agent_status_by_status_code_by_status_code",
        ),
        ("detailed-reports-interaction-details", None, "detailed_reports_interaction_details"),
        ("script-paths", None, "script_paths"),
    ],
)
def test_stream_name(report_type: str, group_by: str | None, expected: str) -> None:
    assert stream_name(report_type, group_by) == expected


def test_a_long_stream_name_keeps_its_beginning_on_every_machine() -> None:
    # The hash is BLAKE2b of 4 bytes over the full name, from coreutils: b2sum -l 32.
    name = stream_name(
        "agent-interactions-handling-and-wrap-up", "group-and-agent-and-media-and-channel-and-queue"
    )
    assert name == f"{LONG[:54]}_bb743878"


def test_and_separates_dimensions_but_a_hyphen_does_not() -> None:
    assert dimension_words("agent-and-status-code") == ["agent", "status-code"]
    assert dimension_words("brand-and-hand-and-wrap-up-code") == ["brand", "hand", "wrap-up-code"]


def test_each_dimension_is_predicted_with_its_identifier() -> None:
    assert dimension_keys("agent-and-status-code") == [
        "agent",
        "agentId",
        "statusCode",
        "statusCodeId",
    ]
    assert dimension_keys("wrap-up-code") == ["wrapUpCode", "wrapUpCodeId"]


def test_names_that_do_not_meet_are_left_alone() -> None:
    names = {"acceptedInSla": "accepted_in_sla", "accepted": "accepted"}
    assert resolve(names, taken=["row_id"]) == names


def test_all_parties_of_a_clash_are_marked_and_others_are_not() -> None:
    final = resolve({"a.b": "a_b", "a-b": "a_b", "c": "c"})
    assert final["c"] == "c"
    assert re.fullmatch(r"a_b_[0-9a-f]{8}", final["a.b"])
    assert re.fullmatch(r"a_b_[0-9a-f]{8}", final["a-b"])
    assert final["a.b"] != final["a-b"]


def test_a_taken_name_stays_with_its_owner() -> None:
    final = resolve({"rowId": "Row_Id"}, taken=["row_id"])
    assert re.fullmatch(r"Row_Id_[0-9a-f]{8}", final["rowId"])


def test_names_that_differ_in_case_only_clash() -> None:
    final = resolve({"1": "Queue", "2": "queue"})
    assert {final["1"].casefold(), final["2"].casefold()}.isdisjoint({"queue"})


def test_a_marked_name_that_meets_another_name_is_marked_anew() -> None:
    marked = resolve({"a.b": "a_b", "a-b": "a_b"})
    final = resolve({"a.b": "a_b", "a-b": "a_b"}, taken=list(marked.values()))
    assert len({*final.values(), *marked.values()}) == 4


wanted_names = st.dictionaries(
    st.text(max_size=5), st.text("abAB_", min_size=1, max_size=3) | st.just("x" * 70), max_size=12
)


@given(wanted_names, st.sets(st.text("abAB_", min_size=1, max_size=3), max_size=4))
def test_resolved_names_are_distinct_and_independent_of_order(
    wanted: dict[str, str], taken: set[str]
) -> None:
    final = resolve(wanted, taken)
    folded = [name.casefold() for name in final.values()]
    assert len(set(folded)) == len(wanted)
    assert set(folded).isdisjoint(name.casefold() for name in taken)
    assert all(len(name) <= 63 for name in final.values())
    backwards = dict(reversed(wanted.items()))
    assert resolve(backwards, sorted(taken)) == final


@given(st.text(max_size=150))
def test_a_title_holds_only_what_the_api_takes(stream: str) -> None:
    title = report_title(stream)
    assert set(title) <= set(string.ascii_letters + string.digits + " !-_.*'()")
    assert 1 <= len(title) <= 100


def test_a_stream_name_is_its_own_title() -> None:
    assert report_title("queue_interactions_summary_by_queue") == (
        "queue_interactions_summary_by_queue"
    )
