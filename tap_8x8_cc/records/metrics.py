"""What kind of value a metric holds, and what it means.

The API lists metrics by name only, so kind and meaning follow from the name: a few rules, and
`glossary.csv` for what is published. New metrics can appear at any time and are typed by the rules
alone.

The glossary has a table for each kind. A phrase has neither unit nor full stop: they are added.
Some metrics occur in several reports under one name; their phrase fits each of them. Metrics by
waiting time (`accepted.5s-10s`) are composed from the stems in the table `interval`.
"""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from enum import StrEnum
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
SURVEY_COUNTS: Final = TABLES["survey counts"]
DETAILED_COUNTS: Final = TABLES["detailed counts"]
DETAILED_TIMESTAMPS: Final = TABLES["detailed timestamps"]
DETAILED_TEXTS: Final = TABLES["detailed texts"]
_PHRASES: Final = {
    **DETAILED_TEXTS,
    **DETAILED_TIMESTAMPS,
    **TABLES["detailed durations"],
    **DETAILED_COUNTS,
    **SURVEY_COUNTS,
    **TABLES["survey numbers"],
    **TABLES["summary percentages"],
    **TABLES["summary durations"],
    **SUMMARY_COUNTS,
}
CARRIED_OVER: Final = frozenset({"entered", "presented"})
"""Counts that hold ongoing interactions again in each bucket, so that a sum counts them twice."""
SNAPSHOTS: Final = frozenset(
    {"alerting", "assignedInteractions", "offering", "parked", "waitingInQueue"}
)
"""Counts of what there is at the end of a bucket."""


class Kind(StrEnum):
    """The kind of value a column holds; the last four are for fixed columns."""

    COUNT = "count"
    DURATION = "duration"
    PERCENTAGE = "percentage"
    NUMBER = "number"
    TIMESTAMP = "timestamp"
    TEXT = "text"
    LIST = "list"
    BOOLEAN = "boolean"
    KEY = "key"
    DATE = "date"
    TIME = "time"
    OBJECT = "object"


_UNITS: Final = {
    Kind.COUNT: "count",
    Kind.DURATION: "milliseconds",
    Kind.PERCENTAGE: "percent, as the API gives it",
    Kind.NUMBER: "number",
    Kind.TIMESTAMP: "date and time",
    Kind.TEXT: "text",
    Kind.LIST: "list",
    Kind.BOOLEAN: "true or false",
}

_PERCENTAGE: Final = re.compile(r"(?:Percentage|Percent)$|^percent(?:age)?(?![a-z])")
_RATIO: Final = re.compile(r"^ratio(?![a-z])|Ratio$")
_DURATION: Final = re.compile(r"(?:Time|Duration|SpeedToAnswer)$|^duration$|^timeTo[A-Z]")
# The second line holds the counts of surveys, of which the meaning is known but not the names.
_COUNT: Final = re.compile(
    r"Count$|^count$|^(?:countOf|numberOf)[A-Z]"
    r"|(?:[Oo]ffered|[Oo]ptedIn|[Ss]tarted|[Cc]ompleted|[Aa]nswered|[Ss]kipped|[Hh]ungUp)$"
)
_STATISTIC: Final = re.compile(r"^(?:avg|average|longest|shortest|min|max|median)[A-Z]")

# In detailed reports an instant ends in Time, a length in Duration. The first match counts.
_DETAILED_RULES: Final = (
    (re.compile(r"^participants$"), Kind.LIST),
    (_PERCENTAGE, Kind.PERCENTAGE),
    (re.compile(r"Score$|^score$"), Kind.NUMBER),
    (_RATIO, Kind.NUMBER),
    (re.compile(r"Count$|^count$|^(?:countOf|numberOf)[A-Z]"), Kind.COUNT),
    (re.compile(r"Duration$|^duration$|^timeTo[A-Z]"), Kind.DURATION),
    (re.compile(r"Time$|^time$"), Kind.TIMESTAMP),
)

# The vendor documents the first and the last; the others are plural by their meaning.
_LISTS: Final = frozenset(
    {
        "participants",
        "interactionLabels",
        "recordingFileNames",
        "transfers",
        "participantComments",
    }
)

_LENGTH: Final = r"(?:[0-9]+[dhms])+"
_INTERVAL: Final = re.compile(
    rf"lowerThan(?P<below>{_LENGTH})|greaterThan(?P<above>{_LENGTH})"
    rf"|(?P<start>{_LENGTH})-(?P<end>{_LENGTH})"
)
_TIME_UNITS: Final = {"d": "day", "h": "hour", "m": "minute", "s": "second"}


def summary_kind(metric: str) -> Kind:
    """Return the kind of a summary report's metric: NUMBER unless the name shows another."""
    stem = metric.partition(".")[0]
    if _PERCENTAGE.search(stem):
        return Kind.PERCENTAGE
    if _RATIO.search(stem):
        return Kind.NUMBER
    if _DURATION.search(stem):
        return Kind.DURATION
    if stem in SUMMARY_COUNTS or stem in INTERVAL_STEMS:
        return Kind.COUNT
    if _COUNT.search(stem) and not _STATISTIC.search(stem):
        return Kind.COUNT
    return Kind.NUMBER


def is_summable(metric: str) -> bool | None:
    """Return whether a summary report's metric can be summed over buckets; None if unknown.

    Unpublished metrics are unknown unless their name shows an average, an extreme or a share.
    """
    stem = metric.partition(".")[0]
    kind = summary_kind(metric)
    if kind is Kind.PERCENTAGE or _RATIO.search(stem) or _STATISTIC.search(stem):
        return False
    if metric in CARRIED_OVER or metric in SNAPSHOTS or metric == "score":
        return False
    return True if is_published(metric) or stem in INTERVAL_STEMS else None


def sums_note(metric: str) -> str:
    """Return the sentence that warns of summing a metric; empty if it can be summed."""
    if metric in CARRIED_OVER:
        return " Carried over from bucket to bucket: don't sum it over time."
    if metric in SNAPSHOTS:
        return " A snapshot at the end of the bucket: don't sum it over time."
    return " Don't sum it over buckets." if is_summable(metric) is False else ""


def is_measure(key: str) -> bool:
    """Return whether a key is called as a measure is: a published one, or by its form."""
    stem = key.partition(".")[0]
    published = is_published(key) or stem in INTERVAL_STEMS
    return published or bool(_RATIO.search(stem)) or summary_kind(key) is not Kind.NUMBER


def is_published(key: str) -> bool:
    """Return whether the API's documents define a metric."""
    return key in _PHRASES


def detailed_kind(metric: str) -> Kind:
    """Return the kind of a detailed report's metric: TEXT unless the name shows another.

    If a metric repeats (see `holds_list`), this is the kind of the single value; only
    `participants`, a list of objects, is a LIST itself.
    """
    for pattern, kind in _DETAILED_RULES:
        if pattern.search(metric):
            return kind
    counted = metric in DETAILED_COUNTS or metric in SUMMARY_COUNTS or metric in SURVEY_COUNTS
    return Kind.COUNT if counted else Kind.TEXT


def holds_list(metric: str) -> bool:
    """Return whether a detailed report's metric can hold several values in one row.

    The API gives some values as lists without saying which, so either form can come for any.
    """
    return metric in _LISTS


def metric_description(metric: str, kind: Kind | None = None) -> str:
    """Describe a metric in one sentence that ends with its unit.

    Its kind is, if not given, the published one, or that of a summary report.
    """
    phrase = (
        _PHRASES.get(metric)
        or _interval_phrase(metric)
        or f"Metric {metric} of the API, which publishes no definition of it"
    )
    return f"{phrase} ({_UNITS[kind or _published_kind(metric)]})."


def dimension_description(key: str) -> str:
    """Describe a dimension in one sentence."""
    if key == "media":
        return "Medium of the interactions, such as phone, chat or e-mail."
    if key in DETAILED_TEXTS:
        return f"{DETAILED_TEXTS[key]}."
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", key).lower().replace("wrap up", "wrap-up")
    if words.endswith(" id"):
        return f"Identifier of the {words[:-3]}; stays the same when it is renamed."
    return f"Name of the {words.removesuffix(' name')} as shown in 8x8."


def _published_kind(metric: str) -> Kind:
    if metric in DETAILED_TEXTS or metric in DETAILED_TIMESTAMPS or metric in DETAILED_COUNTS:
        return Kind.LIST if holds_list(metric) else detailed_kind(metric)
    return summary_kind(metric)


def _interval_phrase(metric: str) -> str | None:
    stem, _, interval = metric.partition(".")
    found = _INTERVAL.fullmatch(interval)
    if found is None or stem not in INTERVAL_STEMS:
        return None
    if found["below"]:
        waited = f"less than {_spell(found['below'])}"
    elif found["above"]:
        waited = f"more than {_spell(found['above'])}"
    else:
        waited = _spell_range(found["start"], found["end"])
    return f"{INTERVAL_STEMS[stem]} after waiting {waited}"


def _spell_range(start: str, end: str) -> str:
    """Spell `5s`, `10s` as "5 to 10 seconds" and `45s`, `1m` as "45 seconds to 1 minute"."""
    if start.strip("0123456789") == end.strip("0123456789") and start[:-1].isdigit():
        return f"{start[:-1]} to {_spell(end)}"
    return f"{_spell(start)} to {_spell(end)}"


def _spell(length: str) -> str:
    """Spell a length of time: `1h30m` is "1 hour 30 minutes"."""
    parts = re.findall(r"([0-9]+)([dhms])", length)
    return " ".join(
        f"{number} {_TIME_UNITS[unit]}{'' if int(number) == 1 else 's'}" for number, unit in parts
    )
