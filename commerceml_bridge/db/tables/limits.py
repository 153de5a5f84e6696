"""How fast each portal may be asked: shared by every process and host, so it lives here and nowhere else."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import metadata, text, time

bucket = sa.Table(
    "bucket",
    metadata,
    sa.Column("portal_id", sa.BigInteger, sa.ForeignKey("portal.id"), primary_key=True, autoincrement=False),
    sa.Column("level", sa.Float, nullable=False, server_default="0"),  # requests in it at seen_at
    time("seen_at"),
    time("closed_until", nullable=True),
    text("closed_code"),  # the portal's own word for why
)

operating = sa.Table(
    "operating",
    metadata,
    sa.Column("portal_id", sa.BigInteger, sa.ForeignKey("portal.id"), primary_key=True, autoincrement=False),
    sa.Column("method", sa.Text, primary_key=True),
    sa.Column("seconds", sa.Float, nullable=False, server_default="0"),  # used up in the last ten minutes
    time("reset_at", nullable=True),
    time("paused_until", nullable=True),
)
