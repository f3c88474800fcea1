"""The report types on offer: their groupings, filters and metrics in each API version."""

from __future__ import annotations

from typing import Final

from tap_8x8_cc_sandbox.center.dimensions import words
from tap_8x8_cc_sandbox.center.metrics import detailed_types, metrics_of, summary_types
from tap_8x8_cc_sandbox.center.model import Grouping, Kind, Operator, ReportType

SCRIPT_PATHS: Final = "script-paths"
SCRIPT_PATHS_SINCE: Final = 8

_AGENT: Final = tuple(
    f"{people}{work}"
    for people in ("agent", "group", "group-and-agent")
    for work in (
        "",
        "-and-media",
        "-and-media-and-channel",
        "-and-media-and-channel-and-queue",
        "-and-media-and-queue",
    )
)
_QUEUE: Final = (
    "channel",
    "media",
    "media-and-channel",
    "media-and-channel-and-queue",
    "media-and-queue",
    "queue",
)
_STATUS: Final = ("agent", "group", "group-and-agent")
_GROUPINGS: Final[dict[str, tuple[str, ...]]] = {
    "agent-status-by-status-code": (
        "agent",
        "agent-and-status-code",
        "group-and-agent-and-status-code",
        "group-and-status-code",
        "status-code",
    ),
    "agent-status-logged-in": _STATUS,
    "agent-status-time-on-status": _STATUS,
    "queue-interactions-summary": _QUEUE,
    "queue-interactions-accepted-offline": _QUEUE,
    "queue-interactions-accepted-online": _QUEUE,
    "queue-interactions-abandoned": _QUEUE,
    "agent-interactions-by-wrap-up-code": (
        "agent-and-wrap-up-code",
        "group-and-agent-and-wrap-up-code",
        "group-and-wrap-up-code",
        "media-and-queue-and-wrap-up-code",
        "queue-and-wrap-up-code",
        "wrap-up-code",
    ),
    "agent-interactions-call-summary": (
        "agent",
        "agent-and-channel",
        "agent-and-queue",
        "group",
        "group-and-agent",
        "group-and-queue",
    ),
    "agent-interactions-handling-and-wrap-up": _AGENT,
    "agent-interactions-summary": _AGENT,
    "digital-channels-summary": (
        "agent",
        "channel",
        "media",
        "media-and-channel",
        "media-and-channel-and-queue",
        "queue",
    ),
    "surveys-summary": ("survey", "survey-and-agent", "survey-and-queue"),
    "survey-questions-summary": (
        "survey-and-question",
        "survey-and-question-and-agent",
        "survey-and-question-and-queue",
    ),
}
_NO_CHANNEL_FILTER: Final = frozenset(
    {"agent-interactions-summary", "agent-interactions-handling-and-wrap-up"}
)
_NUMERIC: Final = (
    Operator.EQUAL,
    Operator.NOT_EQUAL,
    Operator.GREATER,
    Operator.GREATER_OR_EQUAL,
    Operator.LESS,
    Operator.LESS_OR_EQUAL,
    Operator.IS_EMPTY,
    Operator.IS_NOT_EMPTY,
)
_TEXTUAL: Final = (
    Operator.IN,
    Operator.NOT_IN,
    Operator.CONTAINS,
    Operator.IS_EMPTY,
    Operator.IS_NOT_EMPTY,
)


def operators_of(kind: Kind | None) -> tuple[Operator, ...]:
    """List the operators that a detailed report's column can be searched with."""
    if kind in {Kind.TEXT, Kind.LIST}:
        return _TEXTUAL
    return _NUMERIC if kind in {Kind.COUNT, Kind.DURATION, Kind.SCORE} else ()


def report_types(version: int) -> list[ReportType]:
    """List what an API version offers: summary types, then detailed ones, then script paths."""
    found = [_summary(type_, version) for type_ in summary_types()]
    found += [_detailed(type_, version) for type_ in detailed_types()]
    if version >= SCRIPT_PATHS_SINCE:
        fields = ("script", "queue", "agent", "channel")
        found.append(ReportType(SCRIPT_PATHS, None, (), fields, (Operator.IN,)))
    return [entry for entry in found if entry.metrics or entry.type == SCRIPT_PATHS]


def groupings(type_: str) -> tuple[Grouping, ...]:
    """List the groupings of a summary type with the filters that each accepts."""
    return tuple(Grouping(name, _filters(type_, name)) for name in _GROUPINGS[type_])


def _filters(type_: str, group_by: str) -> tuple[str, ...]:
    found = set(words(group_by))
    if type_ in _NO_CHANNEL_FILTER:
        found.discard("channel")
    if type_.startswith("survey"):
        found |= {"survey", "queue", "agent"}
    return tuple(sorted(found))


def _summary(type_: str, version: int) -> ReportType:
    names = tuple(metric.name for metric in metrics_of(type_, version))
    return ReportType(type_, groupings(type_), names)


def _detailed(type_: str, version: int) -> ReportType:
    metrics = metrics_of(type_, version)
    searched = [metric for metric in metrics if operators_of(metric.kind)]
    used = {operator for metric in searched for operator in operators_of(metric.kind)}
    return ReportType(
        type_,
        None,
        tuple(metric.name for metric in metrics),
        tuple(metric.name for metric in searched),
        tuple(operator for operator in Operator if operator in used),
    )
