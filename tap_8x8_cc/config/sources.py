"""What a run reads first: settings from files and the environment, a state, a catalog."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from tap_8x8_cc._sdk import (
    TRUTHY,
    is_boolean_type,
    is_integer_type,
    load_json,
    parse_environment_config,
)
from tap_8x8_cc.config.values import NO
from tap_8x8_cc.errors import ConfigError, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_STATE = (
    "state: not a Singer state, which holds bookmarks; to read everything from start_date, give no "
    "state."
)


def read_config_file(path: str) -> dict[str, Any]:
    """Read a file of settings; raises ConfigError, which names the file and shows nothing of it."""
    name = f"config, {one_line(path)}"
    try:
        text = _newest(Path(path)).read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ConfigError(f"{name}: there is no such file.") from None
    except OSError as error:
        raise ConfigError(f"{name}: {error.strerror}.") from None
    except ValueError:
        raise ConfigError(f"{name}: the file is not UTF-8 text.") from None
    return _json_object(name, text)


def _newest(path: Path) -> Path:
    """Return the newest file that a path with a pattern matches; without a pattern, the path.

    Meltano gives its configuration file another name in each run, in a folder that is known.
    """
    found = path.parent.glob(path.name) if "*" in path.name else ()
    return max(found, key=lambda file: file.stat().st_mtime, default=path)


def read_object(name: str, source: IO[str]) -> dict[str, Any]:
    """Read a state or a catalog; raises ConfigError if it does not hold a JSON object."""
    try:
        text = source.read()
    except ValueError:
        raise ConfigError(f"{name}: the file is not UTF-8 text.") from None
    return _json_object(name, text)


def singer_state(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the Singer state in a state file, which may have Meltano's wrapper around it.

    Raises:
        ConfigError: It is not a state: read as one, everything would be read again.
    """
    if "bookmarks" not in state:
        wrapped = [state[name] for name in ("singer_state", "completed") if name in state]
        if state and not (wrapped and isinstance(wrapped[0], dict)):
            raise ConfigError(_NO_STATE)
        return singer_state(wrapped[0]) if wrapped else {}
    bookmarks = state["bookmarks"]
    for bookmark in bookmarks.values() if isinstance(bookmarks, dict) else [None]:
        partitions = bookmark.get("partitions", []) if isinstance(bookmark, dict) else None
        for part in partitions if isinstance(partitions, list) else [None]:
            if not (isinstance(part, dict) and isinstance(part.get("context"), dict)):
                raise ConfigError(_NO_STATE)
    return dict(state)


def read_environment(schema: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    """Read the settings that environment variables give.

    Args:
        schema: The settings' JSON Schema.
        prefix: What the variables' names begin with.

    Raises:
        ConfigError: A value is not of its setting's type; the line does not show it.
    """
    settings: dict[str, Any] = {}
    for name, definition in schema["properties"].items():
        variable = f"{prefix}{name.upper()}"
        try:
            settings |= parse_environment_config({"properties": {name: definition}}, prefix)
        except (ValueError, RecursionError):
            form = "an integer" if is_integer_type(definition) else "JSON"
            raise ConfigError(f"{name}: {variable} must be {form}.") from None
        if {"boolean", "string"} <= set(definition["type"]):
            settings |= {name: os.environ[variable]} if variable in os.environ else {}
            continue
        given = os.environ.get(variable, "false").strip().lower()
        if is_boolean_type(definition) and given not in (*TRUTHY, *NO):
            raise ConfigError(f"{name}: {variable} must be true or false.")
    return settings


def _json_object(name: str, text: str) -> dict[str, Any]:
    try:
        value = load_json(text)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise ConfigError(f"{name}: the file does not hold a JSON object.")
    return value
