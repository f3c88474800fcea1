"""All findings, and what follows from them: the verdict, settings, the exit code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_probe import csv_questions, http_questions, row_questions, time_questions
from tap_8x8_cc_probe.findings import Copes, answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc_probe.findings import Finding
    from tap_8x8_cc_probe.seen import Seen

QUESTIONS = (
    *time_questions.QUESTIONS,
    *row_questions.QUESTIONS,
    *csv_questions.QUESTIONS,
    *http_questions.QUESTIONS,
)
"""Every question, the one that matters most first."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the probe found.

    Args:
        findings: The finding of each question.
        reports: How many reports were created.
        seconds: How long it took.
        why_little: Why little was learned, where no report was read.
    """

    findings: Sequence[Finding]
    reports: int
    seconds: float
    why_little: str = ""

    @property
    def copes(self) -> bool:
        """Whether the tap copes, as far as was seen."""
        return not self.why_little and not self.troubles

    @property
    def troubles(self) -> list[Finding]:
        """The findings with which the tap does not cope."""
        return [finding for finding in self.findings if finding.found.copes is Copes.NO]

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that are suggested."""
        suggested: dict[str, Any] = {}
        for finding in self.findings:
            suggested |= finding.found.settings
        return suggested

    @property
    def text(self) -> str:
        """The verdict in a sentence."""
        if self.why_little:
            return f"Too little was learned: {self.why_little}"
        if self.troubles:
            names = ", ".join(finding.question.name for finding in self.troubles)
            return f"The tap does not cope with: {names}."
        waiting = [f.question.name for f in self.findings if f.found.copes is Copes.SETTING]
        if waiting:
            return f"The tap copes, once a setting answers: {', '.join(waiting)}."
        return "The tap copes with this tenant's API, as far as was seen."


def judge(seen: Seen) -> Verdict:
    """Answer all questions from what was seen."""
    findings = [answer(question, seen) for question in QUESTIONS]
    return Verdict(findings, seen.reports, seen.seconds, _why_little(seen))


def _why_little(seen: Seen) -> str:
    """Say why no report with rows was read; empty where one was."""
    if any(sight.rows for sight in seen.sights.values()):
        return ""
    reasons = [sight.why_not for sight in seen.sights.values() if sight.why_not]
    if reasons:
        return reasons[0]
    if not seen.sights:
        return "the API lists no summary report."
    return "no report had rows; set end_date to the end of a week that had some."
