"""The database: engine, transactions, readiness. One unit of work is one transaction.

SQLite: WAL, foreign keys, full synchronisation, and ``BEGIN IMMEDIATE`` for whoever is going to write, so that writers
queue instead of failing (measured in ``docs/architecture.md``). PostgreSQL: READ COMMITTED, rows locked where needed.
Whoever uses it sees no error of the driver that repeating can mend: those become ``DatabaseUnavailable``.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from commerceml_bridge.db.uow import UnitOfWork
from commerceml_bridge.errors import ConfigurationError, DatabaseUnavailable

BUSY_SECONDS = 60
"""How long a writer waits for another one on SQLite."""
POOL = {"pool_size": 5, "max_overflow": 35}
"""Connections a process keeps, and may open beside: every lane of the worker at once, every thread of a server."""


def engine_for(url: str) -> sa.Engine:
    """Return an engine for a ``sqlite:///`` or ``postgresql://`` address. Raises ``ConfigurationError``."""
    if url.startswith("sqlite:///"):
        _make_private(Path(url.removeprefix("sqlite:///").partition("?")[0]))
        engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True, **POOL)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if re.match(r"postgres(ql)?(\+psycopg)?://", url):
        url = re.sub(r"^postgres(ql)?(\+psycopg)?://", "postgresql+psycopg://", url)
        try:
            return sa.create_engine(url, pool_pre_ping=True, hide_parameters=True, **POOL)
        except ImportError as error:
            raise ConfigurationError(
                "Для PostgreSQL нужен драйвер psycopg: pip install -r requirements/postgres.txt"
            ) from error
    raise ConfigurationError("CMLB_DATABASE_URL: поддерживаются адреса sqlite:///файл и postgresql://…")


def _make_private(file: Path) -> None:
    """Make the file with mode 0600 if there is none: customers' documents are in it. SQLite's other files follow it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600, exist_ok=True)


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # we begin transactions ourselves, see _begin_sqlite
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    options = connection.get_execution_options()
    if options.get("write"):
        connection.exec_driver_sql(f"PRAGMA synchronous={'FULL' if options.get('durable', True) else 'NORMAL'}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("write") else "BEGIN")


@contextmanager
def unavailability() -> Iterator[None]:
    """Turn what repeating can mend into ``DatabaseUnavailable``: connection lost, locked, deadlock, serialisation."""
    try:
        yield
    except (OperationalError, InterfaceError, PoolTimeout) as error:
        if _is_defect(error):
            raise
        raise DatabaseUnavailable from error


def _is_defect(error: SQLAlchemyError) -> bool:
    """SQLite calls everything operational, a statement it does not understand or a missing table as well."""
    original = error.orig if isinstance(error, DBAPIError) else None
    return getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR


class Database:
    """Hands out units of work. ``read()`` never writes; ``write()`` commits at the end or rolls everything back.

    Both raise ``DatabaseUnavailable`` where repeating the whole block later can help.
    """

    def __init__(self, url: str) -> None:
        self.engine = engine_for(url)

    @contextmanager
    def read(self) -> Iterator[UnitOfWork]:
        """Open a transaction for reading."""
        with unavailability(), self.engine.connect() as connection, connection.begin():
            yield UnitOfWork(connection)

    @contextmanager
    def write(self, *, durable: bool = True) -> Iterator[UnitOfWork]:
        """Open a transaction for writing: committed when the block ends, rolled back when it raises.

        Without ``durable`` the commit does not wait for the disk: the next durable one carries it along. For what may
        be lost in a power cut, as the journal.
        """
        with (
            unavailability(),
            self.engine.connect().execution_options(write=True, durable=durable) as connection,
            connection.begin(),
        ):
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
