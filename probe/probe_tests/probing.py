"""Probing a sandbox, in process but over real HTTP."""

from __future__ import annotations

from typing import Any

from tap_8x8_cc_probe.cli import study
from tap_8x8_cc_probe.seen import Seen
from tap_8x8_cc_probe.verdict import Verdict, judge
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.server import SandboxServer

from tap_8x8_cc.clock import Clock
from tap_8x8_cc.config.settings import Settings
from tests.support.tapcli import config

PACE = 0.02


def sandbox(quirks: dict[str, Any] | None = None, **settings: Any) -> SandboxServer:
    """Return a sandbox with these quirks, to be entered."""
    return SandboxServer(SandboxConfig.from_dict({"quirks": quirks or {}, **settings}))


def seen_at(url: str, tenant: str | None = None, **settings: Any) -> Seen:
    """Probe the API at `url`, by settings that name no zone."""
    values = config(url, **{"timezone": None, **settings})
    given = {name: value for name, value in values.items() if value is not None}
    parsed = Settings.from_config(given)
    seen = Seen(zone=parsed.timezone, zone_is_set=parsed.timezone is not None)
    study(parsed, Clock(pace=PACE), seen, tenant)
    return seen


def probe_of(quirks: dict[str, Any] | None = None, **settings: Any) -> Verdict:
    """Probe a sandbox with these quirks, for which no zone is set."""
    with sandbox(quirks, **settings) as server:
        verdict = judge(seen_at(server.url))
        assert server.state()["reports_created"] == verdict.reports <= 10
    return verdict


def findings(verdict: Verdict) -> dict[str, Any]:
    """Return the finding of each question; None where it was not answered."""
    return {finding.question.name: finding.found.value for finding in verdict.findings}
