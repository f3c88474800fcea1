"""Every form in which the API may write a value, and what its column then holds."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.model.instants import parse_instant
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.values import (
    PARSERS,
    numbers_parser,
    parse_count,
    parse_duration,
    parse_number,
    parse_percentage,
    parse_text,
    parse_time,
    raw_text,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

NUMERIC = [Kind.COUNT, Kind.DURATION, Kind.PERCENTAGE, Kind.NUMBER]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(alphabet="0123456789.:-+eE%/NA nT", max_size=24)
    | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)


def is_refused(parse: Callable[[object], object], value: object) -> bool:
    try:
        parse(value)
    except ValueError:
        return True
    return False


@pytest.mark.parametrize(
    ("kind", "wire", "value"),
    [
        # counts
        (Kind.COUNT, "17", 17),
        (Kind.COUNT, 17, 17),
        (Kind.COUNT, "0", 0),
        (Kind.COUNT, "-3", -3),
        (Kind.COUNT, "+3", 3),
        (Kind.COUNT, " 17 ", 17),
        (Kind.COUNT, "007", 7),
        (Kind.COUNT, "17.0", 17),
        (Kind.COUNT, 17.0, 17),
        (Kind.COUNT, "1e3", 1000),
        (Kind.COUNT, "9223372036854775807", 2**63 - 1),
        # durations: milliseconds, whatever the form
        (Kind.DURATION, "32281", 32281),
        (Kind.DURATION, 32281, 32281),
        (Kind.DURATION, "29947.4", 29947.4),
        (Kind.DURATION, 29947.4, 29947.4),
        (Kind.DURATION, "0:00:41", 41_000),
        (Kind.DURATION, "00:00:41", 41_000),
        (Kind.DURATION, "0:01:00", 60_000),
        (Kind.DURATION, "1:00:00", 3_600_000),
        (Kind.DURATION, "123:59:59", 446_399_000),
        (Kind.DURATION, "0:00:41.5", 41_500),
        (Kind.DURATION, "0:00:41.123456", 41_123.456),
        (Kind.DURATION, "-0:00:41", -41_000),
        # percentages as given, not rescaled
        (Kind.PERCENTAGE, "66.67", 66.67),
        (Kind.PERCENTAGE, 66.67, 66.67),
        (Kind.PERCENTAGE, "66.67%", 66.67),
        (Kind.PERCENTAGE, "66.67 %", 66.67),
        (Kind.PERCENTAGE, "100%", 100),
        (Kind.PERCENTAGE, "0.6667", 0.6667),
        # numbers
        (Kind.NUMBER, "4.25", 4.25),
        (Kind.NUMBER, ".5", 0.5),
        (Kind.NUMBER, "5.", 5.0),
        (Kind.NUMBER, "1.0E7", 1e7),
        # text stays as it came; what is not text, as its JSON
        (Kind.TEXT, "Billing, Invoices", "Billing, Invoices"),
        (Kind.TEXT, "", ""),
        (Kind.TEXT, " a ", " a "),
        (Kind.TEXT, "N/A", "N/A"),
        (Kind.TEXT, 101, "101"),
        (Kind.TEXT, True, "true"),
        (Kind.TEXT, ["a", 1], '["a",1]'),
        # times: with and without seconds, milliseconds, any offset
        (Kind.TIMESTAMP, "2022-08-29T00:00-04:00", "2022-08-29T04:00:00Z"),
        (Kind.TIMESTAMP, "2022-08-29T00:00:00-04:00", "2022-08-29T04:00:00Z"),
        (Kind.TIMESTAMP, "2022-08-29T00:00:00.000-04:00", "2022-08-29T04:00:00Z"),
        (Kind.TIMESTAMP, "2022-08-29T00:00:00.125-04:00", "2022-08-29T04:00:00.125Z"),
        (Kind.TIMESTAMP, "2022-08-29T04:00Z", "2022-08-29T04:00:00Z"),
        (Kind.TIMESTAMP, "2022-08-29T04:00+00:00", "2022-08-29T04:00:00Z"),
        (Kind.TIMESTAMP, "2022-08-29T04:00+0000", "2022-08-29T04:00:00Z"),
        (Kind.TIMESTAMP, "2022-08-29T09:45+05:45", "2022-08-29T04:00:00Z"),
        (Kind.TIMESTAMP, "2022-08-29T00:00-04:00[America/New_York]", "2022-08-29T04:00:00Z"),
    ],
)
def test_wire_form(kind: Kind, wire: object, value: object) -> None:
    parsed = PARSERS[kind](wire)
    assert parsed == value
    assert type(parsed) is type(value)


@pytest.mark.parametrize("kind", NUMERIC)
@pytest.mark.parametrize("nothing", [None, "", " ", "-", "N/A", "n/a", "NaN", "nan", "null"])
def test_nothing_is_null(kind: Kind, nothing: object) -> None:
    assert PARSERS[kind](nothing) is None


@pytest.mark.parametrize("kind", NUMERIC)
@pytest.mark.parametrize(
    "odd",
    [
        "1 d",
        "1d 2h",
        "1,234",
        "1 234",
        "1.2.3",
        "Infinity",
        "1e999",
        "١٢",
        "0x10",
        "1:2:3",
        "0:60:00",
        "12:30",
        "five",
        True,
        [],
        {},
        [1],
        {"value": 1},
        10**30,
        "10000000000000000000",
    ],
)
def test_what_fits_nothing_is_refused_but_its_text_kept(kind: Kind, odd: object) -> None:
    if kind is not Kind.COUNT and odd == "10000000000000000000":
        assert PARSERS[kind](odd) == 1e19  # a number beyond integers is a float
        return
    assert is_refused(PARSERS[kind], odd)
    assert raw_text(odd) == odd or json.loads(raw_text(odd)) == odd


@pytest.mark.parametrize("odd", ["2.5", 2.5, "0:00:41", "50%", "1e300", "9007199254740993.0"])
def test_count_is_whole(odd: object) -> None:
    assert is_refused(parse_count, odd)


@pytest.mark.parametrize(
    "odd",
    [
        "2022-08-29T00:00",
        "2022-08-29",
        "29/08/2022 00:00",
        "Monday",
        "0001-01-01T00:00+14:00",
        "9999-12-31T23:59-14:00",
        "[America/New_York]",
    ],
)
def test_time_without_a_known_instant_is_refused(odd: object) -> None:
    assert is_refused(parse_instant, odd)


@pytest.mark.parametrize("written", ["1661745600000", 1661745600000])
def test_milliseconds_since_1970_are_an_instant(written: object) -> None:
    assert parse_instant(written) == datetime(2022, 8, 29, 4, tzinfo=UTC)


@given(json_values)
def test_no_value_raises_anything_but_value_error(value: Any) -> None:
    for parse in PARSERS.values():
        try:
            parsed = parse(value)
        except ValueError:
            continue
        json.dumps(parsed, allow_nan=False)
    assert isinstance(raw_text(value), str)


numerals = st.none() | st.sampled_from(
    ["null", " 12 ", "-0", "1e400", "9223372036854775808", "1.0", "1e5", "2.50", "nan", "1,2", "]"]
)


@given(st.lists(st.tuples(st.sampled_from(NUMERIC), json_values | numerals), max_size=8))
def test_parsing_the_numbers_of_a_row_at_once_is_parsing_them_one_by_one(
    cells: list[tuple[Kind, Any]],
) -> None:
    try:
        quickly = numbers_parser([kind for kind, _ in cells])([value for _, value in cells])
    except (TypeError, ValueError):
        return  # the caller goes on one by one
    assert repr(quickly) == repr(tuple(PARSERS[kind](value) for kind, value in cells))


@given(st.integers(-(2**63) + 1, 2**63 - 1))
def test_integers_come_back(number: int) -> None:
    for parse in (parse_count, parse_number, parse_duration, parse_percentage):
        assert parse(str(number)) == number
        assert parse(number) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_decimals_come_back(number: float) -> None:
    for parse in (parse_number, parse_duration, parse_percentage):
        parsed = parse(repr(number))
        assert parsed is not None
        assert math.isclose(parsed, number, rel_tol=0, abs_tol=0)
    assert parse_percentage(f"{number!r}%") == number


@given(st.integers(0, 10**12), st.booleans())
def test_clocks_come_back(milliseconds: int, pad: bool) -> None:  # noqa: FBT001
    seconds, rest = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    text = f"{hours:0{2 if pad else 1}}:{minutes:02}:{seconds:02}"
    assert parse_duration(text) == milliseconds - rest
    assert parse_duration(f"{text}.{rest:03}") == milliseconds
    assert parse_duration(f"{text}.{rest:03}0") == milliseconds


@given(
    st.datetimes(datetime(1971, 1, 2), datetime(2100, 1, 1)),  # noqa: DTZ001 - zoned below
    st.integers(-14 * 60, 14 * 60),
    st.sampled_from(["minutes", "seconds", "milliseconds", "microseconds"]),
)
def test_times_come_back(moment: datetime, offset: int, spec: str) -> None:
    written = moment.replace(tzinfo=timezone(timedelta(minutes=offset))).isoformat(timespec=spec)
    kept = datetime.fromisoformat(moment.isoformat(timespec=spec))
    parsed = parse_instant(written)
    assert parsed is not None
    assert parsed.tzinfo is UTC
    assert parsed.replace(tzinfo=None) == kept - timedelta(minutes=offset)
    text = parse_time(written)
    assert text is not None
    assert text.endswith("Z")
    assert parse_time(text) == text
    again = parse_instant(text)
    assert again is not None
    assert timedelta() <= parsed - again < timedelta(milliseconds=1)


@given(st.decimals(0, 10**9, places=3))
def test_a_decimal_is_the_nearest_float(number: Decimal) -> None:
    assert parse_number(str(number)) == float(number)


@given(st.text())
def test_text_is_not_touched(text: str) -> None:
    assert parse_text(text) == text
