"""The first state: every table as this version of the package declares it.

Until the first release the tables change in place; from then on each change is a migration of its own and this one
is frozen. A test compares what the migrations make with what ``tables.py`` declares.
"""

from alembic import op

from commerceml_bridge.db.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
