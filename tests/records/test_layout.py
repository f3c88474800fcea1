"""Which column a key fills, above all one that nobody announced."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tap_8x8_cc.records.columns import Column, Role, summary_columns, summary_layout
from tap_8x8_cc.records.metrics import Kind

KNOWN = summary_columns(
    "media-and-queue", ("accepted", "acceptedInSla"), with_tenant=False, with_totals=False
)
KEYS = ("startTime", "endTime", "media", "queue", "queueId", "accepted")


def placed(key: str, *, before: str | None = None) -> Column:
    """Lay out the usual keys and one more, last or before another; give its column."""
    place = len(KEYS) if before is None else KEYS.index(before)
    keys = (*KEYS[:place], key, *KEYS[place:])
    column = summary_layout(keys, KNOWN).columns[place]
    assert column is not None
    return column


def test_times_have_no_column_and_known_keys_have_theirs() -> None:
    layout = summary_layout(KEYS, KNOWN)
    names = [column and column.name for column in layout.columns]
    assert names == [None, None, "media", "queue", "queue_id", "accepted"]
    assert layout.dimensions == {"media": 2, "queue": 3, "queue_id": 4}
    assert layout.fresh == ()


@pytest.mark.parametrize(
    ("key", "before", "role", "kind"),
    [
        ("site", "media", Role.DIMENSION, Kind.TEXT),
        ("site", "queueId", Role.DIMENSION, Kind.TEXT),
        ("site", None, Role.METRIC, Kind.NUMBER),
        ("siteId", None, Role.DIMENSION, Kind.TEXT),
        ("siteName", None, Role.DIMENSION, Kind.TEXT),
        ("callbacksOffered", None, Role.METRIC, Kind.COUNT),
        ("callbackTime", "queue", Role.METRIC, Kind.DURATION),
        ("callbackPercentage", None, Role.METRIC, Kind.PERCENTAGE),
        ("waitTime", "media", Role.METRIC, Kind.DURATION),
        ("novelty", None, Role.METRIC, Kind.NUMBER),
    ],
)
def test_unannounced_key_is_a_dimension_or_a_metric(
    key: str, before: str | None, role: Role, kind: Kind
) -> None:
    column = placed(key, before=before)
    assert (column.role, column.kind, column.key) == (role, kind, key)


def test_a_name_that_an_identifier_stands_beside_is_a_dimension_too() -> None:
    layout = summary_layout((*KEYS, "site", "siteId"), KNOWN)
    assert [column and column.role for column in layout.columns[-2:]] == [Role.DIMENSION] * 2


def test_key_in_another_spelling_fills_the_column_that_was_predicted() -> None:
    layout = summary_layout(("media", "queue", "queueID"), KNOWN)
    assert layout.columns[2] == next(c for c in KNOWN if c.name == "queue_id")


@pytest.mark.parametrize("key", ["row_id", "rowId", "granularity", "unparsedValues", "end-time"])
def test_key_that_meets_a_fixed_column_has_a_name_of_its_own(key: str) -> None:
    column = placed(key)
    assert column.name not in {c.name for c in KNOWN}
    assert re.fullmatch(r"[a-z_]+_[0-9a-f]{8}", column.name)


def test_of_keys_that_meet_each_other_the_plain_one_keeps_the_name() -> None:
    alone = {c.key: c.name for c in summary_layout(("aB",), KNOWN).columns if c}
    keys = ("a.b", "aB", "accepted-in-sla", "acceptedInSla")
    both = {c.key: c.name for c in summary_layout(keys, KNOWN).columns if c}
    assert len(set(both.values())) == 4
    assert both["aB"] == alone["aB"] == "a_b"
    assert both["acceptedInSla"] == "accepted_in_sla"


@given(st.lists(st.text(max_size=12) | st.sampled_from([*KEYS, "queue_id", "Queue"]), unique=True))
def test_every_key_has_a_distinct_usable_name(keys: list[str]) -> None:
    columns = [c for c in summary_layout(keys, KNOWN).columns if c]
    names = [c.name for c in columns]
    assert len(columns) == len(set(keys) - {"startTime", "endTime"})
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name) for name in names)
    fixed = {c.name for c in KNOWN if c.key is None}
    assert fixed.isdisjoint(names)
