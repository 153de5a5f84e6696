"""What the migrations make is what the tables declare."""

from __future__ import annotations

from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from commerceml_bridge.db.database import Database
from commerceml_bridge.db.migrations import upgrade
from commerceml_bridge.db.tables import metadata


def test_migrated_and_declared_tables_are_the_same(database_url: str) -> None:
    database = Database(database_url)
    assert not database.ready()
    upgrade(database.engine)
    upgrade(database.engine)
    assert database.ready()
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    database.close()
