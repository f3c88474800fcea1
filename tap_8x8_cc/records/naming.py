"""Names of streams, columns and reports.

Every name the tap gives is lower snake_case, starts with a letter, holds no dots and is at most
63 characters long: Postgres truncates longer identifiers without a word.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from hashlib import blake2b
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

MAX_LENGTH: Final = 63
"""Longest name given, in characters: the identifier limit of Postgres."""

_PREFIX_LENGTH: Final = 54  # with "_" and eight hex digits: 63

_NO_KEYS: Final = frozenset({"mediaId", "channelId"})
"""Identifiers that no document shows in a summary; if they come all the same, they are columns."""

# Where a new word begins inside a run of letters and digits. Each place needs a capital beside it,
# so a name that is in snake_case already stays as it is.
_WORD_START: Final = re.compile(
    r"""
    (?<=[a-z0-9])(?=[A-Z])                           # accepted|In
    | (?<=[A-Z])(?=[A-Z][a-z])(?![A-Z]s(?![a-z]))    # IVR|Treatment, but not I|Ds
    | (?<=Than)(?=[0-9])                             # lowerThan|5s, but not sha|256 or 1h|30m
    """,
    re.VERBOSE,
)


def snake_case(key: str) -> str:
    """Turn a key of the API into lower snake_case.

    Lengths of time stay whole (`accepted.1h-1h30m` becomes `accepted_1h_1h30m`); accents are
    folded and other characters outside ASCII dropped. A key that begins with a digit gets `n_` in
    front; one without any usable character is named by `n_` and its hash.
    """
    folded = unicodedata.normalize("NFKD", key).encode("ascii", "ignore").decode("ascii")
    words = _WORD_START.sub("_", folded).lower()
    name = re.sub(r"[^a-z0-9]+", "_", words).strip("_")
    if not name:
        return f"n_{_digest(key)}"
    return f"n_{name}" if name[0].isdigit() else name


def shorten(name: str) -> str:
    """Bring a name to at most 63 characters: if it is longer, the last are those of a hash."""
    return name if len(name) <= MAX_LENGTH else _marked(name, name)


def column_name(key: str) -> str:
    """Name the column of an API key: snake_case, at most 63 characters."""
    return shorten(snake_case(key))


def stream_name(report_type: str, group_by: str | None) -> str:
    """Name a stream: `queue_interactions_summary_by_media_queue`, or the type alone."""
    if not group_by:
        return column_name(report_type)
    return column_name("-".join([report_type, "by", *dimension_words(group_by)]))


def dimension_words(group_by: str) -> list[str]:
    """Split a grouping into its dimensions: `agent-and-status-code` is agent and status-code."""
    return [word for word in group_by.split("-and-") if word]


def dimension_keys(group_by: str) -> list[str]:
    """Predict the keys under which a report returns its dimensions.

    The API's listing does not name them; in the vendor's samples a dimension comes under its own
    word, with or without an identifier beside it: `agent`, `agentId`, `statusCode`, `statusCodeId`;
    media and channels come alone. The data has the last word.
    """
    names = dict.fromkeys(_camel_case(word) for word in dimension_words(group_by))
    return [key for name in names for key in (name, f"{name}Id") if key not in _NO_KEYS]


def resolve(names: Mapping[str, str], taken: Collection[str] = ()) -> dict[str, str]:
    """Return every identity a name of its own, the same whatever the order.

    Identities whose names clash with each other, or with a name in `taken`, all get the first 54
    characters of the wanted name, `_` and eight hex digits of the hash of their identity. Owners
    of names in `taken` keep them. Names are compared without regard to case, since warehouses
    fold it. A wanted name that is too long is shortened first.
    """
    wanted = {identity: shorten(name) for identity, name in names.items()}
    reserved = {name.casefold() for name in taken}
    final = dict(wanted)
    rounds = dict.fromkeys(wanted, 0)
    while clashing := _clashing(final, reserved):
        for identity in clashing:
            rounds[identity] += 1
            # A marked name can itself meet another name; then the next round marks it again.
            again = f"\0{rounds[identity]}" if rounds[identity] > 1 else ""
            final[identity] = _marked(wanted[identity], identity + again)
    return final


def _clashing(names: Mapping[str, str], reserved: Collection[str]) -> list[str]:
    uses = Counter(name.casefold() for name in names.values())
    return [
        identity
        for identity, name in names.items()
        if uses[name.casefold()] > 1 or name.casefold() in reserved
    ]


def _marked(name: str, identity: str) -> str:
    return f"{name[:_PREFIX_LENGTH]}_{_digest(identity)}"


def _digest(text: str) -> str:
    # Keys come from JSON, which can hold lone surrogates; plain UTF-8 would refuse them.
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()


def _camel_case(word: str) -> str:
    first, *others = [part for part in re.split(r"[^A-Za-z0-9]+", word) if part] or [word]
    return first[:1].lower() + first[1:] + "".join(part[0].upper() + part[1:] for part in others)
