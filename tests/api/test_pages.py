"""JSON pages: both forms of a row, its total, and what the headers say."""

from __future__ import annotations

import json
import re
from contextlib import closing
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.pages import read_page
from tap_8x8_cc.api.patience import TransientError
from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.api.rows import decode_rows, total_type
from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.reading.spool import ReportRows

KEYS = ("startTime", "queue", "accepted")


def listed(*values: Any, **more: Any) -> dict[str, Any]:
    items = [
        {"key": key, "label": key.title(), "value": value}
        for key, value in zip(KEYS, values, strict=True)
    ]
    return {"items": items, **more}


def keyed(*values: Any, **more: Any) -> dict[str, Any]:
    return {"items": dict(zip(KEYS, values, strict=True)), **more}


def found(rows: list[Any]) -> list[tuple[tuple[str, ...], list[list[Any]]]]:
    """Return keys and rows of each group, each row with the type of its total first."""
    return [(group.keys, group.rows) for group in decode_rows(json.dumps(rows).encode())]


@pytest.mark.parametrize("form", [listed, keyed])
def test_rows_of_either_form_are_the_same(form: Any) -> None:
    rows = [form("t", "Sales", "1", total=None), form("t", None, "", totals=None)]
    assert found(rows) == [(KEYS, [[None, "t", "Sales", "1"], [None, "t", None, ""]])]


def test_rows_of_other_keys_are_groups_of_their_own() -> None:
    short = {"items": [{"key": "accepted", "value": "9"}], "total": {"type": "grandtotal"}}
    rows = [listed("a", "b", "1"), short, listed("c", "d", "2")]
    assert found(rows) == [
        (KEYS, [[None, "a", "b", "1"]]),
        (("accepted",), [["grandtotal", "9"]]),
        (KEYS, [[None, "c", "d", "2"]]),
    ]


@pytest.mark.parametrize("name", ["total", "totals"])
@pytest.mark.parametrize(
    ("mark", "total"),
    [
        (None, None),
        (False, None),
        ("", None),
        ({}, None),
        ({"type": None, "startIndex": None, "endIndex": None}, None),
        ({"type": "none"}, None),
        ({"type": "None"}, None),
        ("none", None),
        ({"type": "subtotal", "startIndex": 0, "endIndex": 1}, "subtotal"),
        ({"type": "SUBTOTAL"}, "subtotal"),
        ("sub-total", "subtotal"),
        ({"type": "grandTotal", "startIndex": None, "endIndex": None}, "grandtotal"),
        ({"type": "GRAND_TOTAL"}, "grandtotal"),
        ("Grand Total", "grandtotal"),
    ],
)
@pytest.mark.parametrize("form", [listed, keyed, lambda *v, **m: {**keyed(*v)["items"], **m}])
def test_marks_of_totals_follow_one_rule(
    form: Any, name: str, mark: Any, total: str | None
) -> None:
    assert found([form("a", "b", "1", **{name: mark})]) == [(KEYS, [[total, "a", "b", "1"]])]


@pytest.mark.parametrize("mark", [True, "yes", {"type": "average"}, {"type": 1}])
def test_mark_that_does_not_say_which_total_is_an_error(mark: Any) -> None:
    with pytest.raises(ReportError, match="unknown total"):
        total_type(mark)


def twice(*cells: tuple[str, str | None, str]) -> dict[str, Any]:
    return {"items": [{"key": k, "label": label, "value": v} for k, label, v in cells]}


def test_key_that_stands_twice_keeps_both_values() -> None:
    named = twice(("name", "Media", "Phone"), ("name", "Queue", "Sales"), ("entered", None, "5"))
    assert found([named, named])[0] == (
        ("name", "Queue", "entered"),
        [[None, "Phone", "Sales", "5"]] * 2,
    )
    counted = twice(
        ("entered", "Entered", "5"), ("entered", "entered", "7"), ("entered", None, "9")
    )
    assert found([counted]) == [(("entered", "entered 2", "entered 3"), [[None, "5", "7", "9"]])]
    (group,) = decode_rows(json.dumps([named]).encode())
    assert group.raw_keys == ("name", "name", "entered")


def test_labels_are_those_of_the_rows() -> None:
    (group,) = decode_rows(json.dumps([listed("t", "x", "1"), listed("u", "x", "2")]).encode())
    assert group.labels == {"startTime": "Starttime", "queue": "Queue", "accepted": "Accepted"}


@pytest.mark.parametrize("row", [{}, {"items": None}, {"items": ["x"]}, [], 1, None])
def test_row_of_no_known_form_is_refused(row: Any) -> None:
    with pytest.raises(ReportError, match="unknown form"):
        found([row])


json_values = st.none() | st.booleans() | st.integers() | st.text(max_size=3)


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), json_values), max_size=4), max_size=5))
def test_rows_of_any_keys_are_read_whole(rows: list[list[tuple[str, Any]]]) -> None:
    wire = [{"items": [{"key": k, "label": k, "value": v} for k, v in row]} for row in rows]
    values = [row[1:] for _, group in found(wire) for row in group]
    assert values == [[value for _, value in row] for row in rows]
    alike = [wire[0]] * 3 if wire else []
    assert [row for _, group in found(alike) for row in group] == (
        [[None, *values[0]]] * 3 if wire else []
    )


@pytest.mark.parametrize(
    ("headers", "elements", "pages", "has_next"),
    [
        ({}, None, None, False),
        ({"X-Total-Elements": "12", "X-Total-Pages": "2"}, 12, 2, False),
        ({"X-Total-Elements": " 12 ", "X-Total-Pages": ""}, 12, None, False),
        ({"X-Total-Elements": "-1", "X-Total-Pages": "two"}, None, None, False),
        ({"X-Total-Elements": "9" * 5000}, None, None, False),
        ({"Link": '<https://x/data?page=1>; rel="next"'}, None, None, True),
        ({"Link": '<https://x/a>; rel="prev", <https://x/b>; rel=next'}, None, None, True),
        ({"Link": '<https://x/data>; rel="prev"'}, None, None, False),
    ],
)
def test_headers(
    headers: dict[str, str], elements: int | None, pages: int | None, *, has_next: bool
) -> None:
    page = read_page(Response(b'[{"a": 1}, {"a": 2}]', headers))
    assert (page.rows, page.total_elements, page.total_pages) == (2, elements, pages)
    assert page.has_next is has_next


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b"[{}", b'[{"items": []}', b"<html>", b'["\xe9"]', b"[NaN", b"[" * 10**5],
)
def test_body_that_is_no_json_array_is_asked_for_again(body: bytes) -> None:
    with pytest.raises(TransientError):
        read_page(Response(body, {}))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'[{"items": {"a": NaN}}]', "NaN"),
        (b'[{"items": {"a": -Infinity}}]', "-Infinity"),
        (b'[{"items": {"a": "x\\ud83d"}}]', "x\ufffd"),
        (b'\xef\xbb\xbf[{"items": {"a": "\xc3\xa9"}}]', "é"),
    ],
)
def test_what_only_strict_parsers_refuse_is_read(body: bytes, value: str) -> None:
    page = read_page(Response(body, {}))
    assert [group.rows for group in page.groups] == [[[None, value]]]


TEXTS = {"a": "x\0y", "b": [{"n\0": ["\0", 1, None]}], "c": "\\u0000"}


def stored(rows: list[Any]) -> tuple[list[Any], bool]:
    """Return the values of rows as they are kept, and whether a character was replaced."""
    page = read_page(Response(json.dumps(rows).encode(), {}))
    with closing(ReportRows(with_buckets=False)) as kept:
        kept.add(page.groups)
        values = [value for _, group in kept.groups() for row in group for value in row[1:]]
        return values, kept.replaced or page.replaced


def test_what_no_warehouse_stores_is_replaced_in_nested_texts_too() -> None:
    values, replaced = stored([{"items": TEXTS}])
    assert replaced
    assert values == ["x\ufffdy", [{"n\ufffd": ["\ufffd", 1, None]}], "\\u0000"]
    assert stored([{"items": {"c": "\\u0000"}}]) == (["\\u0000"], False)
    page = read_page(Response(json.dumps([{"items": {"a\0": "x"}}]).encode(), {}))
    with closing(ReportRows(with_buckets=False)) as kept:
        kept.add(page.groups)
        assert [keys for keys, _ in kept.groups()] == [("a\ufffd",)]


@given(st.lists(st.text(st.characters(codec=None), max_size=5), max_size=4))
def test_texts_of_any_kind_can_be_stored_afterwards(texts: list[str]) -> None:
    values, replaced = stored(
        [{"items": [{"key": f"k{n}", "value": t} for n, t in enumerate(texts)]}]
    )
    joined = [json.loads(json.dumps(text)) for text in texts]  # pairs of halves are one character
    assert [len(value) for value in values] == [len(text) for text in joined]
    assert replaced == any("\0" in t or re.search("[\ud800-\udfff]", t) for t in joined)
    assert all(re.search("[\0\ud800-\udfff]", value) is None for value in values)


@pytest.mark.parametrize(
    ("headers", "itself"),
    [
        ({"X-Total-Elements": "2", "X-Total-Pages": "3"}, True),
        ({"X-Total-Elements": "2", "Link": '<https://x/b>; rel="next"'}, True),
        ({"X-Total-Elements": "2", "X-Total-Pages": "1"}, False),
        ({"X-Total-Elements": "6", "X-Total-Pages": "3"}, False),
        ({"X-Total-Pages": "3"}, False),
    ],
)
def test_count_that_is_the_pages_own(headers: dict[str, str], *, itself: bool) -> None:
    page = read_page(Response(b'[{"a": 1}, {"a": 2}]', headers))
    assert page.counts_itself is itself


@pytest.mark.parametrize("status", [201, 202, 206])
def test_no_rows_with_another_status_than_200_prove_nothing(status: int) -> None:
    with pytest.raises(TransientError):
        read_page(Response(b"[]", {}, status))
    assert read_page(Response(b"[]", {}, 200)).rows == 0
