"""Migrations: Alembic configured in code, so that a wheel carries them and nobody edits an ini file.

Alembic is imported only to migrate: a running server needs no more than to know whether its database is current.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

_VERSIONS = Path(__file__).parent / "versions"


def upgrade(engine: sa.Engine, state: str = "head") -> str:
    """Bring the database to the newest state (or to ``state``) and return the newest one's name. Safe to repeat."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    with engine.connect().execution_options(write=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, state)
    return head()


def head() -> str:
    """Return the newest state: migrations are numbered, ``0001_first.py`` makes state ``0001``."""
    return max(path.name.partition("_")[0] for path in _VERSIONS.glob("[0-9]*_*.py"))


def is_current(connection: sa.Connection) -> bool:
    """Tell whether the database is in the newest state."""
    try:
        state = connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
    except DatabaseError:  # no such table: never migrated
        return False
    return bool(state == head())
