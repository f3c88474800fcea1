"""What a row becomes, and that its key is its own, for ever."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft7Validator, FormatChecker
from msgspec import defstruct
from msgspec.structs import asdict

from tap_8x8_cc.errors import ReportError
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.windows import Window
from tap_8x8_cc.records.buckets import RawBuckets, bucket_of, lack_offset
from tap_8x8_cc.records.columns import stream_schema, summary_columns, summary_layout
from tap_8x8_cc.records.decoder import Issues, SummaryDecoder
from tap_8x8_cc.records.row_ids import Occurrences
from tests.support.requests import summary_request

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.records.columns import Column

ZONE = ZoneInfo("America/New_York")
START = datetime(2026, 3, 2, 5, tzinfo=UTC)  # midnight in New York
DAY = timedelta(days=1)
KEYS = ("startTime", "endTime", "queue", "queueId", "accepted", "handlingTime")
FIRST_DAY = ("2026-03-02T00:00-05:00", "2026-03-03T00:00-05:00")
COLUMNS = summary_columns("queue", ("accepted", "handlingTime"), with_tenant=True, with_totals=True)


def facts(**other: Any) -> ReportRequest:
    known = {"zone": ZONE, "window": Window(START, START + 7 * DAY, START)}
    return summary_request(**{"include_subtotals": True, **known, **other})


def decode(
    *rows: dict[str, object],
    totals: list[str | None] | None = None,
    known: ReportRequest | None = None,
    columns: Sequence[Column] = COLUMNS,
    size: int = 100,
) -> list[dict[str, Any]]:
    """Decode rows that have the same keys, so many at a time."""
    request = known or facts()
    layout = summary_layout(tuple(rows[0]), columns)
    cells = [
        [total, *each.values()]
        for total, each in zip(totals or [None] * len(rows), rows, strict=True)
    ]
    raw = RawBuckets()
    raw.add(layout.keys, cells)
    decoder = SummaryDecoder(
        request,
        layout,
        (*columns, *layout.fresh),
        {each: bucket_of(each, request) for each in raw},
        Occurrences(contiguous=raw.contiguous),
    )
    parts = [cells[at : at + size] for at in range(0, len(cells), size)]
    return [asdict(record) for part in parts for record in decoder.records(part)]


def row(*values: object, **other: object) -> dict[str, object]:
    """Make a row of the first day: queue, queueId, accepted, handlingTime."""
    given_values = (*values, *("Sales", "101", "3", "1000")[len(values) :])
    return {**dict(zip(KEYS, (*FIRST_DAY, *given_values), strict=True)), **other}


def key(*values: object, **other: object) -> str:
    return str(decode(row(*values), known=facts(**other))[0]["row_id"])


def test_record_holds_the_typed_columns_in_order() -> None:
    (record,) = decode(row("Sales", "101", "3", "0:00:41"))
    row_id = record.pop("row_id")
    assert len(row_id) == 32
    assert record == {
        "tenant_id": None,
        "start_time": "2026-03-02T05:00:00Z",
        "end_time": "2026-03-03T05:00:00Z",
        "local_date": "2026-03-02",
        "local_time": "00:00:00",
        "read_at": None,
        "granularity": "day",
        "timezone": "America/New_York",
        "total_type": None,
        "queue": "Sales",
        "queue_id": "101",
        "accepted": 3,
        "handling_time": 41_000,
        "unparsed_values": None,
    }
    assert next(iter(record)) == "tenant_id"
    assert [*record][-1] == "unparsed_values"


def test_keys_are_what_they_always_were() -> None:
    """Tables that people have are kept by these: a change here doubles their rows.

    BLAKE2b of 16 bytes over a JSON array without blanks, worked out by hashlib and json alone.
    """
    assert key() == "059c724ee20d3b93b60a5a65f32fb2e9"
    assert key(tenant_id="acme") == "24accf785f470b70251f038112497cf1"
    assert key("Sales", None) == "7f7452aef0cf2cd995af9594b720fad1"
    first, second = decode(row(), row())
    assert first["row_id"] == key()
    assert second["row_id"] == "69b95eff3ad396c0d70f5d3e25105888"
    (total,) = decode(row(None, None), totals=["grandtotal"])
    assert total["row_id"] == "b3e226552b2aaeb205d97851d7da7e34"


def test_a_row_of_the_whole_range_is_the_same_whatever_the_range() -> None:
    later = facts(window=Window(START + DAY, START + 8 * DAY, START + DAY))
    spans = row(None, None, startTime=None, endTime=None)
    for known in ({}, {"granularity": Granularity.NONE}):
        one, other = (
            decode(spans, totals=["grandtotal"], known=facts(window=each.window, **known))[0]
            for each in (facts(), later)
        )
        assert one["row_id"] == other["row_id"]
        assert one["start_time"] < other["start_time"]
    # Those of buckets are each their own; two of one kind in one report as well.
    subtotals = decode(spans, spans, totals=["subtotal", "grandtotal"])
    assert len({record["row_id"] for record in subtotals}) == 2
    ids = [r["row_id"] for r in decode(spans, spans, totals=["grandtotal", "grandtotal"])]
    assert len(set(ids)) == 2


def test_a_dimension_that_comes_later_is_a_column_and_changes_no_key() -> None:
    (record,) = decode({**row(), "channelId": "7"})
    assert record["row_id"] == key()
    assert record["channel_id"] == "7"
    halves = decode({**row(), "channelId": "7"}, {**row(), "channelId": "8"})
    assert [r["row_id"] for r in halves] == [r["row_id"] for r in decode(row(), row())]


def test_all_dimensions_count_if_a_word_of_the_grouping_has_no_key() -> None:
    known = facts(group_by="queue-and-site")
    columns = summary_columns("queue-and-site", (), with_tenant=True, with_totals=True)
    cells = {**dict(zip(KEYS[:4], (*FIRST_DAY, "Sales", "101"), strict=True)), "placeName": "North"}
    one, other = (
        decode({**cells, "placeName": place, "accepted": "3"}, known=known, columns=columns)[0]
        for place in ("North", "South")
    )
    assert one["place_name"] == "North"
    assert one["row_id"] != other["row_id"]
    none = facts(group_by=None)
    assert key(group_by=None) != key("Support", "102", group_by=None)
    assert decode(row(), known=none)[0]["row_id"] == decode(row("New"), known=none)[0]["row_id"]


def test_queue_goes_by_its_id_or_else_by_its_name_and_by_no_measure() -> None:
    assert key("Sales", "101") == key("Sales (new)", "101") == key(None, "101") == key("", 101)
    ids = {key("Sales", None), key("Support", None), key(None, None), key("", None)}
    ids |= {key("Sales", "Sales"), key("None", "null")}
    assert len(ids) == 6
    assert key("Sales", "") == key("Sales", None)
    assert key("Sales", "101", "3", "1") == key("Sales", "101", None, "1:00:00")


@pytest.mark.parametrize(
    "other",
    [
        {"tenant_id": "acme"},
        {"type": "agent-interactions-summary"},
        {"group_by": "queue-and-media"},
        {"granularity": Granularity.HOUR},
    ],
)
def test_what_the_report_is_about_is_part_of_the_key(other: dict[str, Any]) -> None:
    changed = facts(**other)
    ends = "2026-03-02T01:00-05:00"
    rows = row(endTime=ends) if "granularity" in other else row()
    assert decode(rows, known=changed)[0]["row_id"] != key()


def test_keys_do_not_depend_on_order_form_of_times_or_what_is_selected() -> None:
    other = row(startTime="2026-03-02T05:00:00.000Z", endTime="2026-03-03T05:00Z")
    backwards = dict(reversed(other.items()))
    lone = {name: value for name, value in row().items() if name != "handlingTime"}
    assert decode(backwards)[0]["row_id"] == decode(lone)[0]["row_id"] == key()


def test_equal_rows_are_told_apart_by_their_number_across_parts() -> None:
    ids = [record["row_id"] for record in decode(*[row()] * 6, size=3)]
    assert len(set(ids)) == 6
    assert ids[:3] == [r["row_id"] for r in decode(row(), row(), row())]


def test_equal_rows_are_numbered_also_if_their_buckets_do_not_stand_together() -> None:
    second = {"startTime": FIRST_DAY[1], "endTime": "2026-03-04T00:00-05:00"}
    apart = decode(row(), row(**second), row())
    together = decode(row(), row(), row(**second))
    assert {r["row_id"] for r in apart} == {r["row_id"] for r in together}
    assert len({r["row_id"] for r in apart}) == 3


@given(
    st.lists(
        st.tuples(st.sampled_from(["a", 'é"', "", None]), st.sampled_from(["1", "", None])),
        min_size=1,
    ),
    st.integers(1, 4),
)
def test_row_id_is_the_hash_of_what_identifies_the_row(
    queues: list[tuple[str | None, str | None]], size: int
) -> None:
    """Worked out again by json and hashlib: loaders keep rows by it."""
    found = [r["row_id"] for r in decode(*(row(*names) for names in queues), size=size)]
    before: Counter[str] = Counter()
    expected = []
    for queue, queue_id in queues:
        named = ["queue_id", queue_id] if queue_id else ["queue", queue]
        report = [None, "queue-interactions-summary", "queue", "day"]
        identity = [*report, None, "2026-03-02T05:00:00Z", *named]
        number = before[str(identity)]
        before[str(identity)] += 1
        text = json.dumps(
            identity + [number] * (number > 0), ensure_ascii=False, separators=(",", ":")
        )
        expected.append(hashlib.blake2b(text.encode(), digest_size=16).hexdigest())
    assert found == expected


def test_two_levels_of_subtotals_that_look_alike_are_all_kept() -> None:
    rows = [row("Sales", "101"), *[row(None, None)] * 3, row(None, None)]
    totals = [None, "subtotal", "subtotal", "grandtotal", None]
    records = decode(*rows, totals=totals)
    assert [r["total_type"] for r in records] == totals
    assert len({r["row_id"] for r in records}) == 5


def test_total_without_times_has_the_reports_range() -> None:
    (record,) = decode(row(None, None, startTime=None, endTime=None), totals=["grandtotal"])
    assert record["start_time"] == "2026-03-02T05:00:00Z"
    assert record["end_time"] == "2026-03-09T05:00:00Z"


def test_total_that_was_not_requested_is_left_out() -> None:
    known = facts(include_subtotals=False)
    records = decode(row(), row(), row(), totals=[None, "subtotal", "grandtotal"], known=known)
    assert [r["row_id"] for r in records] == [key()]


def test_value_that_fits_nothing_arrives_as_text() -> None:
    good, bad = decode(row(), row("Sales", "101", "1,234", ["1 d"]))
    assert good["unparsed_values"] is None
    assert bad["accepted"] is bad["handling_time"] is None
    assert bad["unparsed_values"] == {"accepted": "1,234", "handling_time": '["1 d"]'}


def test_one_warning_for_each_column() -> None:
    issues, record = Issues(), defstruct("Record", ["unparsed_values"])
    issues.note([record(None), record({"accepted": "a", "people.0.x": "b"})])
    issues.note([record({"accepted": "c"})])
    issues.stray_totals, issues.lack_offset = 2, True
    said = list(issues.warnings())
    assert [line.split()[1] for line in said[:2]] == ["accepted", "people"]
    assert "'a'" in said[0]
    assert said[2].startswith("2 total rows")
    assert "without an offset" in said[3]
    assert not list(issues.warnings())


@given(
    st.lists(
        st.tuples(
            *[
                st.none()
                | st.booleans()
                | st.integers()
                | st.floats(allow_nan=False)
                | st.text(max_size=8)
                | st.lists(st.integers(), max_size=2)
                | st.dictionaries(st.text(max_size=2), st.none(), max_size=2)
            ]
            * 4
        ),
        min_size=1,
        max_size=5,
    )
)
def test_no_odd_value_is_lost_or_raises(values: list[tuple[object, ...]]) -> None:
    records = decode(*(row(*cells) for cells in values))
    assert len(records) == len(values)
    assert len({record["row_id"] for record in records}) == len(values)
    for record, (_, _, accepted, handling) in zip(records, values, strict=True):
        unparsed = record["unparsed_values"] or {}
        for name, raw in (("accepted", accepted), ("handling_time", handling)):
            if isinstance(raw, (bool, list, dict)):
                assert name in unparsed
            assert record[name] is None or name not in unparsed


dimension = st.none() | st.text(alphabet='ab|,\\"\x00é', max_size=3)


@given(st.lists(st.tuples(dimension, dimension, dimension, st.sampled_from([None, "subtotal"]))))
def test_distinct_identities_never_share_a_key_and_equal_ones_always_do(
    identities: list[tuple[str | None, str | None, str | None, str | None]],
) -> None:
    """By the rule itself: an id that is there stands for its name."""
    columns = summary_columns("media-and-queue", ("accepted",), with_tenant=True, with_totals=True)
    known = facts(group_by="media-and-queue")
    keys: dict[object, str] = {}
    for queue, queue_id, media, total in identities:
        identity = ("id", queue_id) if queue_id else ("name", queue)
        cells = row(queue, queue_id, "1", "1", media=media)
        (record,) = decode(cells, totals=[total], columns=columns, known=known)
        assert keys.setdefault((identity, media, total), record["row_id"]) == record["row_id"]
    assert len(set(keys.values())) == len(keys)


@pytest.mark.parametrize("start", [None, "", "Monday", 5, ["x"]])
def test_row_without_a_usable_time_is_an_error(start: object) -> None:
    with pytest.raises(ReportError, match="no usable startTime"):
        decode(row(startTime=start))


@pytest.mark.parametrize(
    "start", ["2026-03-02T00:00", "2026-03-02T00:00:00.000", "2026-03-02", 1772427600000]
)
def test_time_without_offset_is_the_zones_own(start: object) -> None:
    (record,) = decode(row(startTime=start))
    assert record["start_time"] == "2026-03-02T05:00:00Z"
    # Milliseconds since 1970 need no offset.
    assert lack_offset([(start, None, None)]) is isinstance(start, str)
    assert not lack_offset([(*FIRST_DAY, None)])


def test_part_of_a_bucket_is_an_error() -> None:
    with pytest.raises(ReportError, match="only in part"):
        decode(row(startTime="2026-03-01T12:00-05:00", endTime="2026-03-02T12:00-05:00"))


def test_bucket_beyond_either_end_of_the_range_is_dropped() -> None:
    rows = [
        row(startTime="2026-03-09T00:00-05:00", endTime="2026-03-10T00:00-04:00"),
        row(startTime="2026-03-01T00:00-05:00", endTime="2026-03-02T00:00-05:00"),
        row(),
    ]
    assert [r["row_id"] for r in decode(*rows)] == [key()]


@pytest.mark.parametrize("start", [None, "", "2026-03-02T00:00-05:00", "whole range", "2026-03-05"])
def test_granularity_none_has_the_reports_range_whatever_the_times(start: object) -> None:
    known = facts(granularity=Granularity.NONE)
    (record,) = decode(row(startTime=start), known=known)
    assert record["start_time"] == "2026-03-02T05:00:00Z"
    assert record["end_time"] == "2026-03-09T05:00:00Z"


def test_row_without_an_end_ends_with_its_bucket_also_when_clocks_change() -> None:
    known = facts(window=Window(START, START + 14 * DAY, START))
    lone = {name: value for name, value in row().items() if name != "endTime"}
    (record,) = decode({**lone, "startTime": "2026-03-08T00:00-05:00"}, known=known)
    assert record["end_time"] == "2026-03-09T04:00:00Z"
    assert record["local_date"] == "2026-03-08"


def test_local_date_is_the_zones() -> None:
    known = facts(zone=ZoneInfo("Asia/Tokyo"), granularity=Granularity.HOUR)
    times = {"startTime": "2026-03-03T15:00Z", "endTime": "2026-03-03T16:00Z"}
    (record,) = decode(row(**times), known=known)
    assert record["local_date"] == "2026-03-04"


def test_records_meet_their_schema() -> None:
    """Loaders run with their validation off."""
    rows = [row(), row(None, None, None, None), row(7, 8, "3.0", "0:00:41"), row("", "", "x", {})]
    records = decode(*rows, totals=[None, "subtotal", None, None])
    validator = Draft7Validator(stream_schema(COLUMNS), format_checker=FormatChecker())
    assert [error.message for record in records for error in validator.iter_errors(record)] == []
