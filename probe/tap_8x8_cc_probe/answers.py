"""What the API answered, in its own forms: nothing is put right here, forms are looked for."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.records.columns import END_KEY, START_KEY

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tap_8x8_cc.api.tape import Exchange
    from tap_8x8_cc.model.reports import ReportRequest

MARKS = ("total", "totals")
"""Keys that may mark a row as a total."""
NOTHING = {"": "empty", "-": "dash", "n/a": "na", "null": "text null", "nan": "nan"}
"""Texts that stand for no value, by their names."""
_INTEGER = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?")
_CLOCK = re.compile(r"-?[0-9]+:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a row: its key, its label where there is one, its value as it came."""

    key: str
    label: Any
    value: Any


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of a JSON page.

    Args:
        form: How its cells come: `list`, `object`, or `flat`, without `items` around them.
        cells: The cells, in order.
        mark_key: The key that marks totals, where there is one.
        mark: What stands there.
    """

    form: str
    cells: tuple[Cell, ...]
    mark_key: str | None
    mark: Any

    @property
    def values(self) -> dict[str, Any]:
        """The values by key."""
        return {cell.key: cell.value for cell in self.cells}

    @property
    def total_type(self) -> str | None:
        """The type of total that the row is marked as; None: an ordinary row."""
        kind = self.mark.get("type") if isinstance(self.mark, dict) else self.mark
        return kind.lower() if isinstance(kind, str) and kind.lower().endswith("total") else None


@dataclass(slots=True)
class Sight:
    """What was seen of one report.

    Attributes:
        request: What was asked for.
        exchanges: What was asked of it and answered.
        why_not: Why it was not had whole; empty where it was.
    """

    request: ReportRequest | None = None
    exchanges: list[Exchange] = field(default_factory=list)
    why_not: str = ""

    @property
    def created(self) -> Exchange | None:
        """The answer to its creation, where that went well."""
        return next((e for e in self.exchanges if e.creates and e.went_well), None)

    @property
    def pages(self) -> list[Exchange]:
        """The JSON pages of it that were given."""
        return [e for e in self.exchanges if e.path.endswith("/data") and e.went_well]

    @property
    def csv(self) -> Table | None:
        """Its download, where there is one that can be read."""
        found = [e for e in self.exchanges if "/download" in e.path and e.went_well]
        return read_csv(found[-1].body) if found else None

    @property
    def rows(self) -> list[RawRow]:
        """The rows of its pages."""
        return [row for page in self.pages for row in read_rows(read_json(page.body))[1]]

    @property
    def ordinary(self) -> list[RawRow]:
        """The rows that are no totals."""
        return [row for row in self.rows if row.total_type is None]


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV: whether it begins with a byte-order mark, its header, its rows."""

    mark: bool
    header: list[str]
    rows: list[list[str]]


def read_json(body: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    """Read a body; None where it is no JSON."""
    try:
        return json.loads(body.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None


def read_rows(value: Any) -> tuple[str, list[RawRow]]:  # noqa: ANN401 - likewise
    """Read a page of rows.

    Returns:
        The key of the object around the array, empty where there is none; and the rows.
    """
    if isinstance(value, dict):
        lists = [(key, member) for key, member in value.items() if isinstance(member, list)]
        wrapper, value = lists[0] if lists else ("", [])
        return wrapper, list(_rows(value))
    return "", list(_rows(value))


def _rows(value: Any) -> Iterator[RawRow]:  # noqa: ANN401 - likewise
    for row in value if isinstance(value, list) else []:
        if not isinstance(row, dict):
            continue
        key = next((name for name in MARKS if name in row), None)
        items = row.get("items")
        if isinstance(items, list):
            objects = [item for item in items if isinstance(item, dict)]
            cells = [Cell(str(i.get("key")), i.get("label"), i.get("value")) for i in objects]
            yield RawRow("list", tuple(cells), key, row.get(key or ""))
        elif isinstance(items, dict):
            cells = [Cell(name, None, item) for name, item in items.items()]
            yield RawRow("object", tuple(cells), key, row.get(key or ""))
        else:
            marks = (
                {key} if key and (row[key] is None or isinstance(row[key], bool | dict)) else set()
            )
            cells = [Cell(name, None, item) for name, item in row.items() if name not in marks]
            yield RawRow("flat", tuple(cells), key if marks else None, row.get(key or ""))


def read_csv(body: bytes) -> Table | None:
    """Read a download; None where it is no CSV with a header."""
    mark = body.startswith(codecs.BOM_UTF8)
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (ValueError, csv.Error):
        return None
    lines = [line for line in lines if line]
    return Table(mark, lines[0], lines[1:]) if lines else None


def number_form(value: Any) -> str | None:  # noqa: ANN401 - likewise
    """Name the form in which a metric's value is written; None where it is none."""
    if isinstance(value, bool) or value is None:
        return None
    text = str(value).strip()
    if text.lower() in NOTHING:
        return None
    if text.endswith("%"):
        return "sign"
    if _INTEGER.fullmatch(text):
        return "integer"
    if _DECIMAL.fullmatch(text):
        return "decimal"
    return "clock" if _CLOCK.fullmatch(text) else "other"


def nothing_form(value: Any) -> str | None:  # noqa: ANN401 - likewise
    """Name what stands for no value; None where there is one."""
    if value is None:
        return "null"
    return NOTHING.get(value.strip().lower()) if isinstance(value, str) else None


def is_time(key: str) -> bool:
    """Tell whether a key holds the begin or the end of a bucket."""
    return key in {START_KEY, END_KEY}
