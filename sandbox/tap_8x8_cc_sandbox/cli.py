"""Command line of the sandbox."""

from __future__ import annotations

import json
import signal
import threading
from pathlib import Path
from typing import Any, get_args, get_type_hints

import click

from tap_8x8_cc_sandbox.api import quirks as quirks_module
from tap_8x8_cc_sandbox.api.config import SandboxConfig, SettingsError
from tap_8x8_cc_sandbox.api.likeness import EvidenceError, settings_like
from tap_8x8_cc_sandbox.api.quirks import Quirks
from tap_8x8_cc_sandbox.api.server import SandboxServer
from tap_8x8_cc_sandbox.demo.figures import FiguresError
from tap_8x8_cc_sandbox.demo.page import DAYS, TARGET, Options, write_page
from tap_8x8_cc_sandbox.demo.project import ProjectError
from tap_8x8_cc_sandbox.demo.run import run_demo


@click.group()
def cli() -> None:
    """A simulated contact center behind the 8x8 Historical Analytics API."""


@cli.command()
@click.option("--port", default=0, show_default="any that is free", help="Port on 127.0.0.1.")
@click.option(
    "--config",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="JSON file of settings; the options below go before it.",
)
@click.option(
    "--like",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Evidence of a probe (tap-8x8-cc-probe --save): answer as that API did.",
)
@click.option("--seed", type=int, help="Chooses the figures.")
@click.option("--generation-seconds", type=float, help="Seconds that a report takes.")
@click.option("--tenant", "tenants", multiple=True, help="Id of a tenant; may be repeated.")
@click.option("--timezone", help="Default time zone of the tenants.")
@click.option("--now", help="A present that stands still, such as 2026-03-10T00:00:00Z.")
@click.option(
    "--quirk",
    "quirks",
    multiple=True,
    metavar="NAME=VALUE",
    help="How the API behaves where its documentation is silent; may be repeated.",
)
def serve(
    port: int, file: Path | None, like: Path | None, quirks: tuple[str, ...], **options: Any
) -> None:
    """Serve the API until interrupted."""
    try:
        config = SandboxConfig().patched(_likeness(like) if like else {})
        server = SandboxServer(_config(config, file, quirks, options), port=port)
    except (SettingsError, EvidenceError, json.JSONDecodeError) as error:
        raise click.ClickException(str(error)) from error
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with server:
        click.echo(f"Serving at {server.url}. Settings for a tap:")
        click.echo(json.dumps(tap_settings(server), indent=2))
        stop.wait()


@cli.command()
@click.option(
    "--directory",
    type=click.Path(file_okay=False, path_type=Path),
    show_default=".meltano/demo in the checkout",
    help="Where the Meltano project and the database are made.",
)
def demo(directory: Path | None) -> None:
    """Read two weeks and a day of it into DuckDB with Meltano, and draw what it answers."""
    try:
        run_demo(directory)
    except ProjectError as error:
        raise click.ClickException(str(error)) from error


@cli.command()
@click.option(
    "--duckdb",
    "database",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File that the models were built in.",
)
@click.option("--schema", default="analytics", show_default=True, help="Schema of the models.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    show_default="beside the file",
    help="The page.",
)
@click.option(
    "--days",
    type=click.IntRange(1),
    default=DAYS,
    show_default=True,
    help="Days of the period shown.",
)
@click.option(
    "--target",
    type=click.IntRange(0, 100),
    default=TARGET,
    show_default=True,
    help="Service level wanted, in per cent.",
)
@click.option("--by-number", is_flag=True, help="Leave the agents' names out of the file.")
def page(database: Path, output: Path | None, **options: Any) -> None:
    """Write a page about any DuckDB file that has the models."""
    written = output or database.with_suffix(".html")
    try:
        write_page(database, written, Options(**options))
    except FiguresError as error:
        raise click.ClickException(str(error)) from error
    click.echo(written.resolve().as_uri())


def tap_settings(server: SandboxServer) -> dict[str, Any]:
    """Return the settings that a tap needs to read from a server."""
    config = server.config
    settings: dict[str, Any] = {
        "client_id": config.client_id,
        "client_secret": config.client_secret,
        "api_url": server.url,
    }
    if config.tenants:
        settings["tenant_ids"] = list(config.tenants)
    return settings


def _likeness(file: Path) -> dict[str, Any]:
    """Read evidence; raises EvidenceError."""
    return settings_like(json.loads(file.read_text(encoding="utf-8")))


def _config(
    config: SandboxConfig, file: Path | None, quirks: tuple[str, ...], options: dict[str, Any]
) -> SandboxConfig:
    """Merge the settings of the file into others, and the options into these.

    Raises:
        SettingsError: A setting is unknown or has a wrong value.
    """
    settings = json.loads(file.read_text(encoding="utf-8")) if file else {}
    seed, timezone = options.pop("seed"), options.pop("timezone")
    patch = {name: value for name, value in options.items() if value not in {None, ()}}
    if seed is not None:
        patch["center"] = {"seed": seed}
    if timezone is not None:
        patch["default_timezone"] = timezone
    if quirks:
        patch["quirks"] = dict(_quirk(quirk) for quirk in quirks)
    return config.patched(settings).patched(patch)


def _quirk(text: str) -> tuple[str, object]:
    """Read `name=value`; whether it is a text, a number or a truth follows from the name."""
    name, equals, value = text.partition("=")
    if not equals:
        raise SettingsError(f"A quirk has the form name=value, not {text!r}.")
    hints = get_type_hints(Quirks, vars(quirks_module))
    options = {str(option).lower(): option for option in _options(hints.get(name))}
    return name, options.get(value.lower(), value)


def _options(hint: Any) -> list[Any]:  # noqa: ANN401 - a type
    """Return what a quirk may be."""
    if hint is bool:
        return [True, False]
    return [one for part in get_args(hint) for one in (get_args(part) or (part,))]
