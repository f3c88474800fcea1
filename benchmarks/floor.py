"""The floor: what decoding and encoding the same bytes costs, and what fetching them does.

A process of its own, so that nothing else is measured. It writes one line: the seconds of CPU time
that the loop took, or the number of rows that it fetched.
"""

from __future__ import annotations

import csv
import io
import json
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, cast

import msgspec

from benchmarks.data import KEYS, prepare
from benchmarks.measure import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def command(task: str, form: str, *more: str | int) -> list[str]:
    """Return the command for a task: `convert` or `fetch`, of `json` or `csv`."""
    return [sys.executable, "-m", "benchmarks.floor", task, form, *map(str, more)]


def convert(form: str, rows: int, windows: int) -> float:
    """Decode all rows and encode each as a JSON line of 36 cells; give the CPU seconds.

    Args:
        form: `json` or `csv`.
        rows: Rows a window.
        windows: Number of windows.
    """
    prepared = prepare(rows)
    if form == "json":
        bodies = [prepared.page(number, FIRST_DAY) for number in range(len(prepared.pages))]
    else:
        bodies = [b"".join(prepared.csv(FIRST_DAY))]
    decode = _json_rows if form == "json" else _csv_rows
    encode = msgspec.json.Encoder().encode
    with Path(os.devnull).open("wb") as sink:
        began = time.process_time()
        for _ in range(windows):
            for body in bodies:
                for row in decode(body):
                    sink.write(encode(row))
                    sink.write(b"\n")
        return time.process_time() - began


def fetch(form: str, origin: str, windows: int) -> int:
    """Fetch and decode all rows with `requests`, one request after the other; give their number."""
    import requests  # noqa: PLC0415 - no part of what `convert` measures

    from benchmarks.server import BASE  # noqa: PLC0415 - likewise

    base, count = f"{origin}{BASE}", 0
    with requests.Session() as session:
        for _ in range(windows):
            created = {"dateRange": {"start": FIRST_DAY.isoformat()}}
            report = session.post(base, json=created, timeout=60).json()["id"]
            if form == "json":
                number, pages = 0, 1
                while number < pages:
                    query = {"page": str(number), "size": "1000"}
                    answer = session.get(f"{base}/{report}/data", params=query, timeout=60)
                    count += len(msgspec.json.decode(answer.content))
                    number, pages = number + 1, int(answer.headers["X-Total-Pages"])
            else:
                with session.get(f"{base}/{report}/download", stream=True, timeout=60) as answer:
                    answer.raw.auto_close = False  # or the last lines are lost
                    text = io.TextIOWrapper(cast("BinaryIO", answer.raw), encoding="utf-8")
                    count += len(list(map(len, csv.reader(text)))) - 1
    return count


def _json_rows(body: bytes) -> Iterator[dict[str, str | None]]:
    for row in msgspec.json.decode(body):
        yield {cell["key"]: cell["value"] for cell in row["items"]}


def _csv_rows(body: bytes) -> Iterable[dict[str, str]]:
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline=""))
    next(rows)
    return (dict(zip(KEYS, row, strict=True)) for row in rows)


def main() -> None:
    """Do the task of the command line."""
    task, form, *rest = sys.argv[1:]
    found: object
    if task == "convert":
        found = convert(form, int(rest[0]), int(rest[1]))
    else:
        found = fetch(form, rest[0], int(rest[1]))
    sys.stdout.write(json.dumps(found) + "\n")


if __name__ == "__main__":
    main()
