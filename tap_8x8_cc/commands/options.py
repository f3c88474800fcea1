"""What commands have in common: their options, and the tap that these open."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

import click
from typing_extensions import override

from tap_8x8_cc.progress import Progress
from tap_8x8_cc.run import Run
from tap_8x8_cc.tap import Tap8x8CC

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.clock import Clock


class DryTap(Tap8x8CC):
    """The tap, asking the API for its lists of report types and creating no reports."""

    @override
    def open_run(self, clock: Clock) -> Run:
        return Run(self.settings, clock, Progress(self.metrics_logger, clock), dry=True)


def open_dry(
    sources: Sequence[str], state: IO[str] | None = None, catalog: IO[str] | None = None
) -> DryTap:
    """Make the tap that a command looks at; raises ConfigError.

    Args:
        sources: Files of settings, and `ENV` for those of the environment.
        state: A file that holds a state.
        catalog: A file that holds a catalog.
    """
    return DryTap.open(DryTap.read_config(sources), state, catalog)


config_option = click.option(
    "--config",
    "sources",
    multiple=True,
    required=True,
    metavar="FILE",
    help="Configuration file location or 'ENV' to use environment variables; may be repeated. "
    "A pattern with * stands for the newest file that it matches.",
)
state_option = click.option(
    "--state", type=click.File(), help="Use a bookmarks file, as a sync would."
)
catalog_option = click.option(
    "--catalog", type=click.File(), help="Use a Singer catalog file, as a sync would."
)
format_option = click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table for people, or JSON for machines; on standard output.",
)
