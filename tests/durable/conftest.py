"""The databases in which these tests keep runs."""

from __future__ import annotations

import pytest

from tests.behaviour.test_states_in_postgres import fixture_address, fixture_server

__all__ = ["fixture_address", "fixture_database", "fixture_server"]


@pytest.fixture(name="database", params=["sqlite", "postgres"])
def fixture_database(request: pytest.FixtureRequest) -> str:
    """A file, and a server that is started for the test."""
    if request.param == "sqlite":
        return "runs.db"
    address: str = request.getfixturevalue("address")
    return address
