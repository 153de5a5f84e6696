"""An alert remembers which channels took it, a believed payment has a note for people, contradictions are found.

Only adds columns and an index.
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_DENIED = sa.text("payment IN ('cancelled', 'deleted', 'unposted')")


def upgrade() -> None:
    op.add_column("alert", sa.Column("told_by", sa.Text(), server_default="", nullable=False))
    op.add_column("consignment", sa.Column("payment_note", sa.Text(), server_default="", nullable=False))
    op.create_index(
        "ix_consignment_denied", "consignment", ["invoice_id"], sqlite_where=_DENIED, postgresql_where=_DENIED
    )
