"""The command `tap-8x8-cc-probe`: its options, the order of things, its exit code."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tap_8x8_cc.api.listing import fetch_listing
from tap_8x8_cc.api.tape import Tape
from tap_8x8_cc.clock import Clock
from tap_8x8_cc.config.schema import CONFIG_JSONSCHEMA
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.config.sources import read_config_file, read_environment
from tap_8x8_cc.config.validation import check_shape
from tap_8x8_cc.errors import ConfigError, StoppedError, TapError, one_line
from tap_8x8_cc.redaction import REDACTOR, protect_handlers
from tap_8x8_cc.session import open_client
from tap_8x8_cc.signals import STOP
from tap_8x8_cc_probe.asking import Asker, ask_for_nothing
from tap_8x8_cc_probe.evidence import evidence
from tap_8x8_cc_probe.experiments import Experiments
from tap_8x8_cc_probe.output import as_json, as_text
from tap_8x8_cc_probe.seen import Seen
from tap_8x8_cc_probe.verdict import judge

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

PATIENCE = 60
"""Seconds for which a call is tried again: who waits at a terminal wants to know."""
REPORT_PATIENCE = 300
"""Seconds in which a report must have been generated."""
PREFIX = "TAP_8X8_CC_"
LONGEST_MESSAGE = 2000


def main() -> None:
    """Run the probe: every failure is one line and an exit code, never a traceback."""
    logging.basicConfig(
        level=os.environ.get(f"{PREFIX}LOGLEVEL", "INFO").upper(),
        format="%(asctime)s | %(levelname)-8s | %(name)s | %(message)s",
    )
    protect_handlers()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda number, _: STOP.signal(number))
    try:
        probe()
    except TapError as error:
        _fail(str(error), error)
    except StoppedError as stopped:
        logger.warning("Stopped by %s.", stopped)
        os._exit(stopped.exit_code)
    except Exception as error:  # noqa: BLE001 - whatever it is, one line
        _fail(f"Unexpected {type(error).__name__}: {error}", error)


def _fail(message: str, error: BaseException) -> None:
    logger.error(one_line(REDACTOR(message), LONGEST_MESSAGE))
    logger.debug("The failure in full", exc_info=error)
    sys.exit(1)


def read_settings(sources: Sequence[str]) -> Settings:
    """Read the tap's settings from files and, for `ENV`, from the environment.

    Raises:
        ConfigError: A source can't be read, or a setting is wrong.
    """
    config: dict[str, Any] = {}
    for source in sources:
        config |= (
            read_environment(CONFIG_JSONSCHEMA, PREFIX)
            if source == "ENV"
            else read_config_file(source)
        )
    if faults := check_shape(config, CONFIG_JSONSCHEMA):
        raise ConfigError(" ".join(faults))
    return Settings.from_config(config)


@click.command()
@click.option(
    "--config",
    "sources",
    multiple=True,
    required=True,
    metavar="FILE",
    help="The tap's configuration file, or ENV for environment variables; may be repeated.",
)
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table for people, or JSON for machines; on standard output.",
)
@click.option("--tenant", metavar="ID", help="The tenant to probe. Default: the first.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Save what was seen, with every name, number, id and text of the contact center replaced.",
)
@click.pass_context
def probe(
    context: click.Context,
    sources: Sequence[str],
    output: str,
    tenant: str | None,
    save: Path | None,
) -> None:
    """Find out how this tenant's API behaves, by ten small reports at the most.

    Exits with 0 where the tap copes with what was found, and with 1 where it does not or where
    nothing was learned.
    """
    settings = read_settings(sources)
    seen = Seen(zone=settings.timezone, zone_is_set=settings.timezone is not None)
    try:
        study(settings, Clock.from_environment(), seen, tenant)
    finally:
        # What can't be read is what is wanted most.
        if save and seen.exchanges:
            _save(save, evidence(seen, judge(seen), settings.api_version))
    verdict = judge(seen)
    click.echo(as_json(verdict) if output == "json" else as_text(verdict))
    context.exit(0 if verdict.copes else 1)


def study(settings: Settings, clock: Clock, seen: Seen, tenant: str | None = None) -> None:
    """Probe a tenant.

    Args:
        settings: The settings.
        clock: Time and waiting.
        seen: Where to note what is seen.
        tenant: The tenant; None: the first of the settings, if they name any.

    Raises:
        ConfigError: The settings do not name the tenant.
        ApiError: The list of report types can't be had: nothing else would be.
    """
    if tenant is not None and settings.tenant_ids and tenant not in settings.tenant_ids:
        raise ConfigError(f"--tenant {tenant}: it is not among tenant_ids.")
    tenant_id = tenant or settings.tenants[0]
    settings = replace(
        settings,
        retry_seconds=min(settings.retry_seconds, PATIENCE),
        report_timeout=min(settings.report_timeout, REPORT_PATIENCE),
    )
    client = open_client(settings, clock)
    tape = Tape(settings.api_url + settings.base_path, clock)
    client.watch(tape.record)
    began = clock.now()
    try:
        seen.listing = fetch_listing(client, tenant_id)
        seen.missing = ask_for_nothing(client, tape, tenant_id)
        Experiments(Asker(client, tape, settings, clock), settings, tenant_id, clock, seen).run()
    finally:
        seen.exchanges = tape.exchanges
        seen.seconds = (clock.now() - began).total_seconds()


def _save(file: Path, value: dict[str, Any]) -> None:
    file.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
    logger.info("Saved what was seen, without anything of the contact center, to %s.", file)
