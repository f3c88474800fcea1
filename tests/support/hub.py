"""The plugin's definition for `meltano add --from-ref` and for the Hub, made from meltano.yml.

`python -m tests.support.hub` renews it.
"""

from __future__ import annotations

from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from tap_8x8_cc_sandbox.demo.project import CHECKOUT

from tests.support.loaders import project

DEFINITION = CHECKOUT / "docs" / "hub" / "tap-8x8-cc.yml"
PACKAGE = "tap-8x8-cc"
_OF_THE_PLUGIN = ("name", "namespace", "label", "description")
_HEAD = """\
# For `meltano add --from-ref`: made from meltano.yml, see tests/support/hub.py.
# Settings and selection stand under `variants`: Meltano drops a `select` that stands beside them,
# and without one it selects everything.
"""


def definition() -> dict[str, Any]:
    """Return the definition as a plugin with one variant."""
    (plugin,) = project()["plugins"]["extractors"]
    outer = {name: plugin[name] for name in _OF_THE_PLUGIN}
    variant = {k: v for k, v in plugin.items() if k not in _OF_THE_PLUGIN}
    return {
        **outer,
        "variants": [{"name": "original", "original": True, **variant, "pip_url": PACKAGE}],
    }


def written() -> str:
    """Return the file's text."""
    yaml, text = YAML(), StringIO()
    yaml.default_flow_style = False
    yaml.width = 100
    yaml.dump(definition(), text)
    return _HEAD + text.getvalue()


if __name__ == "__main__":
    DEFINITION.parent.mkdir(parents=True, exist_ok=True)
    DEFINITION.write_text(written(), encoding="utf-8")
