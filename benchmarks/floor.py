"""What the tap is compared with: a floor, and the shortest script that does the same.

A process of its own, so that nothing else is measured. The last line that it writes is the seconds
of CPU time that the loop took, or the number of rows that the script wrote.
"""

from __future__ import annotations

import csv
import io
import os
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.data import KEYS, prepare
from benchmarks.measure import FIRST_DAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping


def command(task: str, form: str, *more: str | int) -> list[str]:
    """Return the command for a task: `convert` or `bare`, of `json` or `csv`."""
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


def bare(form: str, origin: str, windows: int) -> None:
    """Fetch, decode, encode and write all rows, as a script without any care would do it.

    One request after the other with `requests`; `orjson`, or `csv.reader` over the whole text; a
    JSON line of 36 texts a row on standard output, and their number in the end.
    """
    import orjson  # noqa: PLC0415 - no part of what `convert` measures
    import requests  # noqa: PLC0415 - only the bare script needs it

    from benchmarks.server import BASE  # noqa: PLC0415 - only the bare script needs it

    base, count, write = f"{origin}{BASE}", 0, sys.stdout.buffer.write
    rows: Iterable[Mapping[str, str | None]]
    with requests.Session() as session:
        for _ in range(windows):
            created = {"dateRange": {"start": FIRST_DAY.isoformat()}}
            report = session.post(base, json=created, timeout=60).json()["id"]
            number, pages = 0, 1
            while number < pages:
                if form == "json":
                    query = {"page": str(number), "size": "1000"}
                    answer = session.get(f"{base}/{report}/data", params=query, timeout=60)
                    pages = int(answer.headers["X-Total-Pages"])
                    rows = _cells(orjson.loads(answer.content))
                else:
                    rows = _csv_rows(session.get(f"{base}/{report}/download", timeout=60).content)
                for row in rows:
                    write(orjson.dumps(row))
                    write(b"\n")
                    count += 1
                number += 1
    write(b"%d\n" % count)


def _cells(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, str | None]]:
    return ({cell["key"]: cell["value"] for cell in row["items"]} for row in rows)


def _json_rows(body: bytes) -> Iterator[dict[str, str | None]]:
    return _cells(msgspec.json.decode(body))


def _csv_rows(body: bytes) -> Iterable[dict[str, str]]:
    rows = csv.reader(io.TextIOWrapper(io.BytesIO(body), encoding="utf-8", newline=""))
    next(rows)
    return (dict(zip(KEYS, row, strict=True)) for row in rows)


def main() -> None:
    """Do the task of the command line."""
    task, form, *rest = sys.argv[1:]
    if task == "convert":
        sys.stdout.write(f"{convert(form, int(rest[0]), int(rest[1]))}\n")
    else:
        bare(form, rest[0], int(rest[1]))


if __name__ == "__main__":
    main()
