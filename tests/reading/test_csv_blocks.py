"""The short cuts in reading a CSV give what the reader of CSV proper gives, or nothing."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.reading import csv_blocks as csvcells
from tap_8x8_cc.reading.csv_blocks import (
    CsvBrokenError,
    NumberRows,
    csv_blocks,
    csv_header,
    csv_rows,
    split_tails,
)
from tap_8x8_cc.reading.csv_formats import CellFormats
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.values import PARSERS

if TYPE_CHECKING:
    from collections.abc import Sequence

Table = list[list[str]]


def expected(body: bytes) -> Table | None:
    """Read by the standard library alone; None where it is no table."""
    text = io.StringIO(body.decode("utf-8-sig"), newline="")
    try:
        rows = [row for row in csv.reader(text, strict=True) if row]
    except csv.Error:
        return None
    return rows if len(set(map(len, rows))) <= 1 else None


def found(body: bytes, first: int | None, block_bytes: int) -> Table | None:
    """Read a table, its rows in blocks of so many bytes."""
    with patch.object(csvcells, "BLOCK_BYTES", block_bytes), io.BytesIO(body) as file:
        try:
            header = csv_header(file)
            rows = [header] if header else []
            for block in csv_blocks(file, len(header) if first is None else first):
                columns = block.cells(len(header))
                assert {block.rows} == set(map(len, columns))
                rows += map(list, zip(*columns, strict=True))
        except CsvBrokenError:
            return None
    return rows


cells = st.text(st.sampled_from('ab1.,"\r\n é\x00\u2028'), max_size=4) | st.sampled_from(["", "12"])


@given(
    st.data(),
    st.lists(st.lists(cells, min_size=3, max_size=3), max_size=12),
    st.sampled_from(["\r\n", "\n", "\r"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.integers(1, 60),
)
def test_table_is_the_same_however_it_is_read(
    data: st.DataObject, rows: Table, end: str, quoting: int, block_bytes: int
) -> None:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=end, quoting=quoting).writerows(rows)  # type: ignore[arg-type]
    body = text.getvalue().encode()
    if data.draw(st.booleans()):
        body = body.removesuffix(end.encode())
    first = data.draw(st.none() | st.integers(0, len(rows[0]) if rows else 0))
    assert found(body, first, block_bytes) == expected(body)


@given(
    st.text(st.sampled_from('a1,"\r\n é'), max_size=40),
    st.none() | st.integers(0, 2),
    st.integers(1, 20),
)
def test_any_text_is_the_same_table_or_none(text: str, first: int | None, block_bytes: int) -> None:
    body = text.encode()
    wanted = expected(body)
    width = len(wanted[0]) if wanted else 1
    assert found(body, min(first, width) if first else first, block_bytes) == wanted


def test_one_quoted_cell_among_many_plain_rows_is_read_as_such() -> None:
    rows = [["a", "b"], *([str(number), "x"] for number in range(5000))]
    rows[3000][1] = 'two\nlines, and "quotes"'
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    body = text.getvalue().encode()
    assert found(body, None, csvcells.BLOCK_BYTES) == rows
    with io.BytesIO(body) as file:
        assert list(csv_rows(file)) == rows


def test_plain_rows_are_split_no_further_than_wanted() -> None:
    body = b"a,b,c\n" + b"x,1,2\n" * 5000
    with io.BytesIO(body) as file:
        blocks = list(csv_blocks(file, 1))
    assert sum(block.rows for block in blocks) == 5000
    assert {tail for block in blocks for tail in block.tails or [""]} == {"1,2"}


KINDS = (Kind.COUNT, Kind.DURATION, Kind.PERCENTAGE)
numbers = (
    st.from_regex(r"-?[0-9]{1,20}(\.[0-9]{0,3})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
    | st.sampled_from(
        ["", "0", "-", "null", "12", "1:00:00", "NaN", "]", "],[", "[1", "1],[2", '"']
    )
    | st.integers(-(2**64), 2**64).map(str)
    | st.floats(allow_nan=False).map(repr)
)


def parsed(rows: Sequence[Sequence[str]]) -> list[list[object]] | None:
    """Parse each cell by itself; None where one is none."""
    try:
        return [
            [PARSERS[kind](cell) for kind, cell in zip(KINDS, row, strict=True)] for row in rows
        ]
    except ValueError:
        return None


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=6))
def test_rows_of_numbers_are_parsed_as_each_by_itself_or_not_at_all(
    rows: list[tuple[str, str, str]],
) -> None:
    columns = NumberRows(KINDS).parse([",".join(row) for row in rows])
    if columns is not None:
        assert repr(list(map(list, zip(*columns, strict=True)))) == repr(parsed(rows))


@given(
    st.lists(
        st.tuples(*[st.integers(-(2**63) + 1, 2**63 - 1).map(str) | st.just("")] * 3),
        min_size=1,
        max_size=6,
    )
)
def test_plain_rows_of_numbers_are_parsed_at_once(rows: list[tuple[str, str, str]]) -> None:
    columns = NumberRows(KINDS).parse([",".join(row) for row in rows])
    assert columns is not None
    assert list(map(list, zip(*columns, strict=True))) == parsed(rows)


@pytest.mark.parametrize("cells_", [("1", "2"), ("1", "2", "3", "4")])
def test_row_of_another_length_is_no_row_of_numbers(cells_: tuple[str, ...]) -> None:
    tails = ["1,2,3", ",".join(cells_)]
    assert NumberRows(KINDS).parse(tails) is None
    with pytest.raises(CsvBrokenError):
        split_tails(tails, 3)
    with pytest.raises(CsvBrokenError):
        CellFormats().add_tails(KINDS, tails)


form_cells = st.sampled_from(["0", "7", "41.5", "0:00:41", "1 d", "-3", "", "-", "12.5%", "N/A"])


@given(
    st.lists(
        st.lists(st.tuples(form_cells, form_cells, form_cells), min_size=1, max_size=4), max_size=4
    ),
    st.lists(st.tuples(form_cells, form_cells, form_cells), max_size=4),
)
def test_forms_of_rows_that_are_not_split_are_those_of_their_cells(
    blocks: list[list[tuple[str, str, str]]], confirmed: list[tuple[str, str, str]]
) -> None:
    by_cell, by_row, shown = CellFormats(), CellFormats(), CellFormats()
    for rows in blocks:
        by_row.add_tails(KINDS, [",".join(row) for row in rows])
        for row in rows:
            for kind, cell in zip(KINDS, row, strict=True):
                by_cell.add(kind, [cell])
    for row in confirmed:
        for kind, cell in zip(KINDS, row, strict=True):
            shown.add(kind, [cell])
    assert by_row.surprise(shown) == by_cell.surprise(shown)
