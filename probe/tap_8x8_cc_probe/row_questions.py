"""Questions about JSON rows: their form, keys, values, totals and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.responses import proves_empty
from tap_8x8_cc.model.instants import parse_instant
from tap_8x8_cc.records.metrics import Kind, summary_kind
from tap_8x8_cc.records.naming import dimension_keys
from tap_8x8_cc.records.values import PARSERS
from tap_8x8_cc_probe.answers import TIMES, nothing_form, number_form, read_rows
from tap_8x8_cc_probe.asking import ENOUGH, NOT_FOUND, RECORD_LIMIT
from tap_8x8_cc_probe.findings import Copes, Found, NotSeenError, only, question, require

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc_probe.experiments import Seen

PLAIN = ("days", "quarters", "whole")
"""Reports without totals."""
NO_ROWS = "no rows"
_CELLS = {
    "list": "as a list of key, label and value",
    "object": "as an object of key and value",
    "flat": "without items around them",
    "mixed": "as lists and as objects",
}
_NUMBERS = {
    "integer": "whole numbers, taken as milliseconds",
    "decimal": "decimal numbers",
    "clock": "H:MM:SS, to the second",
    "sign": "with a % sign",
    "mixed": "in several forms",
    "other": "in a form that the tap keeps as raw text",
}


@question("reading", "Does the tap read the rows?")
def _reading(seen: Seen) -> Found:
    days = seen.sight("days")
    if days.why_not and not days.rows and days.why_not != ENOUGH:
        return Found("failed", f"no: {days.why_not}", Copes.NO)
    if unread := _unread(seen):
        text = ", ".join(f"{key} ({example})" for key, example in unread.items())
        return Found("unparsed", f"some values only as raw text: {text}", Copes.NO)
    require(days.rows, NO_ROWS)
    if "week" in seen.sights:
        why = seen.sight("week").why_not
        return Found("in parts", f"yes, in parts: a week at once failed ({why})")
    others = {n: seen.sights[n].why_not for n in PLAIN[1:] if n in seen.sights}
    if failed := {name: why for name, why in others.items() if why not in {"", ENOUGH}}:
        text = "; ".join(f"{name}: {why}" for name, why in failed.items())
        return Found(sorted(failed), f"those of days; these reports failed: {text}", Copes.UNKNOWN)
    return Found("all", "yes")


def _unread(seen: Seen) -> dict[str, str]:
    """Return an example of each key's values that the tap can't parse."""
    found: dict[str, str] = {}
    for sight in map(seen.sight, PLAIN):
        parsers = {metric: PARSERS[summary_kind(metric)] for metric in sight.metrics}
        for key, value in (cell for row in sight.ordinary for cell in row.values.items()):
            try:
                if key in parsers:
                    parsers[key](value)
                elif key in TIMES:
                    parse_instant(value, seen.zone)
            except ValueError:
                found.setdefault(key, str(value))
    return found


@question("columns", "What are the columns of groupings called?")
def _columns(seen: Seen) -> Found:
    sights = [sight for sight in map(seen.sight, PLAIN) if sight.ordinary]
    require(sights, NO_ROWS)
    found = {sight.grouping: sight.dimensions for sight in sights}
    new = {k for grouping, keys in found.items() for k in keys if k not in dimension_keys(grouping)}
    text = "; ".join(f"{grouping}: {', '.join(keys)}" for grouping, keys in found.items())
    more = f" (not predicted: {', '.join(sorted(new))})" if new else ""
    return Found(found, text + more, quotes=True)


@question("row_form", "How are the cells of a row sent?")
def _row_form(seen: Seen) -> Found:
    rows = [row for name in PLAIN for row in seen.sight(name).ordinary]
    require(rows, NO_ROWS)
    totals = [row for row in seen.sight("totals").rows if row.total_type]
    return only((row.form for row in (*rows, *totals)), _CELLS, NO_ROWS)


@question("envelope", "What is around the rows of a page?")
def _envelope(seen: Seen) -> Found:
    pages = [page for name in PLAIN for page in seen.sight(name).pages]
    wrapper, rows = read_rows(pages[0].json) if pages else ("", [])
    require(rows, NO_ROWS)
    text = f"an object, under {wrapper}" if wrapper else "nothing"
    return Found(wrapper or "nothing", text, quotes=True)


@question("total_key", "Which key marks totals?")
def _total_key(seen: Seen) -> Found:
    rows = [row for name in ("totals", *PLAIN) for row in seen.sight(name).rows if row.mark_key]
    require(rows, seen.sight("totals").why_not or NO_ROWS)
    return Found(rows[0].mark_key, str(rows[0].mark_key))


@question("subtotals", "How many levels of subtotals are there?")
def _subtotals(seen: Seen) -> Found:
    totals = seen.sight("totals")
    require(totals.ordinary, totals.why_not or NO_ROWS)
    marked = [row for row in totals.rows if row.total_type == "subtotal"]
    levels = {
        tuple(key for key in totals.dimensions if nothing_form(row.values.get(key)) is None)
        for row in marked
    }
    require(levels or totals.count <= len(totals.rows), "none among the rows that were read")
    grand = any(row.total_type == "grandtotal" for row in totals.rows)
    return Found(len(levels), f"{len(levels)}" + ("" if grand else "; no grand total was seen"))


@question("numbers", "Are numbers texts or JSON numbers?")
def _numbers(seen: Seen) -> Found:
    values = [v for kind in Kind for v in _values(seen, kind)]
    numbers = (v for v in values if number_form(v) in {"integer", "decimal"})
    kinds = ("text" if isinstance(number, str) else "native" for number in numbers)
    texts = {"text": "texts", "native": "JSON numbers", "mixed": "both"}
    return only(kinds, texts, "no row held a number")


@question("durations", "How are durations written?")
def _durations(seen: Seen) -> Found:
    return forms_found(_values(seen, Kind.DURATION))


@question("percentages", "How are percentages written?")
def _percentages(seen: Seen) -> Found:
    return forms_found(_values(seen, Kind.PERCENTAGE), integer="whole numbers")


@question("nothing", "What stands for no value?")
def _nothing(seen: Seen) -> Found:
    return nothing_found(value for kind in Kind for value in _values(seen, kind))


@question("count", "Is the number of rows right beyond 10,000?")
def _count(seen: Seen) -> Found:
    largest = max(seen.sights.values(), key=lambda sight: sight.count, default=None)
    if largest is None or largest.count < RECORD_LIMIT:
        raise NotSeenError("no report that large")
    if largest.count > RECORD_LIMIT:
        return Found("true", f"yes: {largest.count:,} rows; the tap reads the CSV, or parts")
    if not largest.csv:
        raise NotSeenError("a report has 10,000 rows or more, and no CSV shows how many")
    if (rows := len(largest.csv.rows)) > RECORD_LIMIT:
        return Found("capped", f"no: 10,000 instead of {rows:,}; the tap reads the CSV, or parts")
    return Found("true", "yes: exactly 10,000 rows")


@question("empty", "What does a report without rows look like?")
def _empty(seen: Seen) -> Found:
    page = _empty_page(seen)
    text = page.body.strip().decode("utf-8", "replace")
    value = {"": "no body", "null": "null", "{}": "{}"}.get(text, "array")
    if not page.went_well:
        value = f"HTTP {page.status}"
    texts = {"array": "an empty array", "no body": f"HTTP {page.status} without a body"}
    spoken = texts.get(value, value)
    download = [e for e in seen.sight("zone").exchanges if e.call == "download"]
    if value == "array" or proves_empty(page.status, page.body, page.headers):
        return Found(value, spoken)
    if page.status == NOT_FOUND and any(
        proves_empty(e.status, e.body, e.headers, columns=2) for e in download
    ):
        return Found(value, f"{spoken}, and a CSV with only a header, which the tap trusts")
    return Found(value, f"{spoken}: the tap can't tell it from lost rows, and stops", Copes.NO)


@question("empty_pages", "How many pages does a report without rows have?")
def _empty_pages(seen: Seen) -> Found:
    text = _empty_page(seen).headers.get("x-total-pages", "").strip()
    require(text.isdigit(), "no such header")
    return Found(int(text), text)


def nothing_found(values: Iterable[Any]) -> Found:
    """Return the forms of missing values; raises NotSeenError if every value was there."""
    forms = sorted({form for form in map(nothing_form, values) if form})
    require(forms, "every value was there")
    return Found(forms[0] if len(forms) == 1 else forms, ", ".join(forms))


def forms_found(values: Iterable[Any], **texts: str) -> Found:
    """Return the form in which numbers of a kind are written."""
    forms = {form for form in map(number_form, values) if form}
    if forms == {"integer", "decimal"}:
        forms = {"decimal"}
    found = only(forms, _NUMBERS | texts, "no row held one")
    return Found(found.value, found.text, Copes.NO if "other" in forms else Copes.ALWAYS)


def _empty_page(seen: Seen) -> Any:  # noqa: ANN401 - an exchange
    sight = seen.sight("zone")
    pages = [e for e in sight.exchanges if e.call == "data"]
    require(pages, sight.why_not)
    require(not sight.rows, "every report had rows")
    return pages[-1]


def _values(seen: Seen, kind: Kind) -> list[Any]:
    """Return the values of the metrics of a kind in all rows of reports without totals."""
    found = []
    for sight in map(seen.sight, PLAIN):
        wanted = {metric for metric in sight.metrics if summary_kind(metric) is kind}
        found += [v for row in sight.ordinary for key, v in row.values.items() if key in wanted]
    return found
