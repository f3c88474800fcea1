"""docs/dictionary.md and the sources of the dbt package: columns and meanings from the catalog.

`python -m tests.support.dictionary` renews both.
"""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tap_8x8_cc.records.naming import stream_name
from tests.support.tapcli import config, discover
from tests.support.truth import snake

if TYPE_CHECKING:
    from collections.abc import Iterator

DICTIONARY = CHECKOUT / "docs" / "dictionary.md"
SOURCES = CHECKOUT / "dbt" / "models" / "staging" / "src_eight_by_eight.yml"
_METRICS = CHECKOUT / "tests" / "data" / "summary_metrics.csv"
_FIXED = {
    "row_id", "tenant_id", "start_time", "end_time", "local_date", "local_time", "read_at",
    "granularity", "timezone", "total_type", "unparsed_values",
}  # fmt: skip
_MADE = "## Columns of every summary table\n"
"""Where the made part of the dictionary begins; what stands before it is written by hand."""
TABLES = {
    "extractions": ("extractions", "A row for each range of a stream that was read completely."),
    "queue_interactions": (
        "queue_interactions_summary_by_media_channel_queue",
        "Queues by media and channel.",
    ),
    "queue_interactions_hourly": (
        "queue_hourly",
        (
            "The same by the hour or finer: a custom report of the type"
            " queue-interactions-summary by media-and-channel-and-queue."
        ),
    ),
    "queue_abandoned": (
        "queue_interactions_abandoned_by_queue",
        "Abandoned interactions, short ones included.",
    ),
    "agent_interactions": ("agent_interactions_summary_by_group_agent", "Agents by team."),
    "agent_interactions_hourly": (
        "agent_hourly",
        (
            "The same by the hour or finer: a custom report of the type"
            " agent-interactions-summary by group-and-agent."
        ),
    ),
    "agent_status": ("agent_status_time_on_status_by_agent", "Where agents' time went."),
    "agent_status_codes": (
        "agent_status_by_status_code_by_agent_status_code",
        "Where agents' time away from work went, by status code.",
    ),
    "wrap_up_codes": (
        "agent_interactions_by_wrap_up_code_by_queue_wrap_up_code",
        "Wrap-up codes by queue.",
    ),
    "digital_channels": (
        "digital_channels_summary_by_media_channel_queue",
        "Chat, e-mail and the like, by channel and queue.",
    ),
    "surveys": ("surveys_summary_by_survey_queue", "Post-call surveys by queue."),
    "interactions": (
        "detailed_reports_interaction_details",
        "Single interactions; they hold personal data.",
    ),
}
"""The tables that the dbt package reads, by its own name: the stream, and what the rows are."""
_UNPREDICTED = {
    "wrap_up_codes": {
        "wrap_up_code_list": "Name of the list that the wrap-up code belongs to.",
        "wrap_up_code_list_id": "Identifier of that list.",
    }
}
"""Columns of those tables that come with the rows only."""
HOURLY = [
    {
        "name": "queue_hourly",
        "type": "queue-interactions-summary",
        "group_by": "media-and-channel-and-queue",
        "granularity": "hour",
    },
    {
        "name": "agent_hourly",
        "type": "agent-interactions-summary",
        "group_by": "group-and-agent",
        "granularity": "hour",
    },
]
"""Custom reports that the dbt package knows."""
_SOURCES_HEAD = """\
# Made from the tap's catalog by `python -m tests.support.dictionary`; don't edit it here.
version: 2

sources:
  - name: eight_by_eight
    description: Tables that tap-8x8-cc loads, one for each stream.
    database: "{{ var('eight_by_eight__database', target.database) }}"
    schema: "{{ var('eight_by_eight__schema', env_var('DBT_SOURCE_SCHEMA', 'main' if target.type == 'duckdb' else 'tap_8x8_cc')) }}"
    config:
      freshness:
        warn_after: {count: 26, period: hour}
        error_after: {count: 50, period: hour}
    tables:
"""  # noqa: E501 - a line of YAML
_SOURCE = """\
      - name: {name}
        description: {what}
        identifier: "{{{{ var('eight_by_eight__{name}', '{stream}') }}}}"
        config:
          loaded_at_query: >-
            select coalesce(max(cast(read_at as timestamp)), cast(current_timestamp as timestamp))
            from {{{{ var('eight_by_eight__schema', env_var('DBT_SOURCE_SCHEMA', 'main' if target.type == 'duckdb' else 'tap_8x8_cc')) }}}}.{{{{ var('eight_by_eight__extractions', 'extractions') }}}}{where}
        columns:
"""  # noqa: E501 - a line of YAML


def text() -> str:
    """Return the dictionary's text."""
    return DICTIONARY.read_text(encoding="utf-8").partition(_MADE)[0] + _dictionary(_schemas())


def sources() -> str:
    """Return the sources of the dbt package, each column with what the catalog says of it."""
    schemas = _schemas(reports=HOURLY)
    found = [_SOURCES_HEAD]
    for name, (stream, what) in TABLES.items():
        where = (
            f" where stream = '{{{{ var('eight_by_eight__{name}', '{stream}') }}}}'"
            if name != stream
            else ""
        )
        found.append(_SOURCE.format(name=name, what=json.dumps(what), stream=stream, where=where))
        meanings = {column: _meaning(form) for column, form in schemas[stream].items()}
        for column, meaning in (meanings | _UNPREDICTED.get(name, {})).items():
            text = json.dumps(meaning, ensure_ascii=False)
            found.append(f"          - name: {column}\n            description: {text}\n")
    return "".join(found)


def _schemas(**settings: object) -> dict[str, Any]:
    with SandboxServer(SandboxConfig()) as server:
        catalog = discover(config(server.url, **settings))
    return {entry["tap_stream_id"]: entry["schema"]["properties"] for entry in catalog["streams"]}


def _dictionary(schemas: dict[str, Any]) -> str:
    types = {
        entry.type: [grouping.name for grouping in entry.group_by]
        for entry in SandboxServer(SandboxConfig()).center().report_types(8)
        if entry.group_by
    }
    lines = [f"{_MADE}\n{_table(_fixed(schemas, types))}"]
    for report_type, groupings in types.items():
        lines += _summary(report_type, groupings, schemas)
    lines.append("\n## Streams that are no summary\n")
    summaries = {stream_name(name, by) for name, found in types.items() for by in found}
    for name in sorted(set(schemas) - summaries):
        rows = ((column, _meaning(form)) for column, form in schemas[name].items())
        lines.append(f"\n### {name}\n\n{_table(rows)}")
    return "".join(lines)


def _fixed(schemas: dict[str, Any], types: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    report_type, groupings = next(iter(types.items()))
    schema = schemas[stream_name(report_type, groupings[0])]
    return ((name, _meaning(form)) for name, form in schema.items() if name in _FIXED)


def _summary(report_type: str, groupings: list[str], schemas: dict[str, Any]) -> Iterator[str]:
    since = _since(report_type)
    columns: dict[str, str] = {}
    for grouping in groupings:
        for name, form in schemas[stream_name(report_type, grouping)].items():
            columns.setdefault(name, _meaning(form))
    own = {name: meaning for name, meaning in columns.items() if name not in _FIXED}
    dimensions = [name for name in own if name in _dimensions(groupings)]
    yield f"\n## {report_type}\n\n"
    yield "Grouped by: " + ", ".join(f"`{stream_name(report_type, by)}`" for by in groupings)
    yield ".\n\nDimensions: " + ", ".join(f"`{name}`" for name in dimensions) + ".\n\n"
    yield "| metric | meaning | since |\n|---|---|---|\n"
    for name, meaning in own.items():
        if name not in dimensions:
            yield f"| `{name}` | {meaning} | {since.get(name, '')} |\n"


def _dimensions(groupings: list[str]) -> set[str]:
    words = {word.replace("-", "_") for by in groupings for word in by.split("-and-")}
    ends = ("", "_id", "_list", "_list_id")
    return {f"{word}{end}" for word in words for end in ends}


def _since(report_type: str) -> dict[str, str]:
    with _METRICS.open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["report_type"] == report_type]
    return {snake(row["metric"]): row["since"] for row in rows}


def _meaning(form: dict[str, Any]) -> str:
    return str(form.get("description", "")).replace("|", "\\|").replace("\n", " ")


def _table(rows: Iterator[tuple[str, str]]) -> str:
    body = "".join(f"| `{name}` | {meaning} |\n" for name, meaning in rows)
    return f"| column | meaning |\n|---|---|\n{body}"


if __name__ == "__main__":
    DICTIONARY.write_text(text(), encoding="utf-8")
    SOURCES.write_text(sources(), encoding="utf-8")
