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
    "unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """The connection string of a PostgreSQL server that lives as long as the test run."""
    with postgres_server() as dsn:
        yield dsn


@pytest.fixture
def postgres(postgres_dsn: str) -> Postgres:
    """A PostgreSQL database and the name of a schema that nobody else uses."""
    return Postgres(postgres_dsn, f"test_{uuid4().hex[:12]}")
