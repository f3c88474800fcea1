"""Questions about the CSV download, compared with the JSON of the same report."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.metrics import Kind, summary_kind
from tap_8x8_cc.records.values import PARSERS
from tap_8x8_cc_probe.answers import TIMES, nothing_form, read_rows, start_of
from tap_8x8_cc_probe.asking import RECORD_LIMIT
from tap_8x8_cc_probe.findings import Copes, Found, NotSeenError, question, require
from tap_8x8_cc_probe.row_questions import forms_found, nothing_found

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

    from tap_8x8_cc_probe.answers import Sight, Table
    from tap_8x8_cc_probe.experiments import Seen

_BUCKETS = {"day": "totals", "week": "days", "month": "days", "year": "days", "none": "days"}
"""The report whose rows lie in at most one bucket of a granularity."""


@question("csv", "Does the CSV hold what the JSON holds?")
def _trust(seen: Seen) -> Found:
    sight, table = _csv(seen)
    doubt = _doubt(sight, table, seen.zone)
    if not doubt:
        return Found("agrees", "yes")
    granularity = seen.settings.granularity.value
    rows = seen.sight(_BUCKETS.get(granularity, "")).count
    if rows < RECORD_LIMIT:
        return Found("doubted", f"not for sure: {doubt}; the tap reads JSON pages, in parts")
    text = (
        f"not for sure: {doubt}; and JSON does not hold the {rows:,} rows of one {granularity}: "
        "set a finer granularity, or filters"
    )
    return Found("doubted", text, Copes.SETTING)


def _doubt(sight: Sight, table: Table, zone: ZoneInfo | None) -> str:
    """Return why a CSV does not show that it holds the rows of the JSON; empty if it does."""
    keys, labels = _names(sight)
    if sorted(table.header) not in (sorted(keys), sorted(labels)):
        return "its header names neither the keys nor the labels of the JSON"
    if len(set(table.header)) < len(table.header):
        return "two of its columns have one name"
    capped = sight.count == RECORD_LIMIT < len(table.rows)
    if sight.count and sight.count != len(table.rows) and not capped:
        return f"it has {len(table.rows):,} rows, JSON counts {sight.count:,}"
    names = dict(zip(table.header, table.header, strict=True))
    names |= dict(zip(labels, keys, strict=True)) if table.header != keys else {}
    columns = [names[name] for name in table.header]
    held = defaultdict[tuple[Any, ...], list[tuple[Any, ...]]](list)
    for line in table.rows:
        identity, figures = _compared(dict(zip(columns, line, strict=False)), sight, zone)
        held[identity].append(figures)
    for row in sight.ordinary:
        identity, figures = _compared(row.values, sight, zone)
        if figures not in held[identity]:
            return "a row has other values" if held[identity] else "a row of the JSON is not in it"
        held[identity].remove(figures)
    return ""


def _compared(
    values: Mapping[str, Any], sight: Sight, zone: ZoneInfo | None
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    """Return what identifies a row, and its figures, however either is written."""
    identity = tuple(_dimension(values.get(key)) for key in sight.dimensions)
    times = tuple(start_of(values[key], zone) for key in TIMES if key in values)
    return (*times, *identity), tuple(
        _figure(metric, values.get(metric)) for metric in sight.metrics
    )


def _dimension(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    return "" if nothing_form(value) else str(value)


def _figure(metric: str, value: Any) -> object:  # noqa: ANN401 - JSON is anything
    try:
        return PARSERS[summary_kind(metric)](value)
    except ValueError:
        return str(value)


@question("csv_header", "Does the CSV's header name keys or labels?")
def _header(seen: Seen) -> Found:
    sight, table = _csv(seen)
    keys, labels = _names(sight)
    if set(table.header) == set(keys):
        if keys == labels and any(cell.label for cell in sight.ordinary[0].cells):
            return Found("either", "keys and labels are the same")
        return Found("key", "keys")
    if set(table.header) == set(labels):
        return Found("label", "labels")
    return Found("other", "neither keys nor labels of the JSON")


@question("csv_columns", "Do the CSV's columns have the JSON's order?")
def _column_order(seen: Seen) -> Found:
    sight, table = _csv(seen)
    same = table.header in _names(sight)
    return Found("same" if same else "other", "yes" if same else "no")


@question("csv_rows", "Do the CSV's rows have the JSON's order?")
def _row_order(seen: Seen) -> Found:
    sight, table = _csv(seen)
    places = {key: p for key, p in _places(sight, table).items() if key not in sight.metrics}
    require(places, "its columns are not those of the JSON")
    page = read_rows(sight.pages[0].json)[1]
    first = [[str(row.values.get(key) or "") for key in places] for row in page]
    rows = [[line[place] for place in places.values()] for line in table.rows[: len(first)]]
    require(rows, "it has no rows")
    same = first[: len(rows)] == rows
    return Found("same" if same else "other", "yes" if same else "no")


@question("csv_mark", "Does the CSV start with a byte-order mark?")
def _mark(seen: Seen) -> Found:
    found = _csv(seen)[1].mark
    return Found(found, "yes" if found else "no")


@question("csv_durations", "How does the CSV write durations?")
def _durations(seen: Seen) -> Found:
    return forms_found(_cells(seen, Kind.DURATION))


@question("csv_percentages", "How does the CSV write percentages?")
def _percentages(seen: Seen) -> Found:
    return forms_found(_cells(seen, Kind.PERCENTAGE), integer="whole numbers")


@question("csv_nothing", "What does the CSV write for no value?")
def _nothing(seen: Seen) -> Found:
    return nothing_found(cell for kind in Kind for cell in _cells(seen, kind))


@question("csv_totals", "Does the CSV mark rows of totals?")
def _totals(seen: Seen) -> Found:
    sight = seen.sight("totals")
    table = sight.csv
    if table is None:
        raise NotSeenError(sight.why_not or "no download")
    require(any(row.total_type for row in sight.rows), "no row of a total was seen")
    if len(table.header) > len(sight.rows[0].cells):
        return Found("marked", "yes, by a column; the tap reads JSON pages")
    if len(table.rows) < len(sight.rows):
        return Found("left out", "it has none; the tap reads JSON pages")
    return Found("unmarked", "no; the tap reads JSON pages if it asks for totals")


def _csv(seen: Seen) -> tuple[Sight, Table]:
    sight = seen.sight("days")
    if sight.csv is None or not sight.ordinary:
        raise NotSeenError(sight.why_not or "no download")
    return sight, sight.csv


def _names(sight: Sight) -> tuple[list[str], list[str]]:
    """Return the keys of a report's rows, and their labels, the key if there is none."""
    cells = sight.ordinary[0].cells
    return [c.key for c in cells], [c.label if isinstance(c.label, str) else c.key for c in cells]


def _places(sight: Sight, table: Table) -> dict[str, int]:
    """Return the place of each key's column."""
    names = {key: (key, label) for key, label in zip(*_names(sight), strict=True)}
    places = {
        key: next((table.header.index(name) for name in either if name in table.header), None)
        for key, either in names.items()
    }
    return {key: place for key, place in places.items() if place is not None}


def _cells(seen: Seen, kind: Kind) -> list[str]:
    """Return the cells of the metrics of a kind."""
    sight, table = _csv(seen)
    places = _places(sight, table)
    wanted = [places[m] for m in sight.metrics if m in places and summary_kind(m) is kind]
    return [line[place] for line in table.rows for place in wanted if place < len(line)]
