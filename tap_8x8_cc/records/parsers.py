"""Parsing a whole column at a time, since almost all of its values have one form.

This is only faster than `values`, never different: whatever the short cuts can't take goes through
the same parser, value by value.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import msgspec

from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.values import LARGEST_INTEGER, PARSERS, parse_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from zoneinfo import ZoneInfo

CACHE_SIZE = 4096
"""Texts that a column remembers; bounded, since rows are not."""
_Integer = Annotated[int, msgspec.Meta(ge=-LARGEST_INTEGER, le=LARGEST_INTEGER)]
COUNT = _Integer | None
NUMBER = _Integer | float | None
"""What msgspec takes for a count, and for any other number."""
_decode_counts: Callable[[str], list[Any]] = msgspec.json.Decoder(list[COUNT]).decode
_decode_numbers: Callable[[str], list[Any]] = msgspec.json.Decoder(list[NUMBER]).decode
NUMERIC = frozenset({Kind.COUNT, Kind.DURATION, Kind.PERCENTAGE, Kind.NUMBER})


class ColumnParser:
    """Parses the values of one column.

    Args:
        kind: How they are typed.
        zone: The zone of times without an offset, where there is one.
    """

    def __init__(self, kind: Kind, zone: ZoneInfo | None = None) -> None:
        self.parse = PARSERS[kind]
        if kind is Kind.TIMESTAMP:
            self.parse = partial(parse_time, zone=zone)
        self._kind = kind
        self._cache = _Cache(self.parse)

    def quickly(self, values: Sequence[object]) -> list[object]:
        """Parse all values.

        Raises:
            TypeError: Some are no texts: parse them one by one.
            ValueError: Some do not fit: parse them one by one.
        """
        if self._kind in NUMERIC and (numbers := _numbers(values, self._kind)):
            return numbers
        _check_texts(values)
        if self._kind is Kind.TEXT:
            return list(values)
        return list(map(self._cache.__getitem__, values))

    def typed(
        self,
        values: Sequence[object],
        unfit: Callable[[int, object], None],
        refused: tuple[type, ...] = (),
    ) -> list[object]:
        """Parse all values; those that do not fit become null.

        Args:
            values: The values.
            unfit: Told the position and the value of each that does not fit.
            refused: Types of which no value fits, whatever the parser would make of it.
        """
        try:
            return self.quickly(values)
        except (TypeError, ValueError):
            return [self._one(index, value, unfit, refused) for index, value in enumerate(values)]

    def _one(
        self,
        index: int,
        value: object,
        unfit: Callable[[int, object], None],
        refused: tuple[type, ...],
    ) -> object:
        if not isinstance(value, refused):
            try:
                return self.parse(value)
            except ValueError:
                pass  # told below, as are those refused
        unfit(index, value)
        return None


_TEXTS = {str, type(None)}


def _check_texts(values: Sequence[object]) -> None:
    """Raise TypeError where a value is neither text nor null.

    Others may not even meet in the cache: 1, 1.0 and True are one key to a dictionary.
    """
    if not set(map(type, values)) <= _TEXTS:
        raise TypeError


def _numbers(values: Sequence[Any], kind: Kind) -> list[object] | None:
    """Parse texts that are numbers as JSON writes them, or nothing; None if others are.

    JSON knows fewer forms than `values`, and takes each as `values` does.
    """
    if not all(values):
        _check_texts(values)  # 0 and False are no gaps
        values = [value or "null" for value in values]
    decode = _decode_counts if kind is Kind.COUNT else _decode_numbers
    try:
        numbers: list[object] = decode(f"[{','.join(values)}]")
    except msgspec.DecodeError:
        return None
    return numbers if len(numbers) == len(values) else None  # "1,234" is no two numbers


class _Cache(dict[object, object]):
    """Texts that were parsed."""

    def __init__(self, parse: Callable[[object], object]) -> None:
        super().__init__()
        self._parse = parse

    def __missing__(self, value: object) -> object:
        parsed = self._parse(value)
        if len(self) >= CACHE_SIZE:
            self.clear()
        self[value] = parsed
        return parsed
