"""The JSON of a report's rows, one page at a time, and the query that asks for a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.api.errors import ApiError, BadRequestError
from tap_8x8_cc_sandbox.api.formats import Layout, detailed_value, json_forms

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from tap_8x8_cc_sandbox.api.quirks import Quirks
    from tap_8x8_cc_sandbox.center.model import Column, DetailedTable, ReportSpec, Row, Table, Total

MOST_RECORDS = 10_000
"""Records of a summary report that can be read as JSON."""
DEFAULT_SIZE = 100
MOST_SIZE = 1000


def number(request: Request, name: str, default: int) -> int:
    """Return a whole number of the query."""
    text = request.query_params.get(name)
    try:
        return default if text is None else int(text)
    except ValueError:
        raise BadRequestError(f"{name} must be a whole number.") from None


def page_size(request: Request, quirks: Quirks) -> int:
    """Return the number of rows on a page."""
    size = number(request, "size", DEFAULT_SIZE)
    if not quirks.least_page_size <= size <= MOST_SIZE:
        raise BadRequestError(f"size must be {quirks.least_page_size} to {MOST_SIZE}.")
    return size


def check_reach(first: int, rows: int, quirks: Quirks) -> None:
    """Refuse a page that JSON does not give."""
    if first < 0 or first >= MOST_RECORDS:
        raise BadRequestError(f"page is out of the first {MOST_RECORDS} records.")
    if quirks.large_reports == "refused" and rows > MOST_RECORDS:
        raise BadRequestError(f"the report has more than {MOST_RECORDS} records.")
    if first and first >= rows and quirks.past_end != "empty":
        raise ApiError(int(quirks.past_end), "There is no such page.")


def summary_page(
    table: Table, spec: ReportSpec, quirks: Quirks, first: int, size: int
) -> list[dict[str, Any]]:
    """Return the JSON records of a page, none beyond the 10,000th."""
    layout = Layout(table, spec, quirks)
    cells = layout.cells(json_forms(quirks))
    as_list = quirks.items == "list"
    totals_as_list = quirks.items in {"list", "mixed"}
    write_list = _list_writer(layout.columns, quirks)
    keys = [column.key for column in layout.columns]
    records = []
    for row in table.rows[max(first, 0) : min(first + size, MOST_RECORDS)]:
        listed = as_list or (totals_as_list and row.total is not None)
        items = write_list(cells(row)) if listed else dict(zip(keys, cells(row), strict=True))
        records.append(_record(row, items, quirks, asked=layout.has_totals))
    return records


def page_counts(rows: int, size: int, quirks: Quirks) -> tuple[int, int]:
    """Return what the headers say of a report: its elements and its pages."""
    elements = min(rows, MOST_RECORDS) if quirks.total_elements == "capped" else rows
    size = DEFAULT_SIZE if quirks.total_pages == "by_default" else size
    pages = -(-elements // size) if elements else quirks.empty_total_pages
    return elements, pages


def counts(page: int, elements: int, pages: int, size: int, quirks: Quirks) -> dict[str, str]:
    """Return the headers that count, as far as a page carries them."""
    headers = {"X-Page": str(page), "X-Page-Size": str(size)}
    if quirks.count_headers == "all" or (quirks.count_headers == "first" and not page):
        headers |= {"X-Total-Pages": str(pages), "X-Total-Elements": str(elements)}
    return headers


def moved(first: int, turned: bool, quirks: Quirks) -> int:  # noqa: FBT001 - one of two states
    """Return the index of the row with which a page begins, as rows may move meanwhile."""
    if not first or turned:
        return first
    return first + {"still": 0, "repeated": -1, "shifted": 1}[quirks.live_rows]


def wrapped(records: list[dict[str, Any]], quirks: Quirks) -> object:
    """Return the array of rows, in what it stands in."""
    name = quirks.data_wrapper
    return records if name == "none" else {name: records, "size": len(records)}


def detailed_page(
    table: DetailedTable, quirks: Quirks, first: int, size: int
) -> list[dict[str, Any]]:
    """Return the JSON records of a page of a detailed report."""
    forms = json_forms(quirks)
    ongoing = quirks.detailed_values == "ongoing"
    return [
        {
            "items": [
                {
                    "key": column.key,
                    "label": column.label,
                    "value": detailed_value(value, column.kind, forms, ongoing=ongoing),
                }
                for column, value in zip(table.columns, row, strict=True)
            ]
        }
        for row in table.rows[first : first + size]
    ]


def _record(row: Row, items: Any, quirks: Quirks, *, asked: bool) -> dict[str, Any]:  # noqa: ANN401 - JSON
    cells = items if quirks.items == "flat" else {"items": items}
    if not asked and quirks.unasked_total == "absent":
        return dict(cells)
    if not asked and quirks.unasked_total == "false":
        return {quirks.total_key: False, **cells}
    if quirks.items == "flat":
        return {quirks.total_key: _total(row.total), **cells}
    return {quirks.total_key: _total(row.total), "items": items}


def _total(total: Total | None) -> dict[str, Any] | None:
    if total is None:
        return None
    return {"type": total.type, "startIndex": total.start_index, "endIndex": total.end_index}


def _list_writer(columns: tuple[Column, ...], quirks: Quirks) -> Callable[[list[Any]], object]:
    heads: list[tuple[str, object]] = [
        (c.key, {"text": c.label, "number": number, "object": {"en": c.label}}[quirks.labels])
        for number, c in enumerate(columns)
    ]
    return lambda cells: [
        {"key": key, "label": label, "value": cell}
        for (key, label), cell in zip(heads, cells, strict=True)
    ]
