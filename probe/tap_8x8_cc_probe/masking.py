"""What takes the place of a contact center's names, numbers, ids and texts: their forms alone.

Nothing is looked for and taken out: whatever is not known to be structure is replaced, letter by
letter and digit by digit. `Anna Lee` becomes `Xxxx Xxx`, `0:00:41` `1:11:11`, and an id 4711 1111.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_probe.answers import NOTHING

if TYPE_CHECKING:
    from collections.abc import Collection

DIGIT = "1"
"""With it, dates, times and clocks stay what they are."""
LONGEST = 200
"""Characters of a text that are shown by their form."""
_DIGITS = re.compile("[0-9]")
_NUMBER = re.compile(r"[+-]?[0-9]*[.,:]?[0-9.,:]*%?", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?)(Z|[+-][0-9]{2}:?[0-9]{2})?", re.ASCII
)
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:[._-][A-Za-z0-9]+)*", re.ASCII)
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9 %()/.,_-]*", re.ASCII)
_WORD = re.compile(r"\w+")
_LONGEST_NAME = 80
_ERROR_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "any",
        "api",
        "are",
        "as",
        "at",
        "available",
        "be",
        "body",
        "by",
        "cannot",
        "could",
        "does",
        "error",
        "exist",
        "exists",
        "expired",
        "failed",
        "field",
        "for",
        "forbidden",
        "found",
        "from",
        "has",
        "have",
        "header",
        "id",
        "in",
        "internal",
        "invalid",
        "is",
        "it",
        "json",
        "limit",
        "location",
        "method",
        "missing",
        "must",
        "no",
        "not",
        "null",
        "of",
        "on",
        "only",
        "or",
        "parameter",
        "path",
        "problem",
        "rate",
        "report",
        "reports",
        "request",
        "requests",
        "required",
        "resource",
        "server",
        "service",
        "status",
        "such",
        "supported",
        "tenant",
        "that",
        "the",
        "there",
        "this",
        "timestamp",
        "title",
        "to",
        "token",
        "type",
        "unauthorized",
        "unavailable",
        "unknown",
        "unsupported",
        "uri",
        "url",
        "value",
        "values",
        "was",
        "were",
        "with",
        "without",
        "wrong",
    ]
)
"""Words of errors; of no other words is it known that they are the API's own."""


class Mask:
    """Replaces what is not known to be structure.

    Args:
        keys: Keys that are known: of the vendor's documents, of the list of types.
        values: Texts that stood where the contact center's own stand: none of them is structure,
            wherever else it stands.
    """

    def __init__(self, keys: Collection[str], values: Collection[str]) -> None:
        self._keys = keys
        self._values = {value.casefold() for value in values}

    def key(self, name: str) -> str:
        """Return the name of a column or a member, if it is one."""
        return name if name in self._keys or self._is_structure(name, _KEY) else masked_text(name)

    def known_key(self, name: str) -> str:
        """Return a member's name if it is known, where the contact center's own may stand."""
        return name if name in self._keys else masked_text(name)

    def label(self, text: object) -> object:
        """Return a column's label, if it is one."""
        if isinstance(text, str) and self._is_structure(text, _LABEL):
            return text
        return masked(text)

    def word(self, text: object) -> object:
        """Return a word of the API's own, such as a status, if it is one."""
        if isinstance(text, str) and self._is_structure(text.replace(" ", "_"), _KEY):
            return text
        return masked(text)

    def members(self, value: Any) -> Any:  # noqa: ANN401 - JSON is anything
        """Return JSON with known members' names and nothing else."""
        if isinstance(value, dict):
            return {self.known_key(name): self.members(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.members(member) for member in value]
        return masked(value)

    def error(self, value: Any) -> Any:  # noqa: ANN401 - likewise
        """Return an error's body with its members' names and the words that errors have."""
        if isinstance(value, dict):
            return {self.known_key(name): self.error(member) for name, member in value.items()}
        if isinstance(value, list):
            return [self.error(member) for member in value]
        if isinstance(value, str):
            return _WORD.sub(_error_word, value[:LONGEST])
        return masked(value)

    def _is_structure(self, text: str, form: re.Pattern[str]) -> bool:
        fits = len(text) <= _LONGEST_NAME and form.fullmatch(text) is not None
        return fits and text.casefold() not in self._values


def masked(value: Any) -> Any:  # noqa: ANN401 - likewise
    """Return a value's form: its type, its length, the places of letters and digits."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(_DIGITS.sub(DIGIT, str(value)))
    if isinstance(value, float):
        return float(_DIGITS.sub(DIGIT, f"{value:f}" if "e" in repr(value) else repr(value)))
    if isinstance(value, str):
        return masked_text(value)
    if isinstance(value, list):
        return [masked(member) for member in value]
    return "x"


def masked_text(text: str) -> str:
    """Return a text's form."""
    if text.strip().lower() in NOTHING:
        return text
    shown = text[:LONGEST]
    if _NUMBER.fullmatch(shown):
        return _DIGITS.sub(DIGIT, shown)
    if time := _TIME.fullmatch(shown):
        # Also the sign: the side of Greenwich tells something.
        offset = (time[2] or "").replace("-", "+")
        return _DIGITS.sub(DIGIT, time[1] + offset)
    return "".join(map(_masked_character, shown))


def _masked_character(character: str) -> str:
    if character.isdigit():
        return DIGIT
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return " " if character.isspace() else "_"


def _error_word(match: re.Match[str]) -> str:
    word = match[0]
    return word if word.lower() in _ERROR_WORDS else masked_text(word)
