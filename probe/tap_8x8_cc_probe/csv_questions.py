"""Questions about the CSV download, as against the JSON of the same report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.metrics import Kind, summary_kind
from tap_8x8_cc_probe.answers import is_time, read_json, read_rows
from tap_8x8_cc_probe.findings import Found, NotToldError, Question, told
from tap_8x8_cc_probe.row_questions import forms_found, nothing_found

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tap_8x8_cc_probe.answers import Sight, Table
    from tap_8x8_cc_probe.seen import Seen


def trust(seen: Seen) -> Found:
    """Tell whether the CSV can be shown to hold what the JSON holds."""
    doubt = seen.sync.doubt if seen.sync else None
    if doubt is None:
        _csv(seen)
        raise NotToldError("the report had but one page, so that no CSV was needed")
    return Found("doubted", f"not for sure: {doubt}") if doubt else Found("agrees", "yes")


def header(seen: Seen) -> Found:
    """Tell whether its header names labels or keys."""
    sight, table = _csv(seen)
    keys, labels = _names(sight)
    if set(table.header) == set(keys):
        same = keys == labels and any(cell.label for cell in sight.ordinary[0].cells)
        return Found(
            "either" if same else "key", "keys and labels are the same" if same else "keys"
        )
    if set(table.header) == set(labels):
        return Found("label", "labels")
    return Found("other", "neither keys nor labels of the JSON; JSON pages are read")


def column_order(seen: Seen) -> Found:
    """Tell whether its columns have the order of the JSON."""
    sight, table = _csv(seen)
    same = table.header in _names(sight)
    return Found("same" if same else "other", "yes" if same else "no")


def row_order(seen: Seen) -> Found:
    """Tell whether its rows have the order of the JSON, by their times and dimensions."""
    sight, table = _csv(seen)
    keys, labels = _names(sight)
    metrics = set(sight.request.metrics if sight.request else ())
    telling = [
        (key, place)
        for key, label in zip(keys, labels, strict=True)
        if key not in metrics and (place := _place(table, key, label)) is not None
    ]
    told(telling, "its columns are not those of the JSON")
    page = read_rows(read_json(sight.pages[0].body))[1]
    first = [[_text(row.values.get(key)) for key, _ in telling] for row in page]
    rows = [[row[place] for _, place in telling] for row in table.rows[: len(first)]]
    told(rows, "it has no rows")
    same = first[: len(rows)] == rows
    return Found("same" if same else "other", "yes" if same else "no")


def mark(seen: Seen) -> Found:
    """Tell whether it begins with a byte-order mark."""
    found = _csv(seen)[1].mark
    return Found(found, "yes" if found else "no")


def durations(seen: Seen) -> Found:
    """Tell how it writes durations."""
    return forms_found(_cells(seen, Kind.DURATION), "duration")


def percentages(seen: Seen) -> Found:
    """Tell how it writes percentages."""
    return forms_found(_cells(seen, Kind.PERCENTAGE), "percentage")


def nothing(seen: Seen) -> Found:
    """Tell what it writes for no value."""
    return nothing_found(cell for kind in Kind for cell in _cells(seen, kind))


def totals(seen: Seen) -> Found:
    """Tell whether rows of totals can be told from others."""
    sight = seen.sight("totals")
    table = sight.csv
    if table is None:
        raise NotToldError(sight.why_not or "no download")
    rows = sight.rows
    told(any(row.total_type for row in rows), "no row of a total came")
    if len(table.header) > len(rows[0].cells):
        return Found("marked", "yes, by a column of their own; JSON pages are read")
    if len(table.rows) < len(rows):
        return Found("left out", "it holds none; JSON pages are read")
    return Found("unmarked", "no; JSON pages are read where totals are asked for")


def _csv(seen: Seen) -> tuple[Sight, Table]:
    sight = seen.sight("days")
    table = sight.csv
    if table is None or not sight.ordinary:
        raise NotToldError(sight.why_not or "no download")
    return sight, table


def _names(sight: Sight) -> tuple[list[str], list[str]]:
    """Return the keys of a report's rows, and their labels, the key where there is none."""
    cells = sight.ordinary[0].cells
    return [c.key for c in cells], [c.label if isinstance(c.label, str) else c.key for c in cells]


def _place(table: Table, key: str, label: str) -> int | None:
    return next((table.header.index(n) for n in (key, label) if n in table.header), None)


def _cells(seen: Seen, kind: Kind) -> list[str]:
    """Return the cells of the metrics of a kind."""
    sight, table = _csv(seen)
    keys, labels = _names(sight)
    places = [
        _place(table, key, label)
        for key, label in zip(keys, labels, strict=True)
        if not is_time(key) and _is_metric(sight, key) and summary_kind(key) is kind
    ]
    return [row[p] for row in table.rows for p in places if p is not None and p < len(row)]


def _is_metric(sight: Sight, key: str) -> bool:
    return sight.request is not None and key in sight.request.metrics


def _text(value: Any) -> str:  # noqa: ANN401 - JSON is anything
    return "" if value is None else str(value)


QUESTIONS: Iterable[Question] = (
    Question("csv", "Does the CSV hold what the JSON holds?", trust),
    Question("csv_header", "Does the CSV's header name keys or labels?", header),
    Question("csv_columns", "Do the CSV's columns have the JSON's order?", column_order),
    Question("csv_rows", "Do the CSV's rows have the JSON's order?", row_order),
    Question("csv_mark", "Does the CSV begin with a byte-order mark?", mark),
    Question("csv_durations", "How does the CSV write durations?", durations),
    Question("csv_percentages", "How does the CSV write percentages?", percentages),
    Question("csv_nothing", "What does the CSV write for no value?", nothing),
    Question("csv_totals", "Does the CSV mark rows of totals?", totals),
)
