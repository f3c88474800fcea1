"""Kinds and descriptions, against the published metrics in `data`."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.records.metrics import (
    Kind,
    detailed_kind,
    dimension_description,
    holds_list,
    is_summable,
    metric_description,
    summary_kind,
    sums_note,
)

DATA = Path(__file__).parents[1] / "data"
UNITS = {
    "count": "(count).",
    "duration": "(milliseconds).",
    "percentage": "(percent, as the API gives it).",
    "timestamp": "(date and time).",
    "text": "(text).",
}


def published(file: str) -> dict[str, str]:
    """Read the published metrics: the kind of each name."""
    with (DATA / file).open(encoding="utf-8", newline="") as lines:
        return {row["metric"]: row["kind"] for row in csv.DictReader(lines)}


SUMMARY = published("summary_metrics.csv")
DETAILED = published("detailed_metrics.csv")


@pytest.mark.parametrize(("metric", "kind"), SUMMARY.items())
def test_published_summary_metric(metric: str, kind: str) -> None:
    assert summary_kind(metric) == kind
    description = metric_description(metric)
    assert description.endswith(UNITS[kind])
    assert "no definition" not in description


@pytest.mark.parametrize(("metric", "kind"), DETAILED.items())
def test_published_detailed_metric(metric: str, kind: str) -> None:
    assert detailed_kind(metric) == kind
    description = metric_description(metric)
    assert description.endswith("(list)." if holds_list(metric) else UNITS[kind])
    assert "no definition" not in description


def test_no_two_metrics_are_described_alike() -> None:
    for metrics in (SUMMARY, DETAILED):
        assert len({metric_description(metric) for metric in metrics}) == len(metrics)


@pytest.mark.parametrize(
    ("metric", "kind"),
    [
        ("surveysOffered", Kind.COUNT),
        ("optedIn", Kind.COUNT),
        ("started", Kind.COUNT),
        ("questionsAnswered", Kind.COUNT),
        ("hungUp", Kind.COUNT),
        ("achievableScore", Kind.NUMBER),
        ("actualScore", Kind.NUMBER),
        ("score", Kind.NUMBER),
        ("avgQuestionsAnswered", Kind.NUMBER),
        ("completedPercentage", Kind.PERCENTAGE),
        ("longestParkDuration", Kind.DURATION),
        ("accepted.10m-20m", Kind.COUNT),
        ("acceptedPercentage.10m-20m", Kind.PERCENTAGE),
        ("entirelyNew", Kind.NUMBER),
        ("", Kind.NUMBER),
    ],
)
def test_unpublished_summary_metric_is_typed_by_rule(metric: str, kind: Kind) -> None:
    assert summary_kind(metric) is kind


@pytest.mark.parametrize(
    ("metric", "kind"),
    [
        ("participants", Kind.LIST),
        ("surveyStartTime", Kind.TIMESTAMP),
        ("surveyDuration", Kind.DURATION),
        ("actualScore", Kind.NUMBER),
        ("entirelyNew", Kind.TEXT),
        ("", Kind.TEXT),
    ],
)
def test_unpublished_detailed_metric_is_typed_by_rule(metric: str, kind: Kind) -> None:
    assert detailed_kind(metric) is kind


def test_only_metrics_with_several_values_are_lists() -> None:
    assert holds_list("participantComments")
    assert holds_list("participants")
    assert not holds_list("participantName")


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ("acceptedInSla", "Interactions accepted within the service level (count)."),
        ("accepted.5s-10s", "Interactions accepted after waiting 5 to 10 seconds (count)."),
        (
            "accepted.45s-1m",
            "Interactions accepted after waiting 45 seconds to 1 minute (count).",
        ),
        (
            "accepted.1h30m-2h",
            "Interactions accepted after waiting 1 hour 30 minutes to 2 hours (count).",
        ),
        (
            "abandon.lowerThan5s",
            "Interactions abandoned after waiting less than 5 seconds (count).",
        ),
        (
            "acceptedPercentage.greaterThan3h",
            "Share of interactions that were accepted after waiting more than 3 hours (percent",
        ),
        ("accepted.odd", "Metric accepted.odd of the API, which publishes no definition of it"),
    ],
)
def test_metric_description(metric: str, expected: str) -> None:
    assert metric_description(metric).startswith(expected)


def test_an_unpublished_metric_is_named_with_the_unit_of_its_column() -> None:
    assert metric_description("newTime") == (
        "Metric newTime of the API, which publishes no definition of it (milliseconds)."
    )
    assert metric_description("newTime", Kind.TIMESTAMP).endswith("(date and time).")


@pytest.mark.parametrize(
    "metric", ["waitingInQueue", "offering", "parked", "assignedInteractions", "alerting"]
)
def test_a_snapshot_says_that_it_describes_the_end_of_the_interval(metric: str) -> None:
    assert "at the end of the interval" in metric_description(metric)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("queue", "Name of the queue as shown in 8x8."),
        ("queueId", "Identifier of the queue; stays the same when it is renamed."),
        ("wrapUpCode", "Name of the wrap-up code as shown in 8x8."),
        ("wrapUpShortCode", "Short form of the wrap-up code."),
        ("surveyId", "Identifier of the survey; stays the same when it is renamed."),
        ("surveyName", "Name of the survey as shown in 8x8."),
        ("media", "Medium of the interactions, such as phone, chat or e-mail."),
    ],
)
def test_dimension_description(key: str, expected: str) -> None:
    assert dimension_description(key) == expected


@given(st.text(max_size=40))
def test_every_name_has_a_kind_and_a_description(name: str) -> None:
    assert isinstance(summary_kind(name), Kind)
    assert isinstance(detailed_kind(name), Kind)
    assert metric_description(name).endswith(").")
    assert dimension_description(name).endswith(".")


NOT_SUMMABLE = re.compile(
    r"(?i)percent|^(avg|longest|score$)"
    r"|^(waitingInQueue|offering|parked|assignedInteractions|alerting|entered|presented)$"
)


@pytest.mark.parametrize("metric", SUMMARY)
def test_published_metric_says_whether_it_can_be_summed_over_buckets(metric: str) -> None:
    assert is_summable(metric) is (NOT_SUMMABLE.search(metric) is None)
    assert (sums_note(metric) != "") is (is_summable(metric) is False)


def test_nothing_is_said_of_sums_of_a_metric_without_a_definition() -> None:
    assert is_summable("sparklesCount") is None
    assert is_summable("avgSparkles") is False
    assert is_summable("accepted.90s-2m") is True
    assert is_summable("acceptedPercentage.90s-2m") is False
