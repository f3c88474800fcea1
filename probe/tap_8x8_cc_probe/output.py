"""The findings as text for people and as JSON for machines."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.errors import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc_probe.findings import Finding
    from tap_8x8_cc_probe.verdict import Verdict

QUESTION_WIDTH, FINDING_WIDTH = 48, 46
LONGEST_FINDING = 400


def as_text(verdict: Verdict) -> str:
    """Return a table of the findings, the verdict, and settings to paste."""
    lines = [_line("Question", "Finding", "Does the tap cope?"), ""]
    for finding in verdict.findings:
        lines += _finding(finding)
    lines += ["", f"Verdict: {verdict.text}"]
    lines.append(f"Reports created: {verdict.reports}, in {verdict.seconds:.0f} s.")
    if verdict.settings:
        lines += ["Suggested settings:", json.dumps(verdict.settings, indent=2)]
    return "\n".join(lines)


def as_json(verdict: Verdict) -> str:
    """Return the findings as one JSON object."""
    value: dict[str, Any] = {
        "copes": verdict.copes,
        "verdict": verdict.text,
        "settings": verdict.settings,
        "reports": verdict.reports,
        "findings": [
            {
                "question": finding.question.name,
                "finding": finding.found.value,
                "text": finding.found.text,
                "copes": finding.found.copes.value,
            }
            for finding in verdict.findings
        ],
    }
    return json.dumps(value, indent=2)


def _finding(finding: Finding) -> Iterator[str]:
    text = one_line(finding.found.text, LONGEST_FINDING)
    questions = textwrap.wrap(finding.question.text, QUESTION_WIDTH)
    answers = textwrap.wrap(text, FINDING_WIDTH) or [""]
    copes = [finding.found.copes.value]
    for row in range(max(len(questions), len(answers))):
        yield _line(*(part[row] if row < len(part) else "" for part in (questions, answers, copes)))


def _line(question: str, finding: str, copes: str) -> str:
    return f"{question:{QUESTION_WIDTH}}  {finding:{FINDING_WIDTH}}  {copes}".rstrip()
