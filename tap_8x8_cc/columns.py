"""Parsing a whole column at a time, since almost all of its values have one form.

This is only faster than `values`, never different: whatever the short cuts can't take goes through
the same parser, value by value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc.metrics import Kind
from tap_8x8_cc.values import LARGEST_INTEGER, PARSERS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

CACHE_SIZE = 4096
"""Texts that a column remembers; bounded, since rows are not."""
SAFE_DIGITS = 18
"""Numbers of no more digits than this need no check that loaders can store them."""
_NUMERIC = frozenset({Kind.COUNT, Kind.DURATION, Kind.PERCENTAGE, Kind.NUMBER})


class ColumnParser:
    """Parses the values of one column.

    Args:
        kind: How they are typed.
    """

    def __init__(self, kind: Kind) -> None:
        self.parse = PARSERS[kind]
        self._kind = kind
        self._cache = _Cache(self.parse)

    def quickly(self, values: Sequence[object]) -> list[object]:
        """Parse all values.

        Raises:
            TypeError: Some are no texts: parse them one by one.
            ValueError: Some do not fit: parse them one by one.
        """
        if self._kind in _NUMERIC and (numbers := _digits(values, self._kind)):
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


def _digits(values: Sequence[Any], kind: Kind) -> list[object] | None:
    """Parse texts that are plain digits, maybe with a point, or nothing; None if others are."""
    present = list(filter(None, values))
    digits = "".join(present)
    gaps = len(present) < len(values)
    if gaps:
        _check_texts(values)  # for 0 and False, which are no gaps
    if not digits.isascii():
        return None
    if digits.isdigit():
        numbers: list[Any] = list(map(int, present))
        if max(numbers) > LARGEST_INTEGER:
            return None
        return [int(value) if value else None for value in values] if gaps else numbers
    if kind is Kind.COUNT or not digits.replace(".", "").isdigit():
        return None
    if max(map(len, present)) > SAFE_DIGITS:
        return None
    return [_decimal(value) if value else None for value in values]


def _decimal(text: str) -> float:
    return float(text) if "." in text else int(text)


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
