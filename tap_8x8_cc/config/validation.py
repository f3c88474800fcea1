"""What is wrong with the shape of a configuration, in words a person can act on."""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator, ValidationError
from jsonschema.validators import extend

from tap_8x8_cc.config.schema import PATTERNS_IN_WORDS
from tap_8x8_cc.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

LONGEST_LINE = 1_000
MOST_NAMED = 10
NEAREST = 3


def check_shape(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Check a configuration against its JSON Schema.

    Returns:
        A line for each fault, naming the setting and what it must be; never its value, which may
        be a secret.
    """
    errors = sorted(
        _Validator(dict(schema)).iter_errors(dict(config)),
        key=lambda error: list(map(str, error.path)),
    )
    # Of several names missing, each makes an error of the same words.
    return list(dict.fromkeys(one_line(_fault(error), LONGEST_LINE) for error in errors))


def _whole(_: object, pattern: str, instance: object, __: object) -> Iterator[ValidationError]:
    """Match a pattern to the end: with `$` alone Python lets a line end pass behind it."""
    if isinstance(instance, str) and not re.fullmatch(pattern, instance):
        yield ValidationError("does not match")


_Validator: Any = extend(Draft7Validator, {"pattern": _whole})  # type: ignore[no-untyped-call]


def _fault(error: ValidationError) -> str:
    instance: Any = error.instance
    rule: Any = error.validator_value
    where = ".".join(str(part) for part in error.absolute_path)
    prefix = f"{where}: " if where else ""
    if error.validator == "additionalProperties":
        schema: Any = error.schema
        allowed = sorted(schema.get("properties", {}))
        unknown = sorted(name for name in map(str, instance) if name not in allowed)
        return f"{prefix}unknown setting {_some(unknown)}; {_hint(unknown[0], allowed)}"
    if error.validator == "required":
        missing = [name for name in rule if name not in instance]
        return f"{prefix}required setting missing: {', '.join(missing)}."
    say = _RULES.get(str(error.validator), lambda _: "is not valid.")
    return prefix + say(rule)


def _some(names: list[str]) -> str:
    """Name as many as fit on a line, and say how many more there are."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _hint(unknown: str, allowed: list[str]) -> str:
    """Say which name may be meant, or which are nearest and where to find all."""
    if guesses := difflib.get_close_matches(unknown, allowed, n=1):
        return f"did you mean {guesses[0]}?"
    near = difflib.get_close_matches(unknown, allowed, n=NEAREST, cutoff=0.0)
    return f"nearest are {', '.join(near)} (--about lists all)."


def _spoken(types: str | list[str]) -> str:
    names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    return " or ".join(names)


_RULES: dict[str, Callable[[Any], str]] = {
    "type": lambda rule: f"must be of type {_spoken(rule)}.",
    "enum": lambda rule: f"must be one of {', '.join(str(v) for v in rule if v is not None)}.",
    "minimum": lambda rule: f"must be at least {rule}.",
    "maximum": lambda rule: f"must be at most {rule}.",
    "pattern": lambda rule: f"must have the form {PATTERNS_IN_WORDS.get(rule, rule)}.",
    "minLength": lambda _: "must not be empty.",
    "maxLength": lambda rule: f"must be at most {rule} characters long.",
}
"""What each JSON Schema keyword asks for; it is given the keyword's value."""
