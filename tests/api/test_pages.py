"""JSON pages: both forms of a row, its total, and what the headers say."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.pages import read_page
from tap_8x8_cc.api.patience import TransientError
from tap_8x8_cc.api.responses import Response
from tap_8x8_cc.api.rows import chunks, decode_rows, labels

KEYS = ("startTime", "queue", "accepted")


def listed(*values: Any, **more: Any) -> dict[str, Any]:
    items = [
        {"key": key, "label": key.title(), "value": value}
        for key, value in zip(KEYS, values, strict=True)
    ]
    return {"items": items, **more}


def keyed(*values: Any, **more: Any) -> dict[str, Any]:
    return {"items": dict(zip(KEYS, values, strict=True)), **more}


def found(
    rows: list[dict[str, Any]], expected: tuple[str, ...] | None = None
) -> list[tuple[tuple[str, ...], list[list[object]], list[str | None] | None]]:
    return [
        (
            keys,
            [list(column) for column in chunk.columns],
            None if chunk.totals is None else list(chunk.totals),
        )
        for keys, chunk in chunks(json.dumps(rows).encode(), expected)
    ]


@pytest.mark.parametrize("expected", [None, KEYS, KEYS[::-1], KEYS[:2], ("x",)])
@pytest.mark.parametrize("form", [listed, keyed])
def test_rows_of_either_form_are_the_same_columns(form: Any, expected: Any) -> None:
    rows = [form("t", "Sales", "1", total=None), form("t", None, "", totals=None)]
    wanted = [(KEYS, [["t", "t"], ["Sales", None], ["1", ""]], None)]
    assert found(rows, expected) == wanted


@pytest.mark.parametrize("expected", [None, KEYS])
def test_rows_of_other_keys_are_chunks_of_their_own(expected: Any) -> None:
    short = {"items": [{"key": "accepted", "value": "9"}], "total": {"type": "grandtotal"}}
    rows = [listed("a", "b", "1"), short, listed("c", "d", "2")]
    assert found(rows, expected) == [
        (KEYS, [["a"], ["b"], ["1"]], None),
        (("accepted",), [["9"]], ["grandtotal"]),
        (KEYS, [["c"], ["d"], ["2"]], None),
    ]


@pytest.mark.parametrize("expected", [None, KEYS])
@pytest.mark.parametrize("name", ["total", "totals"])
@pytest.mark.parametrize(
    ("mark", "total"),
    [
        (None, None),
        ({}, None),
        ({"type": None, "startIndex": None, "endIndex": None}, None),
        ({"type": "subtotal", "startIndex": 0, "endIndex": 1}, "subtotal"),
        ({"type": "SUBTOTAL"}, "subtotal"),
        ({"type": "grandTotal", "startIndex": None, "endIndex": None}, "grandtotal"),
    ],
)
def test_total_type(name: str, mark: Any, total: str | None, expected: Any) -> None:
    ((_, _, totals),) = found([listed("a", "b", "1", **{name: mark})], expected)
    assert totals == ([total] if total else None)


def test_key_that_stands_twice_counts_with_its_last_value() -> None:
    row = {"items": [{"key": "a", "value": "1"}, {"key": "b", "value": "2"}] * 2}
    row["items"][2] = {"key": "a", "value": "3"}
    assert found([row], ("a", "b")) == [(("a", "b"), [["3"], ["2"]], None)]


def test_labels_are_those_that_the_rows_tell() -> None:
    rows = [listed("t", "x", "1"), keyed("t", "x", "1"), {"items": [{"key": "odd", "label": None}]}]
    body = json.dumps(rows).encode()
    assert labels(decode_rows(body)) == {
        "startTime": "Starttime",
        "queue": "Queue",
        "accepted": "Accepted",
    }


@pytest.mark.parametrize("row", [{}, {"items": None}, {"items": ["x"]}, [], 1, None])
def test_row_of_no_known_form_is_refused(row: Any) -> None:
    with pytest.raises(msgspec.DecodeError):
        chunks(json.dumps([row]).encode())


json_values = st.none() | st.booleans() | st.integers() | st.text(max_size=3)


@given(st.lists(st.lists(st.tuples(st.sampled_from("abc"), json_values), max_size=4), max_size=5))
def test_expected_keys_never_change_what_is_read(rows: list[list[tuple[str, Any]]]) -> None:
    wire = [{"items": [{"key": k, "label": k, "value": v} for k, v in row]} for row in rows]
    wanted = found(wire)
    for expected in {tuple(dict.fromkeys(k for k, _ in row)) for row in rows} | {("a", "b")}:
        assert found(wire, expected) == wanted
    flat = [dict(zip(keys, row, strict=True)) for keys, columns, _ in wanted
            for row in (zip(*columns, strict=True) if columns else ())]  # fmt: skip
    assert flat == [dict(row) for row in rows if row]


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
    page = read_page(Response(b"[{}, {}]", headers))
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
        (b'[{"items": {"a": "x\\ud83d"}}]', "x?"),
        (b'\xef\xbb\xbf[{"items": {"a": "\xc3\xa9"}}]', "é"),
    ],
)
def test_what_only_strict_parsers_refuse_is_read(body: bytes, value: str) -> None:
    page = read_page(Response(body, {}))
    ((_, chunk),) = chunks(page.body)
    assert [list(column) for column in chunk.columns] == [[value]]
