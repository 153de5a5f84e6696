"""What every test may ask for: the reference folder of the workshop, and a database of each kind.

A check that cannot run here is skipped with the reason; under ``CI=true`` that is a failure instead.
"""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import psycopg
import pytest

from tests.postgres import running_postgres

SHARED = Path(__file__).resolve().parents[2] / "shared"


def cannot_run(reason: str) -> NoReturn:
    """Skip with a reason, or fail where nothing may be skipped."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{reason} (in CI no check may be left out)")
    pytest.skip(reason)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The workshop's reference data beside the repository; the product works without it."""
    if not SHARED.is_dir():
        cannot_run("../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A running PostgreSQL: CMLB_TEST_DATABASE_URL, or Debian's binaries in a temporary folder."""
    with running_postgres() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'test.sqlite3'}"
        return
    server = request.getfixturevalue("postgres_url")
    name = f"t_{uuid.uuid4().hex}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}".encode())
    base, _, query = server.partition("?")
    yield f"{base.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())
