"""How fast each portal may be asked, and whose turn it is: shared by every process and host, so it lives here."""

from __future__ import annotations

import sqlalchemy as sa

from commerceml_bridge.db.tables.base import count, metadata, text, time

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

turn = sa.Table(
    "turn",
    metadata,
    sa.Column("portal_id", sa.BigInteger, sa.ForeignKey("portal.id"), primary_key=True, autoincrement=False),
    sa.Column("kind", sa.Text, primary_key=True),  # of reading: fetch, sweep
    count("taken"),  # how often; tells who holds it
    time("due_at"),
    time("held_until", nullable=True),
)
