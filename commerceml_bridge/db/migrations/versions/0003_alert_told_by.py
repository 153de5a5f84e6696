"""An alert remembers which channels took it, so that one that refuses does not make the others repeat it."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("alert", sa.Column("told_by", sa.Text(), server_default="", nullable=False))
