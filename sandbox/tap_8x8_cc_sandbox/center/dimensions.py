"""The words that reports are grouped and filtered by, and what they show of a piece of work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tap_8x8_cc_sandbox.center.model import Column

if TYPE_CHECKING:
    from collections.abc import Callable

    from tap_8x8_cc_sandbox.center.staff import (
        Agent,
        Channel,
        Code,
        Question,
        Queue,
        Roster,
        Survey,
    )

EMAIL_DIRECTIONS_SINCE: Final = 8
"""API version since which email can be filtered by direction."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """The finest piece of work that figures are kept of. What doesn't apply is None."""

    channel: Channel | None = None
    queue: Queue | None = None
    agent: Agent | None = None
    outbound: bool = False
    wrap_up_code: Code | None = None
    status_code: Code | None = None
    survey: Survey | None = None
    question: Question | None = None
    site: str = ""


Shown: TypeAlias = "tuple[str | None, ...]"


@dataclass(frozen=True, slots=True)
class Dimension:
    """A word of a grouping's name: the columns it brings, and their values for a piece of work."""

    keys: tuple[str, ...]
    show: Callable[[Leaf], Shown]


def _named(entity: Agent | Queue | Question | Survey | None) -> Shown:
    return (None, None) if entity is None else (entity.name, entity.id)


def _group(leaf: Leaf) -> Shown:
    return (None, None) if leaf.agent is None else (leaf.agent.group.name, leaf.agent.group.id)


def _wrap_up(leaf: Leaf) -> Shown:
    code = leaf.wrap_up_code
    return (None,) * 4 if code is None else (code.name, code.id, code.list_name, code.list_id)


def _status(leaf: Leaf) -> Shown:
    code = leaf.status_code
    return (None, None) if code is None else (code.name, code.id)


DIMENSIONS: Final[dict[str, Dimension]] = {
    "media": Dimension(
        ("media",), lambda leaf: (leaf.channel.media.value if leaf.channel else None,)
    ),
    "channel": Dimension(("channel",), lambda leaf: (leaf.channel.name if leaf.channel else None,)),
    "queue": Dimension(("queue", "queueId"), lambda leaf: _named(leaf.queue)),
    "agent": Dimension(("agent", "agentId"), lambda leaf: _named(leaf.agent)),
    "group": Dimension(("group", "groupId"), _group),
    "status-code": Dimension(("statusCode", "statusCodeId"), _status),
    "wrap-up-code": Dimension(
        ("wrapUpCode", "wrapUpCodeId", "wrapUpCodeList", "wrapUpCodeListId"), _wrap_up
    ),
    "survey": Dimension(("survey", "surveyId"), lambda leaf: _named(leaf.survey)),
    "question": Dimension(("question", "questionId"), lambda leaf: _named(leaf.question)),
}
SITE: Final = Dimension(("site",), lambda leaf: (leaf.site,))
"""The dimension that no listing names."""


def words(group_by: str) -> tuple[str, ...]:
    """Split a grouping's name into dimensions."""
    found = tuple(group_by.split("-and-"))
    for word in found:
        if word not in DIMENSIONS:
            raise KeyError(f"unknown dimension {word!r} in grouping {group_by!r}")
    return found


def label(key: str) -> str:
    """Write a camelCase key as people read it: `accepted.5s-10s` as `Accepted 5s-10s`."""
    text = "".join(f" {c}" if c.isupper() else c for c in key.replace(".", " "))
    return text[:1].upper() + text[1:]


def dimension_columns(dimensions: tuple[Dimension, ...]) -> tuple[Column, ...]:
    """Return the columns that dimensions bring to a report."""
    return tuple(Column(key, label(key), None) for part in dimensions for key in part.keys)


def filter_values(name: str, leaf: Leaf, version: int) -> frozenset[str]:
    """Return the values of a filter that let a piece of work through."""
    match name:
        case "media":
            return _media_values(leaf, version)
        case "channel":
            return frozenset({leaf.channel.id} if leaf.channel else ())
        case "wrap-up-code":
            code = leaf.wrap_up_code
            return frozenset({f"{code.list_id}-{code.id}"} if code else ())
        case _:
            return frozenset(filter(None, DIMENSIONS[name].show(leaf)[1:2]))


def _media_values(leaf: Leaf, version: int) -> frozenset[str]:
    if leaf.channel is None:
        return frozenset()
    media = leaf.channel.media.value
    directed = {"Phone"} | ({"Email"} if version >= EMAIL_DIRECTIONS_SINCE else set())
    direction = "Outbound" if leaf.outbound else "Inbound"
    return frozenset({media, f"{direction}{media}"} if media in directed else {media})


def blanked(dimension: str, roster: Roster) -> dict[str, str | None]:
    """Name the entities of a dimension that `null_dimensions` leaves without name and id.

    Returns:
        What is shown (None or an empty string) by the id that it replaces; by name for channels.
    """
    names = {
        "queue": [queue.id for queue in roster.queues],
        "agent": [agent.id for agent in roster.agents],
        "group": [group.id for group in roster.groups],
        "channel": [channel.name for channel in roster.channels],
        "status-code": [code.id for code in roster.status_codes],
        "wrap-up-code": [code.id for code in roster.wrap_up_codes],
    }.get(dimension, [])
    # The first keeps its name, so that a contact center of one queue still has one.
    return dict(zip(names[1:3], (None, ""), strict=False))
