"""The plugin's definition, made from the tap's settings and from meltano.yml.

It is written twice: in docs/hub for `meltano add --from-ref`, and in plugins/ as Meltano's lock
file. `python -m tests.support.hub` renews both.
"""

from __future__ import annotations

import json
from io import StringIO
from typing import TYPE_CHECKING, Any

from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tap_8x8_cc.config.schema import CONFIG_JSONSCHEMA
from tap_8x8_cc.tap import Tap8x8CC
from tests.support.loaders import extractor

if TYPE_CHECKING:
    from collections.abc import Iterator

DEFINITION = CHECKOUT / "docs" / "hub" / "tap-8x8-cc.yml"
LOCK = CHECKOUT / "plugins" / "extractors" / "tap-8x8-cc--original.lock"
REPOSITORY = "https://github.com/tap-8x8-cc/tap-8x8-cc"
_HEAD = """\
# For `meltano add --from-ref`: made by `python -m tests.support.hub`.
# Settings and selection are under `variants`: Meltano drops a `select` beside them,
# and without a select it reads every stream.
"""
_NAMES = {
    "name": Tap8x8CC.name,
    "namespace": "tap_8x8_cc",
    "label": "8x8 Contact Center",
    "description": "Historical reports of an 8x8 Contact Center",
}
# Where Meltano writes configuration and catalog for the tap. It makes the catalog again, with the
# selection of the project, only if no arguments follow the command's name.
_RUN = "$MELTANO_SYS_DIR_ROOT/run/$MELTANO_EXTRACTOR_NAME"
_FILES = f"--config {_RUN}/tap.*.config.json --catalog {_RUN}/tap.properties.json"
_COMMANDS = {
    "plan": "List the reports that a run would create, without creating any.",
    "shards": "Divide a run among several machines.",
}
# A distribution of its own, installed beside the tap: `pip_url: tap-8x8-cc tap-8x8-cc-probe`.
_PROBE = {
    "args": f"--config {_RUN}/tap.*.config.json",
    "executable": "tap-8x8-cc-probe",
    "description": "Find out how the API of your tenant behaves.",
}
_DATES = {"start_date", "end_date"}
_SENSITIVE = {"client_id", "client_secret"}


def properties() -> dict[str, Any]:
    """The JSON Schema of each setting: the tap's own first, then the SDK's."""
    builtin: dict[str, Any] = {"properties": {}}
    Tap8x8CC.append_builtin_config(builtin)
    every: dict[str, Any] = {**CONFIG_JSONSCHEMA["properties"], **builtin["properties"]}
    return every


def settings() -> Iterator[dict[str, Any]]:
    """The settings as Meltano defines them."""
    for name, schema in properties().items():
        if name == "faker_config":
            for inner, its in schema["properties"].items():
                yield _setting(f"{name}.{inner}", its)
        else:
            yield _setting(name, schema)


def _setting(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    setting = {
        "name": name,
        "label": schema.get("title") or name.rpartition(".")[2].capitalize(),
        "kind": _kind(name, schema),
        "description": schema["description"],
    }
    if name in _SENSITIVE:
        setting["sensitive"] = True
    if schema.get("default") is not None:
        setting["value"] = schema["default"]
    if setting["kind"] == "options":
        values = [value for value in schema["enum"] if value is not None]
        setting["options"] = [{"label": value, "value": value} for value in values]
    if name == "reports":
        setting["value"] = extractor()["config"]["reports"]
    return setting


def _kind(name: str, schema: dict[str, Any]) -> str:
    types = _types(schema)
    if name in _DATES:
        return "date_iso8601"
    if "enum" in schema:
        return "options"
    # A value of several types arrives as it is written only if its kind is text.
    return "string" if "string" in types else types[0]


def _types(schema: dict[str, Any]) -> list[str]:
    """The types that a setting may have, null aside."""
    if choices := schema.get("anyOf") or schema.get("oneOf"):
        return [name for choice in choices for name in _types(choice)]
    types = schema["type"]
    return [types] if isinstance(types, str) else [name for name in types if name != "null"]


def variant() -> dict[str, Any]:
    """What is under `variants`."""
    return {
        "docs": f"{REPOSITORY}#readme",
        "repo": REPOSITORY,
        "pip_url": Tap8x8CC.name,
        "executable": Tap8x8CC.name,
        "capabilities": sorted(capability.value for capability in Tap8x8CC.capabilities),
        "settings_group_validation": [CONFIG_JSONSCHEMA["required"]],
        "settings": list(settings()),
        "commands": {
            name: {"args": f"{name} {_FILES}", "description": description}
            for name, description in _COMMANDS.items()
        }
        | {"probe": _PROBE},
        "select": list(extractor()["select"]),
    }


def written() -> str:
    """The text of the definition."""
    yaml, text = YAML(), StringIO()
    yaml.default_flow_style = False
    yaml.width = 100
    yaml.dump({**_NAMES, "variants": [{"name": "original", "original": True, **variant()}]}, text)
    return _HEAD + text.getvalue()


def locked() -> str:
    """The text of the lock file."""
    lock = {"plugin_type": "extractors", **_NAMES, "variant": "original", **variant()}
    return json.dumps(lock, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    DEFINITION.write_text(written(), encoding="utf-8")
    LOCK.parent.mkdir(parents=True, exist_ok=True)
    LOCK.write_text(locked(), encoding="utf-8")
