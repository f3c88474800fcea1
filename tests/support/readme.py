"""The parts of README.md that are made from the code.

`python -m tests.support.readme` renews them.
"""

from __future__ import annotations

import re
from typing import Any

from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tap_8x8_cc.config.schema import CONFIG_JSONSCHEMA
from tap_8x8_cc.tap import Tap8x8CC
from tests.support.loaders import PROJECT_FILE

README = CHECKOUT / "README.md"
_CLONE = "../tap-8x8-cc"
"""Where the quick start has the clone of this repository."""


def own_settings() -> dict[str, Any]:
    """The schema of the tap's own settings: the SDK adds its own to it when a tap is made."""
    builtin: dict[str, Any] = {"properties": {}}
    Tap8x8CC.append_builtin_config(builtin)
    own = CONFIG_JSONSCHEMA["properties"].items()
    properties = {name: setting for name, setting in own if name not in builtin["properties"]}
    return {**CONFIG_JSONSCHEMA, "properties": properties}


def settings_table(schema: dict[str, Any]) -> str:
    """The table of settings."""
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


def plugin_lines(name: str) -> str:
    """The lines of meltano.yml that set a plugin up."""
    text = PROJECT_FILE.read_text(encoding="utf-8")
    (found,) = re.findall(rf"^  - name: {name}\n    variant: (?:.+\n)+", text, re.MULTILINE)
    return str(found)


def project_block() -> str:
    """The block of the quick start that adds the tap and the loader for DuckDB."""
    tap = plugin_lines("tap-8x8-cc").replace("-e .", f"-e {_CLONE} -e {_CLONE}/probe")
    loader = plugin_lines("target-duckdb")
    plugins = f"plugins:\n  extractors:\n{tap}  loaders:\n{loader}"
    return f"```sh\ncat >> meltano.yml <<'END'\n{plugins}END\n```"


def loader_block(name: str) -> str:
    """A block with another loader."""
    return f"```yaml\n  loaders:\n{plugin_lines(name)}```"


def renewed(text: str) -> str:
    """The README with its generated parts renewed."""
    parts = {
        "settings": settings_table(own_settings()),
        "project": project_block(),
        "postgres": loader_block("target-postgres"),
        "snowflake": loader_block("target-snowflake"),
    }
    for name, part in parts.items():
        begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
        before, _, rest = text.partition(begin)
        text = f"{before}{begin}\n\n{part}\n\n{end}{rest.partition(end)[2]}"
    return text


if __name__ == "__main__":
    README.write_text(renewed(README.read_text(encoding="utf-8")), encoding="utf-8")
