"""Faults on demand: which requests go wrong, and how."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Mapping  # noqa: TC003 - read at run time, to check settings
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from tap_8x8_cc_sandbox.api.operations import READS, Operation, Target

Action: TypeAlias = Literal[
    "status",
    "reset_before",
    "cut_body",
    "truncate",
    "html",
    "slow",
    "failed",
    "stuck",
    "vanish",
    "unknown_status",
    "not_ready",
    "short",
    "fewer_rows",
    "expire_token",
    "mutate",
    "gzip_cut",
    "bom",
    "refuse",
]


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One thing that goes wrong.

    Rules are applied in their order; a request that a rule answers or cuts off reaches no later
    rule. The actions:

    - `status`: the answer is `status` with `headers` and `body`.
    - `reset_before`: the connection ends without an answer, by a reset or (not `abrupt`) quietly.
    - `cut_body`: the connection ends after the part `keep` of a body whose length was announced.
    - `truncate`: the body ends after its part `keep`, and HTTP knows of nothing more.
    - `html`: 200 with an HTML page.
    - `slow`: the answer waits `seconds`.
    - `failed`, `stuck`, `vanish`, `unknown_status`: from now on the report's status is FAILED with
      `reason`; is never DONE; the report is unknown; the status is `status_name`. On a create,
      it is the created report's; a report that fails does so when it would be done.
    - `not_ready`: the first `tries` reads of each report answer `status`, though it is DONE.
    - `short`: headers claim `rows` more rows than there are.
    - `fewer_rows`: the answer lacks its last `rows` rows, whatever its headers say.
    - `expire_token`: the request's token is invalid from this request on.
    - `gzip_cut`: the part `keep` of the answer, compressed.
    - `bom`: the answer after a byte-order mark.
    - `refuse`: the right answer, but with `status`, 500 if there is none.
    - `mutate`: a random change somewhere in the body.
    """

    on: Operation | Literal["any"]  # kind of request
    action: Action  # what happens
    probability: float = 1.0  # part of the matching requests that are hit
    skip: int = 0  # matching requests that pass before the first is hit
    times: int | None = None  # requests hit at most; None: no limit
    per_report: bool = False  # whether `skip` and `times` count each report by itself
    # Seconds from the first hit on in which requests are hit; None: no limit.
    lasting: float | None = None
    tenant: str = ""  # tenant that a request must be for; empty: any
    path_contains: str = ""  # part of the path that a request must have
    report_type: str = ""  # part of the report's type that a request must have
    status: int | None = None  # HTTP status of `status` (default 500) and `not_ready` (default 400)
    headers: Mapping[str, str] = field(default_factory=dict)  # headers of a `status`
    body: str = ""  # body of a `status`; empty: an error in the form of the quirks
    # Seconds from now that a `status` names as a date in `Retry-After`.
    retry_after_date_in: float | None = None
    keep: float = 0.5  # part of the body that is kept
    seconds: float = 1.0  # delay in seconds
    reason: str = "Internal error during report generation"  # reason of a failed report
    status_name: str = "ARCHIVED"  # name of an unknown status
    tries: int = 1  # reads that are not ready
    rows: int = 1  # number of rows missing
    abrupt: bool = True  # whether a connection ends by a reset rather than an end of file

    def matches(self, target: Target, path: str, report_type: str, tenant: str = "") -> bool:
        """Tell whether a request is of the kind that this rule is about."""
        if target.operation is None or (self.on not in {"any", target.operation}):
            return False
        if self.action == "not_ready" and target.operation not in READS:
            return False
        if self.tenant not in {"", tenant}:
            return False
        return self.path_contains in path and self.report_type in report_type


class FaultPlan:
    """Draws the faults of each request: for a seed, the same for the same sequence of requests."""

    def __init__(self, rules: tuple[FaultRule, ...], seed: int) -> None:
        self.rules = rules
        self._chances = [random.Random(f"{seed}:{index}") for index in range(len(rules))]  # noqa: S311
        self._seen: Counter[tuple[int, int | None]] = Counter()
        self._began: dict[int, float] = {}
        self._hit: Counter[tuple[int, int | None]] = Counter()

    def draw(
        self, target: Target, path: str, report_type: str, tenant: str = ""
    ) -> list[FaultRule]:
        """Return the rules that hit a request, in their order."""
        return [
            rule
            for index, rule in enumerate(self.rules)
            if rule.matches(target, path, report_type, tenant) and self._hits(index, rule, target)
        ]

    def _hits(self, index: int, rule: FaultRule, target: Target) -> bool:
        each_report = rule.per_report or rule.action == "not_ready"
        times = rule.tries if rule.action == "not_ready" else rule.times
        count = (index, target.report_id if each_report else None)
        self._seen[count] += 1
        if self._seen[count] <= rule.skip or (times is not None and self._hit[count] >= times):
            return False
        began = self._began.setdefault(index, time.monotonic())
        if rule.lasting is not None and time.monotonic() - began > rule.lasting:
            return False
        if self._chances[index].random() >= rule.probability:
            return False
        self._hit[count] += 1
        return True
