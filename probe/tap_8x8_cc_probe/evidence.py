"""What the probe saw, fit for a public place: how the API behaves, nothing of the contact center.

Nothing is searched for and blacked out. A text becomes its form, letter by letter and digit by
digit: `Anna Lee` becomes `Xxxx Xxx`, `0:00:41` becomes `1:11:11`, 4711 becomes 1111. Only where the
API's own structure stands, a chunk of letters and digits stays if all its words are in `words.txt`.
Which host, tenant and zone were asked, and when, is not said.
"""

from __future__ import annotations

import re
from importlib.metadata import version
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_probe.answers import NOTHING, read_csv

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from tap_8x8_cc_probe.answers import Exchange
    from tap_8x8_cc_probe.experiments import Seen
    from tap_8x8_cc_probe.findings import Verdict

KIND, FORM = "tap-8x8-cc probe", 1
MAX_ROWS = 20
"""Rows shown of a page, and of a CSV."""
MAX_TEXT = 200
"""Characters of a text that are shown."""
NAMED = "named"
"""What replaces a time zone: even the length of its name would tell which one it is."""
WORDS = frozenset(files(__package__ or "").joinpath("words.txt").read_text("utf-8").split())
"""Words of the vendor's documents, of errors and of HTTP."""
STRUCTURE = (
    *("type", "name", "filters", "metrics", "granularity", "groupBy", "timezone", "status"),
    *("fields", "operators", "relation", "rel"),
)
"""Members of definitions and listings with texts of the API's own structure."""
ROWS = ("key", "label", "type")
"""Members of rows with texts of the API's own structure."""
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


def evidence(seen: Seen, verdict: Verdict) -> dict[str, Any]:
    """Return what was seen as JSON-ready values that name and count nothing of the tenant's."""
    return {
        "evidence": KIND,
        "form": FORM,
        "tap": version("tap-8x8-cc"),
        "api_version": seen.settings.api_version,
        "findings": {
            question.name: shaped(found.value, None, "status") if question.quotes else found.value
            for question, found in verdict.findings
        },
        "exchanges": [
            {
                "report": exchange.report,
                "call": exchange.call,
                **({} if exchange.sent is None else {"sent": shaped(exchange.sent, STRUCTURE)}),
                "status": exchange.status,
                "headers": headers(exchange.headers),
                "body": _body(exchange),
            }
            for exchange in seen.exchanges
        ],
    }


def _body(exchange: Exchange) -> Any:  # noqa: ANN401 - JSON is anything
    body, text = exchange.json, exchange.body.decode("utf-8", "replace")
    if not exchange.went_well:
        return shaped(text if body is None else body, None)
    if exchange.call == "download" and (table := read_csv(exchange.body)):
        lines = [[masked(cell) for cell in row] for row in table.rows[:MAX_ROWS]]
        return {"mark": table.mark, "lines": [list(map(words, table.header)), *lines]}
    if exchange.call == "download" or body is None:
        return masked(text)
    return shaped(_first(body), ROWS) if exchange.call == "data" else shaped(body, STRUCTURE)


def _first(page: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a page with its first rows only."""
    if isinstance(page, dict):
        return {name: _first(member) for name, member in page.items()}
    return page[:MAX_ROWS] if isinstance(page, list) else page


def masked(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return the form of a text or number: its length, the places of letters and digits."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        digits = f"{value:f}" if "e" in repr(value) else repr(value)
        return type(value)(re.sub("[0-9]", "1", digits))
    shown = str(value)[:MAX_TEXT]
    if shown.strip().lower() in NOTHING:
        return shown
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


def shaped(value: Any, allowed: Collection[str] | None, member: str = "") -> Any:  # noqa: ANN401
    """Return a JSON value with listed words where they may stand, and the forms of all else.

    Args:
        value: The value.
        allowed: Members with texts that may hold listed words; None: all members.
        member: The member that holds the value.
    """
    if isinstance(value, dict):
        return {words(name): shaped(inner, allowed, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [shaped(inner, allowed, member) for inner in value]
    if not isinstance(value, str) or (allowed is not None and member not in allowed):
        return masked(value)
    if member == "timezone":
        return NAMED if value else value
    return value if member == "status" and _CONSTANT.fullmatch(value) else words(value)


def headers(values: Mapping[str, str]) -> dict[str, str]:
    """Return the known headers, with the forms of their values."""
    small = {name.lower(): value for name, value in values.items()}
    return {n: _header(n, v) for n, v in sorted(small.items()) if _HEADERS.fullmatch(n)}


def _header(name: str, value: str) -> str:
    if name == "link":
        return ", ".join(f'rel="{words(relation)}"' for relation in _RELATION.findall(value))
    if name == "content-disposition" and value.lower().startswith("attachment"):
        return "attachment"
    return value if _MEDIA.fullmatch(value) else masked(value)
