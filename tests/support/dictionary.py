"""docs/dictionary.md: every report type with its groupings, columns and metrics, from the catalog.

`python -m tests.support.dictionary` renews it.
"""

from __future__ import annotations

import csv
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


def text() -> str:
    """Return the dictionary's text."""
    server = SandboxServer(SandboxConfig())
    with server:
        catalog = discover(config(server.url))
    schemas = {
        entry["tap_stream_id"]: entry["schema"]["properties"] for entry in catalog["streams"]
    }
    _check_joins(schemas)
    types = {
        entry.type: [grouping.name for grouping in entry.group_by]
        for entry in server.center().report_types(8)
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
