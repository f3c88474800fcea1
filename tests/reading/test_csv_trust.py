"""A CSV is used only where it can be shown to say what the JSON says."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.api.pages import RECORD_LIMIT
from tap_8x8_cc.model.blocks import RowBlock
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.reading import csv_blocks as csvcells
from tap_8x8_cc.reading.csv_blocks import CsvBrokenError, CsvMistrustError
from tap_8x8_cc.reading.csv_trust import JsonSide, check
from tap_8x8_cc.records.columns import summary_columns
from tap_8x8_cc.records.decoder import DecodeIssues, SummaryDecoder
from tap_8x8_cc.records.layout import summary_layout
from tap_8x8_cc.records.row_ids import Occurrences
from tests.support.requests import summary_request

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tap_8x8_cc.reading.csv_trust import CsvTable
    from tap_8x8_cc.records.batches import Record

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


def checked(
    body: bytes,
    rows: Sequence[Row],
    *,
    size: int = 10,
    total: int | None = -1,
    known_size: int = 0,
    labels: dict[str, str] | None = None,
) -> CsvTable:
    """Hold a download against JSON pages of `size` rows."""

    def page(first: int) -> RowBlock:
        return RowBlock.of_rows(rows[first : min(first + size, RECORD_LIMIT)])

    json = JsonSide(
        page=page(0),
        layout=summary_layout(KEYS, COLUMNS),
        labels=dict(zip(KEYS, LABELS, strict=True)) if labels is None else labels,
        facts=FACTS,
        columns=COLUMNS,
        total=len(rows) if total == -1 else total,
        rows_from=page,
    )
    return check(io.BytesIO(body), json, known_size)


def records(chunks: Iterable[RowBlock]) -> list[Record]:
    """Decode rows; it is by their values that CSV and JSON are the same, not by their texts."""
    layout = summary_layout(KEYS, COLUMNS)
    decoder = SummaryDecoder(FACTS, layout, COLUMNS, DecodeIssues(), Occurrences())
    return [record for chunk in chunks for record in decoder.decode(chunk).records()]


def as_json(rows: Sequence[Row]) -> list[Record]:
    return records([RowBlock.of_rows(rows)])


ROWS = [row(number) for number in range(35)]


@pytest.mark.parametrize("header", [LABELS, KEYS])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_rows_come_in_the_order_of_the_json_keys(header: Sequence[str], mark: bytes) -> None:
    backwards = [line[::-1] for line in ROWS]
    table = checked(mark + download(backwards, header[::-1]), ROWS)
    assert records(table.blocks()) == as_json(ROWS)
    assert table.rows == 35


names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6).filter(
    lambda name: (
        name.strip().lower() not in {"", "-", "null", "n/a", "nan", "none"}
        # What may guard a formula is refused beyond the compared page, on purpose.
        and not name.startswith("'")
    )
)


@given(st.lists(names, min_size=1, max_size=30))
def test_any_name_comes_as_it_is(queues: list[str]) -> None:
    """Quotes, commas, line breaks of every kind, other scripts."""
    rows = [row(number, queue=name) for number, name in enumerate(queues)]
    assert records(checked(download(rows), rows, size=5).blocks()) == as_json(rows)


@given(st.permutations(range(35)), st.sampled_from([5, 10, 100]))
def test_rows_may_come_in_another_order(order: list[int], size: int) -> None:
    shuffled = [ROWS[number] for number in order]
    found = records(checked(download(shuffled), ROWS, size=size).blocks())
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
            assert table.rows == 35


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
        (download(ROWS).replace(b"Queue 20", b"Queue \xff20"), "no well-formed CSV"),
        (download(ROWS).replace(b"Queue 20", b'"Queue 20'), "no well-formed CSV"),
        (download([*ROWS[:20], ("x",), *ROWS[21:]]), "number of columns"),
        (download(ROWS[:-1]), "34 rows of 35"),
        (download([*ROWS, row(99)]), "36 rows instead of 35"),
        (download(ROWS, [*LABELS[:-1], "Accepted"]), "one label"),
        (download(ROWS, [*LABELS[:-1], "Other"]), "columns are not those"),
        (download([row(99), *ROWS[1:]][::-1]), "not those of the JSON"),
        (download([row(0, accepted="9"), *ROWS[1:]][::-1]), "not those of the JSON"),
        (download([*ROWS[:34], row(34, handlingTime="9")]), "not those of the JSON"),
        (b"a" * (csvcells.LONGEST_LINE + 1), "endless line"),
    ],
)
def test_download_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(CsvMistrustError, match=why):
        checked(body, ROWS)


def test_labels_that_are_not_unique_are_refused() -> None:
    twice = dict.fromkeys(KEYS, "Same")
    with pytest.raises(CsvMistrustError, match="one label"):
        checked(download(ROWS), ROWS, labels=twice)


MIDDLE = 15
"""The number of a row that neither the first nor the last page shows."""


@pytest.mark.parametrize(
    "other",
    [
        {"queue": ""},
        {"queueId": ""},
        {"queue": "N/A"},
        {"queue": "-"},
        {"queueId": "NULL"},
        {"handlingTime": "0:00:41"},
        {"handlingTime": "1 d"},
        {"handlingTime": "41.5"},
        {"accepted": "1,234"},
        {"accepted": "3 calls"},
        {"share": "12.5%"},
    ],
)
def test_form_that_no_json_row_confirms_is_refused(other: dict[str, str | None]) -> None:
    rows = [*ROWS[:MIDDLE], row(MIDDLE, **other), *ROWS[MIDDLE + 1 :]]
    with pytest.raises(CsvMistrustError):
        checked(download(rows), rows)


@pytest.mark.parametrize(
    "other",
    [
        {"handlingTime": ""},
        {"handlingTime": "-"},
        {"accepted": "N/A"},
        {"accepted": "-3"},
        {"share": "0"},
        {"share": "99"},
        {"queue": "A name, of nothing"},
    ],
)
def test_ways_to_write_nothing_and_plain_numbers_need_no_proof(
    other: dict[str, str | None],
) -> None:
    rows = [*ROWS[:MIDDLE], row(MIDDLE, **other), *ROWS[MIDDLE + 1 :]]
    assert checked(download(rows), rows).rows == 35


@pytest.mark.parametrize("shown", [0, 34])
def test_form_that_a_json_row_confirms_is_read(shown: int) -> None:
    rows = [
        row(number, share="12.5%") if number in {shown, MIDDLE} else line
        for number, line in enumerate(ROWS)
    ]
    assert checked(download(rows), rows).rows == 35


def test_unit_of_a_metric_that_was_zero_until_then_is_not_known() -> None:
    rows = [row(n, handlingTime="0" if n != MIDDLE else "41000") for n in range(35)]
    with pytest.raises(CsvMistrustError, match="duration"):
        checked(download(rows), rows)


def test_whole_seconds_as_a_clock_are_not_taken_for_milliseconds() -> None:
    """Equal as far as it goes; but milliseconds, later, would be lost."""
    rows = [row(n, handlingTime="41000") for n in range(12)]
    clocks = [row(n, handlingTime="0:00:41") for n in range(12)]
    with pytest.raises(CsvMistrustError, match="handlingTime"):
        checked(download(clocks), rows)


@pytest.mark.parametrize("end", [b"\n", b"\r\n", b"\r\n\r\n"])
def test_line_ends_of_any_kind_are_an_end(end: bytes) -> None:
    body = download(ROWS).replace(b"\r\n", b"\n").rstrip(b"\n") + end
    assert checked(body, ROWS, total=None).rows == 35


def test_missing_last_line_end_is_no_matter_where_json_shows_the_last_row() -> None:
    assert checked(download(ROWS).rstrip(), ROWS).rows == 35
    with pytest.raises(CsvBrokenError):
        checked(download(ROWS).rstrip(), ROWS, total=None)
    with pytest.raises(CsvMistrustError):
        checked(download(ROWS).rstrip()[:-1], ROWS)


def test_beyond_what_json_shows_a_second_download_must_end_alike() -> None:
    rows = [row(number) for number in range(RECORD_LIMIT + 5)]
    body = download(rows).rstrip()
    with pytest.raises(CsvBrokenError):
        checked(body, rows, size=1000)
    assert checked(body, rows, size=1000, known_size=len(body)).rows == RECORD_LIMIT + 5


@pytest.mark.parametrize("total", [None, RECORD_LIMIT])
def test_count_that_may_be_a_limit_does_not_bind(total: int | None) -> None:
    rows = [row(number) for number in range(RECORD_LIMIT + 5)]
    assert checked(download(rows), rows, size=1000, total=total).rows == RECORD_LIMIT + 5
    with pytest.raises(CsvBrokenError):
        checked(download(rows[:-20]), rows, size=1000, total=RECORD_LIMIT)


@pytest.mark.parametrize("size", [1000, 999, 7])
@pytest.mark.parametrize("more", [0, 5])
def test_page_that_the_limit_cuts_is_not_asked_for(size: int, more: int) -> None:
    """What would be on it nobody knows; 9,990 to 10,000, say, or nothing."""
    rows = [row(number) for number in range(RECORD_LIMIT + more)]
    first_rows = []

    def page(first: int) -> RowBlock:
        first_rows.append(first)
        assert not more or first + size <= RECORD_LIMIT
        return RowBlock.of_rows(rows[first : first + size])

    json = JsonSide(
        page=RowBlock.of_rows(rows[:size]),
        layout=summary_layout(KEYS, COLUMNS),
        labels=dict(zip(KEYS, LABELS, strict=True)),
        facts=FACTS,
        columns=COLUMNS,
        total=None,
        rows_from=page,
    )
    assert check(io.BytesIO(download(rows)), json).rows == len(rows)
    assert [first % size for first in first_rows] == [0]


def test_buckets_that_stand_together_are_noticed() -> None:
    ordered = sorted(ROWS)
    assert checked(download(ordered), ordered).contiguous
    assert not checked(download(ROWS), ROWS).contiguous


def test_memory_of_a_line_is_bounded() -> None:
    """An endless field is no field: the CSV is given up before it fills the memory."""
    quoted: Any = download(ROWS) + b'"' + b"\n" * 200_000
    with pytest.raises(CsvMistrustError):
        checked(quoted, ROWS)
