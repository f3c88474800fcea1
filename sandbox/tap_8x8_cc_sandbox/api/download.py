"""A report as a file: CSV in pieces, or an XLSX workbook."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

import xlsxwriter  # type: ignore[import-untyped]

from tap_8x8_cc_sandbox.api.formats import Cell, Layout, csv_forms, detailed_value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tap_8x8_cc_sandbox.api.quirks import Quirks
    from tap_8x8_cc_sandbox.center.model import (
        Column,
        DetailedTable,
        PathNode,
        ReportSpec,
        Row,
        Table,
    )

Line: TypeAlias = list[Cell]

SCRIPT_PATHS_COLUMNS = (
    "Path ID",
    "Parent Path ID",
    "Script ID",
    "Script Name",
    "Node Type",
    "Node Label",
    "Depth",
    "Count",
    "Terminal",
)
TOTAL_COLUMN = "Total"
LATE_FROM = 1000
"""Index of the first row that is wrong where a download disagrees late."""
_PIECE = 500


def csv_pieces(content: Iterator[Line], *, mark: bool) -> Iterator[bytes]:
    """Yield a CSV file piece by piece, with a byte-order mark if asked for."""
    if mark:
        yield b"\xef\xbb\xbf"
    while piece := list(islice(content, _PIECE)):
        buffer = io.StringIO(newline="")
        csv.writer(buffer).writerows(piece)
        yield buffer.getvalue().encode()


def workbook(content: Iterator[Line]) -> bytes:
    """Return an XLSX file with one sheet."""
    buffer = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(buffer, options) as book:
        sheet = book.add_worksheet("Report")
        for index, line in enumerate(content):
            sheet.write_row(index, 0, ["" if cell is None else cell for cell in line])
    return buffer.getvalue()


def _names(columns: Iterable[Column], quirks: Quirks) -> Line:
    return [column.key if quirks.csv_header == "key" else column.label for column in columns]


def summary_lines(
    table: Table, rows: Iterable[Row], spec: ReportSpec, quirks: Quirks
) -> Iterator[Line]:
    """Yield the lines of a summary report."""
    layout = Layout(table, spec, quirks)
    marked = layout.has_totals and quirks.csv_totals == "marked"
    yield [*([TOTAL_COLUMN] if marked else []), *_names(layout.columns, quirks)]
    cells = layout.cells(csv_forms(quirks))
    for row in _disagreeing(rows, quirks):
        line = _guarded(cells(row)) if quirks.csv_guard else cells(row)
        yield [row.total.type if row.total else "", *line] if marked else line


def _guarded(line: Line) -> Line:
    """Put an apostrophe before what a spreadsheet would take for a formula."""
    return [
        f"'{cell}" if isinstance(cell, str) and cell.startswith(("+", "=", "@", "-")) else cell
        for cell in line
    ]


def _disagreeing(rows: Iterable[Row], quirks: Quirks) -> Iterable[Row]:
    """Return the rows as the download has them, which may differ from JSON's."""
    wrong = quirks.csv_disagrees
    if wrong == "order":
        return reversed(list(rows))
    if wrong in {"values", "late"}:
        right = LATE_FROM if wrong == "late" else 0
        return (row if index < right else _altered(row) for index, row in enumerate(rows))
    return rows


def _altered(row: Row) -> Row:
    return replace(row, values=tuple(1 if value is None else value + 1 for value in row.values))


def detailed_lines(table: DetailedTable, quirks: Quirks) -> Iterator[Line]:
    """Yield the lines of a detailed report."""
    forms = csv_forms(quirks)
    yield _names(table.columns, quirks)
    for row in table.rows:
        yield [
            _flat(detailed_value(value, column.kind, forms, ongoing=False))
            for column, value in zip(table.columns, row, strict=True)
        ]


def _flat(value: object) -> Cell:
    """Return a value of a detailed report as one cell."""
    if isinstance(value, list):
        if all(isinstance(entry, str) for entry in value):
            return ", ".join(value)
        return json.dumps(value, ensure_ascii=False)
    return value if isinstance(value, str | int | float) else ""


def script_lines(nodes: list[PathNode], quirks: Quirks) -> Iterator[Line]:
    """Yield the lines of a report of script paths."""
    root = "" if quirks.script_root == "empty" else quirks.script_root
    yield list(SCRIPT_PATHS_COLUMNS)
    for node in nodes:
        yield [
            node.path_id,
            node.parent_path_id or (node.path_id if root == "itself" else root),
            node.script_id,
            node.script_name,
            node.node_type,
            node.node_label,
            node.depth,
            node.count,
            "true" if node.terminal else "false",
        ]
