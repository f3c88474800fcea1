"""The pictures of the page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.demo.figures import Figures, Records

Drawing: TypeAlias = Any
"""A chart of Altair's; each step of making one has another type."""

_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_FONT: Final = "Inter, Helvetica, Arial, Noto Sans, Noto Sans CJK SC, sans-serif"
_INK, _GREY, _BLUE, _RED, _AMBER = "#1f2933", "#7b8794", "#2f6f9f", "#c8553d", "#e0b050"
_WIDTH: Final = 430
_ROW: Final = 22
_FEW: Final = 5
"""Interactions in an hour below which its service level says little: its square is pale."""


def charts(figures: Figures) -> dict[str, Drawing]:
    """Draw the pictures, by name; those without figures are left out."""
    drawn = {
        "hours": (figures.hours, _hours),
        "days": (figures.days, _days),
        "queues": (figures.queues, _queues),
        "agents": (figures.agents, _agents),
    }
    return {name: draw(rows) for name, (rows, draw) in drawn.items() if rows}


def poster(drawn: dict[str, Drawing], title: str, subtitle: str) -> Drawing:
    """Put the pictures together into one."""
    import altair as alt  # noqa: PLC0415 - serving needs none of it

    everything = list(drawn.values())
    pairs = [everything[n : n + 2] for n in range(0, len(everything), 2)]
    rows = [alt.hconcat(*pair, spacing=48).resolve_scale(color="independent") for pair in pairs]
    whole = alt.vconcat(*rows, spacing=36).resolve_scale(color="independent")
    heading = alt.TitleParams(
        title, subtitle=subtitle, fontSize=22, subtitleFontSize=14, anchor="start", offset=24
    )
    return styled(whole.properties(title=heading, padding=28, background="white"))


def styled(chart: Drawing) -> Drawing:
    """Give a picture the page's fonts and colours."""
    return (
        chart.configure(font=_FONT)
        .configure_view(stroke=None)
        .configure_axis(
            labelColor=_INK,
            titleColor=_GREY,
            titleFontWeight="normal",
            labelFontSize=12,
            titleFontSize=12,
            gridColor="#e4e7eb",
            domain=False,
            ticks=False,
            labelPadding=6,
            labelLimit=190,
        )
        .configure_title(color=_INK, subtitleColor=_GREY, anchor="start", fontSize=15, offset=10)
        .configure_legend(
            labelColor=_INK, title=None, orient="top", labelFontSize=12, symbolType="square"
        )
    )


def _chart(rows: Records, title: str, subtitle: str) -> Drawing:
    import altair as alt  # noqa: PLC0415 - as above

    shown = [
        {k: v if isinstance(v, (str, int, type(None))) else float(v) for k, v in r.items()}
        for r in rows
    ]
    heading = alt.TitleParams(title, subtitle=subtitle)
    return alt.Chart({"values": shown}, title=heading, width=_WIDTH)


def _hours(rows: Records) -> Drawing:
    import altair as alt  # noqa: PLC0415 - as above

    named = [{**row, "day": _DAYS[int(row["day"]) - 1]} for row in rows]
    chart = _chart(
        named, "When do customers wait?", f"Service level by hour; pale: fewer than {_FEW} offered"
    )
    return (
        chart.mark_rect(cornerRadius=2)
        .encode(
            x=alt.X("hour:O", title="hour of the day", axis=alt.Axis(labelAngle=0, grid=False)),
            y=alt.Y("day:O", sort=list(_DAYS), title=None, axis=alt.Axis(grid=False)),
            color=alt.Color(
                "service_level:Q",
                scale=alt.Scale(
                    domain=[0.3, 0.6, 0.9],
                    range=[_RED, "#f3ead7", _BLUE],
                    clamp=True,
                    interpolate="rgb",
                ),
                legend=alt.Legend(format="%", gradientLength=180, gradientThickness=10),
            ),
            opacity=alt.condition(f"datum.offered < {_FEW}", alt.value(0.35), alt.value(1)),
            tooltip=["day:O", "hour:O", "offered:Q", alt.Tooltip("service_level:Q", format=".1%")],
        )
        .properties(height=7 * 28)
    )


def _days(rows: Records) -> Drawing:
    import altair as alt  # noqa: PLC0415 - as above

    kinds = ("accepted", "other", "abandoned")
    long = [
        {"day": row["day"], "what": kind, "interactions": row[kind], "place": place}
        for row in rows
        for place, kind in enumerate(kinds)
    ]
    chart = _chart(long, "How much came, and what was lost?", "Interactions a day")
    return (
        chart.mark_bar(size=max(3, min(22, _WIDTH // max(len(rows), 1) - 4)))
        .encode(
            x=alt.X(
                "day:T",
                scale=alt.Scale(padding=16),
                title=None,
                axis=alt.Axis(format="%-d %b", grid=False, labelOverlap=True),
            ),
            y=alt.Y("interactions:Q", title=None, stack="zero", axis=alt.Axis(tickCount=5)),
            color=alt.Color(
                "what:N", scale=alt.Scale(domain=list(kinds), range=[_BLUE, _AMBER, _RED])
            ),
            order=alt.Order("place:Q"),
            tooltip=[alt.Tooltip("day:T", format="%a %-d %b"), "what:N", "interactions:Q"],
        )
        .properties(height=7 * 28)
    )


def _queues(rows: Records) -> Drawing:
    import altair as alt  # noqa: PLC0415 - as above

    kinds = {"by_offered": "of those offered", "by_answered": "of those answered"}
    order = [row["queue"] for row in rows]
    long = [
        {"queue": row["queue"], "of": text, "level": row[kind], "offered": row["offered"]}
        for row in rows
        for kind, text in kinds.items()
    ]
    chart = _chart(
        long, "Which queues keep their promise?", "Accepted in time, busiest queue first"
    )
    y = alt.Y("queue:N", sort=order, title=None, axis=alt.Axis(grid=True))
    x = alt.X(
        "level:Q",
        title=None,
        scale=alt.Scale(domain=[0, 1]),
        axis=alt.Axis(format="%", tickCount=5),
    )
    color = alt.Color("of:N", scale=alt.Scale(domain=list(kinds.values()), range=[_BLUE, _AMBER]))
    tips = ["queue:N", "of:N", alt.Tooltip("level:Q", format=".1%"), "offered:Q"]
    dots = chart.mark_circle(size=130, opacity=1).encode(x=x, y=y, color=color, tooltip=tips)
    line = chart.mark_line(color="#cbd2d9", strokeWidth=3).encode(x=x, y=y, detail="queue:N")
    return alt.layer(line, dots).properties(height=alt.Step(_ROW + 8))


def _agents(rows: Records) -> Drawing:
    import altair as alt  # noqa: PLC0415 - as above

    named = [{**row, "agent": _label(row, rows), "team": row["team"] or "no team"} for row in rows]
    order = [row["agent"] for row in named]
    chart = _chart(named, "Who is busy?", "Occupancy: busy, of the time busy or available")
    return (
        chart.mark_bar(height=14, cornerRadiusEnd=2)
        .encode(
            x=alt.X(
                "occupancy:Q",
                title=None,
                scale=alt.Scale(domain=[0, 1]),
                axis=alt.Axis(format="%", tickCount=5),
            ),
            y=alt.Y("agent:N", sort=order, title=None, axis=alt.Axis(grid=False)),
            color=alt.Color(
                "team:N", scale=alt.Scale(range=[_BLUE, _AMBER, "#6b9080", _RED, _GREY])
            ),
            tooltip=["agent:N", "team:N", alt.Tooltip("occupancy:Q", format=".1%"), "accepted:Q"],
        )
        .properties(height=alt.Step(_ROW))
    )


def _label(row: dict[str, Any], rows: Records) -> str:
    """The agent's name; with the id where two share it."""
    name = " ".join(str(row["agent"]).split())
    shared = sum(other["agent"] == row["agent"] for other in rows) > 1
    return f"{name} ({row['agent_id']})" if shared else name
