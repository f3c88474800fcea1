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
from tap_8x8_cc.clock import Clock
from tap_8x8_cc.config.schema import CONFIG_JSONSCHEMA
from tap_8x8_cc.config.settings import Settings
from tap_8x8_cc.config.sources import read_config_file, read_environment
from tap_8x8_cc.config.validation import check_shape
from tap_8x8_cc.errors import ConfigError, StoppedError, TapError, one_line
from tap_8x8_cc.redaction import REDACTOR, protect_handlers
from tap_8x8_cc.run import open_client
from tap_8x8_cc.signals import STOP
from tap_8x8_cc_probe import call_questions, csv_questions, row_questions, time_questions
from tap_8x8_cc_probe.asking import Asker
from tap_8x8_cc_probe.evidence import evidence
from tap_8x8_cc_probe.experiments import Experiments, Seen
from tap_8x8_cc_probe.findings import Question, Verdict
from tap_8x8_cc_probe.output import as_json, as_text
from tap_8x8_cc_probe.tape import Tape

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger(__name__)

PREFIX = "TAP_8X8_CC_"
RETRY_SECONDS = 60
"""How long to retry a call: people wait at a terminal."""
MAX_MESSAGE = 2000
_ROOMS = (time_questions, row_questions, csv_questions, call_questions)
QUESTIONS = [item for room in _ROOMS for item in vars(room).values() if isinstance(item, Question)]
"""Every question, the most important first."""


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
    logger.error(one_line(REDACTOR(message), MAX_MESSAGE))
    logger.debug("The failure in full", exc_info=error)
    sys.exit(1)


@click.command()
@click.option(
    "--config",
    "sources",
    multiple=True,
    required=True,
    metavar="FILE",
    help="The tap's configuration file, or ENV for environment variables; may be repeated.",
)
@click.option("--tenant", metavar="ID", help="The tenant to probe. Default: the first.")
@click.option(
    "--format",
    "output",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="A table for people, or JSON for machines; on standard output.",
)
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
    tenant: str | None,
    output: str,
    save: Path | None,
) -> None:
    """Find out how this tenant's API behaves, by at most ten small reports.

    Exits with 0 if the tap copes with everything that was found, and with 1 if it does not or if
    nothing was learned.
    """
    seen = Seen(read_settings(sources))
    try:
        study(seen, Clock.from_environment(), tenant)
    finally:
        # An answer that the tap can't read is the most wanted one.
        if save and seen.exchanges:
            value = evidence(seen, judge(seen))
            save.write_text(json.dumps(value, indent=1) + "\n", encoding="utf-8")
            logger.info("Saved what was seen, without anything of the contact center, to %s.", save)
    verdict = judge(seen)
    click.echo(as_json(verdict) if output == "json" else as_text(verdict))
    context.exit(0 if verdict.copes else 1)


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


def study(seen: Seen, clock: Clock, tenant: str | None = None) -> None:
    """Probe a tenant, the first one unless it is named; what is seen is added to `seen`.

    Raises:
        ConfigError: The settings do not name the tenant.
        ApiError: The API does not list its report types.
    """
    settings = seen.settings
    if tenant is not None and settings.tenant_ids and tenant not in settings.tenant_ids:
        raise ConfigError(f"--tenant {tenant}: it is not among tenant_ids.")
    tenant_id = tenant or settings.tenants[0]
    tape = Tape()
    patient = replace(settings, retry_seconds=min(settings.retry_seconds, RETRY_SECONDS))
    client = open_client(patient, clock)
    client.watch(tape.record)
    asker = Asker(client, tape, clock, tenant_id, settings.poll_interval_max)
    began = clock.monotonic()
    try:
        with tape.about("types"):
            seen.listing = fetch_listing(client, tenant_id)
        asker.ask_for_nothing("missing")
        Experiments(asker, clock.now(), seen).run()
    finally:
        seen.exchanges = tape.exchanges
        seen.seconds = clock.monotonic() - began


def judge(seen: Seen) -> Verdict:
    """Answer all questions from what was seen."""
    findings = [(question, question.answer(seen)) for question in QUESTIONS]
    return Verdict(findings, len(seen.created), seen.seconds, seen.why_little)
