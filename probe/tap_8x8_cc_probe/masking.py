"""What may be published: the words of a list, and the forms of everything else.

Nothing is searched for and blacked out. A text becomes its form, letter by letter and digit by
digit: `Anna Lee` becomes `Xxxx Xxx`, `0:00:41` becomes `1:11:11`, 4711 becomes 1111. Only where the
API's own structure stands, a chunk of letters and digits stays if all its words are in `words.txt`.
"""

from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

from tap_8x8_cc_probe.answers import NOTHING

MAX_TEXT = 200
"""Characters of a text that are shown."""
NAMED = "named"
"""What replaces a time zone: even the length of its name would tell which one it is."""
WORDS = frozenset(files(__package__ or "").joinpath("words.txt").read_text("utf-8").split())
"""Words of the vendor's documents, of errors and of HTTP."""
STRUCTURE = frozenset(
    """
    type name names filters metrics granularity groupBy fields operators relation rel reportTypes
    """.split()  # noqa: SIM905 - a table to read
)
"""Members with texts of the API's own structure."""
STATUSES = frozenset({"status"})
"""Members with words like IN_PROGRESS."""
_CONSTANT = re.compile(r"[A-Z_]{1,30}", re.ASCII)
_CHUNK = re.compile(r"[^\W_]+")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+", re.ASCII)
_LENGTH = re.compile(r"(.*?)((?:[0-9]{1,2}[dhms])+)", re.ASCII)
"""A length of time, such as in `accepted.1h-1h30m` and `lowerThan5s`."""
_NUMBER = re.compile(r"[+-]?[0-9]*[.,:]?[0-9.,:]*%?", re.ASCII)
_TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?)(Z|[+-][0-9]{2}:?[0-9]{2})?", re.ASCII
)
_HEADERS = re.compile(
    r"x-(?:page|page-size|total-pages|total-elements)|link|location|last-document-id"
    r"|(?:x-)?rate-?limit(?:-(?:limit|remaining|reset|policy|used))?|retry-after"
    r"|content-(?:type|length|encoding|disposition)|transfer-encoding|etag|cache-control"
)
_MEDIA = re.compile(
    r"(?:application/(?:[a-z]+\+)?(?:json|xml)|application/(?:octet-stream|vnd\.ms-excel)"
    r"|text/(?:csv|html|plain|xlsx))(?:; ?charset=utf-?8)?|chunked|gzip|deflate|br|identity",
    re.IGNORECASE,
)
_RELATION = re.compile(r'rel="?(\w+)')


def masked(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a value's form: its type, its length, the places of letters and digits."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(re.sub("[0-9]", "1", str(value)))
    if isinstance(value, float):
        return float(re.sub("[0-9]", "1", f"{value:f}" if "e" in repr(value) else repr(value)))
    if isinstance(value, list):
        return [masked(member) for member in value]
    if isinstance(value, dict):
        return {words(name): masked(member) for name, member in value.items()}
    return masked_text(str(value))


def masked_text(text: str) -> str:
    """Return a text's form."""
    if text.strip().lower() in NOTHING:
        return text
    shown = text[:MAX_TEXT]
    if _NUMBER.fullmatch(shown):
        return re.sub("[0-9]", "1", shown)
    if time := _TIME.fullmatch(shown):
        # The sign too: the side of Greenwich says something.
        return re.sub("[0-9]", "1", time[1] + (time[2] or "").replace("-", "+"))
    return "".join(map(_form, shown))


def _form(character: str) -> str:
    if character.isdigit():
        return "1"
    if character.isalpha():
        return "X" if character.isupper() else "x"
    return " " if character.isspace() else "_"


def words(text: str) -> str:
    """Return a text of the API's structure: listed words stay, other chunks become their form."""
    return _CHUNK.sub(lambda chunk: _known(chunk[0]), text)[:MAX_TEXT]


def _known(chunk: str) -> str:
    length = _LENGTH.fullmatch(chunk)
    name, number = (length[1], length[2]) if length else (chunk, "")
    parts = _PART.findall(name)
    if "".join(parts) == name and all(p.isdigit() or p.lower() in WORDS for p in parts):
        return re.sub("[0-9]", "1", name) + number
    return "".join(map(_form, chunk))


def status(text: str) -> str:
    """Return a status: a word like IN_PROGRESS, or of listed words."""
    return text if _CONSTANT.fullmatch(text) else words(text)


def quoted(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a finding that quotes statuses, keys or names of headers."""
    if isinstance(value, dict):
        return {words(name): quoted(member) for name, member in value.items()}
    if isinstance(value, list):
        return [quoted(member) for member in value]
    return status(value) if isinstance(value, str) else value


def structure(value: Any, member: str = "") -> Any:  # noqa: ANN401 - JSON is anything
    """Return a definition, a listing or a status: what stands in members of structure stays."""
    if isinstance(value, dict):
        return {words(name): structure(inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [structure(inner, member) for inner in value]
    if isinstance(value, str) and value:
        if member == "timezone":
            return NAMED
        if member in STATUSES:
            return status(value)
        if member in STRUCTURE:
            return words(value)
    return masked(value)


def error(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return an error's body: listed words stay wherever they stand."""
    if isinstance(value, dict):
        return {words(name): error(member) for name, member in value.items()}
    if isinstance(value, list):
        return [error(member) for member in value]
    return words(value) if isinstance(value, str) else masked(value)


def headers(values: dict[str, str]) -> dict[str, str]:
    """Return the known headers, with the forms of their values."""
    return {n: _header(n, v) for n, v in sorted(values.items()) if _HEADERS.fullmatch(n)}


def _header(name: str, value: str) -> str:
    if name == "link":
        return ", ".join(f'rel="{words(relation)}"' for relation in _RELATION.findall(value))
    if name == "content-disposition" and value.lower().startswith("attachment"):
        return "attachment"
    return value if _MEDIA.fullmatch(value) else masked_text(value)
