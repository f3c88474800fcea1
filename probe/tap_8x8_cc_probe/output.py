"""The findings as a table for people and as JSON for machines."""

from __future__ import annotations

import json
import textwrap
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.errors import one_line
from tap_8x8_cc.redaction import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc_probe.findings import Found, Question, Verdict

QUESTION_WIDTH, FINDING_WIDTH = 48, 46
MAX_TEXT = 400


def as_text(verdict: Verdict) -> str:
    """Return a table of the findings, the verdict, and settings to paste."""
    lines = [_line("Question", "Finding", "Does the tap cope?"), ""]
    for question, found in verdict.findings:
        lines += _rows(question, found)
    lines += ["", f"Verdict: {_shown(verdict.text)}"]
    lines.append(f"Reports created: {verdict.reports}, in {verdict.seconds:.0f} s.")
    if verdict.settings:
        lines += ["Suggested settings:", json.dumps(verdict.settings, indent=2)]
    return "\n".join(lines)


def as_json(verdict: Verdict) -> str:
    """Return the findings as one JSON object."""
    value: dict[str, Any] = {
        "copes": verdict.copes,
        "verdict": _shown(verdict.text),
        "settings": verdict.settings,
        "reports": verdict.reports,
        "findings": [
            {
                "question": question.name,
                "finding": found.value,
                "text": _shown(found.text),
                "copes": found.copes.value,
            }
            for question, found in verdict.findings
        ],
    }
    return REDACTOR(json.dumps(value, indent=2))


def _rows(question: Question, found: Found) -> Iterator[str]:
    questions = textwrap.wrap(question.text, QUESTION_WIDTH)
    answers = textwrap.wrap(_shown(found.text), FINDING_WIDTH) or [""]
    for parts in zip_longest(questions, answers, [found.copes.value], fillvalue=""):
        yield _line(*parts)


def _line(question: str, finding: str, copes: str) -> str:
    return f"{question:{QUESTION_WIDTH}}  {finding:{FINDING_WIDTH}}  {copes}".rstrip()


def _shown(text: str) -> str:
    """Return a text in one printable line without secrets."""
    return one_line(REDACTOR(text), MAX_TEXT)
