"""What commands have in common: their options, and the tap that these open."""

from __future__ import annotations

from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

import click

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tap_8x8_cc.config.settings import Settings
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.planning.planned import PlannedReport
    from tap_8x8_cc.session import Session


class Run(Protocol):
    """What a command sees of the tap, which stands beside the commands: the run it would do."""

    @property
    def settings(self) -> Settings:
        """The settings, parsed."""

    @property
    def session(self) -> Session:
        """Its dealings with the API."""

    @property
    def streams(self) -> Mapping[str, Any]:
        """Its streams by name, as the API's listing and the catalog make them."""

    def plan_reports(self) -> list[PlannedReport]:
        """Plan the reports of all selected streams, in the order in which they are read."""

    def plan_apart(self) -> list[ReportRequest]:
        """Plan the reports of all selected streams, each as though it alone were read."""


class Opener(Protocol):
    """Makes a run of what the command line names; the context of each command holds it."""

    def __call__(
        self,
        sources: Sequence[str],
        state: IO[str] | None = None,
        catalog: IO[str] | None = None,
        *,
        discover: bool = True,
    ) -> Run:
        """Open a run.

        Args:
            sources: Files of settings, and `ENV` for those of the environment.
            state: A file that holds a state.
            catalog: A file that holds a catalog.
            discover: Whether to ask the API for its list of report types at once.

        Raises:
            ConfigError: One of them makes no sense.
        """


def _newest(_: click.Context, __: click.Parameter, sources: tuple[str, ...]) -> tuple[str, ...]:
    """Return the sources, with the newest file in place of each pattern.

    Meltano gives its configuration file another name in each run, in a folder that is known.
    """
    return tuple(map(_newest_file, sources))


def _newest_file(source: str) -> str:
    path = Path(source)
    if "*" not in path.name:
        return source
    found = path.parent.glob(path.name)
    return str(max(found, key=lambda file: file.stat().st_mtime, default=path))


config_option = click.option(
    "--config",
    "sources",
    multiple=True,
    required=True,
    metavar="FILE",
    callback=_newest,
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
