"""The only door to what singer-sdk does not promise; seen in 0.54.9, pinned below 0.55.

Each thing here is private to the SDK and could move with any release:

- `ConfigInput`: what the command line's `--config` callback returns (`Tap.cb_config`), which is
  ours since the SDK's own shows a traceback where a file can't be read.
- `classproperty`: how the SDK declares `_env_var_config`, which ours replaces, since the SDK's own
  takes a wrong value for text without a word.
- `TRUTHY`, `parse_environment_config`, `is_boolean_type`, `is_integer_type`: how the SDK reads
  settings from the environment, so that ours differs in nothing but its messages.
- `AboutText` replaces the SDK's text of `--about`, which leaves out what a setting means.
- `load_json`: reads state and catalog as the SDK does.
- `get_selected_schema`: the schema of the selected columns, for a SCHEMA message sent again.
- `without_deselected` keeps out of the log what `Tap.sync_all` says of each stream that nobody
  selected, by its words.
- `Stream.sync` is final; ours overrides it (in `streams.base`), since the SDK makes a stream's maps
  of the catalog as it was given, which may lack columns that every row has.
- `Stream.has_selected_descendents` is final; ours overrides it (in `streams.base`), since the
  participants' stream is written by the stream of their interactions.
- `Tap.sync_all` is final; ours overrides it (in `tap`), since the reports of all streams are put
  in line before the first stream is read, and the SDK has no hook there.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from singer_sdk.about import AboutInfo, TextFormatter
from singer_sdk.configuration._dict_config import TRUTHY, parse_environment_config
from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers._typing import is_boolean_type, is_integer_type
from singer_sdk.helpers._util import load_json
from singer_sdk.plugin_base import _ConfigInput as ConfigInput

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator

__all__ = [
    "TRUTHY",
    "ConfigInput",
    "classproperty",
    "get_selected_schema",
    "is_boolean_type",
    "is_integer_type",
    "load_json",
    "parse_environment_config",
    "without_deselected",
]


class AboutText(TextFormatter, format_name="text"):
    """Adds to `--about` what each setting means."""

    def format_about(self, about_info: AboutInfo) -> str:
        """Return the text."""
        text = super().format_about(about_info)
        for name, setting in about_info.settings["properties"].items():
            heading = f"  - Name: {name}\n"
            meaning = setting.get("description", setting.get("title", ""))
            text = text.replace(heading, f"{heading}    Description: {meaning}\n")
        return text


_DESELECTED = "Skipping deselected stream"


@contextmanager
def without_deselected(logger: logging.Logger) -> Iterator[None]:
    """Leave out a line for each stream that is not selected: there are some ninety."""

    def is_wanted(record: logging.LogRecord) -> bool:
        return not str(record.msg).startswith(_DESELECTED)

    logger.addFilter(is_wanted)
    try:
        yield
    finally:
        logger.removeFilter(is_wanted)
