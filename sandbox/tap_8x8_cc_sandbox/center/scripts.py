"""The ways that interactions took through the scripts in front of the queues, as one tree."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

from tap_8x8_cc_sandbox.center.calendar import Bucket
from tap_8x8_cc_sandbox.center.model import PathNode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tap_8x8_cc_sandbox.center.dimensions import Leaf
    from tap_8x8_cc_sandbox.center.model import Filter
    from tap_8x8_cc_sandbox.center.ranges import Coverage
    from tap_8x8_cc_sandbox.center.sources import Source


@dataclass(frozen=True, slots=True)
class _Step:
    """A node that an interaction passed."""

    script_id: str | None
    script_name: str | None
    type: str
    label: str


_ROOT: Final = _Step(None, None, "ENTRY_POINT", "Start")
Path: TypeAlias = "tuple[_Step, ...]"

_ENDS: Final = (
    ("accepted", "FORWARD_TO_QUEUE", "Forward to {queue}"),
    ("abandoned", "HANG_UP", "Caller hung up"),
    ("shortAbandoned", "HANG_UP", "Caller hung up"),
    ("diverted", "FORWARD_TO_NUMBER", "Overflow, external"),
)
"""Which facts end where: every interaction that left a queue is one of them."""


def script_tree(source: Source, coverage: Coverage, filters: Sequence[Filter]) -> list[PathNode]:
    """Count the ways through the scripts; see `ContactCenter.script_paths`.

    A node's count is the sum of the counts of those after it; ways end in nodes without any.
    """
    wanted = [_wanted(leaf, filters) for leaf in source.leaves]
    ends: Counter[Path] = Counter()
    for slot, view in coverage.slots(Bucket(*coverage.whole)):
        cells = source.cells(slot)
        for leaf, profile in zip(cells.leaves, cells.profiles, strict=True):
            if wanted[leaf]:
                facts = source.profiles[profile][view]
                for fact, type_, text in _ENDS:
                    if facts[fact]:
                        ends[_path(source.leaves[leaf], type_, text)] += facts[fact]
    return list(_nodes(ends))


def _wanted(leaf: Leaf, filters: Sequence[Filter]) -> bool:
    return not leaf.outbound and all(_id(leaf, rule.name) in rule.values for rule in filters)


def _id(leaf: Leaf, name: str) -> str | None:
    match name:
        case "script":
            return _script(leaf)[0]
        case "queue":
            return leaf.queue.id if leaf.queue else None
        case "agent":
            return leaf.agent.id if leaf.agent else None
        case "channel":
            return leaf.channel.id if leaf.channel else None
        case _:
            raise KeyError(f"script paths have no filter {name!r}")


def _script(leaf: Leaf) -> tuple[str, str]:
    if leaf.channel is None:
        return "", ""
    return f"5{leaf.channel.id}", f"Script, {leaf.channel.name}"


def _path(leaf: Leaf, type_: str, text: str) -> Path:
    id_, name = _script(leaf)
    queue = leaf.queue.name if leaf.queue else ""
    return (
        _Step(id_, name, "SCRIPT", name),
        _Step(id_, name, "MENU", f"Choice: {queue}"),
        _Step(id_, name, type_, text.format(queue=queue)),
    )


def _order(path: Path) -> list[tuple[str, str, str]]:
    return [(step.script_id or "", step.type, step.label) for step in path]


def _nodes(ends: Counter[Path]) -> Iterator[PathNode]:
    """Return the nodes of the tree, each before those that follow it."""
    if not ends:
        return
    counts: Counter[Path] = Counter()
    for path, count in ends.items():
        for depth in range(len(path) + 1):
            counts[path[:depth]] += count
    ids = {path: str(number) for number, path in enumerate(sorted(counts, key=_order), 1)}
    for path, id_ in ids.items():
        step = path[-1] if path else _ROOT
        yield PathNode(
            path_id=id_,
            parent_path_id=ids[path[:-1]] if path else None,
            script_id=step.script_id,
            script_name=step.script_name,
            node_type=step.type,
            node_label=step.label,
            depth=len(path),
            count=counts[path],
            terminal=path in ends,
        )
