"""What is found out about a question: in words, for machines, and whether the tap copes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tap_8x8_cc_probe.seen import Seen


class Copes(StrEnum):
    """Whether the tap copes with what was found."""

    ALWAYS = "yes"
    SETTING = "with a setting"
    NO = "no"
    UNKNOWN = "not known"


@dataclass(frozen=True, slots=True)
class Found:
    """What a question's function finds.

    Args:
        value: The finding for machines: words of this project and numbers, nothing of the tenant.
        text: The finding for people.
        copes: Whether the tap copes.
        settings: Settings that help.
    """

    value: Any
    text: str
    copes: Copes = Copes.ALWAYS
    settings: Mapping[str, Any] = field(default_factory=dict)


class NotToldError(Exception):
    """What was seen does not answer the question, and why."""


@dataclass(frozen=True, slots=True)
class Question:
    """An open question about the API.

    Args:
        name: Its name for machines.
        text: The question for people.
        find: Reads the answer from what was seen; raises NotToldError.
    """

    name: str
    text: str
    find: Callable[[Seen], Found]


@dataclass(frozen=True, slots=True)
class Finding:
    """A question, and what was found."""

    question: Question
    found: Found

    @property
    def answered(self) -> bool:
        """Whether the question was answered."""
        return self.found.value is not None


def answer(question: Question, seen: Seen) -> Finding:
    """Answer a question; where that can't be done, say why, and let the other questions be."""
    try:
        return Finding(question, question.find(seen))
    except NotToldError as reason:
        text = f"not seen: {reason}"
    except Exception as error:  # noqa: BLE001 - answers of any form must not end the probe
        text = f"not seen: the answers could not be read ({type(error).__name__})"
    return Finding(question, Found(None, text, Copes.UNKNOWN))


def told(condition: object, reason: str) -> None:
    """Raise NotToldError where a condition does not hold."""
    if not condition:
        raise NotToldError(reason)
