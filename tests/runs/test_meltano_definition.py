"""The Meltano project's definition: it says of the tap what the tap says of itself."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner

from tap_8x8_cc.commands import COMMANDS
from tap_8x8_cc.tap import Tap8x8CC
from tests.support.hub import variant
from tests.support.loaders import definition, extractor, project

KINDS = [
    (kind, plugin)
    for kind in ("extractors", "loaders", "utilities")
    for plugin in project()["plugins"][kind]
]


def about() -> dict[str, Any]:
    """What the tap says of itself."""
    ran = CliRunner().invoke(Tap8x8CC.cli, ["--about", "--format=json"])
    said: dict[str, Any] = json.loads(ran.stdout)
    return said


def setting(name: str) -> dict[str, Any]:
    """A setting of the tap as Meltano defines it."""
    (found,) = (setting for setting in variant()["settings"] if setting["name"] == name)
    return dict(found)


def test_every_setting_of_the_tap_is_defined_with_its_default() -> None:
    defined = {s["name"].partition(".")[0]: s.get("value") for s in variant()["settings"]}
    properties = about()["settings"]["properties"]

    expected = {name: schema.get("default") for name, schema in properties.items()}
    # Selected by default, so defined by default: otherwise Meltano warns of a stream it can't find.
    assert defined == {**expected, "reports": extractor()["config"]["reports"]}


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("client_secret", "string"),
        ("start_date", "date_iso8601"),
        ("lookback_days", "integer"),
        ("include_subtotals", "boolean"),
        ("tenant_ids", "array"),
        ("intra_day_time_range", "object"),
        ("granularity", "options"),
        ("detailed_reports", "string"),
        ("flattening_enabled", "boolean"),
        ("faker_config.seed", "string"),
    ],
)
def test_kinds_fit_the_types_of_the_settings(name: str, kind: str) -> None:
    assert setting(name)["kind"] == kind


def test_options_are_the_values_that_the_tap_allows() -> None:
    options = [option["value"] for option in setting("granularity")["options"]]

    assert options == ["15m", "30m", "hour", "day", "week", "month", "year", "none"]


def test_secrets_of_the_tap_are_marked() -> None:
    marked = {s["name"] for s in variant()["settings"] if s.get("sensitive")}

    assert marked == {"client_id", "client_secret"}


def test_capabilities_are_those_that_the_tap_uses() -> None:
    """The tap could obey a request for ACTIVATE_VERSION, but sends no such message of itself."""
    assert set(variant()["capabilities"]) == set(about()["capabilities"])


def test_commands_are_those_of_the_tap_and_the_probe() -> None:
    assert set(variant()["commands"]) <= {*COMMANDS, "probe"}


def test_selected_streams_of_reports_are_defined() -> None:
    names = {report["name"] for report in extractor()["config"]["reports"]}

    assert {f"{name}.*" for name in names} <= set(extractor()["select"])


@pytest.mark.parametrize(("kind", "plugin"), KINDS, ids=str)
def test_plugins_are_pinned_and_set_only_what_their_definition_knows(
    kind: str, plugin: dict[str, Any]
) -> None:
    defined = definition(kind, plugin)

    assert (defined["name"], defined["variant"]) == (plugin["name"], plugin["variant"])
    assert set(plugin.get("config", {})) <= {s["name"] for s in defined["settings"]}
    if kind != "extractors":
        assert all("==" in part or "~=" in part for part in plugin["pip_url"].split())


def test_project_follows_the_schema_of_meltano() -> None:
    schema = json.loads((files("meltano") / "schemas" / "meltano.schema.json").read_text("utf-8"))

    jsonschema.Draft202012Validator(schema).validate(project())


def test_project_is_short() -> None:
    """What other people define is in lock files."""
    assert len(json.dumps(project(), indent=1).splitlines()) < 200
