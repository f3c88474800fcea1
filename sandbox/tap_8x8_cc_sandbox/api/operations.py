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

CALLS: tuple[tuple[str, str, Operation], ...] = (
    ("GET", "/report-types", "types"),
    ("GET", "/report-types/{type}", "types"),
    ("POST", "", "create"),
    ("POST", "/", "create"),
    ("POST", "/detailed-reports", "detailed_create"),
    ("POST", "/detailed-reports/", "detailed_create"),
    ("GET", "/detailed-reports/{id}/data", "detailed_data"),
    ("GET", "/detailed-reports/{id}/status", "status"),
    ("GET", "/{id}", "details"),
    ("GET", "/{id}/status", "status"),
    ("GET", "/{id}/links", "links"),
    ("GET", "/{id}/data", "data"),
    ("GET", "/{id}/download", "download"),
)
"""The API's calls: method, path below the base of a region and version, and what it asks for."""
_BASE = re.compile(r"(?:/eu|/au|/ca)?/analytics/cc/[^/]+/historical-metrics(?P<rest>.*)")
_PATTERNS = [
    (method, re.compile(path.replace("{id}", r"(?P<id>\d+)").replace("{type}", ".*")), operation)
    for method, path, operation in CALLS
]


@dataclass(frozen=True, slots=True)
class Target:
    """What a request asks for: the operation, and the report that it names."""

    operation: Operation | None
    report_id: int | None = None


def target_of(method: str, path: str) -> Target:
    """Return what a request asks for; no operation where the API has none such."""
    if path == TOKEN_PATH:
        return Target("token")
    if base := _BASE.fullmatch(path):
        for own, pattern, operation in _PATTERNS:
            found = pattern.fullmatch(base["rest"])
            if found and (method == "POST") == (own == "POST"):
                report_id = found.groupdict().get("id")
                return Target(operation, None if report_id is None else int(report_id))
    return Target(None)
