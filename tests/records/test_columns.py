"""The catalog that users see: every stream, column and type, compared with a snapshot.

`python -m tests.records.test_columns` writes the snapshot again; what changed in it changes
people's tables.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tap_8x8_cc.records.columns import Rows, fixed_names, stream_schema, summary_columns
from tests.support.tapcli import config, discover

if TYPE_CHECKING:
    from random import Random

SNAPSHOT = Path(__file__).parents[1] / "snapshots" / "catalog.json"
Catalog = dict[str, dict[str, str]]


def described(column: dict[str, Any]) -> str:
    """Write a column's type in a word: `integer`, `string date-time`; `!`: never null."""
    types = column["type"] if isinstance(column["type"], list) else [column["type"]]
    words = [name for name in types if name != "null"]
    words += [column["format"]] if "format" in column else []
    return " ".join(words) + ("" if "null" in types else " !")


def summary(catalog: dict[str, Any]) -> Catalog:
    """Return the type of each column of each stream."""
    return {
        entry["tap_stream_id"]: {
            name: described(column) for name, column in entry["schema"]["properties"].items()
        }
        for entry in sorted(catalog["streams"], key=lambda entry: str(entry["tap_stream_id"]))
    }


def discovered() -> dict[str, Any]:
    with SandboxServer(SandboxConfig()) as server:
        return discover(config(server.url))


@pytest.fixture(scope="module")
def catalog() -> dict[str, Any]:
    return discovered()


def test_catalog_is_as_it_was(catalog: dict[str, Any]) -> None:
    known: Catalog = json.loads(SNAPSHOT.read_text(encoding="utf-8"))
    found = summary(catalog)
    assert list(found) == list(known)
    for stream, columns in found.items():
        assert list(columns.items()) == list(known[stream].items()), stream


def test_every_name_fits_every_warehouse(catalog: dict[str, Any]) -> None:
    streams = [entry["tap_stream_id"] for entry in catalog["streams"]]
    tables = [streams, *([*e["schema"]["properties"]] for e in catalog["streams"])]
    for names in tables:
        assert len({name.casefold() for name in names}) == len(names)
        assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) for name in names)


def test_every_stream_has_its_key_and_every_column_its_description(catalog: dict[str, Any]) -> None:
    for entry in catalog["streams"]:
        assert entry["key_properties"] == ["row_id"]
        assert entry["schema"]["required"] == ["row_id"]
        for column in entry["schema"]["properties"].values():
            assert column["description"].endswith(".")


def test_columns_stand_in_order_fixed_dimensions_metrics() -> None:
    columns = summary_columns(
        "agent-and-status-code", ("accepted", "abandon.lowerThan5s"), with_tenant=True,
        with_totals=True,
    )  # fmt: skip
    assert [column.name for column in columns] == [
        *fixed_names(Rows.SUMMARY)[:-1],
        "agent",
        "agent_id",
        "status_code",
        "status_code_id",
        "accepted",
        "abandon_lower_than_5s",
        "unparsed_values",
    ]


def test_tenant_and_total_type_stand_only_where_they_are_wanted() -> None:
    plain = {c.name for c in summary_columns("queue", (), with_tenant=False, with_totals=False)}
    assert not plain & {"tenant_id", "total_type"}


def test_metric_that_is_called_like_a_fixed_column_or_a_dimension_stands_apart() -> None:
    columns = summary_columns(
        "queue", ("rowId", "granularity", "queue", "a.b", "a-b"), with_tenant=False,
        with_totals=False,
    )  # fmt: skip
    names = [column.name for column in columns]
    assert len(set(names)) == len(names)
    assert {"row_id", "granularity", "queue", "queue_id"} <= set(names)
    assert "a_b" in names
    assert sum(name.startswith("a_b_") for name in names) == 1


KEYS = st.sampled_from(["newCalls", "new.calls", "new-calls", "NewCalls", "new_calls", "accepted"])


@given(st.lists(KEYS, unique=True), st.randoms())
def test_names_do_not_depend_on_the_order_of_the_listing(keys: list[str], chance: Random) -> None:
    def names(listed: list[str]) -> dict[str | None, str]:
        columns = summary_columns("queue", listed, with_tenant=False, with_totals=False)
        return {column.key: column.name for column in columns}

    before = names(keys)
    chance.shuffle(keys)
    assert names(keys) == before
    if "newCalls" in keys and "NewCalls" not in keys:
        assert before["newCalls"] == "new_calls"  # also if others with signs in them come later


def test_longest_grouping_and_metric_have_distinct_short_names() -> None:
    words = [f"{'very-' * 14}long-dimension-{n}" for n in range(3)]
    metrics = [f"{'very' * 20}LongMetric{n}" for n in range(3)]
    columns = summary_columns("-and-".join(words), metrics, with_tenant=True, with_totals=True)
    names = [column.name for column in columns]
    assert len(set(names)) == len(names) == len(fixed_names(Rows.SUMMARY)) + 6 + 3
    assert max(map(len, names)) == 63
    assert list(stream_schema(columns)["properties"]) == names


if __name__ == "__main__":
    SNAPSHOT.parent.mkdir(exist_ok=True)
    text = json.dumps(summary(discovered()), indent=0, ensure_ascii=False)
    SNAPSHOT.write_text(text + "\n", encoding="utf-8")
