"""`tap-8x8-cc shards`: how is the work divided among several machines?"""

from __future__ import annotations

import hashlib
import logging
import re
from collections import defaultdict
from datetime import timedelta
from itertools import chain, count
from typing import IO, TYPE_CHECKING, Any

import click
import msgspec

from tap_8x8_cc.commands.options import catalog_option, config_option, open_dry
from tap_8x8_cc.errors import TapError
from tap_8x8_cc.planning.catalog import EXTRACTIONS
from tap_8x8_cc.planning.shards import cut, group_of, lanes_of
from tap_8x8_cc.streams.base import ReportStream

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from datetime import datetime

    from tap_8x8_cc.commands.options import DryTap
    from tap_8x8_cc.model.reports import ReportRequest
    from tap_8x8_cc.planning.shards import Shard

logger = logging.getLogger("tap-8x8-cc")

MOST_SHARDS = 32
LEAST_REPORTS = 8
"""A shard takes some ten seconds of CPU before its first row: fewer reports are not worth one."""
AIRFLOW_MOST = 1024
"""Tasks that Airflow maps by default."""
ONE_DAY = timedelta(days=1)
OPEN_READING = (
    "date_range_reading is auto: each shard finds it out by itself, by a few small reports, or "
    "asks for ranges that are wider than needed. Set it to what tap-8x8-cc probe finds."
)
_LONGEST_SLUG = 40

ShardDocument = dict[str, Any]
"""A shard, ready to be written as JSON."""
_Pipeline = tuple[str, str]
"""The names of an extractor and a loader of a Meltano project."""


@click.command()
@config_option
@catalog_option
@click.option(
    "--backfill/--nightly",
    "backfill",
    default=True,
    show_default="--backfill",
    help="From start_date to end_date, cut by tenants and ranges, without a state; or "
    "what each night adds, cut by groups of tenants, each of which keeps a state.",
)
@click.option(
    "--max-shards",
    type=click.IntRange(1, AIRFLOW_MOST),
    default=MOST_SHARDS,
    show_default=True,
    help="Shards there may be. With --nightly another number makes other groups, whose states are "
    "empty: everything since start_date is read again.",
)
@click.option(
    "--min-reports",
    type=click.IntRange(min=1),
    default=LEAST_REPORTS,
    show_default=True,
    help="With --backfill: reports that are worth a shard, which takes some ten seconds of CPU "
    "before its first row.",
)
@click.option("--extractor", default="tap-8x8-cc", show_default=True, help="The name in Meltano.")
@click.option("--loader", default="target-postgres", show_default=True, help="The loader's name.")
def shards(  # noqa: PLR0913, PLR0917 - an option each
    sources: Sequence[str],
    catalog: IO[str] | None,
    backfill: bool,  # noqa: FBT001 - click passes it by name
    max_shards: int,
    min_reports: int,
    extractor: str,
    loader: str,
) -> None:
    """Divide a run's reports among runs of their own, as JSON; it creates none.

    Each shard is run as `env | argv` in a Meltano project. Together they read what one run would.
    """
    tap = open_dry(sources, None, catalog)
    run, requests = tap.current, tap.plan_apart()
    if backfill and run.settings.date_range_reading is None:
        logger.warning("%s", OPEN_READING)
    for assumption in run.assumptions:
        logger.warning("%s", assumption)
    pipeline = (extractor, loader)
    if backfill:
        documents = _backfill(tap, cut(lanes_of(requests), max_shards, min_reports), pipeline)
    else:
        documents = _nights(tap, requests, max_shards, pipeline)
    click.echo(msgspec.json.format(msgspec.json.encode(documents)))
    if backfill and (failures := run.failures):
        named = ", ".join(failure.name for failure in failures)
        raise TapError(f"{len(failures)} of the selected streams are in no shard: {named}.")


def _document(  # noqa: PLR0913, PLR0917 - what a shard is
    pipeline: _Pipeline,
    name: str,
    state: str,
    settings: Mapping[str, str],
    options: Sequence[str],
    reports: int,
) -> ShardDocument:
    """Return a shard as JSON has it.

    Args:
        pipeline: The extractor's and the loader's name.
        name: Its name, unique among the shards.
        state: What its state is called, beside extractor and loader.
        settings: The settings that differ from those of all.
        options: Options of the command.
        reports: How many reports it reads.
    """
    extractor, loader = pipeline
    state_id = f"{extractor}-to-{loader}-{state}"
    prefix = re.sub(r"[^A-Z0-9]", "_", extractor.upper())
    return {
        "name": name,
        "state_id": state_id,
        "env": {f"{prefix}_{key.upper()}": value for key, value in settings.items()},
        "argv": ["meltano", "el", extractor, loader, "--state-id", state_id, *options],
        "reports": reports,
    }


def _backfill(tap: DryTap, found: Iterable[Shard], pipeline: _Pipeline) -> list[ShardDocument]:
    """Return the shards of a backfill, each with a state of its own that it does not begin from."""
    documents: list[ShardDocument] = []
    for shard in found:
        start = shard.start(tap.settings.start_date)
        end = shard.end(tap.settings.end_date)
        name = _unique(_label(shard.tenants, start), {each["name"] for each in documents})
        # Another backfill that starts on the same day must not share its state, nor its run folder.
        whole = msgspec.json.encode([shard.tenants, shard.streams, start, end])
        state = f"backfill-{name}-{hashlib.sha256(whole).hexdigest()[:8]}"
        settings = {"start_date": start, "end_date": end, **_tenants(shard.tenants)}
        select = [word for name in _outputs(tap, shard.streams) for word in ("--select", name)]
        options = (*select, "--full-refresh", "--force")
        documents.append(_document(pipeline, name, state, settings, options, shard.reports))
    return documents


def _nights(
    tap: DryTap, requests: Sequence[ReportRequest], groups: int, pipeline: _Pipeline
) -> list[ShardDocument]:
    """Return the shards of each night: groups of tenants, which stay as they are.

    A tenant's group follows from its id alone, since the group's state holds its bookmarks.
    """
    if not tap.settings.tenant_ids:
        return [_document(pipeline, "night", "night", {}, (), _a_night(tap, requests))]
    tenants: defaultdict[int, list[str]] = defaultdict(list)
    for tenant_id in tap.settings.tenant_ids:
        tenants[group_of(tenant_id, groups)].append(tenant_id)
    documents = []
    for group, ids in sorted(tenants.items()):
        name = f"night-{group + 1:0{len(str(groups))}}-of-{groups}"
        reports = _a_night(tap, [request for request in requests if request.tenant_id in ids])
        documents.append(_document(pipeline, name, name, _tenants(ids), (), reports))
    return documents


def _a_night(tap: DryTap, requests: Sequence[ReportRequest]) -> int:
    """Return about how many reports a night takes, once the past has been read."""
    span = tap.settings.lookback + ONE_DAY
    latest: dict[tuple[str | None, str], datetime] = {}
    for request in requests:
        latest[request.tenant_id, request.stream] = request.window.end
    return sum(
        request.window.end > latest[request.tenant_id, request.stream] - span
        for request in requests
    )


def _outputs(tap: DryTap, streams: Iterable[str]) -> list[str]:
    """Return the streams to select for reports of some: their rows', and what was read of them."""
    wanted = [tap.streams[name] for name in streams]
    found = [n for each in wanted if isinstance(each, ReportStream) for n in each.outputs]
    return [*found, EXTRACTIONS] if tap.streams[EXTRACTIONS].selected else found


def _tenants(tenants: Sequence[str]) -> dict[str, str]:
    """Return the setting that names tenants, as the environment has it."""
    return {"tenant_ids": msgspec.json.encode(tenants).decode()} if tenants else {}


def _label(tenants: Sequence[str], start: str) -> str:
    """Name a shard as people look for it: by tenant and begin."""
    first = re.sub(r"[^A-Za-z0-9_]+", "-", tenants[0])[:_LONGEST_SLUG].strip("-") if tenants else ""
    others = f"and-{len(tenants) - 1}-more" if len(tenants) > 1 else ""
    return "-".join(filter(None, (first, others, start[: len("2026-01-31")])))


def _unique(name: str, taken: Collection[str]) -> str:
    numbered = (f"{name}-{number}" for number in count(2))
    return next(each for each in chain([name], numbered) if each not in taken)
