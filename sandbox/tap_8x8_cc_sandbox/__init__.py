"""A simulated contact center behind the 8x8 Historical Analytics API, for development and tests."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_8x8_cc_sandbox.api.config import SandboxConfig
    from tap_8x8_cc_sandbox.api.faults import FaultRule
    from tap_8x8_cc_sandbox.api.quirks import Quirks
    from tap_8x8_cc_sandbox.api.server import SandboxServer
    from tap_8x8_cc_sandbox.center.center import ContactCenter
    from tap_8x8_cc_sandbox.center.model import CenterConfig

__all__ = [
    "CenterConfig",
    "ContactCenter",
    "FaultRule",
    "Quirks",
    "SandboxConfig",
    "SandboxServer",
]

_HOMES = {
    "CenterConfig": "center.model",
    "ContactCenter": "center.center",
    "FaultRule": "api.faults",
    "Quirks": "api.quirks",
    "SandboxConfig": "api.config",
    "SandboxServer": "api.server",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: the contact center needs no web server."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
