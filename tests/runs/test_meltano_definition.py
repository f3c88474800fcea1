"""The Meltano project's definition: it says of the tap what the tap says of itself."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from tap_8x8_cc.tap import Tap8x8CC
from tests.support.loaders import project
from tests.support.readme import own_settings


def extractor() -> dict[str, Any]:
    (plugin,) = project()["plugins"]["extractors"]
    assert isinstance(plugin, dict)
    return plugin


def about() -> dict[str, Any]:
    """What the tap says of itself."""
    ran = CliRunner().invoke(Tap8x8CC.cli, ["--about", "--format=json"])
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


def test_every_setting_of_the_tap_is_defined_with_its_default() -> None:
    defined = {s["name"].partition(".")[0]: s.get("value") for s in extractor()["settings"]}
    properties = about()["settings"]["properties"]

    assert defined == {name: definition.get("default") for name, definition in properties.items()}


def test_capabilities_are_those_that_the_tap_uses() -> None:
    """The tap could obey a request for ACTIVATE_VERSION, but sends no such message of itself."""
    assert set(extractor()["capabilities"]) == set(about()["capabilities"])


def test_kinds_fit_the_types_of_the_settings() -> None:
    fitting = {
        "string": {"string", "options", "date_iso8601"},
        "integer": {"integer"},
        "boolean": {"boolean"},
        "array": {"array"},
        "object": {"object"},
    }
    kinds = {setting["name"]: setting["kind"] for setting in extractor()["settings"]}

    for name, definition in own_settings()["properties"].items():
        types = set(definition["type"]) - {"null"}
        # What may be of several types comes as it is written only where its kind is text.
        assert kinds[name] in fitting["string" if "string" in types else types.pop()]


def test_options_are_the_values_that_the_tap_allows() -> None:
    for setting in extractor()["settings"]:
        if setting["kind"] == "options":
            allowed = own_settings()["properties"][setting["name"]]["enum"]
            assert [option["value"] for option in setting["options"]] == [
                value for value in allowed if value is not None
            ]


def test_required_settings_are_asked_for() -> None:
    assert extractor()["settings_group_validation"] == [own_settings()["required"]]


def test_secrets_are_marked_and_have_no_value() -> None:
    plugins = project()["plugins"]
    settings = [
        setting
        for plugin in (*plugins["extractors"], *plugins["loaders"])
        for setting in plugin["settings"]
        if any(word in setting["name"] for word in ("secret", "password", "token", "passphrase"))
    ]

    assert len(settings) > 5
    assert all(setting.get("sensitive") and "value" not in setting for setting in settings)


@pytest.mark.parametrize("plugin", project()["plugins"]["loaders"], ids=lambda p: p["name"])
def test_loaders_are_pinned(plugin: dict[str, Any]) -> None:
    assert all("==" in part or "~=" in part for part in plugin["pip_url"].split())


def test_definition_follows_the_schema_of_meltano() -> None:
    schema = json.loads((files("meltano") / "schemas" / "meltano.schema.json").read_text("utf-8"))

    jsonschema.Draft202012Validator(schema).validate(project())
