"""Questions about the CSV download, compared with the JSON of the same report."""

from __future__ import annotations

from collections import Counter
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

_SHORT = frozenset({"15m", "30m", "hour"})
"""Granularities with buckets shorter than a day; longer ones have at least the rows of a day."""


@question("csv", "Does the CSV hold what the JSON holds?")
def _trust(seen: Seen) -> Found:
    sight, table = _csv(seen)
    doubt = _doubt(sight, table, seen.zone)
    if not doubt:
        return Found("agrees", "yes")
    granularity, rows = seen.settings.granularity.value, seen.sight("totals").count
    if rows < RECORD_LIMIT or granularity in _SHORT:
        return Found("doubted", f"not for sure: {doubt}; the tap reads JSON pages, in parts")
    text = (
        f"not for sure: {doubt}; and JSON does not hold the {rows:,} rows of one day: "
        "set a finer granularity, or filters"
    )
    return Found("doubted", text, Copes.SETTING)


def _doubt(sight: Sight, table: Table, zone: ZoneInfo | None) -> str:
    """Return why a CSV does not show that it holds the rows of the JSON; empty if it does."""
    if len(set(table.header)) < len(table.header):
        return "two of its columns have one name"
    if set(table.header) not in (set(sight.names), set(sight.names.values())):
        return "its header names neither the keys nor the labels of the JSON"
    capped = sight.count == RECORD_LIMIT < len(table.rows)
    if sight.count and sight.count != len(table.rows) and not capped:
        return f"it has {len(table.rows):,} rows, JSON counts {sight.count:,}"
    held = Counter(_comparable(row, sight, zone) for row in sight.csv_rows)
    missing = Counter(_comparable(row.values, sight, zone) for row in sight.ordinary) - held
    return "it lacks a row of the JSON, or has other values" if missing else ""


def _comparable(values: Mapping[str, Any], sight: Sight, zone: ZoneInfo | None) -> object:
    """Return what a row says, however it is written."""
    times = [start_of(values.get(key), zone) for key in TIMES]
    names = ["" if nothing_form(v := values.get(key)) else str(v) for key in sight.dimensions]
    return (*times, *names, *(_figure(metric, values.get(metric)) for metric in sight.metrics))


def _figure(metric: str, value: Any) -> object:  # noqa: ANN401 - JSON is anything
    try:
        return PARSERS[summary_kind(metric)](value)
    except ValueError:
        return str(value)


@question("csv_header", "Does the CSV's header name keys or labels?")
def _header(seen: Seen) -> Found:
    sight, table = _csv(seen)
    labels, keys = set(sight.names), set(sight.names.values())
    if set(table.header) == keys:
        same = keys == labels and sight.ordinary[0].labels
        return Found("either", "they are the same") if same else Found("key", "keys")
    if set(table.header) == labels:
        return Found("label", "labels")
    return Found("other", "neither keys nor labels of the JSON")


@question("csv_rows", "Do the CSV's rows have the JSON's order?")
def _row_order(seen: Seen) -> Found:
    sight, _ = _csv(seen)
    rows = sight.csv_rows
    keys = [k for k in (*TIMES, *sight.dimensions) if rows and k in rows[0]]
    require(keys, "its columns are not those of the JSON")
    page = read_rows(sight.pages[0].json)[1]
    both = zip(page, rows, strict=False)
    same = all(str(row.values.get(key) or "") == line[key] for row, line in both for key in keys)
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
    if len(table.header) > len(sight.rows[0].values):
        return Found("marked", "yes, by a column; the tap reads JSON pages")
    if len(table.rows) < len(sight.rows):
        return Found("left out", "it has none; the tap reads JSON pages")
    return Found("unmarked", "no; the tap reads JSON pages if it asks for totals")


def _csv(seen: Seen) -> tuple[Sight, Table]:
    sight = seen.sight("days")
    if sight.csv is None or not sight.ordinary:
        raise NotSeenError(sight.why_not or "no download")
    return sight, sight.csv


def _cells(seen: Seen, kind: Kind) -> list[str]:
    """Return the cells of the metrics of a kind."""
    sight, _ = _csv(seen)
    wanted = [metric for metric in sight.metrics if summary_kind(metric) is kind]
    return [row[metric] for row in sight.csv_rows for metric in wanted if metric in row]
