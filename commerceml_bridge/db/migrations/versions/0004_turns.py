"""Turns at a portal have a table of their own: a row of the outbox had stood for each.

Adds a table; the rows that stood for turns go, and whoever looks next takes the turn anew.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
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
    op.execute("DELETE FROM job WHERE kind LIKE 'turn-%'")
