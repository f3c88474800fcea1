"""What a request asks of the API, told by its method and path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Operation: TypeAlias = Literal[
    "token",
    "types",
    "create",
    "status",
    "details",
    "data",
    "download",
    "links",
    "detailed_create",
    "detailed_data",
]

TOKEN_PATH = "/oauth/v2/token"  # noqa: S105 - a path
REGIONS = ("", "/eu", "/au", "/ca")
"""Path prefixes of the regions: United States, Europe, Asia-Pacific, Canada."""
VERSIONS = range(1, 9)
CONTROL = "/_sandbox"
"""Path prefix of the sandbox's own requests, which no real API has."""
MOVED = "/moved"
"""Path prefix to which redirects lead within the host."""
FILES = "/files"
"""Path prefix of downloads on the other host."""
READS: tuple[Operation, ...] = ("data", "download", "detailed_data")
"""Operations that read a report's rows."""

_BASE = re.compile(r"(?:/eu|/au|/ca)?/analytics/cc/[^/]+/historical-metrics(?P<rest>/.*)?")
_REPORT = re.compile(r"/(?P<id>\d+)(?:/(?P<part>status|data|download|links))?")
_DETAILED = re.compile(r"/detailed-reports/(?P<id>\d+)/(?P<part>data|status)")

_CREATES: dict[str, Operation] = {
    "/": "create",
    "/detailed-reports": "detailed_create",
    "/detailed-reports/": "detailed_create",
}
_PARTS: dict[str | None, Operation] = {
    None: "details",
    "status": "status",
    "data": "data",
    "download": "download",
    "links": "links",
}


@dataclass(frozen=True, slots=True)
class Target:
    """What a request asks for: the operation, and the report that it names."""

    operation: Operation | None
    report_id: int | None = None


def target_of(method: str, path: str) -> Target:
    """Return what a request asks for; no operation where the API has none such."""
    if path == TOKEN_PATH:
        return Target("token")
    base = _BASE.fullmatch(path)
    if base is None:
        return Target(None)
    rest = base["rest"] or "/"
    return Target(_CREATES.get(rest)) if method == "POST" else _read(rest)


def _read(rest: str) -> Target:
    if rest == "/report-types" or rest.startswith("/report-types/"):
        return Target("types")
    if detailed := _DETAILED.fullmatch(rest):
        part: Operation = "status" if detailed["part"] == "status" else "detailed_data"
        return Target(part, int(detailed["id"]))
    if report := _REPORT.fullmatch(rest):
        return Target(_PARTS[report["part"]], int(report["id"]))
    return Target(None)
