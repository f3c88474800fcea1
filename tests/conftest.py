"""Fixtures that several test modules share."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, settings

from tests.support.databases import Postgres, postgres_server

if TYPE_CHECKING:
    from collections.abc import Iterator


# How long an example takes says more of the machine than of the code.
settings.register_profile(
    "suite", deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("thorough", settings.get_profile("suite"), max_examples=500)
settings.load_profile("suite")

FAST = {"config", "model", "planning", "reading", "records", "streams"}
"""Folders of the rules, whose tests need no run of the tap."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the fast lane, and begin with the longest modules: none is left for the end alone."""
    for item in items:
        if item.path.parent.name in FAST:
            item.add_marker(pytest.mark.fast)
        if item.get_closest_marker("pipeline"):  # it may have to install other programs first
            item.add_marker(pytest.mark.timeout(900))
    items.sort(key=lambda item: item.get_closest_marker("pipeline") is None)


def pytest_configure(config: pytest.Config) -> None:
    """Print failures as they happen, from the process that reports."""
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(_Failures(config), "failures")


class _Failures:
    """Prints each failure at once; they are printed again at the end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            terminal = self._config.get_terminal_writer()
            terminal.line()
            terminal.sep("_", report.nodeid)
            terminal.line(report.longreprtext)


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The connection string of a PostgreSQL server that lives as long as the test run."""
    with postgres_server() as dsn:
        yield dsn


@pytest.fixture
def postgres(postgres_dsn: str) -> Postgres:
    """A PostgreSQL database and the name of a schema that nobody else uses."""
    return Postgres(postgres_dsn, f"test_{uuid4().hex[:12]}")
