"""Questions, findings and the verdict: what is found, and whether the tap copes with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tap_8x8_cc_probe.experiments import Seen


class Copes(StrEnum):
    """Whether the tap copes with what was found."""

    ALWAYS = "yes"
    SETTING = "with a setting"
    NO = "no"
    UNKNOWN = "not known"


class NotSeenError(Exception):
    """What was seen does not answer the question; the message says why."""


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a question."""

    value: Any  # for machines; None: not answered
    text: str  # for people
    copes: Copes = Copes.ALWAYS
    settings: Mapping[str, Any] = field(default_factory=dict)  # settings that help
    quotes: bool = False  # whether the value quotes the API, and must be masked for the public


@dataclass(frozen=True, slots=True)
class Question:
    """An open question about the API: its name, its text, and the function that answers it."""

    name: str
    text: str
    find: Callable[[Seen], Found]

    def answer(self, seen: Seen) -> Found:
        """Answer the question, or say why it can't be answered."""
        try:
            return self.find(seen)
        except NotSeenError as reason:
            text = f"not seen: {reason}"
        except Exception as error:  # noqa: BLE001 - answers of any form must not end the probe
            text = f"not seen: the answers could not be read ({type(error).__name__})"
        return Found(None, text, Copes.UNKNOWN)


def question(name: str, text: str) -> Callable[[Callable[[Seen], Found]], Question]:
    """Turn the function below into a question."""
    return lambda find: Question(name, text, find)


def require(condition: object, reason: str) -> None:
    """Raise NotSeenError unless a condition holds."""
    if not condition:
        raise NotSeenError(reason)


def only(forms: Iterable[str | None], texts: Mapping[str, str], reason: str) -> Found:
    """Return the one form that was seen, or `mixed`; `reason` says why there may be none."""
    seen = {form for form in forms if form is not None}
    require(seen, reason)
    value = seen.pop() if len(seen) == 1 else "mixed"
    return Found(value, texts.get(value, value))


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the probe found."""

    findings: Sequence[tuple[Question, Found]]
    reports: int
    seconds: float
    why_little: str = ""  # why little was learned, if no report had rows

    @property
    def copes(self) -> bool:
        """Whether the tap copes with everything that was seen."""
        return not self.why_little and not self._names(Copes.NO)

    @property
    def settings(self) -> dict[str, Any]:
        """The suggested settings."""
        return {name: value for _, f in self.findings for name, value in f.settings.items()}

    @property
    def text(self) -> str:
        """The verdict in a sentence."""
        if self.why_little:
            return f"Too little was learned: {self.why_little}"
        if names := self._names(Copes.NO):
            return f"The tap does not cope with: {names}."
        if names := self._names(Copes.SETTING):
            return f"The tap copes after a change of settings, see: {names}."
        return "The tap copes with everything that was seen of this tenant's API."

    def _names(self, copes: Copes) -> str:
        return ", ".join(question.name for question, f in self.findings if f.copes is copes)
