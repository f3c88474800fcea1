"""The command `tap-8x8-cc-probe`: its options, the order of things, its exit code."""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tap_8x8_cc.clock import Clock
from tap_8x8_cc.commands.options import config_option, format_option
from tap_8x8_cc.errors import ConfigError, StoppedError, TapError, one_line
from tap_8x8_cc.redaction import REDACTOR, protect_handlers
from tap_8x8_cc.run import open_client
from tap_8x8_cc.signals import STOP
from tap_8x8_cc.tap import Tap8x8CC
from tap_8x8_cc_probe.asking import Asker
from tap_8x8_cc_probe.evidence import evidence
from tap_8x8_cc_probe.experiments import Experiments, Seen
from tap_8x8_cc_probe.findings import Verdict
from tap_8x8_cc_probe.questions import QUESTIONS

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

RETRY_SECONDS = 60
"""How long to retry a call: people wait at a terminal."""
MAX_MESSAGE = 2000


def main() -> None:
    """Run the probe: every failure is one line and an exit code, never a traceback."""
    logging.basicConfig(
        level=os.environ.get("TAP_8X8_CC_LOGLEVEL", "INFO").upper(),
        format="%(asctime)s | %(levelname)-8s | %(name)s | %(message)s",
    )
    protect_handlers()
    for signum in (signal.SIGINT, signal.SIGTERM):
        signal.signal(signum, lambda number, _: STOP.signal(number))
    try:
        probe()
    except StoppedError as stopped:
        logger.warning("Stopped by %s.", stopped)
        os._exit(stopped.exit_code)
    except Exception as error:
        foreseen = isinstance(error, TapError)
        message = str(error) if foreseen else f"Unexpected {type(error).__name__}: {error}"
        logger.error(one_line(REDACTOR(message), MAX_MESSAGE))  # noqa: TRY400 - one line
        logger.debug("The failure in full", exc_info=error)
        sys.exit(1)


@click.command()
@config_option
@format_option
@click.option("--tenant", metavar="ID", help="The tenant to probe. Default: the first.")
@click.option(
    "--save",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    metavar="FILE",
    help="Save what was seen, without any name, number, id or text of the contact center.",
)
@click.version_option(package_name="tap-8x8-cc-probe")
@click.pass_context
def probe(
    context: click.Context,
    sources: Sequence[str],
    output: str,
    tenant: str | None,
    save: Path | None,
) -> None:
    """Find out how this tenant's API behaves, by at most ten small reports.

    Exits with 0 if the tap copes with everything that was found, and with 1 if it does not or if
    nothing was learned.
    """
    seen = Seen(Tap8x8CC.open(Tap8x8CC.read_config(sources), discover=False).settings)
    try:
        study(seen, Clock.from_environment(), tenant)
    finally:
        # An answer that the tap can't read is the most wanted one.
        if save and seen.exchanges:
            value = evidence(seen, judge(seen))
            save.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
            logger.info("Saved what was seen, without anything of the contact center, to %s.", save)
    verdict = judge(seen)
    click.echo(verdict.as_json() if output == "json" else verdict.as_table())
    context.exit(0 if verdict.copes else 1)


def study(seen: Seen, clock: Clock, tenant: str | None = None) -> None:
    """Probe a tenant, the first one unless it is named; what is seen is added to `seen`.

    Raises:
        ConfigError: The settings do not name the tenant.
        ApiError: The API does not list its report types.
    """
    settings = seen.settings
    if tenant is not None and settings.tenant_ids and tenant not in settings.tenant_ids:
        raise ConfigError(f"--tenant {tenant}: it is not among tenant_ids.")
    patient = replace(settings, retry_seconds=min(settings.retry_seconds, RETRY_SECONDS))
    tenant_id = tenant or settings.tenants[0]
    asker = Asker(open_client(patient, clock), clock, tenant_id, settings.poll_interval_max)
    began = clock.monotonic()
    try:
        seen.listing = asker.look_around()
        Experiments(asker, clock.now(), seen).run()
    finally:
        seen.exchanges = asker.exchanges
        seen.seconds = clock.monotonic() - began


def judge(seen: Seen) -> Verdict:
    """Answer all questions from what was seen."""
    findings = [(question, question.answer(seen)) for question in QUESTIONS]
    return Verdict(findings, len(seen.created), seen.seconds, seen.why_little)
