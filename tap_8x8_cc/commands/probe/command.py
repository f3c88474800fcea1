"""The command: its options, the order of things, its exit code."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from tap_8x8_cc.api.listing import fetch_listing
from tap_8x8_cc.api.tape import Tape
from tap_8x8_cc.commands.options import config_option, format_option
from tap_8x8_cc.commands.probe.asking import Asker, ask_for_nothing
from tap_8x8_cc.commands.probe.evidence import evidence
from tap_8x8_cc.commands.probe.experiments import Experiments
from tap_8x8_cc.commands.probe.output import as_json, as_text
from tap_8x8_cc.commands.probe.seen import Seen
from tap_8x8_cc.commands.probe.verdict import judge
from tap_8x8_cc.errors import ConfigError
from tap_8x8_cc.session import open_client

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tap_8x8_cc.clock import Clock
    from tap_8x8_cc.commands.options import Opener
    from tap_8x8_cc.config.settings import Settings

logger = logging.getLogger(__name__)

PATIENCE = 60
"""Seconds for which a call is tried again: who waits at a terminal wants to know."""
REPORT_PATIENCE = 300
"""Seconds in which a report must have been generated."""


@click.command()
@config_option
@format_option
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
    open_run: Opener = context.obj
    run = open_run(sources, discover=False)  # asked for with less patience than a sync has
    seen = Seen(zone=run.settings.timezone, zone_is_set=run.settings.timezone is not None)
    try:
        study(run.settings, run.session.clock, seen, tenant)
    finally:
        # What can't be read is what is wanted most.
        if save and seen.exchanges:
            _save(save, evidence(seen, judge(seen), run.settings.api_version))
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
