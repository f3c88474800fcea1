"""The parts of README.md that are made from the code.

`python -m tests.support.readme` renews them.
"""

from __future__ import annotations

import re
from typing import Any

from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tap_8x8_cc.config.schema import CONFIG_JSONSCHEMA
from tap_8x8_cc.tap import Tap8x8CC

README = CHECKOUT / "README.md"
BEGIN, END = "<!-- settings -->", "<!-- /settings -->"
_SECTION = re.compile(f"{re.escape(BEGIN)}.*?{re.escape(END)}", re.DOTALL)


def own_settings() -> dict[str, Any]:
    """The schema of the tap's own settings: the SDK adds its own to it when a tap is made."""
    builtin: dict[str, Any] = {"properties": {}}
    Tap8x8CC.append_builtin_config(builtin)
    own = CONFIG_JSONSCHEMA["properties"].items()
    properties = {name: setting for name, setting in own if name not in builtin["properties"]}
    return {**CONFIG_JSONSCHEMA, "properties": properties}


def settings_table(schema: dict[str, Any]) -> str:
    """The table of settings.

    Args:
        schema: JSON Schema of the settings.

    Returns:
        A Markdown table: name, type, default, description.
    """
    required = set(schema.get("required", ()))
    lines = ["| setting | type | default | meaning |", "|---|---|---|---|"]
    for name, definition in schema["properties"].items():
        default = _default(definition, required=name in required)
        description = definition["description"].replace("|", "\\|").replace("<", "&lt;")
        lines.append(f"| `{name}` | {_type(definition)} | {default} | {description} |")
    return "\n".join(lines)


def _type(definition: dict[str, Any]) -> str:
    """A type in words, with the item type of arrays; null goes without saying."""
    types = definition["type"]
    names = [types] if isinstance(types, str) else [name for name in types if name != "null"]
    if names == ["array"]:
        return f"array of {_type(definition['items'])}s"
    return " or ".join(names)


def _default(definition: dict[str, Any], *, required: bool) -> str:
    """A default as it is written in a configuration."""
    if required:
        return "**required**"
    value = definition.get("default")
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def renewed(text: str) -> str:
    """The README with its generated parts renewed.

    Args:
        text: The README.

    Returns:
        The README as it should be.
    """
    section = f"{BEGIN}\n\n{settings_table(own_settings())}\n\n{END}"
    return _SECTION.sub(lambda _: section, text)


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
