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
        guesses = difflib.get_close_matches(unknown[0], allowed, n=1)
        hint = f"did you mean {guesses[0]}?" if guesses else f"known are {', '.join(allowed)}."
        return f"{prefix}unknown setting {', '.join(unknown)}; {hint}"
    if error.validator == "required":
        missing = [name for name in rule if name not in instance]
        return f"{prefix}required setting missing: {', '.join(missing)}."
    say = _RULES.get(str(error.validator), lambda _: "is not valid.")
    return prefix + say(rule)


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
