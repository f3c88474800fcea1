"""The API's answers, word for word and in their own forms: nothing is corrected here."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from tap_8x8_cc.model.instants import parse_instant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from requests.structures import CaseInsensitiveDict

TIMES = ("startTime", "endTime")
"""Keys of a bucket's start and end."""
MARKS = ("total", "totals")
"""Keys that may mark a row as a total."""
NOTHING = {"": "empty", "-": "dash", "n/a": "na", "null": "text null", "nan": "nan"}
"""Texts that stand for no value, and their names."""
_FORMS = {
    "sign": re.compile(r".*%"),
    "integer": re.compile(r"[+-]?[0-9]+"),
    "decimal": re.compile(r"[+-]?[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?"),
    "clock": re.compile(r"-?[0-9]+:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?"),
}


_CALLS = frozenset({"types", "create", "status", "data", "download"})


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and its answer."""

    report: str  # the probe's name of the report that it is about
    method: str
    path: str  # below the API's base, such as /17/data
    sent: Any
    status: int
    headers: CaseInsensitiveDict[str]
    body: bytes

    @property
    def call(self) -> str:
        """What it asks for: `types`, `create`, `status`, `data`, `download`, or `details`."""
        last = "create" if self.method == "POST" else self.path.rpartition("/")[2]
        last = last.removeprefix("report-")
        return last if last in _CALLS else "details"

    @property
    def went_well(self) -> bool:
        """Whether the API did what it was asked."""
        return self.status < 300  # noqa: PLR2004

    @property
    def json(self) -> Any:  # noqa: ANN401 - JSON is anything
        """The answer's body; None if it is not JSON."""
        try:
            return json.loads(self.body.decode("utf-8-sig"))
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row of a JSON page."""

    form: str  # of its cells: list, object, or flat, without items around them
    values: dict[str, Any]
    labels: dict[str, Any]
    mark_key: str | None  # the key that marks totals, if there is one
    mark: Any

    @property
    def total_type(self) -> str | None:
        """The type of total that the row is marked as; None: an ordinary row."""
        kind = self.mark.get("type") if isinstance(self.mark, dict) else self.mark
        return kind.lower() if isinstance(kind, str) and kind.lower().endswith("total") else None


@dataclass(frozen=True, slots=True)
class Table:
    """A CSV: whether it starts with a byte-order mark, its header, its rows."""

    mark: bool
    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Sight:
    """What was seen of one report."""

    sent: dict[str, Any] = field(default_factory=dict)  # the body of the create call
    exchanges: list[Exchange] = field(default_factory=list)
    why_not: str = ""  # why it was not read completely

    @property
    def metrics(self) -> list[str]:
        """The metrics asked for."""
        return list(self.sent.get("metrics", ()))

    @property
    def grouping(self) -> str:
        """The grouping asked for; empty if the type has none."""
        return str(self.sent.get("groupBy", {}).get("name", ""))

    @property
    def pages(self) -> list[Exchange]:
        """Its JSON pages."""
        return [e for e in self.exchanges if e.call == "data" and e.went_well]

    @property
    def count(self) -> int:
        """The number of rows by the headers; 0 if they don't count."""
        counts = [page.headers.get("x-total-elements", "") for page in self.pages]
        return max((int(count) for count in counts if count.isdigit()), default=0)

    @cached_property
    def csv(self) -> Table | None:
        """Its download, if there is one that can be read."""
        found = [e for e in self.exchanges if e.call == "download" and e.went_well]
        return read_csv(found[-1].body) if found else None

    @cached_property
    def rows(self) -> list[RawRow]:
        """The rows of its pages."""
        return [row for page in self.pages for row in read_rows(page.json)[1]]

    @property
    def ordinary(self) -> list[RawRow]:
        """The rows that are not totals."""
        return [row for row in self.rows if row.total_type is None]

    @property
    def details(self) -> dict[str, Any]:
        """The report's definition as the API gives it; empty if it was not read."""
        found = [e for e in self.exchanges if e.call == "details" and e.went_well]
        value = found[-1].json if found else None
        return value if isinstance(value, dict) else {}

    @property
    def dimensions(self) -> list[str]:
        """The keys of a row that are neither times nor the metrics asked for."""
        known = {*self.metrics, *TIMES}
        return [key for key in self.ordinary[0].values if key not in known]

    @property
    def names(self) -> dict[str, str]:
        """The keys of a row by their labels; a key that has no label by itself."""
        row = self.ordinary[0]
        labels = {key: row.labels.get(key) for key in row.values}
        return {label if isinstance(label, str) else key: key for key, label in labels.items()}

    @cached_property
    def csv_rows(self) -> list[dict[str, str]]:
        """The rows of the CSV, by the keys that its header names, by themselves or by labels."""
        if not self.csv or not self.ordinary:
            return []
        names = self.names | {key: key for key in self.ordinary[0].values}
        columns = [names.get(name, "") for name in self.csv.header]
        rows = (zip(columns, line, strict=False) for line in self.csv.rows)
        return [{key: cell for key, cell in row if key} for row in rows]


def read_rows(value: Any) -> tuple[str, list[RawRow]]:  # noqa: ANN401 - JSON is anything
    """Return the key of the object around a page's array, empty if there is none, and the rows."""
    wrapper = ""
    if isinstance(value, dict):
        lists = [(key, member) for key, member in value.items() if isinstance(member, list)]
        wrapper, value = lists[0] if lists else ("", [])
    rows = value if isinstance(value, list) else []
    return wrapper, [_row(row) for row in rows if isinstance(row, dict)]


def _row(row: dict[str, Any]) -> RawRow:
    key = next((name for name in MARKS if name in row), None)
    mark, items = row.get(key or ""), row.get("items")
    if isinstance(items, list):
        cells = [item for item in items if isinstance(item, dict)]
        values, labels = ({str(c.get("key")): c.get(n) for c in cells} for n in ("value", "label"))
        return RawRow("list", values, labels, key, mark)
    if isinstance(items, dict):
        return RawRow("object", items, {}, key, mark)
    if not (mark is None or isinstance(mark, bool | dict)):
        key = mark = None  # a metric of that name
    return RawRow("flat", {n: value for n, value in row.items() if n != key}, {}, key, mark)


def read_csv(body: bytes) -> Table | None:
    """Read a download; None if it is not a CSV with a header."""
    mark = body.startswith(codecs.BOM_UTF8)
    try:
        lines = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline=""), strict=True))
    except (ValueError, csv.Error):
        return None
    lines = [line for line in lines if line]
    return Table(mark, lines[0], lines[1:]) if lines else None


def starts(rows: Iterable[RawRow], zone: ZoneInfo) -> list[datetime]:
    """Return the start of each row's bucket; rows without a readable one are left out."""
    found = (start_of(row.values.get(TIMES[0]), zone) for row in rows)
    return [start for start in found if start]


def start_of(value: Any, zone: ZoneInfo | None) -> datetime | None:  # noqa: ANN401 - JSON
    """Read the start of a bucket in UTC; None if it can't be read."""
    try:
        return parse_instant(value, zone)
    except ValueError:
        return None


def number_form(value: Any) -> str | None:  # noqa: ANN401 - JSON is anything
    """Name the form in which a number is written; None if there is no value."""
    if value is None or isinstance(value, bool) or nothing_form(value):
        return None
    text = str(value).strip()
    return next((name for name, form in _FORMS.items() if form.fullmatch(text)), "other")


def nothing_form(value: Any) -> str | None:  # noqa: ANN401 - JSON is anything
    """Name what stands for no value; None if there is a value."""
    if value is None:
        return "null"
    return NOTHING.get(value.strip().lower()) if isinstance(value, str) else None
