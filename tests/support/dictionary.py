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
    from collections.abc import Iterator, Mapping

DICTIONARY = CHECKOUT / "docs" / "dictionary.md"
SOURCES = CHECKOUT / "dbt" / "models" / "staging" / "src_eight_by_eight.yml"
_METRICS = CHECKOUT / "tests" / "data" / "summary_metrics.csv"
_FIXED = {
    "row_id", "tenant_id", "start_time", "end_time", "local_date", "local_time", "read_at",
    "granularity", "timezone", "total_type", "unparsed_values",
}  # fmt: skip
_HEAD = """\
# Dictionary

Made from the catalog by `python -m tests.support.dictionary`. Units stand in the meanings:
counts are integers, durations numbers of milliseconds, percentages 0 to 100. "Since" is the version
of the API that a metric came with; where none stands, it is not documented.

## How the tables join

Each table stands for itself: a row is a bucket of time and a group. Join by `local_date` (or
`start_time`, where buckets are finer) and by ids, never by names, which change. What they
have in common:

```mermaid
erDiagram
%s```

The names in it stand for tables, where they are grouped by what joins them: %s.

## Columns of every summary table

"""

FAMILIES = {
    "queue_tables": "queue_interactions_",
    "agent_tables": "agent_interactions_",
    "status_tables": "agent_status_",
    "survey_tables": "survey",
    "interactions": "detailed_reports_interaction_details",
    "participants": "detailed_reports_interaction_details_participants",
    "status_changes": "detailed_reports_agent_status_change",
    "surveys_taken": "detailed_reports_survey",
    "script_paths": "script_paths",
    "extractions": "extractions",
}
"""What the diagram's names stand for: a table, or those whose names begin so."""
JOINS = (
    ("queue_tables }o--o{ agent_tables", "queue_id, local_date"),
    ("agent_tables }o--o{ status_tables", "agent_id, local_date"),
    ("queue_tables }o--o{ survey_tables", "queue_id, local_date"),
    ("interactions }o--o{ queue_tables", "queue_id, local_date"),
    ("interactions ||--o{ participants", "row_id = interaction_row_id"),
    ("interactions ||--o{ status_changes", "interaction_id"),
    ("interactions ||--o{ surveys_taken", "interaction_id"),
    ("script_paths ||--o{ script_paths", "path_id = parent_path_id, local_date"),
    ("extractions ||--o{ queue_tables", "granularity, timezone, read_at"),
)
"""Pairs of tables, and the columns that join them: of the same name, or left = right."""


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
    return _dictionary(_schemas())


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
    _check_joins(schemas)
    types = {
        entry.type: [grouping.name for grouping in entry.group_by]
        for entry in SandboxServer(SandboxConfig()).center().report_types(8)
        if entry.group_by
    }
    lines = [_HEAD % _diagram() + _table(_fixed(schemas, types))]
    for report_type, groupings in types.items():
        lines += _summary(report_type, groupings, schemas)
    lines.append("\n## Streams that are no summary\n")
    summaries = {stream_name(name, by) for name, found in types.items() for by in found}
    for name in sorted(set(schemas) - summaries):
        rows = ((column, _meaning(form)) for column, form in schemas[name].items())
        lines.append(f"\n### {name}\n\n{_table(rows)}")
    return "".join(lines)


def _diagram() -> tuple[str, str]:
    """Return the diagram's lines, and what its names stand for."""
    lines = "".join(f'    {tables} : "{columns}"\n' for tables, columns in JOINS)
    stand_for = (
        f"`{n}` for `{p}{'…' if p.endswith('_') or p == 'survey' else ''}`"
        for n, p in FAMILIES.items()
        if n != p
    )
    return lines, ", ".join(stand_for)


def _check_joins(schemas: Mapping[str, Mapping[str, Any]]) -> None:
    """Raise unless each side of a join has a table with the columns that join it."""
    for tables, columns in JOINS:
        pairs = [pair.partition(" = ") for pair in columns.split(", ")]
        left = {first for first, _, _ in pairs}
        right = {second or first for first, _, second in pairs}
        for family, wanted in ((tables.split()[0], left), (tables.split()[-1], right)):
            begin = FAMILIES[family]
            members = [begin] if begin in schemas else [n for n in schemas if n.startswith(begin)]
            if not any(wanted <= schemas[name].keys() for name in members):
                raise ValueError(f"no table of {family} has {sorted(wanted)}")


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
