"""The only door to what singer-sdk does not promise; seen in 0.54.9, pinned below 0.55.

Each thing here is private to the SDK and could move with any release:

- `ConfigInput`: what the command line's `--config` callback returns (`Tap.cb_config`), which is
  ours since the SDK's own shows a traceback where a file can't be read.
- `classproperty`: how the SDK declares `_env_var_config`, which ours replaces, since the SDK's own
  takes a wrong value for text without a word.
- `TRUTHY`, `parse_environment_config`, `is_boolean_type`, `is_integer_type`: how the SDK reads
  settings from the environment, so that ours differs in nothing but its messages.
- `load_json`: reads state and catalog as the SDK does.
- `get_selected_schema`: the schema of the selected columns, for a SCHEMA message sent again.
- `Tap.sync_all` is final; ours overrides it (in `tap`), since the reports of all streams are put
  in line before the first stream is read, and the SDK has no hook there.
"""

from __future__ import annotations

from singer_sdk.configuration._dict_config import TRUTHY, parse_environment_config
from singer_sdk.helpers._catalog import get_selected_schema
from singer_sdk.helpers._classproperty import classproperty
from singer_sdk.helpers._typing import is_boolean_type, is_integer_type
from singer_sdk.helpers._util import load_json
from singer_sdk.plugin_base import _ConfigInput as ConfigInput

__all__ = [
    "TRUTHY",
    "ConfigInput",
    "classproperty",
    "get_selected_schema",
    "is_boolean_type",
    "is_integer_type",
    "load_json",
    "parse_environment_config",
]
