"""The benchmarks run, on a very small scale; what they measure is not looked at."""

from __future__ import annotations

import csv
import json
from contextlib import nullcontext
from datetime import date
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from benchmarks import __main__ as benchmarks
from benchmarks import floor, growth, rows, waiting
from benchmarks.data import KEYS, PAGE_ROWS, RECORD_LIMIT, WINDOW_DAYS, prepare
from benchmarks.figures import Figure, table
from benchmarks.measure import BenchmarkError, Usage, run, serving, stats
from benchmarks.server import Workload

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.pipeline

FIRST = date(2024, 2, 26)


def as_csv(size: int) -> list[list[str]]:
    text = b"".join(prepare(size).csv(FIRST)).decode()
    return list(csv.reader(text.splitlines()))[1:]


def as_json(size: int) -> list[dict[str, str]]:
    prepared = prepare(size)
    numbers = range(len(prepared.pages[PAGE_ROWS]))
    pages = [json.loads(prepared.page(number, FIRST)) for number in numbers]
    return [{cell["key"]: cell["value"] for cell in row["items"]} for page in pages for row in page]


@pytest.mark.parametrize("size", [1, PAGE_ROWS, 2500, 12_000])
def test_both_forms_hold_the_same_rows(size: int) -> None:
    listed, tabled = as_json(size), as_csv(size)
    assert [tuple(row) for row in listed] == [KEYS] * min(size, RECORD_LIMIT)
    assert [list(row.values()) for row in listed] == tabled[:RECORD_LIMIT]
    assert len(tabled) == size


def test_rows_are_distinct_within_a_window_and_their_days_in_order() -> None:
    found = as_csv(30_000)
    starts = [row[0] for row in found]
    assert len({(row[0], row[5]) for row in found}) == len(found)
    assert starts == sorted(starts)
    assert (starts[0], len(set(starts))) == ("2024-02-26T00:00Z", WINDOW_DAYS)
    assert {(row[0], row[1]) for row in found} >= {("2024-02-29T00:00Z", "2024-03-01T00:00Z")}


def test_many_streams_are_listed_under_few_types() -> None:
    listing = Workload(streams=12, types=3).listing
    assert [len(entry["groupBy"]) for entry in listing] == [4, 4, 4]
    assert sum(len(e["groupBy"]) for e in Workload(streams=40, types=8).listing) == 40


def test_waiting_is_measured() -> None:
    small = Workload(windows=3, rows=3, streams=2, types=1, seconds=0.1)
    found = {figure.what: figure.measured for figure in waiting.measure(small, 2)}
    assert found["reports in being, most"] == "2"
    assert int(found["polls a report, most"]) >= 1


def test_rows_are_measured() -> None:
    figures = list(rows.cost("csv", Workload(rows=2000), "1", repeats=1))
    # So few rows may take less than the starts of two runs differ by.
    whole = [figure for figure in figures if "without start" not in figure.what]
    assert len(whole) < len(figures)
    assert all(float(figure.measured) > 0 for figure in whole)


def test_the_floor_takes_json_and_the_bare_script_writes_every_row() -> None:
    assert floor.convert("json", 1500, 2) > 0
    with serving(Workload(rows=1500)) as origin:
        for form in ("json", "csv"):
            usage = run(floor.command("bare", form, origin, 2))
            assert (usage.lines, usage.last) == (3001, b"3000")
        assert stats(origin)["reports"] == 4
        assert stats(origin)["reports"] == 0


def test_small_pages_hold_the_rows_of_large_ones() -> None:
    prepared = prepare(250)
    small = [json.loads(prepared.page(number, FIRST, 100)) for number in range(3)]
    assert [len(page) for page in small] == [100, 100, 50]
    assert list(chain.from_iterable(small)) == json.loads(prepared.page(0, FIRST))


def test_the_output_is_compared() -> None:
    (figure,) = rows.same(Workload(windows=2, rows=1100, streams=2, types=1, seconds=0.05))
    assert figure.measured == "same"


@pytest.mark.parametrize(
    ("pieces", "same"),
    [
        (['{"a":1,"time_extracted":"2026"}\n{"b"', ':2,"time_extracted":"2027"}\n'], True),
        (['{"a":1,"time_extracted":"1999"}\n{"b":2,"time_extracted":"1998"}\n'], True),
        (['{"a":1,"time_extracted":"2026"}\n{"b":3,"time_extracted":"2027"}\n'], False),
        (['{"a":1,"time_extracted":"2026"}\n{"b":2,"time_extracted":"2027"}'], False),
    ],
)
def test_outputs_are_compared_but_for_when_they_were_made(pieces: list[str], *, same: bool) -> None:
    text = '{"a":1,"time_extracted":"x"}\n{"b":2,"time_extracted":"y"}\n'
    expected = run(["/bin/sh", "-c", f"printf '%s' '{text}'"], digest=True)
    script = "; sleep 0.05; ".join(f"printf '%s' '{piece}'" for piece in pieces)
    assert (run(["/bin/sh", "-c", script], digest=True).digest == expected.digest) is same


def test_growth_is_told_without_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def run_tap(_: str, workload: Workload, *, windows: int = -1, **__: object) -> Usage:
        size = 0 if windows == 0 else workload.rows * workload.windows * workload.streams
        return Usage(2.0 + size / 100, 1.0 + size / 50, 40.0 + size / 100, size, "", b"")

    monkeypatch.setattr(growth, "run_tap", run_tap)
    monkeypatch.setattr(growth, "serving", lambda _: nullcontext(""))
    case = growth.Growth("windows", Workload(2, 400), Workload(20, 400), "auto")
    found = {figure.what: figure.measured for figure in growth.measure(case, repeats=2)}
    assert (found["wall, per unit"], found["CPU, per unit"]) == ("1.00", "1.00")
    assert (found["peak memory"], found["peak memory, MB"]) == ("2.50", "120")


def test_a_failed_run_is_no_figure() -> None:
    with pytest.raises(BenchmarkError, match="no-such-task"):
        run(["/bin/sh", "-c", "echo no-such-task >&2; exit 3"])


def test_the_table_has_a_line_for_each_figure(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def figures(*, quick: bool) -> Iterator[Figure]:
        yield Figure("rows", "json", "CPU / floor", "1.40" if quick else "1.45", "at most 1.5")

    monkeypatch.setitem(benchmarks.PARTS, "rows", figures)
    assert benchmarks.main(["--quick", "--only", "rows"]) == 0
    header, line = capsys.readouterr().out.splitlines()
    assert header.split() == ["part", "case", "what", "measured", "aim"]
    assert line.split() == ["rows", "json", "CPU", "/", "floor", "1.40", "at", "most", "1.5"]
    assert table([], header=False) == "\n"


def test_a_part_that_fails_fails_the_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def figures(*, quick: bool) -> Iterator[Figure]:
        if not quick:
            raise BenchmarkError("rows are missing")
        yield Figure("growth", "", "", "")

    monkeypatch.setitem(benchmarks.PARTS, "growth", figures)
    assert benchmarks.main(["--only", "growth"]) == 1
    assert "growth: rows are missing" in capsys.readouterr().err
