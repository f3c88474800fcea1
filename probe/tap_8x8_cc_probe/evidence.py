"""What the probe saw, fit for a public place: how the API behaves, nothing of the contact center.

The file is JSON::

    {"evidence": "tap-8x8-cc probe", "form": 1, "tap": …, "api_version": "v8",
     "findings": {question: finding, …},
     "exchanges": [{"report": "days", "call": "create", "sent": …, "status": 200,
                    "headers": {…}, "body": …}, …]}

It does not say which host, tenant and zone were asked, nor when. See `masking` for the rest.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_probe import masking
from tap_8x8_cc_probe.answers import read_csv, read_rows
from tap_8x8_cc_probe.asking import DETAILED_PATH

if TYPE_CHECKING:
    from tap_8x8_cc_probe.answers import RawRow
    from tap_8x8_cc_probe.experiments import Seen
    from tap_8x8_cc_probe.findings import Verdict
    from tap_8x8_cc_probe.tape import Exchange

KIND, FORM = "tap-8x8-cc probe", 1
MAX_ROWS = 20
"""Rows shown of a page, and of a CSV."""
_MARKS = frozenset({"subtotal", "grandtotal"})


def evidence(seen: Seen, verdict: Verdict) -> dict[str, Any]:
    """Return what was seen as JSON-ready values that name and count nothing of the tenant's."""
    return {
        "evidence": KIND,
        "form": FORM,
        "tap": version("tap-8x8-cc"),
        "api_version": seen.settings.api_version,
        "findings": {
            question.name: masking.quoted(found.value) if found.quotes else found.value
            for question, found in verdict.findings
        },
        "exchanges": [_exchange(exchange) for exchange in seen.exchanges],
    }


def _exchange(exchange: Exchange) -> dict[str, Any]:
    shown: dict[str, Any] = {"report": exchange.report, "call": exchange.call}
    if exchange.sent is not None:
        shown["sent"] = masking.structure(exchange.sent)
    headers = masking.headers(dict(exchange.headers))
    return shown | {"status": exchange.status, "headers": headers, "body": _body(exchange)}


def _body(exchange: Exchange) -> Any:  # noqa: ANN401 - JSON is anything
    body = exchange.json
    text = exchange.body.decode("utf-8", "replace")
    if not exchange.went_well:
        return masking.error(text if body is None else body)
    if exchange.call == "download":
        return _csv(exchange)
    if body is None:
        return masking.masked(text)
    return _page(exchange, body) if exchange.call == "data" else masking.structure(body)


def _page(exchange: Exchange, value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a page: its first rows, and its first totals."""
    wrapper, rows = read_rows(value)
    if not rows:
        return masking.masked(value)
    totals = [row for row in rows[MAX_ROWS:] if row.total_type]
    shown = [_row(row) for row in (*rows[:MAX_ROWS], *totals[:MAX_ROWS])]
    if exchange.path.startswith(DETAILED_PATH) or not wrapper:
        return shown
    return {masking.words(wrapper): shown}


def _row(row: RawRow) -> dict[str, Any]:
    shown: dict[str, Any] = {row.mark_key: _mark(row.mark)} if row.mark_key else {}
    if row.form == "list":
        cells = [
            {
                "key": masking.words(cell.key),
                "label": _label(cell.label),
                "value": masking.masked(cell.value),
            }
            for cell in row.cells
        ]
        return {**shown, "items": cells}
    values = {masking.words(cell.key): masking.masked(cell.value) for cell in row.cells}
    return {**shown, "items": values} if row.form == "object" else {**shown, **values}


def _label(label: Any) -> Any:  # noqa: ANN401 - JSON is anything
    return masking.words(label) if isinstance(label, str) else masking.masked(label)


def _mark(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(value, dict):
        return {masking.words(name): _mark(member) for name, member in value.items()}
    return value if isinstance(value, str) and value in _MARKS else masking.masked(value)


def _csv(exchange: Exchange) -> Any:  # noqa: ANN401 - JSON is anything
    table = read_csv(exchange.body)
    if table is None:
        return masking.masked_text(exchange.body.decode("utf-8", "replace"))
    header = [masking.words(name) for name in table.header]
    lines = [[masking.masked_text(cell) for cell in row] for row in table.rows[:MAX_ROWS]]
    return {"mark": table.mark, "lines": [header, *lines]}
