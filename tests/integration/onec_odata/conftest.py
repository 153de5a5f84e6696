"""The live interface and a client of ours on it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from commerceml_bridge.onec_odata.client import ODataClient
from commerceml_bridge.simulators.odata import OnecODataServer
from tests.integration.onec_odata.base import books, order


@pytest.fixture
def interface() -> Iterator[OnecODataServer]:
    """A base with two invoices."""
    with OnecODataServer(books(order("11"), order("12", "500.00", "300.00"))) as server:
        yield server


@pytest.fixture
def client(interface: OnecODataServer) -> Iterator[ODataClient]:
    """Our client."""
    made = ODataClient(interface.root, interface.login, interface.password, timeout=(2.0, 2.0))
    yield made
    made.close()
