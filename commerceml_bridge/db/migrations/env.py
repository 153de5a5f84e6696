"""Alembic's entry point: runs the migrations on the connection it is handed, in one transaction."""

from alembic import context

from commerceml_bridge.db.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
