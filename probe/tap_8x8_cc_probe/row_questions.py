"""Questions about JSON rows: their form, keys, values, totals and counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc.api.pages import DEFAULT_SIZE, RECORD_LIMIT
from tap_8x8_cc.model.reports import ReportKind
from tap_8x8_cc.records.metrics import Kind, summary_kind
from tap_8x8_cc.records.naming import dimension_keys
from tap_8x8_cc_probe.answers import (
    Sight,
    is_time,
    nothing_form,
    number_form,
    read_json,
    read_rows,
)
from tap_8x8_cc_probe.asking import CSV_PAGE, ENOUGH
from tap_8x8_cc_probe.findings import Copes, Found, Question, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc_probe.answers import RawRow
    from tap_8x8_cc_probe.seen import Seen

PLAIN = ("days", "quarters", "whole")
"""Reports without totals."""
NO_ROWS = "no rows"
NUMBER_TEXTS = {
    "integer": "whole numbers, taken as milliseconds",
    "decimal": "decimal numbers",
    "clock": "H:MM:SS, to the second",
    "sign": "with a % sign",
}


def reading(seen: Seen) -> Found:
    """Tell whether the tap itself can read the reports and make records of their rows."""
    failed = {
        name: sight.why_not
        for name in (*PLAIN, "totals")
        if (sight := seen.sights.get(name)) and sight.why_not not in {"", ENOUGH}
    }
    told(seen.sync or failed, "no report was read")
    if failed:
        text = "; ".join(f"{name}: {why}" for name, why in failed.items())
        return Found(sorted(failed), f"not all: {text}", Copes.NO)
    unparsed = seen.sync.unparsed if seen.sync else {}
    if unparsed:
        text = ", ".join(f"{column} ({example})" for column, example in unparsed.items())
        return Found("unparsed", f"some values only as raw text: {text}", Copes.NO)
    return Found("all", "yes")


def row_form(seen: Seen) -> Found:
    """Tell how the cells of a row come."""
    forms = sorted({row.form for name in PLAIN for row in seen.sight(name).ordinary})
    told(forms, NO_ROWS)
    totals = {row.form for row in seen.sight("totals").rows if row.total_type}
    value = "mixed" if totals - set(forms) or len(forms) > 1 else forms[0]
    texts = {
        "list": "as a list of key, label and value",
        "object": "as an object of key and value",
        "flat": "without items around them",
        "mixed": "as lists and as objects",
    }
    return Found(value, texts[value])


def envelope(seen: Seen) -> Found:
    """Tell what is around the rows of a page."""
    pages = [page for name in PLAIN for page in seen.sight(name).pages]
    told(pages, NO_ROWS)
    wrapper, rows = read_rows(read_json(pages[0].body))
    told(rows, NO_ROWS)
    return Found(wrapper or "nothing", f"an object, under {wrapper}" if wrapper else "nothing")


def total_key(seen: Seen) -> Found:
    """Tell the key that marks totals."""
    rows = [row for row in seen.sight("totals").rows if row.mark_key]
    rows = rows or [row for name in PLAIN for row in seen.sight(name).rows if row.mark_key]
    told(rows, seen.sight("totals").why_not or NO_ROWS)
    return Found(rows[0].mark_key, str(rows[0].mark_key))


def unasked_total(seen: Seen) -> Found:
    """Tell what stands there where no totals were asked for."""
    rows = seen.sight("days").rows
    told(rows, seen.sight("days").why_not or NO_ROWS)
    if rows[0].mark_key is None:
        return Found("absent", "nothing, no key either")
    mark = rows[0].mark
    value = "null" if mark is None else "false" if mark is False else type(mark).__name__
    return Found(value, value)


def labels(seen: Seen) -> Found:
    """Tell what labels are."""
    kinds = {type(c.label).__name__ for row in seen.sight("days").ordinary for c in row.cells}
    told(kinds, NO_ROWS)
    names = {"str": "text", "int": "number", "dict": "object", "NoneType": "none"}
    value = "mixed" if len(kinds) > 1 else names.get(kinds.pop(), "other")
    return Found(value, {"text": "texts", "none": "there are none"}.get(value, value))


def subtotals(seen: Seen) -> Found:
    """Tell how many levels of subtotals there are: sets of dimensions that are null in them."""
    rows = seen.sight("totals").rows
    told(rows, seen.sight("totals").why_not or NO_ROWS)
    keys = _dimensions(seen.sight("totals"))
    levels = {
        tuple(key for key in keys if nothing_form(row.values.get(key)) is None)
        for row in rows
        if row.total_type == "subtotal"
    }
    grand = any(row.total_type == "grandtotal" for row in rows)
    text = f"{len(levels)}" + ("" if grand else "; no grand total on the first page")
    return Found(len(levels), text)


def number_type(seen: Seen) -> Found:
    """Tell whether numbers are written as texts."""
    kinds = {
        "native" if isinstance(value, int | float) else "text"
        for kind in (Kind.COUNT, Kind.DURATION, Kind.PERCENTAGE)
        for value in _values(seen, kind)
        if number_form(value) in {"integer", "decimal"}
    }
    told(kinds, "no row held a number")
    value = "mixed" if len(kinds) > 1 else kinds.pop()
    return Found(value, {"text": "texts", "native": "JSON numbers"}.get(value, "both"))


def durations(seen: Seen) -> Found:
    """Tell how durations are written."""
    return forms_found(_values(seen, Kind.DURATION), "duration")


def percentages(seen: Seen) -> Found:
    """Tell how percentages are written."""
    found = forms_found(_values(seen, Kind.PERCENTAGE), "percentage")
    if found.value == "integer":
        return Found("integer", "whole numbers", found.copes)
    return found


def nothing(seen: Seen) -> Found:
    """Tell what stands for a value that there is not."""
    return nothing_found(value for kind in Kind for value in _values(seen, kind))


def columns(seen: Seen) -> Found:
    """Tell the keys of some groupings' dimensions."""
    found: dict[str, list[str]] = {}
    surprises = []
    for name in PLAIN:
        sight = seen.sight(name)
        if sight.request and sight.request.kind is ReportKind.SUMMARY and sight.ordinary:
            grouping = sight.request.group_by or ""
            found[grouping] = _dimensions(sight)
            surprises += [key for key in found[grouping] if key not in dimension_keys(grouping)]
    told(found, NO_ROWS)
    text = "; ".join(f"{grouping}: {', '.join(keys)}" for grouping, keys in found.items())
    more = f" (not predicted: {', '.join(dict.fromkeys(surprises))})" if surprises else ""
    return Found(found, text + more)


def count(seen: Seen) -> Found:
    """Tell whether the count of rows is the true one, or ends at the limit of JSON pages."""
    counts = [
        int(page.headers.get("X-Total-Elements", "0"))
        for sight in seen.sights.values()
        for page in sight.pages
        if page.headers.get("X-Total-Elements", "").isdigit()
    ]
    told(counts, "no count in the headers")
    told(max(counts) >= RECORD_LIMIT, "no report that large")
    capped = max(counts) == RECORD_LIMIT
    text = "10,000 at the most" if capped else "the true one"
    return Found("capped" if capped else "true", text)


def counted_pages(seen: Seen) -> Found:
    """Tell which pages count the rows in their headers."""
    pages = seen.sight("days").pages
    told(len(pages) > 1, "no report of several pages")
    counting = [("X-Total-Elements" in p.headers or "X-Total-Pages" in p.headers) for p in pages]
    value = "all" if all(counting) else "first" if counting[0] else "none"
    return Found(value, value if value != "first" else "the first only")


def page_count(seen: Seen) -> Found:
    """Tell whether pages are counted by the size that was asked for."""
    pages = seen.sight("days").pages
    told(pages, NO_ROWS)
    headers = pages[0].headers
    rows, said = headers.get("X-Total-Elements", ""), headers.get("X-Total-Pages", "")
    told(rows.isdigit() and said.isdigit(), "no count in the headers")
    sizes = {-(-int(rows) // CSV_PAGE): "size", -(-int(rows) // DEFAULT_SIZE): "default"}
    told(len(sizes) > 1, "no report whose size told")
    value = sizes.get(int(said), "other")
    texts = {"size": "yes", "default": f"no, by {DEFAULT_SIZE}; rows are counted instead"}
    return Found(value, texts.get(value, "no; rows are counted instead"))


def empty(seen: Seen) -> Found:
    """Tell how a report without rows looks."""
    exchange = _empty_page(seen)
    body = exchange.body.strip()
    value = {b"": "no body", b"null": "null", b"{}": "{}"}.get(body, "array")
    value = f"HTTP {exchange.status}" if not exchange.went_well else value
    texts = {"array": "an empty array", "no body": f"HTTP {exchange.status} without a body"}
    return Found(value, texts.get(value, value))


def empty_pages(seen: Seen) -> Found:
    """Tell how many pages a report without rows has, by its headers."""
    exchange = _empty_page(seen)
    text = exchange.headers.get("X-Total-Pages", "").strip()
    told(text.isdigit(), "no such header")
    return Found(int(text), text)


def nothing_found(values: Iterable[Any]) -> Found:
    """Tell the forms of values that there are not; raises NotToldError where there is each."""
    forms = sorted({form for form in map(nothing_form, values) if form})
    told(forms, "every value was there")
    return Found(forms[0] if len(forms) == 1 else forms, ", ".join(forms))


def forms_found(values: Iterable[Any], what: str) -> Found:
    """Tell in which forms numbers of a kind are written."""
    forms = {form for form in map(number_form, values) if form}
    told(forms, f"no row held a {what}")
    if forms == {"integer", "decimal"}:
        forms = {"decimal"}
    value = "mixed" if len(forms) > 1 else forms.pop()
    copes = Copes.ALWAYS if value in NUMBER_TEXTS else Copes.NO
    if value == "mixed" and forms <= NUMBER_TEXTS.keys():
        copes = Copes.ALWAYS
    text = {"other": "in a form that the tap keeps as raw text", "mixed": "in several forms"}
    return Found(value, NUMBER_TEXTS.get(value) or text[value], copes)


def _empty_page(seen: Seen) -> Any:  # noqa: ANN401 - an exchange
    for name in ("zone", "empty"):
        pages = [e for e in seen.sight(name).exchanges if e.path.endswith("/data")]
        if pages and not seen.sight(name).rows:
            return pages[-1]
    why = seen.sight("empty").why_not
    told(why == "", why)
    told(condition=False, reason="every report had rows")
    return None


def _dimensions(sight: Sight) -> list[str]:
    """Return the keys of a report's rows that are neither times nor the metrics asked for."""
    assert sight.request is not None  # noqa: S101 - only of those is asked
    first: RawRow = sight.rows[0]
    metrics = set(sight.request.metrics)
    return [c.key for c in first.cells if c.key not in metrics and not is_time(c.key)]


def _values(seen: Seen, kind: Kind) -> list[Any]:
    """Return the values of the metrics of a kind in all rows of reports without totals."""
    found = []
    for name in PLAIN:
        sight = seen.sight(name)
        metrics = sight.request.metrics if sight.request else ()
        wanted = {metric for metric in metrics if summary_kind(metric) is kind}
        found += [c.value for row in sight.ordinary for c in row.cells if c.key in wanted]
    return found


QUESTIONS: Iterable[Question] = (
    Question("reading", "Does the tap read the rows?", reading),
    Question("columns", "What are the columns of groupings called?", columns),
    Question("row_form", "How do the cells of a row come?", row_form),
    Question("envelope", "What is around the rows of a page?", envelope),
    Question("total_key", "Which key marks totals?", total_key),
    Question("unasked_total", "What is there where no totals are asked for?", unasked_total),
    Question("labels", "What are labels?", labels),
    Question("subtotals", "How many levels of subtotals are there?", subtotals),
    Question("numbers", "Are numbers texts or JSON numbers?", number_type),
    Question("durations", "How are durations written?", durations),
    Question("percentages", "How are percentages written?", percentages),
    Question("nothing", "What stands for no value?", nothing),
    Question("count", "Is the count of rows the true one beyond 10,000?", count),
    Question("counted_pages", "Which pages count the rows?", counted_pages),
    Question("page_count", "Are pages counted by the size asked for?", page_count),
    Question("empty", "How does a report without rows look?", empty),
    Question("empty_pages", "How many pages does a report without rows have?", empty_pages),
)
