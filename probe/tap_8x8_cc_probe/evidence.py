"""What the probe saw, for a public place: the API's manner, and nothing of the contact center.

The file is JSON::

    {"evidence": "tap-8x8-cc probe", "form": 1, "tap": …, "api_version": "v8",
     "findings": {question: finding, …},
     "exchanges": [{"call": "create", "report": "days", "sent": …, "status": 200,
                    "headers": {…}, "body": …}, …]}

Which host, tenant and zone were asked, and when, is not in it. `masking` says what takes the place
of values; names of columns and members stay where they are known, or stand where only the API's own
can stand.
"""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.config.settings import PACKAGE
from tap_8x8_cc.model.calendar import Granularity
from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.records.naming import dimension_keys
from tap_8x8_cc_probe.answers import (
    Sight,
    is_time,
    read_csv,
    read_json,
    read_rows,
)
from tap_8x8_cc_probe.headers import masked_headers
from tap_8x8_cc_probe.masking import Mask, masked

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tap_8x8_cc.api.tape import Exchange
    from tap_8x8_cc_probe.answers import RawRow
    from tap_8x8_cc_probe.seen import Seen
    from tap_8x8_cc_probe.verdict import Verdict

KIND, FORM = "tap-8x8-cc probe", 1
NAMED = "named"
"""In place of a time zone."""
MOST_ROWS = 20
"""Rows of a page, and of a CSV, that are shown."""
_MEMBERS = frozenset(
    [
        "id",
        "status",
        "reason",
        "link",
        "links",
        "rel",
        "relation",
        "href",
        "type",
        "title",
        "dateRange",
        "start",
        "end",
        "granularity",
        "groupBy",
        "name",
        "filters",
        "values",
        "timezone",
        "intraDayTimeRange",
        "metrics",
        "includeSubTotal",
        "includeGrandTotal",
        "searchQuery",
        "field",
        "fields",
        "operator",
        "operators",
        "value",
        "includeParticipants",
        "reportSettings",
        "showOngoingInteractions",
        "showInteractionsStateInTime",
        "total",
        "totals",
        "items",
        "key",
        "label",
        "startIndex",
        "endIndex",
        "startTime",
        "endTime",
        "ongoing",
        "data",
        "content",
        "rows",
        "records",
        "results",
        "elements",
        "reportTypes",
        "types",
        "report",
        "result",
        "error",
        "errors",
        "message",
        "detail",
        "details",
        "code",
        "errorcode",
        "fault",
        "faultstring",
        "path",
        "timestamp",
        "instance",
        "description",
    ]
)
"""Members that the vendor's documents name, or APIs in general."""
_API_WORDS = frozenset({"first_status", "statuses", "done_status"})
"""Findings that quote the API's own words."""
_OWN = frozenset({"type", "granularity", "metrics", "includeSubTotal", "includeGrandTotal"})
"""What of a definition is the probe's own choice from the list of types."""


def evidence(seen: Seen, verdict: Verdict, api_version: str) -> dict[str, Any]:
    """Return what was seen as JSON-ready values that name and count nothing of the tenant's."""
    mask = Mask(_keys(seen), set(_values(seen)))
    return {
        "evidence": KIND,
        "form": FORM,
        "tap": _version(),
        "api_version": api_version,
        "findings": {f.question.name: _finding(f.question.name, f.found.value, mask)
                     for f in verdict.findings},
        "exchanges": [*_exchanges(seen, mask)],
    }  # fmt: skip


def _finding(name: str, value: Any, mask: Mask) -> Any:  # noqa: ANN401 - findings are anything
    """Return a finding; most are words of this project, some quote the API."""
    if name == "columns" and isinstance(value, dict):
        return {mask.key(grouping): [*map(mask.key, keys)] for grouping, keys in value.items()}
    if name in _API_WORDS:
        return [*map(mask.word, value)] if isinstance(value, list) else mask.word(value)
    if name == "envelope" and isinstance(value, str):
        return mask.known_key(value) if value != "nothing" else value
    if name == "rate_limits" and isinstance(value, list):
        return sorted(masked_headers(dict.fromkeys(value, "")))
    return value


def _exchanges(seen: Seen, mask: Mask) -> Iterator[dict[str, Any]]:
    if seen.types:
        yield _exchange("types", None, seen.types, mask)
    if seen.missing:
        yield _exchange("missing", None, seen.missing, mask)
    for name, sight in seen.sights.items():
        for exchange in sight.exchanges:
            yield {"report": name, **_exchange(_call(exchange), sight, exchange, mask)}


def _call(exchange: Exchange) -> str:
    if exchange.creates:
        return "create"
    last = exchange.path.rpartition("/")[2]
    return last if last in {"status", "data", "download"} else "details"


def _exchange(call: str, sight: Sight | None, exchange: Exchange, mask: Mask) -> dict[str, Any]:
    shown: dict[str, Any] = {"call": call}
    if exchange.sent is not None:
        shown["sent"] = _definition(exchange.sent, exchange.sent, mask)
    shown |= {"status": exchange.status, "headers": masked_headers(exchange.headers)}
    body = read_json(exchange.body)
    if not exchange.went_well:
        text = exchange.body.decode("utf-8", "replace") if body is None else body
        return shown | {"body": mask.error(text)}
    if call == "types":
        text = exchange.body.decode("utf-8", "replace")
        return shown | {"body": masked(text) if body is None else _listing(body, mask)}
    if call == "download":
        return shown | {"body": _csv(exchange.body, sight, mask)}
    if call == "data":
        # Of details of people, only what is listed is known to be a name of the API's.
        own = sight is not None and sight.request and sight.request.kind is ReportKind.DETAILED
        return shown | {"body": _page(body, mask, mask.known_key if own else mask.key)}
    if call == "details":
        sent = sight.exchanges[0].sent if sight and sight.exchanges else {}
        return shown | {"body": _definition(body, sent, mask)}
    return shown | {"body": _status(body, mask)}


def _status(value: Any, mask: Mask) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(value, list):
        return [_status(member, mask) for member in value]
    if not isinstance(value, dict):
        return masked(value)
    return {
        mask.known_key(name): mask.word(member) if name == "status" else mask.members(member)
        for name, member in value.items()
    }


def _definition(value: Any, sent: Any, mask: Mask) -> Any:  # noqa: ANN401 - likewise
    """Return a definition: what the probe chose stays, where it still is what was sent."""
    if not isinstance(value, dict) or not isinstance(sent, dict):
        return mask.members(value)
    shown = {}
    for name, member in value.items():
        own = name in _OWN and sent.get(name) == member
        if name == "groupBy" and isinstance(member, dict):
            same = member.get("name") == sent.get("groupBy", {}).get("name")
            shown[name] = {"name": member["name"]} if same else mask.members(member)
        elif own:
            shown[name] = member
        elif name == "status":
            shown[name] = mask.word(member)
        elif name == "timezone":  # even a name's length would tell which
            shown[name] = NAMED if member else member
        else:
            shown[mask.known_key(name)] = mask.members(member)
    return shown


def _page(value: Any, mask: Mask, key: Callable[[str], str]) -> Any:  # noqa: ANN401 - likewise
    """Return a page: its first rows, and its first totals."""
    wrapper, rows = read_rows(value)
    if not rows:
        return mask.members(value)
    totals = [row for row in rows[MOST_ROWS:] if row.total_type]
    shown = [_row(row, mask, key) for row in (*rows[:MOST_ROWS], *totals[:MOST_ROWS])]
    return {mask.known_key(wrapper): shown} if wrapper else shown


def _row(row: RawRow, mask: Mask, key: Callable[[str], str]) -> dict[str, Any]:
    shown: dict[str, Any] = {row.mark_key: _mark(row.mark)} if row.mark_key else {}
    if row.form == "list":
        shown["items"] = [
            {
                "key": key(cell.key),
                "label": mask.label(cell.label)
                if key(cell.key) == cell.key
                else masked(cell.label),
                "value": mask.members(cell.value),
            }
            for cell in row.cells
        ]
        return shown
    cells = {key(cell.key): mask.members(cell.value) for cell in row.cells}
    return {**shown, "items": cells} if row.form == "object" else {**shown, **cells}


def _mark(value: Any) -> Any:  # noqa: ANN401 - likewise
    if isinstance(value, dict):
        return {
            name: member if name == "type" and member in {"subtotal", "grandtotal"}
            else masked(member)
            for name, member in value.items() if name in _MEMBERS
        }  # fmt: skip
    return value if value in ("subtotal", "grandtotal") else masked(value)


def _csv(body: bytes, sight: Sight | None, mask: Mask) -> Any:  # noqa: ANN401 - likewise
    table = read_csv(body)
    if table is None:
        return masked(body.decode("utf-8", "replace"))
    cells = sight.ordinary[0].cells if sight and sight.ordinary else ()
    names = {cell.key for cell in cells} | {str(cell.label) for cell in cells}
    header = [mask.label(name) if name in names else masked(name) for name in table.header]
    lines = [[masked(cell) for cell in row] for row in table.rows[:MOST_ROWS]]
    return {"mark": table.mark, "lines": [header, *lines]}


def _listing(value: Any, mask: Mask) -> Any:  # noqa: ANN401 - likewise
    """Return the list of types: names of types, groupings, filters and metrics."""
    if isinstance(value, dict):
        return {mask.known_key(name): _listing(member, mask) for name, member in value.items()}
    if isinstance(value, list):
        return [_listing(member, mask) for member in value]
    return mask.key(value) if isinstance(value, str) else masked(value)


def _keys(seen: Seen) -> set[str]:
    """Return the names that are known to be structure."""
    known = {*_MEMBERS, *(granularity.value for granularity in Granularity)}
    for entry in seen.listing.values():
        known |= {*entry.metrics, *entry.groupings}
    for sight in seen.sights.values():
        if sight.request and sight.request.kind is ReportKind.SUMMARY:
            known |= {*dimension_keys(sight.request.group_by or "")}
    return known


def _values(seen: Seen) -> Iterator[str]:
    """Return the texts that stand where the contact center's own stand."""
    for sight in seen.sights.values():
        for row in sight.rows:
            for cell in row.cells:
                if not is_time(cell.key):
                    yield from _texts(cell.value)
        table = sight.csv
        for line in table.rows if table else ():
            yield from line


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401 - likewise
    if isinstance(value, dict):
        for member in value.values():
            yield from _texts(member)
    elif isinstance(value, list):
        for member in value:
            yield from _texts(member)
    elif isinstance(value, str):
        yield value


def _version() -> str:
    try:
        return version(PACKAGE)
    except PackageNotFoundError:  # run from a copy that was never installed
        return ""
