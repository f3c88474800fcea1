"""Which pieces of work a report puts together, and what it calls them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tap_8x8_cc_sandbox.center.dimensions import DIMENSIONS, SITE, blanked, filter_values, words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_8x8_cc_sandbox.center.dimensions import Dimension, Leaf, Shown
    from tap_8x8_cc_sandbox.center.model import CenterConfig, ReportSpec
    from tap_8x8_cc_sandbox.center.staff import Roster


@dataclass(frozen=True, slots=True)
class Groups:
    """The groups of a report, in the order of its rows.

    Attributes:
        dimensions: The dimensions grouped by.
        shown: For each group its dimensions' values.
        of_leaf: For each piece of work its group; -1 if the report leaves it out.
        outer: Number of columns of the first dimension.
    """

    dimensions: tuple[Dimension, ...]
    shown: list[Shown]
    of_leaf: list[int]
    outer: int


def make_groups(
    spec: ReportSpec,
    leaves: Sequence[Leaf],
    belongs: Callable[[Leaf], bool],
    roster: Roster,
    config: CenterConfig,
) -> Groups:
    """Group the pieces of work that belong to a report type and pass the report's filters.

    Raises:
        KeyError: If a dimension or filter doesn't exist.
    """
    named = words(spec.group_by)
    dimensions = tuple(DIMENSIONS[word] for word in named)
    blanks = [blanked(word, roster) if config.null_dimensions else {} for word in named]
    if config.extra_dimension:
        dimensions += (SITE,)
        blanks.append({})

    def key_of(leaf: Leaf) -> Shown | None:
        parts = [dimension.show(leaf) for dimension in dimensions]
        if not belongs(leaf) or any(None in part for part in parts):
            # A queue's own work has no agent: no report by agent has a row for it.
            return None
        shown = map(_blank, parts, blanks)
        return tuple(value for part in shown for value in part)

    keys = [key_of(leaf) for leaf in leaves]
    for rule in spec.filters:
        wanted = frozenset(rule.values)
        keys = [
            key
            if key is not None and filter_values(rule.name, leaf, spec.version) & wanted
            else None
            for key, leaf in zip(keys, leaves, strict=True)
        ]
    shown = sorted({key for key in keys if key is not None}, key=_order)
    position = {key: number for number, key in enumerate(shown)}
    of_leaf = [-1 if key is None else position[key] for key in keys]
    return Groups(dimensions, shown, of_leaf, len(dimensions[0].keys))


def _order(shown: Shown) -> tuple[tuple[bool, str], ...]:
    return tuple((value is not None, value or "") for value in shown)


def _blank(values: Shown, blanks: dict[str, str | None]) -> Shown:
    identity = values[min(1, len(values) - 1)] or ""
    return (blanks[identity],) * len(values) if identity in blanks else values
