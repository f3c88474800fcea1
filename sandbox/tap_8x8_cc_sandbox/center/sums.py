"""Adding facts up over time: plain ones by adding, the others by largest, first or last."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from tap_8x8_cc_sandbox.center.metrics import evaluator

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tap_8x8_cc_sandbox.center.calls import Facts
    from tap_8x8_cc_sandbox.center.metrics import Metric, Value
    from tap_8x8_cc_sandbox.center.profiles import View
    from tap_8x8_cc_sandbox.center.sources import Source

Vector: TypeAlias = "tuple[int, ...]"

_LAYOUTS: Final = 128


class Layout:
    """The facts that a report needs, in a fixed order: added ones, largest, first and last ones."""

    def __init__(self, metrics: Sequence[Metric]) -> None:
        names = sorted({name for metric in metrics for name in metric.facts})
        kinds = ("longest", "carried", "end")
        by_kind = [[name for name in names if name.startswith(kind)] for kind in kinds]
        added = [name for name in names if not name.startswith(kinds)]
        self.names = (*added, *(name for own in by_kind for name in own))
        self._added = len(added)
        self._summary = self._added + len(by_kind[0])
        self._before_last = self._summary + len(by_kind[1])
        self._metrics = tuple(metrics)

    @property
    def has_edges(self) -> bool:
        """Whether the situation at the start or the end of a bucket is asked for."""
        return self._summary < len(self.names)

    @cached_property
    def evaluators(self) -> tuple[Callable[[Sequence[int]], Value], ...]:
        """The functions that work each metric out of a vector."""
        position = {name: n for n, name in enumerate(self.names)}
        return tuple(evaluator(metric, position) for metric in self._metrics)

    def over_time(
        self, vectors: Sequence[Vector], at_start: Sequence[Vector], at_end: Sequence[Vector]
    ) -> Vector:
        """Put quarters of one piece of work together, given the bucket's first and last quarter."""
        nothing = (0,) * len(self.names)
        first = self.side_by_side(at_start) if at_start else nothing
        last = self.side_by_side(at_end) if at_end else nothing
        return (
            *self.side_by_side(vectors)[: self._summary],
            *first[self._summary : self._before_last],
            *last[self._before_last :],
        )

    def side_by_side(self, vectors: Sequence[Vector]) -> Vector:
        """Put different pieces of work at the same time together."""
        if len(vectors) == 1:
            return vectors[0]
        columns = list(zip(*vectors, strict=True))
        largest = map(max, columns[self._added : self._summary])
        edges = map(sum, columns[self._summary :])
        return (*map(sum, columns[: self._added]), *largest, *edges)


class Projections:
    """Remembers the facts of each profile of a source as vectors, for a few layouts at a time."""

    def __init__(self) -> None:
        self._known: dict[tuple[Source, tuple[str, ...], View], list[Vector | None]] = {}

    def __call__(self, source: Source, names: tuple[str, ...], view: View) -> list[Vector | None]:
        """Return the vectors of a source's profiles; None where nothing happened at all."""
        key = (source, names, view)
        found = self._known.get(key)
        if found is None:
            found = [_vector(views[view], names) for views in source.profiles]
            if len(self._known) >= _LAYOUTS:
                self._known = {}
            self._known[key] = found
        return found


def _vector(facts: Facts, names: tuple[str, ...]) -> Vector | None:
    # By `get`, which is much faster than a Counter's own zero.
    return tuple([facts.get(name, 0) for name in names]) if any(facts.values()) else None
