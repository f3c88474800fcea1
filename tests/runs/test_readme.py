"""README.md says what is so: its table, links, commands and examples are checked."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tap_8x8_cc.config.validation import check_shape
from tests.support.dictionary import DICTIONARY, text
from tests.support.loaders import project
from tests.support.readme import README, own_settings, renewed, settings_table

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEXT = README.read_text(encoding="utf-8")
REFERENCE = CHECKOUT / "docs" / "reference.md"
BOTH = TEXT + REFERENCE.read_text(encoding="utf-8")


def blocks(language: str) -> Iterator[str]:
    """The code blocks of a language."""
    return (match[1] for match in re.finditer(rf"```{language}\n(.*?)```", BOTH, re.DOTALL))


def yaml_blocks() -> list[dict[str, Any]]:
    return [YAML(typ="safe").load(block) for block in blocks("yaml")]


def test_settings_table_is_current() -> None:
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


def test_commands_for_trying_it_stand_alone() -> None:
    commands = [block.strip() for block in blocks("sh")]

    assert commands[:2] == ["pip install uv && uv run tap-8x8-cc-sandbox demo", "uv run pytest"]


def anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", [README, *sorted((CHECKOUT / "docs").glob("*.md"))], ids=str)
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"\]\(((?!https://)[^)]+)\)", text)

    for target in targets:
        file, _, anchor = target.partition("#")
        led_to = (page.parent / file).resolve() if file else page
        assert led_to.is_file(), target
        if anchor:
            assert anchor in anchors(led_to.read_text(encoding="utf-8")), target


def test_first_screen_has_the_picture_and_the_command() -> None:
    head = "\n".join(TEXT.splitlines()[:20])

    assert "docs/contact-center.png" in head
    assert "uv run tap-8x8-cc-sandbox demo" in head
    assert len(TEXT.splitlines()) <= 300


def test_example_project_names_settings_that_exist() -> None:
    (extractor,) = next(b for b in yaml_blocks() if "plugins" in b)["plugins"]["extractors"]
    (defined,) = project()["plugins"]["extractors"]

    known = {setting["name"] for setting in defined["settings"]}
    assert {setting["name"] for setting in extractor["settings"]} <= known
    assert set(extractor["config"]) <= known
    for shared in ("name", "namespace", "executable", "capabilities"):
        assert extractor[shared] == defined[shared]


def test_example_of_custom_reports_is_valid() -> None:
    (config,) = (b["config"] for b in yaml_blocks() if "reports" in b.get("config", {}))
    required = {"client_id": "x", "client_secret": "y", "start_date": "2026-01-01"}

    assert check_shape({**required, **config}, own_settings()) == []


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
