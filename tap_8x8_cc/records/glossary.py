"""What the published metrics mean, in this project's words: `glossary.csv`, a table for each kind.

A phrase has neither unit nor full stop: `metrics.metric_description` adds them. Some metrics
occur in several reports under one name; their phrase fits each of them. Metrics by waiting time
(`accepted.5s-10s`) are composed from the stems in the table `interval`.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from importlib.resources import files
from typing import Final


def _tables() -> dict[str, dict[str, str]]:
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    text = files(__package__).joinpath("glossary.csv").read_text(encoding="utf-8")
    for line in csv.DictReader(text.splitlines()):
        found[line["table"]][line["metric"]] = line["meaning"]
    return dict(found)


TABLES: Final = _tables()
INTERVAL_STEMS: Final = TABLES["interval"]
SUMMARY_COUNTS: Final = TABLES["summary counts"]
SUMMARY_DURATIONS: Final = TABLES["summary durations"]
SUMMARY_PERCENTAGES: Final = TABLES["summary percentages"]
SURVEY_COUNTS: Final = TABLES["survey counts"]
SURVEY_NUMBERS: Final = TABLES["survey numbers"]
DETAILED_COUNTS: Final = TABLES["detailed counts"]
DETAILED_DURATIONS: Final = TABLES["detailed durations"]
DETAILED_TIMESTAMPS: Final = TABLES["detailed timestamps"]
DETAILED_TEXTS: Final = TABLES["detailed texts"]

CARRIED_OVER: Final = frozenset({"entered", "presented"})
"""Counts that hold ongoing interactions again in each bucket, so that a sum counts them twice."""

SNAPSHOTS: Final = frozenset(
    {"alerting", "assignedInteractions", "offering", "parked", "waitingInQueue"}
)
"""Counts of what there is at the end of a bucket."""
