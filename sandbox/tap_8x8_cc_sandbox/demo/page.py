"""A page about a contact center: one HTML file without scripts that loads nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from tap_8x8_cc_sandbox.demo.figures import SERVICE_LEVELS, read_figures

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date, datetime
    from pathlib import Path

    from tap_8x8_cc_sandbox.demo.figures import Figures, Period, Row

TITLE: Final = "Contact center"
DAYS: Final = 7
"""Days of a period: whole weeks, so that a period is compared with one that has a weekend too."""
TARGET: Final = 80
"""Per cent of interactions that the industry accepts in time."""
_WEEKDAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FEW: Final = 5
"""Interactions in an hour below which its service level says little: it has no colour."""
_STEPS: Final = (("met", 0), ("near", 10), ("far", 30), ("lost", 100))
"""Colours of a service level, with the points that it may miss the target by."""
_ENDS: Final = ("accepted", "diverted", "abandoned")
"""How an interaction in a queue ends."""
_MOST_QUEUES, _MOST_AGENTS, _MOST_LABELS = 20, 30, 14


@dataclass(frozen=True, slots=True)
class Options:
    """What a page shows."""

    schema: str = "analytics"  # schema of the models
    days: int = DAYS  # days of the period
    target: int = TARGET  # the service level wanted, in per cent
    by_number: bool = False  # leave the agents' names out of the file


def write_page(database: Path, page: Path, options: Options | None = None) -> Figures:
    """Write the page about a DuckDB file, and return what it shows.

    Raises:
        FiguresError: The models have not been built in the file.
    """
    options = options or Options()
    figures = read_figures(database, options.schema, options.days)
    page.write_text(_html(figures, options), encoding="utf-8")
    return figures


def _html(figures: Figures, options: Options) -> str:
    target, now, before = options.target, figures.current, figures.previous
    parts = [
        _hours(now.hours, target),
        _days(now, before),
        _queues(now, before, target),
        _agents(now.agents, by_number=options.by_number),
        _freshness(figures.freshness),
    ]
    when = [_dates(now.first, now.last)]
    when += [f"compared with {_dates(before.first, before.last)}"] if before else []
    zones = _zones(figures.freshness)
    when += [f"dates and hours of {escape(' and '.join(zones))}"] if zones else []
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><style>{style}</style></head>
<body><header><h1>{TITLE}</h1><p>{"; ".join(when)}</p>
{_totals(now.totals, before.totals if before else None, target)}
<p>Service level {SERVICE_LEVELS[now.totals["service_level_name"]]}. Over several days and queues,
each counts by its interactions.</p></header>
<main>{"".join(parts)}</main></body></html>
"""


def _totals(now: Row, before: Row | None, target: int) -> str:
    side, note = _compared(now["service_level"], target)
    shown = (
        ("offered", "interactions offered", f"{now['accepted']:,} accepted", _count),
        ("service_level", "service level", note, percent),
        ("abandonment", "abandoned", f"{now['abandoned']:,} interactions", percent),
        ("speed_of_answer", "average speed of answer", "wait of those accepted", _clock),
        ("handle_time", "average handle time", "with wrap-up", _clock),
    )
    each = (
        f'<div class="{side if name == "service_level" else ""}"><dt>{what}</dt>'
        f"<dd><b>{write(now[name])}</b></dd><dd>{note}</dd>"
        + (f"<dd>before: {write(before[name])}</dd>" if before else "")
        + "</div>"
        for name, what, note, write in shown
    )
    return f'<dl class="figures">{_all(each)}</dl>'


def _compared(level: float | None, target: int) -> tuple[str, str]:
    """Return the side of the target that a level is on, and by how much."""
    if level is None:
        return "", f"the target is {target} %"
    points = 100 * level - target
    side = "above" if points >= 0 else "below"
    return side, f"{abs(points):.1f} points {side} the target of {target} %"


def _hours(rows: Sequence[Row], target: int) -> str:
    if not rows:
        return ""
    cells = {(row["hour"], row["weekday"]): row for row in rows}
    clock = range(min(row["hour"] for row in rows), max(row["hour"] for row in rows) + 1)
    body = [
        [f"{hour}:00", *(_square(cells.get((hour, day)), target) for day in range(1, 8))]
        for hour in clock
    ]
    edges = [max(target - missed, 0) for _, missed in _STEPS]
    words = [f"{edges[0]} % or more", f"from {edges[1]} %", f"from {edges[2]} %", "less"]
    key = _key((step, word) for (step, _), word in zip(_STEPS, words, strict=True))
    caption = (
        "Accepted in time, of those accepted or abandoned in the hour, in per cent; "
        f"no colour: fewer than {_FEW}"
    )
    table = _table(caption + key, ["hour", *_WEEKDAYS], body)
    return _section("hours", "When do customers wait?", table)


def _square(row: Row | None, target: int) -> str:
    if row is None or row["service_level"] is None:
        return "<td></td>"
    level = int(round(100 * row["service_level"], 6))  # 79.6 must not look like 80
    step = next(name for name, missed in _STEPS if level >= target - missed)
    return f'<td class="{"few" if row["counted"] < _FEW else step}">{level}</td>'


def _days(now: Period, before: Period | None) -> str:
    rows = [*(before.days if before else []), *now.days]
    highest = max(_ended(row) for row in rows)
    each = len(rows) <= _MOST_LABELS
    columns = _all(
        f'<li class="{"earlier" if row["day"] < now.first else ""}">'
        + _column(row, highest, labelled=each or row["day"].weekday() == 0, numbered=each)
        for row in rows
    )
    note = f"By day, up to {highest:,}"
    note += "; pale: the period before" if before else ""
    key = _key(zip(_ENDS, _ENDS, strict=True))
    content = f'<p>{note}</p>{key}<ol class="columns">{columns}</ol>'
    return _section("days", "How did interactions end?", content)


def _column(row: Row, highest: int, *, labelled: bool, numbered: bool) -> str:
    day, ended = row["day"], _ended(row)
    parts = _all(f'<i class="{end}" style="flex:{row[end]}"></i>' for end in _ENDS)
    # 192 of the 270 pixels: the rest is for the number above and the date below.
    height = 192 * ended / (highest or 1)
    label = f"{day:%a}<br>{day.day}<br>{day:%b}" if labelled else ""
    said = ", ".join(f"{row[end]:,} {end}" for end in _ENDS)
    return (
        f'<span aria-hidden="true">{f"{ended:,}" if numbered else ""}</span>'
        f'<span class="column" style="height:{height:.0f}px">{parts}</span>'
        f'<span class="day" aria-hidden="true">{label}</span>'
        f'<span class="said">{day:%A} {day.day} {day:%B}: {said}</span>'
    )


def _ended(row: Row) -> int:
    return sum(row[end] for end in _ENDS)


def _queues(now: Period, before: Period | None, target: int) -> str:
    if not now.queues:
        return ""
    earlier = {
        (row["tenant_id"], row["queue_id"]): row["service_level"]
        for row in (before.queues if before else ())
    }
    body = [
        [
            _label(row, now.queues, "queue_id"),
            _bar(row["service_level"], target, earlier.get((row["tenant_id"], row["queue_id"]))),
            f"<td>{_clock(row['speed_of_answer'])}</td>",
            f"<td>{_count(row['offered'])}</td>",
        ]
        for row in now.queues[:_MOST_QUEUES]
    ]
    marks = [("target", f"target {target} %")] + [("previous", "the period before")] * bool(before)
    titles = ["queue", "service level", "speed of answer", "offered"]
    table = _table(f"Busiest queue first{_key(marks)}", titles, body)
    return _section("queues", "Which queues keep their promise?", table)


def _agents(rows: Sequence[Row], *, by_number: bool) -> str:
    if not rows:
        return ""
    body = [
        [
            (f"Agent {row['number']}" if by_number else _named(row, rows))
            + f"<small>{escape(row['team'] or 'no team')}</small>",
            _bar(row["occupancy"]),
            f"<td>{_count(row['accepted'])}</td>",
        ]
        for row in rows[:_MOST_AGENTS]
    ]
    switch = '<label><input type="checkbox" id="by-number">Numbers instead of names</label>'
    caption = "Occupancy: time busy, of the time busy or available"
    table = _table(caption, ["agent", "occupancy", "accepted"], body)
    return _section("agents", "Who is busy?", ("" if by_number else switch) + table)


def _named(row: Row, rows: Sequence[Row]) -> str:
    """Write an agent's name and number: the page's switch shows one of them."""
    name = _label(row, rows, "agent_id")
    return f'<span class="name">{name}</span><span class="number">Agent {row["number"]}</span>'


def _freshness(rows: Sequence[Row]) -> str:
    if not rows:
        return ""
    zones = _zones(rows)
    body = [
        [
            _breakable(" ".join(filter(None, (row["stream"], row["tenant_id"])))),
            *(
                f"<td>{_moment(row[name], row['timezone'], named=len(zones) > 1)}</td>"
                for name in ("read_until", "last_read_at")
            ),
        ]
        for row in rows
    ]
    caption = f"Times of {escape(' and '.join(zones))}"
    table = _table(caption, ["table", "complete until", "last read"], body)
    return _section("fresh", "How fresh is it?", table)


def _breakable(name: str) -> str:
    """Allow a line to break after each word of a stream's name."""
    return escape(name).replace("_", "_<wbr>")


def _zones(rows: Iterable[Row]) -> list[str]:
    return sorted({row["timezone"] or "UTC" for row in rows})


def _section(name: str, title: str, content: str) -> str:
    return f'<section class="{name}"><h2>{title}</h2>{content}</section>\n'


def _table(caption: str, titles: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; a row is the text of its heading, then its cells."""
    head = _all(f'<th scope="col">{title}</th>' for title in titles)
    body = _all(f'<tr><th scope="row">{first}</th>{_all(cells)}</tr>' for first, *cells in rows)
    return (
        f"<table><caption>{caption}</caption><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table>"
    )


def _bar(level: float | None, target: int | None = None, before: float | None = None) -> str:
    """Write the cell of a share: a bar, with marks for its target and its former value."""
    marks = {"previous": before, "target": None if target is None else target / 100}
    drawn = _all(
        f'<i class="{name}" style="left:{100 * at:.1f}%"></i>'
        for name, at in marks.items()
        if at is not None
    )
    fill = f'<i class="fill" style="width:{100 * (level or 0):.1f}%"></i>'
    said = "" if before is None else f'<span class="said">, before {percent(before)}</span>'
    return (
        f'<td class="level"><span><span class="track">{fill}{drawn}</span>'
        f"<b>{percent(level)}{said}</b></span></td>"
    )


def _key(marks: Iterable[tuple[str, str]]) -> str:
    """Explain colours and marks: each by its class and in words."""
    each = _all(f'<li><i class="{name}"></i>{words}</li>' for name, words in marks)
    return f'<ul class="key">{each}</ul>'


def _label(row: Row, rows: Sequence[Row], key: str) -> str:
    """Return the name of a queue or an agent; with the id if several have it."""
    name = " ".join(str(row["name"] or row[key]).split())
    if sum(other["name"] == row["name"] for other in rows) > 1:
        name += f" ({', '.join(filter(None, (row['tenant_id'], row[key])))})"
    return escape(name)


def _dates(first: date, last: date) -> str:
    start = (
        "%d %B %Y" if first.year != last.year else "%d %B" if first.month != last.month else "%d"
    )
    return f"{first:{start}} to {last:%d %B %Y}".replace(" 0", " ").removeprefix("0")


def _moment(instant: datetime, zone: str | None, *, named: bool) -> str:
    local = instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone or "UTC"))
    shown = f"<span>{local:%Y-%m-%d}</span> {local:%H:%M}"
    return f"{shown} {escape(zone or 'UTC')}" if named else shown


def _count(value: int) -> str:
    return f"{value:,}"


def percent(value: float | None) -> str:
    """Write a share as the page does."""
    return "none" if value is None else f"{100 * value:.1f} %"


def _clock(seconds: float | None) -> str:
    if seconds is None:
        return "none"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02}"  # noqa: PLR2004


def _all(parts: Iterable[str]) -> str:
    return "".join(parts)
