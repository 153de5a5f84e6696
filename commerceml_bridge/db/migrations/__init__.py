"""Migrations: Alembic configured in code, so that a wheel carries them and nobody edits an ini file."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(engine: sa.Engine) -> str:
    """Bring the database to the newest state and return its name. Safe to repeat."""
    config = _config()
    with engine.connect().execution_options(write=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return head()


def head() -> str:
    """Return the newest state."""
    return ScriptDirectory.from_config(_config()).get_current_head() or ""


def is_current(connection: sa.Connection) -> bool:
    """Tell whether the database is in the newest state."""
    return MigrationContext.configure(connection).get_current_revision() == head()
