"""One live server for the whole folder, over a fresh database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.protocol.live import Live, running


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    """The server every test of this folder speaks to."""
    with running(tmp_path_factory.mktemp("live")) as server:
        yield server
