"""Rows of a report, prepared before any clock starts: only their two dates are filled in later.

Row `i` of a report is the same in each of its windows and in each form, but for its day. The rows
of a day stand together, and its first is the first of a page where a page holds a day.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

PAGE_ROWS = 1000
PAGE_SIZES = (PAGE_ROWS, 100)
"""What the tap asks for: whole pages, and small ones to hold a CSV against."""
RECORD_LIMIT = 10_000
"""Rows that JSON pages give at most."""
WINDOW_DAYS = 28
DIMENSIONS = ("media", "channel", "queue", "queueId")
COUNTS = (
    *("abandoned", "accepted", "alerting", "assignedInteractions", "blindTransferToAgent"),
    *("blindTransferToQueue", "hold", "presented", "rejectTimeout", "rejected"),
    *("transfersInitiated", "transfersReceived", "warmTransfersCompleted"),
)
DURATIONS = (
    *("avgBusyTime", "avgFocusTime", "avgHandlingTime", "avgHoldTime", "avgSpeedToAnswer"),
    *("avgWrapUpTime", "busyTime", "focusTime", "handlingTime", "holdTime", "longestHoldTime"),
    *("offeringTime", "wrapUpTime"),
)
PERCENTAGES = (
    *("abandonedPercentage", "acceptedPercentage", "rejectedPercentage"),
    "transfersInitiatedPercentage",
)
METRICS = (*COUNTS, *DURATIONS, *PERCENTAGES)
KEYS = ("startTime", "endTime", *DIMENSIONS, *METRICS)
_MEDIA = ("Phone", "Chat", "Email", "VoiceMail")
_VARIANTS = 997
"""Different sets of figures; a prime, so that they meet other dimensions each time."""
_MULTIPLIER = 2_654_435_761
"""Knuth's: spreads successive numbers over 32 bits."""


@dataclass(frozen=True, slots=True)
class Block:
    """The rows of one day in one document, without their dates.

    Args:
        day: Days since the first of the window.
        pieces: The text between the pairs of dates.
        between: The text between the two dates of a pair.
    """

    day: int
    pieces: tuple[bytes, ...]
    between: bytes

    def dated(self, first: date) -> bytes:
        """Fill in the dates, for a window that begins on `first`."""
        start = first + timedelta(days=self.day)
        end = start + timedelta(days=1)
        pair = start.isoformat().encode() + self.between + end.isoformat().encode()
        return pair.join(self.pieces)


@dataclass(frozen=True, slots=True)
class Prepared:
    """A report of `rows` rows a window.

    Args:
        rows: Rows in each window.
        pages: The JSON pages of each size, up to the limit.
        table: The CSV.
    """

    rows: int
    pages: dict[int, tuple[tuple[Block, ...], ...]]
    table: tuple[Block, ...]

    def page(self, number: int, first: date, size: int = PAGE_ROWS) -> bytes:
        """Return a JSON page of `size` rows, which is one of PAGE_SIZES."""
        pages = self.pages[size]
        blocks = pages[number] if number < len(pages) else ()
        return b"[" + b",".join(block.dated(first) for block in blocks) + b"]"

    def csv(self, first: date) -> list[bytes]:
        """Return the CSV, in pieces."""
        header = ",".join(map(label, KEYS)).encode() + b"\r\n"
        return [header, *(block.dated(first) for block in self.table)]


def prepare(rows: int) -> Prepared:
    """Prepare a report of so many rows a window."""
    days = max(PAGE_ROWS, -(-rows // WINDOW_DAYS))
    readable = range(min(rows, RECORD_LIMIT))
    figures = [figures_of(variant) for variant in range(_VARIANTS)]
    json_row, csv_row = _json_writer(figures), _csv_writer(figures)
    between = f'T00:00Z"}},{_cell_head("endTime")}'.encode()

    def pages(size: int) -> tuple[tuple[Block, ...], ...]:
        parts = (readable[at : at + size] for at in range(0, len(readable), size))
        return tuple(tuple(_blocks(part, days, json_row, between)) for part in parts)

    return Prepared(
        rows,
        {size: pages(size) for size in PAGE_SIZES},
        tuple(_blocks(range(rows), days, csv_row, b"T00:00Z,")),
    )


def figures_of(variant: int) -> list[str]:
    """Return a set of values of the metrics: counts, milliseconds and percentages, as texts."""
    noise = [
        (variant * len(METRICS) + place + 1) * _MULTIPLIER >> 8 & 0xFFFFFF
        for place in range(len(METRICS))
    ]
    counts, rest = noise[: len(COUNTS)], noise[len(COUNTS) :]
    return [
        *(str(value % 40) for value in counts),
        *(str(value % 600_000) for value in rest[: len(DURATIONS)]),
        *(f"{value % 10_000 / 100:.2f}" for value in rest[len(DURATIONS) :]),
    ]


def dimensions_of(row: int) -> tuple[str, str, str, str]:
    """Return the dimensions of a row: no two rows of a day have the same."""
    return _MEDIA[row % 4], f"channel-{row % 10}", f"Queue {row}", str(100 + row)


def label(key: str) -> str:
    """Return the label of a key: `queueId` is "Queue Id"."""
    return re.sub(r"(?<!^)([A-Z])", r" \1", key).capitalize()


def _blocks(
    rows: Iterable[int], day_rows: int, write: Callable[[int], tuple[bytes, bytes]], between: bytes
) -> Iterable[Block]:
    """Write rows of successive days; what parts two rows belongs to the first of them."""
    for day, numbers in groupby(rows, key=lambda row: row // day_rows):
        texts = [write(row) for row in numbers]
        heads, tails = [head for head, _ in texts], [tail for _, tail in texts]
        glue = b"," if heads[0] else b""
        inner = (tail + glue + head for tail, head in zip(tails, heads[1:], strict=False))
        yield Block(day, (heads[0], *inner, tails[-1]), between)


def _json_writer(figures: Sequence[Sequence[str]]) -> Callable[[int], tuple[bytes, bytes]]:
    head = f'{{"total":null,"items":[{_cell_head("startTime")}'.encode()
    ends = [
        "".join(_cell(key, value) for key, value in zip(METRICS, values, strict=True)) + "]}"
        for values in figures
    ]

    def write(row: int) -> tuple[bytes, bytes]:
        cells = zip(DIMENSIONS, dimensions_of(row), strict=True)
        names = "".join(_cell(key, value) for key, value in cells)
        return head, f'T00:00Z"}}{names}{ends[row % _VARIANTS]}'.encode()

    return write


def _csv_writer(figures: Sequence[Sequence[str]]) -> Callable[[int], tuple[bytes, bytes]]:
    ends = [",".join(values) + "\r\n" for values in figures]

    def write(row: int) -> tuple[bytes, bytes]:
        return b"", f"T00:00Z,{','.join(dimensions_of(row))},{ends[row % _VARIANTS]}".encode()

    return write


def _cell_head(key: str) -> str:
    """Write a cell up to its text."""
    return f'{{"key":"{key}","label":"{label(key)}","value":"'


def _cell(key: str, value: str) -> str:
    return f",{_cell_head(key)}{json.dumps(value)[1:]}}}"
