"""An alert remembers which channels took it, a believed payment has a note for people, contradictions are found,
workers read a portal by turns.

Only adds columns, an index and a table.
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
    op.create_table(
        "turn",
        sa.Column("portal_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("taken", sa.Integer(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["portal_id"], ["portal.id"], name=op.f("fk_turn_portal_id")),
        sa.PrimaryKeyConstraint("portal_id", "kind", name=op.f("pk_turn")),
    )
