"""What metrics there are, since which API version, and how each is worked out of the facts.

The table is `data/summary_metrics.csv`. A formula is a sum of facts (`a+b`, and `a+~b` for a - b),
or a quotient of two (`a+b/c+d`): a percentage if the metric is one, otherwise an average. It is
always worked out of the facts of everything a row covers, so the average of a total is not an
average of averages.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Final, TypeAlias

from tap_8x8_cc_sandbox.center.model import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Value: TypeAlias = "int | float | None"

DETAILED: Final = "detailed-reports-"


@dataclass(frozen=True, slots=True)
class Metric:
    """A metric of a report type. `formula` is empty for columns of detailed reports."""

    name: str
    since: int
    kind: Kind
    formula: str = ""

    @property
    def facts(self) -> list[str]:
        """The facts that the formula needs."""
        return re.findall(r"[^/+~]+", self.formula)


def metrics_of(type_: str, version: int) -> tuple[Metric, ...]:
    """List the metrics that a report type has in an API version; empty if there is no such type."""
    return tuple(metric for metric in _tables().get(type_, ()) if metric.since <= version)


def summary_types() -> tuple[str, ...]:
    """List the summary report types."""
    return tuple(type_ for type_ in _tables() if not type_.startswith(DETAILED))


def detailed_types() -> tuple[str, ...]:
    """List the detailed report types."""
    return tuple(type_ for type_ in _tables() if type_.startswith(DETAILED))


@cache
def _tables() -> dict[str, tuple[Metric, ...]]:
    tables: dict[str, list[Metric]] = {}
    for name in ("summary_metrics.csv", "detailed_metrics.csv"):
        text = (files("tap_8x8_cc_sandbox.center") / "data" / name).read_text(encoding="utf-8")
        for row in csv.DictReader(text.splitlines()):
            metric = Metric(
                row["metric"], int(row["since"]), Kind(row["kind"]), row.get("formula", "")
            )
            tables.setdefault(row["type"], []).append(metric)
    return {type_: tuple(metrics) for type_, metrics in tables.items()}


def evaluator(metric: Metric, position: Mapping[str, int]) -> Callable[[Sequence[int]], Value]:
    """Make the function that works a metric out of a row's facts.

    Returns:
        A function from facts to the metric's value; None where there is nothing to divide by.
    """
    above, *others = (_adder(part, position) for part in metric.formula.split("/"))
    if not others:
        return above
    (below,) = others
    if metric.kind is Kind.PERCENTAGE:
        return lambda facts: 100 * above(facts) / n if (n := below(facts)) else None
    return lambda facts: above(facts) / n if (n := below(facts)) else None


def _adder(sum_: str, position: Mapping[str, int]) -> Callable[[Sequence[int]], int]:
    plus = [position[name] for name in sum_.split("+") if not name.startswith("~")]
    minus = [position[name[1:]] for name in sum_.split("+") if name.startswith("~")]
    first, *others = plus
    if not others and not minus:
        return lambda facts: facts[first]
    return lambda facts: sum([facts[n] for n in plus]) - sum([facts[n] for n in minus])
