"""A page of pictures of a contact center: one HTML file that asks nothing of the network."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any, Final

from tap_8x8_cc_sandbox.demo.charts import charts, poster, styled
from tap_8x8_cc_sandbox.demo.figures import read_figures

if TYPE_CHECKING:
    from pathlib import Path

    from tap_8x8_cc_sandbox.demo.figures import Figures

TITLE: Final = "Contact center"
_STYLE: Final = """
body { font: 15px/1.5 Inter, Helvetica, Arial, "Noto Sans", sans-serif; color: #1f2933;
  max-width: 1240px; margin: 40px auto; padding: 0 24px; }
h1 { font-size: 26px; margin: 0; } .when, .what, th { color: #7b8794; font-weight: normal; }
.key { display: flex; flex-wrap: wrap; gap: 48px; margin: 28px 0 36px; }
.key b { display: block; font-size: 30px; font-weight: 600; line-height: 1.2; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(590px, 1fr)); gap: 40px 0; }
table { border-collapse: collapse; margin: 8px 0 40px; }
td, th { text-align: left; padding: 4px 32px 4px 0; border-bottom: 1px solid #e4e7eb; }
"""


def write_page(
    database: Path, page: Path, schema: str = "analytics", png: Path | None = None
) -> None:
    """Write the page of a DuckDB file, and the same pictures as a PNG where wanted.

    Raises:
        FiguresError: The models haven't been built in the file.
    """
    import vl_convert  # noqa: PLC0415 - serving needs none of it

    figures = read_figures(database, schema)
    drawn = charts(figures)
    specs = {name: styled(chart).to_dict() for name, chart in drawn.items()}
    bundle = vl_convert.javascript_bundle()  # type: ignore[call-arg]
    page.write_text(_html(figures, specs, bundle), encoding="utf-8")
    if png is not None:
        subtitle = " · ".join(f"{value} {what}" for value, what in _keys(figures.headline))
        whole = poster(drawn, f"{TITLE}, {_period(figures.headline)}", subtitle)
        png.write_bytes(vl_convert.vegalite_to_png(whole.to_json(), scale=1.5))


def _period(headline: dict[str, Any]) -> str:
    first, last = headline["first_day"], headline["last_day"]
    return f"{first:%-d %B %Y} to {last:%-d %B %Y}"


def _keys(headline: dict[str, Any]) -> list[tuple[str, str]]:
    """The headline figures as texts, each with what it is."""

    def percent(name: str) -> str:
        return "none" if headline[name] is None else f"{100 * headline[name]:.1f} %"

    minutes, seconds = divmod(round(headline["handle_time"] or 0), 60)
    return [
        (f"{headline['offered']:,}", "interactions offered"),
        (percent("service_level"), "accepted in time, of those offered"),
        (percent("abandonment"), "abandoned"),
        (f"{minutes}:{seconds:02}", "average handle time"),
    ]


def _html(figures: Figures, specs: dict[str, Any], bundle: str) -> str:
    keys = "".join(
        f'<div><b>{escape(value)}</b><span class="what">{escape(what)}</span></div>'
        for value, what in _keys(figures.headline)
    )
    places = "".join(f'<div id="{name}"></div>' for name in specs)
    options = '{"actions": false, "renderer": "svg"}'
    draw = "".join(
        f'vegaEmbed("#{name}", {_in_script(spec)}, {options});' for name, spec in specs.items()
    )
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{TITLE}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,"><style>{_STYLE}</style></head>
<body><h1>{TITLE}</h1><div class="when">{_period(figures.headline)}</div>
<div class="key">{keys}</div><div class="charts">{places}</div>
{_freshness(figures)}
<script type="module">{bundle}
{draw}</script></body></html>
"""


def _in_script(spec: dict[str, Any]) -> str:
    """Write a picture for a script: a closing tag in a name must not end it."""
    return json.dumps(spec).replace("</", "<\\u002f")


def _freshness(figures: Figures) -> str:
    if not figures.freshness:
        return ""
    rows = "".join(
        "<tr>" + "".join(f"<td>{escape(str(value))}</td>" for value in row.values()) + "</tr>"
        for row in figures.freshness
    )
    titles = "<tr><th>table</th><th>complete until (UTC)</th><th>last read (UTC)</th></tr>"
    return f"<h3>How fresh is it?</h3><table>{titles}{rows}</table>"
