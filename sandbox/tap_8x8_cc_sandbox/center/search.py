"""The search of detailed reports: does a row meet a condition?"""

from __future__ import annotations

import operator
from typing import TYPE_CHECKING, Final

from tap_8x8_cc_sandbox.center.model import Ongoing, Operator

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_8x8_cc_sandbox.center.model import Search

_COMPARISONS: Final[dict[Operator, Callable[[float, float], bool]]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.GREATER: operator.gt,
    Operator.GREATER_OR_EQUAL: operator.ge,
    Operator.LESS: operator.lt,
    Operator.LESS_OR_EQUAL: operator.le,
}


def matches(rule: Search, row: Mapping[str, object]) -> bool:
    """Tell whether a row meets a condition. What is empty meets only `is-empty` and `not-in`.

    Raises:
        ValueError: If a comparison's value isn't a number.
    """
    value = row.get(rule.field)
    if isinstance(value, Ongoing):
        value = value.value
    empty = value is None or value in ("", [])
    if rule.operator in _COMPARISONS:
        if not isinstance(value, int | float):
            return False
        return _COMPARISONS[rule.operator](float(value), float(rule.value[0]))
    match rule.operator:
        case Operator.IS_EMPTY:
            return empty
        case Operator.IS_NOT_EMPTY:
            return not empty
        case Operator.CONTAINS:
            parts = [part.casefold() for part in rule.value]
            return any(part in text.casefold() for part in parts for text in _texts(value))
        case _:
            found = not empty and bool(set(_texts(value)) & set(rule.value))
            return found is (rule.operator is Operator.IN)


def _texts(value: object) -> list[str]:
    if value is None:
        return []
    return list(map(str, value)) if isinstance(value, list) else [str(value)]
