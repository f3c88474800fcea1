"""Questions, findings and the verdict: what is found, and whether the tap copes with it."""

from __future__ import annotations

import json
import textwrap
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, TypeVar

from tap_8x8_cc.errors import one_line
from tap_8x8_cc.redaction import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from tap_8x8_cc_probe.experiments import Seen

T = TypeVar("T")

QUESTION_WIDTH, FINDING_WIDTH = 48, 46
MAX_TEXT = 400


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


@dataclass(frozen=True, slots=True)
class Question:
    """An open question about the API."""

    name: str
    text: str
    find: Callable[[Seen], Any]  # returns what was found, or its value alone
    texts: Mapping[Any, str] = field(default_factory=dict)  # values as people read them
    quotes: bool = False  # whether the value quotes the API, and must be masked for the public

    def answer(self, seen: Seen) -> Found:
        """Answer the question, or say why it can't be answered."""
        try:
            found = self.find(seen)
        except NotSeenError as reason:
            return Found(None, f"not seen: {reason}", Copes.UNKNOWN)
        except Exception as error:  # noqa: BLE001 - answers of any form must not end the probe
            text = f"not seen: the answers could not be read ({type(error).__name__})"
            return Found(None, text, Copes.UNKNOWN)
        if isinstance(found, Found):
            return found
        if isinstance(found, list):
            return Found(found, ", ".join(found) or "none")
        text = ("yes" if found else "no") if isinstance(found, bool) else str(found)
        return Found(found, self.texts.get(found, text))


def require(value: T | None, reason: str) -> T:
    """Return a value; raises NotSeenError if there is none, or if it is empty or false."""
    if not value:
        raise NotSeenError(reason)
    return value


def only(forms: Iterable[str | None], reason: str) -> str:
    """Return the one form that was seen, or `mixed`; `reason` says why there may be none."""
    seen = require({form for form in forms if form is not None}, reason)
    return seen.pop() if len(seen) == 1 else "mixed"


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

    def as_table(self) -> str:
        """Return a table of the findings, the verdict, and settings to paste."""
        rows = [("Question", "Finding", "Does the tap cope?"), ("", "", "")]
        for question, found in self.findings:
            questions = textwrap.wrap(question.text, QUESTION_WIDTH)
            answers = textwrap.wrap(_shown(found.text), FINDING_WIDTH) or [""]
            rows += zip_longest(questions, answers, [found.copes.value], fillvalue="")
        lines = [f"{q:{QUESTION_WIDTH}}  {f:{FINDING_WIDTH}}  {c}".rstrip() for q, f, c in rows]
        lines += ["", f"Verdict: {_shown(self.text)}"]
        lines.append(f"Reports created: {self.reports}, in {self.seconds:.0f} s.")
        if self.settings:
            lines += ["Suggested settings:", json.dumps(self.settings, indent=2)]
        return "\n".join(lines)

    def as_json(self) -> str:
        """Return the findings as one JSON object."""
        findings = [
            {"question": q.name, "finding": f.value, "text": _shown(f.text), "copes": f.copes.value}
            for q, f in self.findings
        ]
        value = {
            "copes": self.copes,
            "verdict": _shown(self.text),
            "settings": self.settings,
            "reports": self.reports,
            "findings": findings,
        }
        return REDACTOR(json.dumps(value, indent=2))


def _shown(text: str) -> str:
    """Return a text in one printable line without secrets."""
    return one_line(REDACTOR(text), MAX_TEXT)
