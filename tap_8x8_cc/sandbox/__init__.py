"""A simulated contact center behind the 8x8 Historical Analytics API, for development and tests."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tap_8x8_cc.sandbox.center import ContactCenter
    from tap_8x8_cc.sandbox.config import SandboxConfig
    from tap_8x8_cc.sandbox.faults import FaultRule
    from tap_8x8_cc.sandbox.model import CenterConfig
    from tap_8x8_cc.sandbox.readings import Readings
    from tap_8x8_cc.sandbox.server import SandboxServer

__all__ = [
    "CenterConfig",
    "ContactCenter",
    "FaultRule",
    "Readings",
    "SandboxConfig",
    "SandboxServer",
]

_HOMES = {
    "CenterConfig": "model",
    "ContactCenter": "center",
    "FaultRule": "faults",
    "Readings": "readings",
    "SandboxConfig": "config",
    "SandboxServer": "server",
}


def __getattr__(name: str) -> object:
    """Import a public name when it is first used: the contact center needs no web server."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
