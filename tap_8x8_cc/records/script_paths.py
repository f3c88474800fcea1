"""The columns of script paths: nodes of the tree of ways that interactions took."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tap_8x8_cc.records.columns import EVENT_FIXED, Column, Role, framed
from tap_8x8_cc.records.detailed.row_ids import Identity
from tap_8x8_cc.records.metrics import Kind
from tap_8x8_cc.records.naming import column_name

if TYPE_CHECKING:
    from collections.abc import Iterable

PATH_ID = "path_id"
_COLUMNS = (
    (PATH_ID, Kind.TEXT, "Identifier of the node within the tree of its day."),
    ("parent_path_id", Kind.TEXT, "The node before, of the same day; null for the root."),
    ("script_id", Kind.TEXT, "Identifier of the script."),
    ("script_name", Kind.TEXT, "Name of the script."),
    ("node_type", Kind.TEXT, "What the node does; ENTRY_POINT for the root."),
    ("node_label", Kind.TEXT, "Name of the node in the script."),
    ("depth", Kind.COUNT, "Distance from the root, which is 0 (count)."),
    ("count", Kind.COUNT, "Interactions that came this way (count)."),
    ("terminal", Kind.BOOLEAN, "Whether ways end here (true or false)."),
)
_DESCRIPTIONS = {
    "local_date": "Calendar date of the day that the tree is of.",
    "timezone": "IANA time zone of the day.",
}
IDENTITY = Identity((PATH_ID,), (), interactions=False, by_participant=False)
"""A node is known by its day and its id."""


def script_columns(listed: Iterable[str], *, with_tenant: bool) -> tuple[Column, ...]:
    """Return the columns of script paths, in the order of the stream.

    Args:
        listed: The columns that the API's listing names, if it does.
        with_tenant: Whether rows carry a tenant.
    """
    nodes = [Column(name, Role.METRIC, text, name, kind) for name, kind, text in _COLUMNS]
    known = {column.name for column in nodes}
    for name in dict.fromkeys(column_name(label) for label in listed):
        if name not in known:
            text = f"Column {name} of the report, of which the API says no more (text)."
            nodes.append(Column(name, Role.METRIC, text, name, Kind.TEXT))
    return framed(nodes, with_tenant=with_tenant, fixed=EVENT_FIXED, descriptions=_DESCRIPTIONS)
