"""A CSV is read only if it holds the rows that the JSON pages hold."""

from __future__ import annotations

import csv
import io
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import asdict

from tap_8x8_cc.api.pages import RECORD_LIMIT
from tap_8x8_cc.api.rows import RowGroup
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.reading.csv_file import (
    LONGEST_LINE,
    CsvBrokenError,
    CsvMistrustError,
    Pages,
    read_csv,
)
from tap_8x8_cc.records.buckets import RawBuckets, bucket_of
from tap_8x8_cc.records.columns import summary_columns, summary_layout
from tap_8x8_cc.records.decoder import SummaryDecoder
from tap_8x8_cc.records.row_ids import Occurrences
from tests.support.requests import summary_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.api.rows import Cells, Keys

START = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
KEYS = ("startTime", "endTime", "queue", "queueId", "accepted", "handlingTime", "share")
LABELS = ("Start", "End", "Queue", "Queue ID", "Accepted", "Handling", "Share")
METRICS = ("accepted", "handlingTime", "share")
COLUMNS = summary_columns("queue", METRICS, with_tenant=False, with_totals=False)
FACTS = summary_request(type="t", window=Window(START, START + 28 * DAY, START))
Row = tuple[str | None, ...]


def row(number: int, **other: str | None) -> Row:
    start = START + number % 28 * DAY
    cells: dict[str, str | None] = {
        "startTime": f"{start:%Y-%m-%dT%H:%MZ}",
        "endTime": f"{start + DAY:%Y-%m-%dT%H:%MZ}",
        "queue": f"Queue {number}",
        "queueId": str(number),
        "accepted": str(number % 50 + 1),
        "handlingTime": str(1000 + number),
        "share": "12.5",
    }
    return tuple({**cells, **other}.values())


def download(rows: Sequence[Sequence[str | None]], header: Sequence[str] = LABELS) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([header, *rows])
    return text.getvalue().encode()


def group(rows: Sequence[Row], labels: dict[str, str] | None = None) -> RowGroup:
    own = dict(zip(KEYS, LABELS, strict=True)) if labels is None else labels
    return RowGroup(KEYS, [[None, *cells] for cells in rows], KEYS, own)


@dataclass(frozen=True)
class Found:
    """What was read."""

    count: int
    groups: list[tuple[Keys, list[Cells]]]
    contiguous: bool
    replaced: bool


def checked(
    body: bytes,
    rows: Sequence[Row],
    *,
    size: int = 10,
    total: int | None = -1,
    known_size: int = 0,
    labels: dict[str, str] | None = None,
) -> Found:
    """Check a download against the first and the last JSON page of `size` rows."""
    total = len(rows) if total == -1 else total
    last = (min(len(rows), RECORD_LIMIT) - 1) // size * size
    pages = [[group(rows[at : at + size], labels)] for at in sorted({0, last})]
    file = io.BytesIO(body)
    with closing(
        read_csv(file, Pages(pages, FACTS, COLUMNS), total, known_size=known_size)
    ) as read:
        return Found(read.count, list(read.groups()), read.buckets.contiguous, read.replaced)


def decoded(keys: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    raw = RawBuckets()
    raw.add(keys, rows)
    layout = summary_layout(keys, COLUMNS)
    buckets = {each: bucket_of(each, FACTS) for each in raw}
    decoder = SummaryDecoder(FACTS, layout, COLUMNS, buckets, Occurrences())
    return [asdict(record) for record in decoder.records(rows)]


def records(rows: Found) -> list[dict[str, Any]]:
    """Decode rows; CSV and JSON are the same by their values, not by their texts."""
    return [r for keys, part in rows.groups for r in decoded(keys, part)]


def as_json(rows: Sequence[Row]) -> list[dict[str, Any]]:
    return decoded(KEYS, group(rows).rows)


ROWS = [row(number) for number in range(35)]


@pytest.mark.parametrize("header", [LABELS, KEYS])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_rows_come_in_the_order_of_the_json_keys(header: Sequence[str], mark: bytes) -> None:
    backwards = [line[::-1] for line in ROWS]
    table = checked(mark + download(backwards, header[::-1]), ROWS)
    assert records(table) == as_json(ROWS)
    assert table.count == 35


names = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6
)


@given(st.lists(names, min_size=1, max_size=30))
def test_any_name_comes_as_it_is(queues: list[str]) -> None:
    """Quotes, commas, line breaks of every kind, other scripts."""
    rows = [row(number, queue=name) for number, name in enumerate(queues)]
    assert records(checked(download(rows), rows, size=5)) == as_json(rows)


@given(st.permutations(range(35)), st.sampled_from([5, 10, 100]))
def test_rows_may_come_in_another_order(order: list[int], size: int) -> None:
    shuffled = [ROWS[number] for number in order]
    found = records(checked(download(shuffled), ROWS, size=size))
    assert found == as_json(shuffled)


def test_another_order_shows_a_wrong_value_on_a_compared_page_only() -> None:
    """As in the same order: what stands on neither page is taken from the CSV."""
    for number, is_compared in ((3, True), (33, True), (20, False)):
        rows = [row(n, accepted="7") if n == number else line for n, line in enumerate(ROWS)]
        try:
            table = checked(download(rows[::-1]), ROWS)
        except CsvMistrustError:
            assert is_compared
        else:
            assert not is_compared
            assert table.count == 35


@given(st.data())
def test_no_download_cut_short_is_taken_for_whole(data: st.DataObject) -> None:
    """Wherever it ends, and even where the headers do not tell how long it should be."""
    whole = download(ROWS)
    keep = data.draw(st.integers(0, len(whole) - 3))
    line_ends = {place + 2 for place in range(len(whole)) if whole[place : place + 2] == b"\r\n"}
    with pytest.raises(CsvMistrustError):
        checked(whole[:keep], ROWS)
    if keep not in line_ends | {place - 1 for place in line_ends}:
        with pytest.raises(CsvMistrustError):
            checked(whole[:keep], ROWS, total=None)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf", "empty"),
        (b"<html><body>Busy</body></html>", "another document"),
        (b'{"message": "Busy"}', "columns are not those"),
        (download(ROWS).replace(b"Queue 20", b"Queue \xff20"), "not a well-formed CSV"),
        (download(ROWS).replace(b"Queue 20", b'"Queue 20'), "not a well-formed CSV"),
        (download([*ROWS[:20], ("x",), *ROWS[21:]]), "number of columns"),
        (download(ROWS[:-1]), "34 rows of 35"),
        (download([*ROWS, row(99)]), "36 rows instead of 35"),
        (download(ROWS, [*LABELS[:-1], "Accepted"]), "one label"),
        (download(ROWS, [*LABELS[:-1], "Other"]), "columns are not those"),
        (download([row(99), *ROWS[1:]][::-1]), "not those of the JSON"),
        (download([row(0, accepted="9"), *ROWS[1:]][::-1]), "not those of the JSON"),
        (download([*ROWS[:34], row(34, handlingTime="9")]), "not those of the JSON"),
        (b"a" * (LONGEST_LINE + 1), "endless line"),
    ],
)
def test_download_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(CsvMistrustError, match=why):
        checked(body, ROWS)


def test_labels_that_are_not_unique_are_refused() -> None:
    twice = dict.fromkeys(KEYS, "Same")
    with pytest.raises(CsvMistrustError, match="one label"):
        checked(download(ROWS), ROWS, labels=twice)


@pytest.mark.parametrize(
    "other",
    [
        {"queue": "", "queueId": ""},
        {"handlingTime": "0:00:41"},
        {"accepted": "1,234"},
        {"share": "12.50"},
    ],
)
def test_row_between_the_pages_is_read_as_it_is_written(other: dict[str, str | None]) -> None:
    """What its column can't hold goes to unparsed_values, as with JSON."""
    rows = [*ROWS[:15], row(15, **other), *ROWS[16:]]
    found = records(checked(download(rows), rows))[15]
    unparsed = {"accepted": "1,234"} if "accepted" in other else None
    assert found["unparsed_values"] == unparsed
    assert found["handling_time"] == (41_000 if "handlingTime" in other else 1015)
    assert found["share"] == 12.5


@pytest.mark.parametrize("shown", [0, 34])
def test_other_forms_of_equal_values_are_equal(shown: int) -> None:
    written = [row(n, share="12.50") if n == shown else line for n, line in enumerate(ROWS)]
    assert records(checked(download(written), ROWS)) == as_json(ROWS)


def test_empty_text_of_the_json_that_the_csv_cannot_show_is_refused() -> None:
    rows = [row(0, queue="", queueId=""), *ROWS[1:]]
    with pytest.raises(CsvMistrustError, match="not those of the JSON"):
        checked(download(rows), rows)


def test_rows_that_are_equal_in_what_identifies_them_are_compared_as_often() -> None:
    rows = [row(0, accepted="1"), row(0, accepted="2"), *ROWS[1:]]
    assert checked(download([rows[1], rows[0], *rows[2:]]), rows).count == 36
    with pytest.raises(CsvMistrustError, match="not those of the JSON"):
        checked(download([rows[0], rows[0], *rows[2:]]), rows)


def test_what_no_warehouse_stores_is_replaced() -> None:
    rows = [row(0, queue="a\0b"), *ROWS[1:]]
    found = checked(download(rows), rows)
    assert found.replaced
    assert records(found)[0]["queue"] == "a\ufffdb"
    assert not checked(download(ROWS), ROWS).replaced


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\n\r\n"])
def test_line_ends_of_any_kind_are_an_end(end: bytes) -> None:
    body = download(ROWS).replace(b"\r\n", b"\n").rstrip(b"\n") + end
    assert checked(body, ROWS, total=None).count == 35


def test_missing_last_line_end_is_no_matter_where_json_shows_the_last_row() -> None:
    assert checked(download(ROWS).rstrip(), ROWS).count == 35
    with pytest.raises(CsvBrokenError):
        checked(download(ROWS).rstrip(), ROWS, total=None)
    with pytest.raises(CsvMistrustError):
        checked(download(ROWS).rstrip()[:-1], ROWS)


def test_beyond_what_json_shows_a_second_download_must_end_alike() -> None:
    rows = [row(number) for number in range(RECORD_LIMIT + 5)]
    body = download(rows).rstrip()
    with pytest.raises(CsvBrokenError):
        checked(body, rows, size=1000)
    assert checked(body, rows, size=1000, known_size=len(body)).count == RECORD_LIMIT + 5


@pytest.mark.parametrize("total", [None, RECORD_LIMIT])
def test_count_that_may_be_a_limit_does_not_bind(total: int | None) -> None:
    rows = [row(number) for number in range(RECORD_LIMIT + 5)]
    assert checked(download(rows), rows, size=1000, total=total).count == RECORD_LIMIT + 5
    with pytest.raises(CsvBrokenError):
        checked(download(rows[:-20]), rows, size=1000, total=RECORD_LIMIT)


def test_buckets_that_stand_together_are_noticed() -> None:
    ordered = sorted(ROWS)
    assert checked(download(ordered), ordered).contiguous
    assert not checked(download(ROWS), ROWS).contiguous


def test_memory_of_a_line_is_bounded() -> None:
    """An endless field ends the CSV before it fills the memory."""
    quoted: Any = download(ROWS) + b'"' + b"\n" * 200_000
    with pytest.raises(CsvMistrustError):
        checked(quoted, ROWS)
