"""Settings of the simulated API, from code or from JSON."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - read at run time, to check settings
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import datetime  # noqa: TC003 - read at run time, to check settings
from typing import Any

import msgspec

from tap_8x8_cc_sandbox.api.faults import FaultRule
from tap_8x8_cc_sandbox.api.fields import ANY_TIMEZONE, is_timezone
from tap_8x8_cc_sandbox.api.quirks import Quirks
from tap_8x8_cc_sandbox.center.model import CenterConfig

TIMEZONES = (
    "UTC",
    "America/New_York",
    "America/Chicago",
    "America/Los_Angeles",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Havana",
    "Europe/London",
    "Europe/Helsinki",
    "Europe/Bucharest",
    "Africa/Cairo",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Asia/Tokyo",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "Pacific/Auckland",
    "Pacific/Apia",
)
"""Zones configured for a tenant unless the settings say otherwise."""


class SettingsError(ValueError):
    """A setting is unknown, or has a value that it can't have."""


@dataclass(frozen=True, slots=True)
class SandboxConfig:
    """Settings of the simulated API."""

    center: CenterConfig = field(default_factory=CenterConfig)  # the contact center behind it
    client_id: str = "sandbox-key"  # API key that is accepted
    # Its secret.
    client_secret: str = "sandbox-secret"  # noqa: S105 - a published one, of a simulation
    # Ids of the customer's tenants, each a contact center of its own, chosen by the `X-Tenant-Info`
    # header. Empty: a single tenant, the header is ignored.
    tenants: tuple[str, ...] = ()
    # The tenants' default zone, for reports that name none.
    default_timezone: str = "America/New_York"
    # Zones configured for the tenants besides the default; `("*",)`: any IANA zone.
    timezones: tuple[str, ...] = TIMEZONES
    generation_seconds: float = 0.0  # seconds that the generation of a report takes
    # The same, by report type, where it differs.
    generation_seconds_by_type: Mapping[str, float] = field(default_factory=dict)
    parallel_generation: int = 8  # reports generated at a time; others wait
    # Reports that may be generated or wait for it; while there are so many, a create is answered
    # 429. 0: as many as are created.
    most_unready: int = 0
    max_reports: int = 1000  # reports remembered; beyond, the oldest are forgotten
    token_seconds: int = 1799  # seconds that a token lives
    # The simulated present, which stands still; None: the real one. Generation and tokens run on
    # real time in any case.
    now: datetime | None = None
    # Behaviour where the documentation leaves it open.
    quirks: Quirks = field(default_factory=Quirks)
    faults: tuple[FaultRule, ...] = ()  # what goes wrong
    fault_seed: int = 0  # chooses which requests a fault of some probability hits

    def to_dict(self) -> dict[str, Any]:
        """Return the settings as JSON-ready values."""
        return dict(msgspec.to_builtins(self))

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> SandboxConfig:
        """Read settings from JSON-ready values.

        Raises:
            SettingsError: A setting is unknown or has a wrong value.
        """
        _refuse_unknown(settings, cls, "")
        try:
            config = msgspec.convert(settings, cls)
        except msgspec.ValidationError as error:
            raise SettingsError(str(error)) from error
        _check(config)
        return config

    def patched(self, patch: Mapping[str, Any]) -> SandboxConfig:
        """Return the settings with a patch merged in; objects are merged, all else is replaced.

        Raises:
            SettingsError: A setting is unknown or has a wrong value.
        """
        return SandboxConfig.from_dict(_merged(self.to_dict(), msgspec.to_builtins(dict(patch))))


def _merged(settings: dict[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(settings)
    for key, value in patch.items():
        mergeable = key in {"center", "quirks"} and isinstance(value, dict)
        merged[key] = {**settings[key], **value} if mergeable else value
    return merged


def _refuse_unknown(settings: Any, cls: type, path: str) -> None:  # noqa: ANN401 - unchecked JSON
    """Refuse keys that a settings class doesn't have, in it and in what it holds."""
    if not isinstance(settings, dict) or not is_dataclass(cls):
        return
    known = {setting.name for setting in fields(cls)}
    unknown = sorted(set(settings) - known)
    if unknown:
        raise SettingsError(
            f"Unknown setting {path}{unknown[0]}; known: {', '.join(sorted(known))}."
        )
    if cls is not SandboxConfig:
        return
    _refuse_unknown(settings.get("center"), CenterConfig, "center.")
    _refuse_unknown(settings.get("quirks"), Quirks, "quirks.")
    for rule in settings.get("faults") or ():
        _refuse_unknown(rule, FaultRule, "faults.")


def _check(config: SandboxConfig) -> None:
    """Refuse values that no type rules out."""
    for name in (config.default_timezone, *config.timezones):
        if name != ANY_TIMEZONE and not is_timezone(name):
            raise SettingsError(f"Unknown time zone {name!r}.")
    if config.now is not None and config.now.tzinfo is None:
        raise SettingsError("The setting now needs an offset, such as 2026-03-10T00:00:00Z.")
    if config.parallel_generation < 1 or config.max_reports < 1:
        raise SettingsError("parallel_generation and max_reports are at least 1.")
    if config.most_unready < 0:
        raise SettingsError("most_unready is at least 0.")
