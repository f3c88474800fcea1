"""Commands beside the Singer one: each reads the same settings and answers a question of people's.

A command is a click command in a module of the same name, which is imported when it is called.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import click

COMMANDS = {
    "plan": "which reports would a run create, and why?",
    "shards": "how is the work divided among several machines?",
}
"""The commands by name, each a module of this folder, and the question that it answers."""


def find_command(name: str) -> click.Command:
    """Import the command of that name."""
    command: click.Command = getattr(import_module(f"{__name__}.{name}"), name)
    return command
