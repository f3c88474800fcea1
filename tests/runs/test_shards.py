"""Shards, run: together they create the reports of one run, and write its rows."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from tap_8x8_cc_sandbox import SandboxConfig, SandboxServer
from tap_8x8_cc_sandbox.api.quirks import Quirks
from tap_8x8_cc_sandbox.center.model import CenterConfig

from tap_8x8_cc.commands.options import DryTap
from tap_8x8_cc.planning.shards import cut, lanes_of
from tap_8x8_cc.tap import Tap8x8CC
from tests.support import tapcli

if TYPE_CHECKING:
    from collections.abc import Iterator

INTERACTIONS = "detailed_reports_interaction_details"
STREAMS = [
    "queue_interactions_summary_by_queue",
    "agent_interactions_summary_by_agent",
    f"{INTERACTIONS}_participants",
    "quarters",
    "whole",
    "extractions",
]
LASTING = ("stream", "tenant_id", "start_time", "end_time", "granularity", "row_count")
TENANTS = ["acme", "globex:2"]
TITLES_OF_PROBES = {"date range", "time zone"}


@pytest.fixture(scope="module")
def server() -> Iterator[SandboxServer]:
    center = CenterConfig(agents=4, groups=1, queues=2, channels_per_media=1)
    with SandboxServer(SandboxConfig(tenants=tuple(TENANTS), center=center)) as running:
        yield running


@pytest.fixture(scope="module")
def settings(server: SandboxServer) -> dict[str, Any]:
    return tapcli.config(
        server.url,
        start_date="2026-03-04",
        end_date="2026-03-13",
        tenant_ids=TENANTS,
        max_window_days=3,
        date_range_reading="instant",
        reports=[
            {
                "name": name,
                "type": "queue-interactions-summary",
                "group_by": "queue",
                "granularity": granularity,
            }
            for name, granularity in (("quarters", "15m"), ("whole", "none"))
        ],
    )


@pytest.fixture(scope="module")
def catalog(settings: dict[str, Any]) -> dict[str, Any]:
    return tapcli.select(tapcli.discover(settings), STREAMS)


def shards_of(
    settings: dict[str, Any], catalog: dict[str, Any], *arguments: str
) -> list[dict[str, Any]]:
    done = tapcli.tap(settings, "shards", *arguments, catalog=catalog)
    assert done.exit_code == 0, done.stderr
    return list(json.loads(done.stdout))


def created(server: SandboxServer) -> Counter[tuple[str | None, str]]:
    """Count the reports that the API was asked for, and ask it to forget them."""
    found = Counter(
        (request.tenant, json.dumps(request.body, sort_keys=True))
        for request in server.requests()
        if request.operation in {"create", "detailed_create"}
        and isinstance(request.body, dict)
        and request.body["title"] not in TITLES_OF_PROBES
    )
    server.clear_requests()
    return found


def rows(runs: list[tapcli.Run]) -> dict[str, list[str]]:
    """Return the records of some runs by stream, as texts in order, without when they were read."""
    found: dict[str, list[str]] = {}
    for run in runs:
        for stream, records in run.lasting.items():
            # Of what was read of a report, that which two runs have in common.
            names = LASTING if stream == "extractions" else list(records[0])
            found.setdefault(stream, []).extend(
                json.dumps({name: record[name] for name in names}) for record in records
            )
    return {stream: sorted(texts) for stream, texts in found.items()}


def test_shards_are_one_run_in_parts(
    server: SandboxServer, settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    server.clear_requests()
    shards = shards_of(settings, catalog, "--max-shards", "5", "--min-reports", "1")
    assert not created(server)
    assert len(shards) == 5
    assert len({shard["name"] for shard in shards}) == len({s["state_id"] for s in shards}) == 5

    whole = tapcli.tap(settings, catalog=catalog)
    assert whole.exit_code == 0, whole.stderr
    of_one_run = created(server)
    assert sum(shard["reports"] for shard in shards) == of_one_run.total()

    runs = []
    for shard in shards:
        argv = shard["argv"]
        assert argv[:6] == [
            "meltano", "el", "tap-8x8-cc", "target-postgres", "--state-id", shard["state_id"],
        ]  # fmt: skip
        assert argv[-2:] == ["--full-refresh", "--force"]
        chosen = [argv[at + 1] for at, word in enumerate(argv) if word == "--select"]
        assert "extractions" in chosen
        assert INTERACTIONS not in chosen
        run = tapcli.tap(
            settings,
            "--config=ENV",
            catalog=tapcli.select(catalog, chosen),
            environment=shard["env"],
        )
        assert run.exit_code == 0, run.stderr
        runs.append(run)
    assert created(server) == of_one_run
    assert rows(runs) == rows([whole])
    assert set(rows([whole])) == set(STREAMS)


@pytest.mark.parametrize("reading", ["instant", "local"])
def test_shards_that_are_not_told_how_date_ranges_are_read_write_the_same_rows(
    reading: Any,
) -> None:
    with SandboxServer(SandboxConfig(quirks=Quirks(range=reading))) as server:
        totals = {"name": "totals", "type": "queue-interactions-summary", "group_by": "queue"}
        config = tapcli.config(
            server.url,
            start_date="2026-03-05",
            end_date="2026-03-12",
            max_window_days=3,
            reports=[{**totals, "include_subtotals": True}],
        )
        streams = [STREAMS[0], "totals"]
        catalog = tapcli.select(Tap8x8CC(config=config).catalog_dict, streams)
        run = DryTap(config=config, catalog=catalog)
        shards = cut(lanes_of(run.plan_apart()), 2)
        assert len(shards) == 2
        found = Counter[str]()
        for shard in shards:
            own = {
                **config,
                "start_date": shard.start(run.settings.start_date),
                "end_date": shard.end(run.settings.end_date),
            }
            done = tapcli.sync(own, shard.streams)
            assert not done.failed, done.lines
            found += texts(done)
        assert found == texts(tapcli.sync(config, streams))


def texts(outcome: tapcli.Run) -> Counter[str]:
    """Count the records of a run, as texts."""
    return Counter(
        json.dumps(record, sort_keys=True)
        for records in outcome.lasting.values()
        for record in records
    )


def test_nightly_groups_stay_when_tenants_come_and_go(
    settings: dict[str, Any], catalog: dict[str, Any]
) -> None:
    arguments = ("--nightly", "--max-shards", "3", "--loader", "target-snowflake")
    both = shards_of(settings, catalog, *arguments)
    alone = [
        shards_of({**settings, "tenant_ids": [tenant]}, catalog, *arguments)[0]
        for tenant in TENANTS
    ]

    def groups(shards: list[dict[str, Any]]) -> set[tuple[str, str]]:
        return {
            (shard["state_id"], tenant)
            for shard in shards
            for tenant in json.loads(shard["env"]["TAP_8X8_CC_TENANT_IDS"])
        }

    assert groups(both) == groups(alone)
    assert all("--full-refresh" not in shard["argv"] for shard in both)
    with SandboxServer(SandboxConfig()) as of_one_tenant:
        single = {**settings, "tenant_ids": [], "api_url": of_one_tenant.url}
        (only,) = shards_of(single, catalog, "--nightly")
    assert (only["name"], only["env"]) == ("night", {})


def test_what_no_shard_can_read_is_named(settings: dict[str, Any], catalog: dict[str, Any]) -> None:
    known = {**settings, "tenant_ids": ["acme", "nobody"]}
    done = tapcli.tap(known, "shards", catalog=catalog)
    assert done.exit_code == 1
    assert "list of report types (tenant nobody)" in done.errors[-1]
    assert "acme" in done.stdout.decode()
    assert "nobody" not in done.stdout.decode()
