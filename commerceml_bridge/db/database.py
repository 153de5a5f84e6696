"""The database: engine, transactions, readiness. One unit of work is one transaction.

SQLite: WAL, foreign keys, full synchronisation, and ``BEGIN IMMEDIATE`` for whoever is going to write, so that writers
queue instead of failing (measured in ``docs/architecture.md``). PostgreSQL: READ COMMITTED, rows locked where needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import ConfigurationError

BUSY_SECONDS = 60
"""How long a writer waits for another one on SQLite."""


def engine_for(url: str) -> sa.Engine:
    """Return an engine for a ``sqlite:///`` or ``postgresql://`` address. Raises ``ConfigurationError``."""
    if url.startswith("sqlite:///"):
        Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if re.match(r"postgres(ql)?(\+psycopg)?://", url):
        url = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", url)
        try:
            return sa.create_engine(url, pool_pre_ping=True)
        except ImportError as error:
            raise ConfigurationError(
                "Для PostgreSQL нужен драйвер psycopg: pip install -r requirements/postgres.txt"
            ) from error
    raise ConfigurationError("CMLB_DATABASE_URL: поддерживаются адреса sqlite:///файл и postgresql://…")


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("write"):
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get('durable', True) else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")


class Database:
    """Hands out units of work. ``read()`` never writes; ``write()`` commits at the end or rolls everything back."""

    def __init__(self, url: str) -> None:
        self.engine = engine_for(url)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a transaction for reading."""
        with self.engine.connect() as connection, connection.begin():
            yield UnitOfWork(connection)

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[UnitOfWork]:
        """Open a transaction for writing: committed when the block ends, rolled back when it raises.

        Without ``durable`` the commit does not wait for the disk: the next durable one carries it along. For what may
        be lost in a power cut, as the journal.
        """
        with self.engine.connect().execution_options(write=True, durable=durable) as connection, connection.begin():
            if not durable and connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL synchronous_commit = off")
            yield UnitOfWork(connection)

    def ready(self) -> bool:
        """Tell whether the database answers and is migrated to the newest state."""
        from commerceml_bridge.db.migrations import is_current

        try:
            with self.engine.connect() as connection:
                return is_current(connection)
        except SQLAlchemyError:
            return False

    def close(self) -> None:
        """Close pooled connections."""
        self.engine.dispose()
