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

from tap_8x8_cc_probe.answers import read_csv
from tap_8x8_cc_probe.masking import ROWS, STRUCTURE, headers, masked, shaped, words

if TYPE_CHECKING:
    from tap_8x8_cc_probe.experiments import Seen
    from tap_8x8_cc_probe.findings import Verdict
    from tap_8x8_cc_probe.tape import Exchange

KIND, FORM = "tap-8x8-cc probe", 1
MAX_ROWS = 20
"""Rows shown of a page, and of a CSV."""


def evidence(seen: Seen, verdict: Verdict) -> dict[str, Any]:
    """Return what was seen as JSON-ready values that name and count nothing of the tenant's."""
    return {
        "evidence": KIND,
        "form": FORM,
        "tap": version("tap-8x8-cc"),
        "api_version": seen.settings.api_version,
        "findings": {
            question.name: shaped(found.value, None, "status") if found.quotes else found.value
            for question, found in verdict.findings
        },
        "exchanges": [
            {
                "report": exchange.report,
                "call": exchange.call,
                **({} if exchange.sent is None else {"sent": shaped(exchange.sent, STRUCTURE)}),
                "status": exchange.status,
                "headers": headers(exchange.headers),
                "body": _body(exchange),
            }
            for exchange in seen.exchanges
        ],
    }


def _body(exchange: Exchange) -> Any:  # noqa: ANN401 - JSON is anything
    body, text = exchange.json, exchange.body.decode("utf-8", "replace")
    if not exchange.went_well:
        return shaped(text if body is None else body, None)
    if exchange.call == "download":
        return _csv(exchange)
    if body is None:
        return masked(text)
    return shaped(_first(body), ROWS) if exchange.call == "data" else shaped(body, STRUCTURE)


def _first(page: Any) -> Any:  # noqa: ANN401 - JSON is anything
    """Return a page with its first rows only."""
    if isinstance(page, dict):
        return {name: _first(member) for name, member in page.items()}
    return page[:MAX_ROWS] if isinstance(page, list) else page


def _csv(exchange: Exchange) -> Any:  # noqa: ANN401 - JSON is anything
    table = read_csv(exchange.body)
    if table is None:
        return masked(exchange.body.decode("utf-8", "replace"))
    lines = [[masked(cell) for cell in row] for row in table.rows[:MAX_ROWS]]
    return {"mark": table.mark, "lines": [[words(name) for name in table.header], *lines]}
