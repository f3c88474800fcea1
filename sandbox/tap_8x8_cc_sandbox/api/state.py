"""The simulated API's state: settings, contact centers, tokens, reports, requests, faults."""

from __future__ import annotations

import secrets
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tap_8x8_cc_sandbox.api.auth import Tokens
from tap_8x8_cc_sandbox.api.clock import Clock
from tap_8x8_cc_sandbox.api.config import SandboxConfig
from tap_8x8_cc_sandbox.api.faults import FaultPlan
from tap_8x8_cc_sandbox.api.log import RequestLog
from tap_8x8_cc_sandbox.api.operations import FILES
from tap_8x8_cc_sandbox.api.rules import RuleBook
from tap_8x8_cc_sandbox.api.store import ReportStore
from tap_8x8_cc_sandbox.center.center import contact_center

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from tap_8x8_cc_sandbox.center.center import ContactCenter
    from tap_8x8_cc_sandbox.center.model import ReportType


class Signed:
    """Downloads that anyone may have who knows their address, on another host.

    Attributes:
        origin: The other host; empty where there is none.
    """

    def __init__(self) -> None:
        self.origin = ""
        self._reports: dict[str, int] = {}

    def sign(self, report_id: int) -> str:
        """Return the address of a report's download."""
        name = secrets.token_urlsafe(12)
        self._reports[name] = report_id
        return f"{self.origin}{FILES}/{name}"

    def report_id(self, name: str) -> int | None:
        """Return the report that an address is about."""
        return self._reports.get(name)


class Sandbox:
    """Everything that the simulated API knows.

    Settings can be changed while it runs, from any thread: a request sees the old or the new ones.

    Raises:
        SettingsError: A setting has a wrong value.
    """

    def __init__(self, config: SandboxConfig) -> None:
        self.config = SandboxConfig.from_dict(config.to_dict())
        self.tokens = Tokens()
        self.store = ReportStore()
        self.log = RequestLog()
        self.signed = Signed()
        self.faults = FaultPlan(self.config.faults, self.config.fault_seed)
        self.clock = Clock(lambda: self.config.now, self._fix_clock)
        self._centers: dict[str, ContactCenter] = {}
        self._types: dict[tuple[str, int], dict[str, ReportType]] = {}
        self._lock = threading.Lock()

    def configure(self, patch: Mapping[str, Any]) -> None:
        """Merge a patch into the settings. New faults start to count from zero.

        Raises:
            SettingsError: A setting is unknown or has a wrong value; nothing is changed then.
        """
        with self._lock:
            old, new = self.config, self.config.patched(patch)
            if new.center != old.center:
                self._centers, self._types = {}, {}
            if (new.faults, new.fault_seed) != (old.faults, old.fault_seed):
                self.faults = FaultPlan(new.faults, new.fault_seed)
            self.config = new

    def center(self, tenant: str = "") -> ContactCenter:
        """Return a tenant's contact center."""
        with self._lock:
            if tenant not in self._centers:
                own = replace(self.config.center, tenant=tenant or self.config.center.tenant)
                self._centers[tenant] = contact_center(own)
            return self._centers[tenant]

    def types(self, tenant: str, version: int) -> Mapping[str, ReportType]:
        """Return the report types of an API version by name."""
        known = self._types.get((tenant, version))
        if known is None:
            listed = self.center(tenant).report_types(version)
            known = {report_type.type: report_type for report_type in listed}
            self._types[(tenant, version)] = known
        return known

    def rule_book(self, tenant: str, version: int) -> RuleBook:
        """Return the rules that a create has to keep."""
        config = self.config
        return RuleBook(
            version=version,
            types=self.types(tenant, version),
            default_timezone=config.default_timezone,
            timezones=config.timezones,
            quirks=config.quirks,
            now=self.clock.now(),
        )

    def snapshot(self) -> dict[str, Any]:
        """Return what happened so far."""
        return {
            **self.store.snapshot(),
            "tokens_issued": self.tokens.issued,
            "now": self.clock.now().isoformat(),
        }

    def _fix_clock(self, now: datetime) -> None:
        self.configure({"now": now})
