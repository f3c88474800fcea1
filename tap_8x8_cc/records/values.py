"""From wire text to typed values, whatever the form: numbers, durations, percentages, times.

The vendor says every value is text and leaves the forms of durations and percentages open, so
each form that sister reports show is accepted: milliseconds whole or decimal, `H:MM:SS`, percent
with or without its sign, and several ways to write nothing. A value that fits none of them raises
ValueError, and its caller keeps the raw text. Nothing is guessed.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from tap_8x8_cc.model.instants import parse_instant, utc_text
from tap_8x8_cc.records.metrics import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from zoneinfo import ZoneInfo

Number = int | float

NOTHING = frozenset({"", "-", "null", "n/a", "nan"})
"""How an absent number is written; compared without case and outer blanks."""
LARGEST_INTEGER = 2**63 - 1
"""What loaders can store as an integer."""
LARGEST_EXACT = 2**53 - 1
"""Beyond, a float may stand for its neighbour."""
_BOOLEANS = {"true": True, "false": False}
_INTEGER = re.compile(r"[+-]?[0-9]{1,19}", re.ASCII)
_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?", re.ASCII)
_CLOCK = re.compile(r"(-?)([0-9]{1,9}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]{1,9})?)", re.ASCII)


def parse_number(value: object) -> Number | None:
    """Parse a number; an integer where it is written as one."""
    if value is None:
        return None
    if isinstance(value, str):
        text = value.strip()
        if _INTEGER.fullmatch(text):
            return _storable(int(text))
        if text.lower() in NOTHING:
            return None
        if _DECIMAL.fullmatch(text):
            return _storable(float(text))
    elif isinstance(value, int) and not isinstance(value, bool):
        return _storable(value)
    elif isinstance(value, float):
        return None if math.isnan(value) else _storable(value)
    raise ValueError(value)


def parse_count(value: object) -> int | None:
    """Parse a whole number, also one written with a decimal point ("3.0")."""
    number = parse_number(value)
    if isinstance(number, float):
        if not number.is_integer() or abs(number) > LARGEST_EXACT:
            raise ValueError(value)
        return int(number)
    return number


def parse_duration(value: object) -> Number | None:
    """Parse a length of time to milliseconds: a number is in them already, text may be H:MM:SS."""
    if isinstance(value, str) and (match := _CLOCK.fullmatch(value.strip())):
        sign, hours, minutes, seconds = match.groups()
        whole, _, part = seconds.partition(".")
        total = ((int(hours) * 60 + int(minutes)) * 60 + int(whole)) * 1000
        fraction = int(part.ljust(9, "0")) / 1_000_000 if part else 0
        length = total + (int(fraction) if float(fraction).is_integer() else fraction)
        return -length if sign else length
    return parse_number(value)


def parse_percentage(value: object) -> Number | None:
    """Parse a percentage as given; a `%` sign is dropped, nothing is rescaled."""
    if isinstance(value, str) and value.rstrip().endswith("%"):
        return parse_number(value.rstrip()[:-1])
    return parse_number(value)


def parse_text(value: object) -> str | None:
    """Return text as it came, empty text included; other JSON values as their JSON text."""
    if value is None or isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode()


def parse_time(value: object, zone: ZoneInfo | None = None) -> str | None:
    """Parse a time to its canonical text; arguments and ValueError as `parse_instant`."""
    moment = parse_instant(value, zone)
    return None if moment is None else utc_text(moment)


def parse_boolean(value: object) -> bool | None:
    """Parse true or false, as JSON or as text."""
    if isinstance(value, str):
        text = value.strip().lower()
        if text in NOTHING:
            return None
        if text in _BOOLEANS:
            return _BOOLEANS[text]
    elif value is None or isinstance(value, bool):
        return value
    raise ValueError(value)


def raw_text(value: object) -> str:
    """Return a value's raw text, for `unparsed_values`."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


PARSERS: dict[Kind, Callable[[object], object]] = {
    Kind.COUNT: parse_count,
    Kind.DURATION: parse_duration,
    Kind.PERCENTAGE: parse_percentage,
    Kind.NUMBER: parse_number,
    Kind.TIMESTAMP: parse_time,
    Kind.TEXT: parse_text,
    Kind.BOOLEAN: parse_boolean,
}
"""The parser of each kind of column; each raises ValueError for what does not fit."""


_Integer = Annotated[int, msgspec.Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
_NUMERIC = {
    Kind.COUNT: _Integer | None,
    Kind.DURATION: _Integer | float | None,
    Kind.PERCENTAGE: _Integer | float | None,
    Kind.NUMBER: _Integer | float | None,
}
NUMERIC = frozenset(_NUMERIC)


def numbers_parser(kinds: Sequence[Kind]) -> Callable[[Iterable[object]], tuple[object, ...]]:
    """Make a function that parses the numbers of a row at once if they are written as in JSON.

    It raises TypeError or ValueError for what must be parsed one by one; otherwise it returns what
    the parsers of these kinds return.
    """
    row: Any = tuple[tuple(_NUMERIC[kind] for kind in kinds)]  # type: ignore[misc]
    decode: Callable[[str], tuple[object, ...]] = msgspec.json.Decoder(row).decode

    def parse(cells: Iterable[Any]) -> tuple[object, ...]:
        try:
            return decode(f"[{','.join(cells)}]")
        except (TypeError, ValueError):  # there may be gaps
            texts: Any = ["null" if cell is None or cell == "" else cell for cell in cells]
            return decode(f"[{','.join(texts)}]")

    return parse


def _storable(number: Number) -> Number:
    """Return a number that loaders can store; raises ValueError for any other."""
    is_whole = isinstance(number, int)
    if abs(number) > LARGEST_INTEGER if is_whole else math.isinf(number):
        raise ValueError(number)
    return number
