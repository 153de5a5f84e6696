"""An office per test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.office import Office


@pytest.fixture
def office(database_url: str) -> Iterator[Office]:
    """The bridge with a portal on each kind of database."""
    made = Office(database_url)
    yield made
    made.bridge.db.close()
