"""The command `tap-8x8-cc-sandbox`, which needs what the extra of the same name installs."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the sandbox's command line; says what to install where something is missing."""
    try:
        from tap_8x8_cc.sandbox.cli import cli  # noqa: PLC0415 - imports what may be missing
    except ModuleNotFoundError as error:
        sys.exit(f"The sandbox needs the package {error.name}: pip install 'tap-8x8-cc[sandbox]'.")
    cli()
