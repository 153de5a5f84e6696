"""An installation per test, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from commerceml_bridge.simulators.portal import PortalServer
from tests.stand import Stand, standing


@pytest.fixture
def server() -> Iterator[PortalServer]:
    """A simulated portal."""
    with PortalServer() as portal:
        yield portal


@pytest.fixture
def stand(tmp_path: Path, database_url: str, server: PortalServer) -> Iterator[Stand]:
    """An installation on each database; not set up yet."""
    with standing(tmp_path, database_url, server) as made:
        yield made
