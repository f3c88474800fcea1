"""How a single value is written: times, counts, durations, percentages, and nothing at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import TYPE_CHECKING, Any, TypeAlias

from tap_8x8_cc_sandbox.center.model import Column, Granularity, Kind, Ongoing

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.api.quirks import Durations, Nothing, Percentages, Quirks
    from tap_8x8_cc_sandbox.center.model import ReportSpec, Row, Table

Cell: TypeAlias = str | int | float | None
MetricWriter: TypeAlias = Callable[[int | float | None], Cell]

NOTHING: dict[Nothing, str | None] = {"null": None, "empty": "", "dash": "-", "na": "N/A"}
_SECOND = 1000


@dataclass(frozen=True, slots=True)
class CellFormats:
    """The forms of values in one kind of document."""

    durations: Durations  # form of durations, which are milliseconds
    percentages: Percentages  # form of percentages, 0 to 100
    nothing: str | None  # what stands where there is no value
    native: bool  # whether numbers are numbers rather than texts
    zulu: bool  # whether an offset of zero is written `Z`
    seconds: bool  # whether the times of a bucket carry seconds
    times: str = "offset"  # how the times of a bucket are written otherwise
    bare: bool = False  # whether participants hold numbers, and a bare 0 for a duration of nothing

    def bucket_time(self, instant: datetime | None) -> str | None:
        """Write the start or end of a bucket, in the zone that it comes in."""
        if instant is None:
            return None
        if self.times == "epoch":
            return str(round(instant.timestamp() * _SECOND))
        spec = "seconds" if self.seconds else "minutes"
        if self.times == "milliseconds":
            spec = "milliseconds"
        if self.times in {"local", "date"}:
            wall = instant.replace(tzinfo=None)
            dated = self.times == "date" and wall.time() == time()
            return wall.date().isoformat() if dated else wall.isoformat(timespec=spec)
        return self._zone(instant.isoformat(timespec=spec))

    def instant(self, instant: datetime) -> str:
        """Write a time of a detailed report, with milliseconds."""
        return self._zone(instant.isoformat(timespec="milliseconds"))

    def metric(self, kind: Kind | None) -> MetricWriter:
        """Return what writes the values of a metric of some kind."""
        number: Callable[[float], Cell] = _rounded
        if kind is Kind.DURATION:
            number = _DURATIONS[self.durations]
        elif kind is Kind.PERCENTAGE:
            number = _PERCENTAGES[self.percentages]
        nothing = self.nothing
        if self.native:
            return lambda value: nothing if value is None else number(value)
        return lambda value: nothing if value is None else str(number(value))

    def _zone(self, text: str) -> str:
        return text[: -len("+00:00")] + "Z" if self.zulu and text.endswith("+00:00") else text


def json_forms(quirks: Quirks) -> CellFormats:
    """Return the forms of values in JSON."""
    return CellFormats(
        durations=quirks.durations,
        percentages=quirks.percentages,
        nothing=NOTHING[quirks.nothing],
        native=quirks.value_types == "native",
        zulu=quirks.utc == "Z",
        seconds=quirks.seconds_in_times,
        times=quirks.bucket_times,
        bare=quirks.participants == "bare",
    )


def csv_forms(quirks: Quirks) -> CellFormats:
    """Return the forms of values in a download, where everything is text."""
    own = quirks.csv_nothing
    return CellFormats(
        durations=(quirks.durations if quirks.csv_durations == "same" else quirks.csv_durations),
        percentages=(
            quirks.percentages if quirks.csv_percentages == "same" else quirks.csv_percentages
        ),
        nothing=NOTHING[quirks.nothing if own == "same" else own] or "",
        native=False,
        zulu=quirks.utc == "Z",
        seconds=quirks.seconds_in_times,
        times=quirks.bucket_times,
    )


START = Column("startTime", "Start Time", None)
END = Column("endTime", "End Time", None)


class Layout:
    """The columns of a summary report, in the order of its documents."""

    def __init__(self, table: Table, spec: ReportSpec, quirks: Quirks) -> None:
        self.has_times = spec.granularity is not Granularity.NONE or quirks.none_times
        self.has_totals = spec.subtotals or spec.grand_total
        self._metrics = table.metrics
        self._morning = None
        if quirks.overnight_end == "morning" and spec.intra_day:
            first, last = spec.intra_day
            self._morning = last if last < first else None
        times = (START, END) if self.has_times else ()
        columns = (*times, *table.dimensions, *table.metrics)
        if quirks.csv_disagrees == "duplicate_labels":
            columns = (*columns[:-1], replace(columns[-1], label=columns[-2].label))
        self.columns = columns

    def cells(self, forms: CellFormats) -> Callable[[Row], list[Cell]]:
        """Return what writes a row's cells in the order of the columns."""
        writers = [forms.metric(column.kind) for column in self._metrics]
        time = forms.bucket_time
        has_times, end_of = self.has_times, self._end_of

        def write(row: Row) -> list[Cell]:
            cells: list[Cell] = [time(row.start), time(end_of(row))] if has_times else []
            cells += row.dimensions
            cells += [writer(value) for writer, value in zip(writers, row.values, strict=True)]
            return cells

        return write

    def _end_of(self, row: Row) -> datetime | None:
        """Return where a row's bucket ends: with its day, or in the morning after."""
        if row.end is None or self._morning is None:
            return row.end
        return row.end.replace(hour=self._morning.hour, minute=self._morning.minute)


def detailed_value(value: object, kind: Kind | None, forms: CellFormats, *, ongoing: bool) -> Any:  # noqa: ANN401 - JSON
    """Write a value of a detailed report for JSON.

    Args:
        value: The value, possibly an `Ongoing` or a list.
        kind: Kind of its column; None for what stands within a list.
        forms: CellFormats of values.
        ongoing: Whether a value that may still grow is an object of `value` and `ongoing`.
    """
    if isinstance(value, Ongoing):
        if forms.bare and kind is None and not value.value and not value.ongoing:
            return 0
        if ongoing:
            inner = value.value  # milliseconds, or a time
            written = forms.instant(inner) if isinstance(inner, datetime) else inner
            return {"value": written, "ongoing": value.ongoing}
        return detailed_value(value.value, kind or Kind.DURATION, forms, ongoing=False)
    if isinstance(value, list):
        return [detailed_value(entry, None, forms, ongoing=ongoing) for entry in value]
    if isinstance(value, dict):
        return {
            key: detailed_value(entry, None, forms, ongoing=ongoing) for key, entry in value.items()
        }
    return _plain(value, kind, forms)


def _plain(value: object, kind: Kind | None, forms: CellFormats) -> object:
    if isinstance(value, datetime):
        return forms.instant(value)
    if isinstance(value, bool):
        return value if forms.native else str(value).lower()
    if isinstance(value, int | float):
        if forms.bare and kind is None:
            return value
        return forms.metric(kind or Kind.COUNT)(value)
    return value


def _rounded(value: float) -> Cell:
    return round(value, 2)


def _clock(value: float) -> str:
    minutes, seconds = divmod(int(value / _SECOND + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}"


_DURATIONS: dict[Durations, Callable[[float], Cell]] = {
    "ms": lambda value: int(value + 0.5),
    "ms_decimal": lambda value: round(float(value), 1),
    "clock": _clock,
}
_PERCENTAGES: dict[Percentages, Callable[[float], Cell]] = {
    "decimal": lambda value: round(float(value), 2),
    "sign": lambda value: f"{round(float(value), 2)}%",
}
