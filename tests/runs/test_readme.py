"""README.md says what is so: its table, links, commands and examples are checked."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tap_8x8_cc_sandbox import SandboxConfig, SandboxServer
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tap_8x8_cc.config.validation import check_shape
from tests.support.dictionary import DICTIONARY, text
from tests.support.loaders import extractor
from tests.support.readme import README, own_settings, renewed, settings_table
from tests.support.tapcli import config, discover, select, tap

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.pipeline

TEXT = README.read_text(encoding="utf-8")
REFERENCE = CHECKOUT / "docs" / "reference.md"
PAGES = sorted(
    {*CHECKOUT.glob("*.md"), *CHECKOUT.glob("*/README.md")}.union(
        *((CHECKOUT / folder).rglob("*.md") for folder in ("docs", "examples"))
    )
)
BOTH = TEXT + REFERENCE.read_text(encoding="utf-8")


def blocks(language: str) -> Iterator[str]:
    """The code blocks of a language."""
    return (match[1] for match in re.finditer(rf"```{language}\n(.*?)```", BOTH, re.DOTALL))


def yaml_blocks() -> list[dict[str, Any]]:
    return [YAML(typ="safe").load(block) for block in blocks("yaml")]


def test_made_parts_are_current() -> None:
    """If not: `python -m tests.support.readme`."""
    assert renewed(TEXT) == TEXT


def test_settings_table_shows_type_default_and_description() -> None:
    schema = {
        "required": ["key"],
        "properties": {
            "key": {"type": ["string"], "description": "A | b."},
            "on": {"type": ["boolean", "null"], "default": False, "description": "C."},
            "ids": {"type": ["array", "null"], "items": {"type": ["string"]}, "description": "<d>"},
        },
    }

    assert settings_table(schema).splitlines()[2:] == [
        "| `key` | string | **required** | A \\| b. |",
        "| `on` | boolean | `false` | C. |",
        "| `ids` | array of strings |  | &lt;d> |",
    ]


def test_command_for_trying_it_comes_first() -> None:
    commands = [block.strip() for block in blocks("sh")]

    assert commands[0] == "pip install uv && uv run tap-8x8-cc-sandbox demo"


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(CHECKOUT)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(((?!https://|\.\./\.\./(?:actions|issues))[^)]+)\)", text)

    for target in targets:
        file, _, anchor = target.partition("#")
        led_to = (page.parent / file).resolve() if file else page
        assert led_to.exists(), target
        if anchor:
            assert anchor in anchors(led_to.read_text(encoding="utf-8")), target


def costs() -> Iterator[tuple[int, float]]:
    """Reports, and seconds at half a minute each, of the choices in the table of costs."""
    quarters = {"type": "queue-interactions-summary", "group_by": "queue", "granularity": "15m"}
    end, two_years, one_year = "2026-03-01", "2024-03-01", "2025-03-01"
    with SandboxServer(SandboxConfig()) as server:
        settings = config(
            server.url,
            start_date=two_years,
            end_date=end,
            detailed_reports=False,
            reports=[{"name": "quarters", **quarters}, *extractor()["config"]["reports"]],
        )
        catalog = discover(settings)
        chosen = {pattern.removesuffix(".*") for pattern in extractor()["select"]}
        every = {e["tap_stream_id"] for e in catalog["streams"]} - {"quarters", "queue_hourly"}
        marks = {"replication_key": "end_time", "replication_key_value": "2026-02-28T05:00:00Z"}
        night = {"bookmarks": dict.fromkeys(chosen, marks)}
        assert len(chosen - {"extractions"}) == 6
        assert len(every - {"extractions"}) == 89
        for start, streams, state in (
            (two_years, chosen, night),
            (two_years, chosen, None),
            (one_year, {"quarters"}, None),
            (two_years, every, None),
        ):
            selected = select(catalog, streams)
            own = {**settings, "start_date": start}
            done = tap(own, "plan", "--format", "json", catalog=selected, state=state)
            assert done.exit_code == 0, done.stderr
            plan = json.loads(done.stdout)
            assert plan["estimate"]["seconds_per_report"] == 30
            yield plan["totals"]["reports"], plan["estimate"]["seconds"]


def test_costs_are_those_of_the_plan() -> None:
    rows = re.findall(r"^\|[^|]+\| ([\d,]+) \| ([\d hmin]+) \|$", TEXT, re.MULTILINE)

    expected = []
    for reports, seconds in costs():
        hours, minutes = divmod(math.ceil(seconds / 60), 60)
        expected.append((f"{reports:,}", f"{hours} h {minutes} min" if hours else f"{minutes} min"))
    assert rows == expected


def test_messages_to_look_up_are_those_of_the_tap_or_the_api() -> None:
    sources = [*(CHECKOUT / "tap_8x8_cc").rglob("*.py"), *(CHECKOUT / "sandbox").rglob("*.py")]
    code = "".join(re.sub(r'"\s*\n\s*f?"', "", file.read_text("utf-8")) for file in sources)
    section = TEXT.partition("## Troubleshooting")[2]

    messages = re.findall(r"^\| `(.+?)` \|", section, re.MULTILINE)
    assert len(messages) > 10
    for message in messages:
        for part in filter(None, map(str.strip, message.split("…"))):
            assert part in code, message


def test_first_screen_has_the_picture_and_the_command() -> None:
    head = "\n".join(TEXT.splitlines()[:20])

    assert "docs/contact-center.png" in head
    assert "uv run tap-8x8-cc-sandbox demo" in head
    assert len(TEXT.splitlines()) <= 390


def test_example_of_custom_reports_is_valid() -> None:
    (own,) = (b["config"] for b in yaml_blocks() if "reports" in b.get("config", {}))
    required = {"client_id": "x", "client_secret": "y", "start_date": "2026-01-01"}

    assert check_shape({**required, **own}, own_settings()) == []


def test_example_of_a_state_is_json() -> None:
    (state,) = (json.loads(block) for block in blocks("json") if "bookmarks" in block)

    assert list(state) == ["bookmarks"]


def test_environment_variables_are_settings() -> None:
    names = {name.lower() for name in re.findall(r"TAP_8X8_CC_([A-Z_]*[A-Z])", BOTH)}

    assert names
    assert names <= set(own_settings()["properties"])


def test_dictionary_is_current() -> None:
    """If not: `python -m tests.support.dictionary`."""
    assert DICTIONARY.read_text(encoding="utf-8") == text()
