"""What is wrong with the shape of a configuration, in words a person can act on."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from jsonschema import Draft7Validator

from tap_8x8_cc.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from jsonschema.exceptions import ValidationError


def check_shape(config: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """Check a configuration against its JSON Schema.

    Returns:
        A line for each fault, naming the setting and what it must be; never its value, which may
        be a secret.
    """
    validator = Draft7Validator(dict(schema))
    errors = sorted(
        validator.iter_errors(dict(config)), key=lambda error: list(map(str, error.path))
    )
    return [_fault(error) for error in errors]


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
        return one_line(f"{prefix}unknown setting {', '.join(unknown)}; {hint}", 1000)
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
    "pattern": lambda rule: f"must have the form {rule}.",
    "minLength": lambda _: "must not be empty.",
}
"""What each JSON Schema keyword asks for; it is given the keyword's value."""
